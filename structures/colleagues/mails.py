"""E-mails of the portal: each holds a link, and nothing that a page would not show to everyone."""

import logging
import smtplib

from django.core.mail import send_mail
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

NOWHERE = ".invalid"  # the domain of accounts that have no address of their own


def send(kind: str, to: str, **context: object) -> bool:
    """Send the e-mail `kind` (templates `colleagues/mails/<kind>.txt`, its subject on the first line).

    False when the mail server refused it: the page then says so, and what was decided stays.
    """
    if to.endswith(NOWHERE):
        return False
    subject, body = render_to_string(f"colleagues/mails/{kind}.txt", context).strip().split("\n", 1)
    try:
        send_mail(subject, f"{body.strip()}\n", None, [to])
    except (smtplib.SMTPException, OSError):
        logger.exception("the e-mail « %s » was not sent", kind)
        return False
    return True
