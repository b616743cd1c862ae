"""E-mails to persons and to those who answer: each holds a link, and nothing above level 1."""

import logging
import smtplib
from collections.abc import Iterable

from django.core.mail import send_mail
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

NOWHERE = ".invalid"  # the domain of accounts that have no address of their own


def send(kind: str, to: str, **context: object) -> bool:
    """Send the e-mail `kind` (templates `persons/mails/<kind>.txt`, its subject on the first line).

    False when the mail server refused it: what was decided stays, and the page says what to do.
    """
    if to.endswith(NOWHERE):
        return False
    subject, body = render_to_string(f"persons/mails/{kind}.txt", context).strip().split("\n", 1)
    try:
        send_mail(subject, f"{body.strip()}\n", None, [to])
    except (smtplib.SMTPException, OSError):
        logger.exception("the e-mail « %s » was not sent", kind)
        return False
    return True


def send_each(kind: str, addresses: Iterable[str], **context: object) -> int:
    """One e-mail per address, so that nobody sees the others'. How many left."""
    return sum(send(kind, address, **context) for address in addresses)
