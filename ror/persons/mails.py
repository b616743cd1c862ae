"""E-mails to persons and to those who answer: each holds a link, and nothing above level 1."""

from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from ror.accounts.mails import deliver


def send(kind: str, to: str, **context: object) -> bool:
    """Send the e-mail `kind` (templates `persons/mails/<kind>.txt`, its subject on the first line).

    False when nobody reads that address or when the mail server refused it: what was decided stays, and the page says
    what to do.
    """
    subject, body = render_to_string(f"persons/mails/{kind}.txt", context).strip().split("\n", 1)
    return deliver(EmailMessage(subject, f"{body.strip()}\n", None, [to]))


def send_each(kind: str, addresses: Iterable[str], **context: object) -> int:
    """One e-mail per address, so that nobody sees the others'. How many left."""
    return sum(send(kind, address, **context) for address in addresses)
