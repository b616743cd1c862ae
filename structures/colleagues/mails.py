"""E-mails about roles: each holds a link, and nothing that a page would not show to everyone."""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from ror.accounts.mails import deliver


def send(kind: str, to: str, **context: object) -> bool:
    """Send the e-mail `kind` (template `colleagues/mails/<kind>.txt`, its subject on the first line).

    False when it could not leave: the page then says so, and what was decided stays.
    """
    subject, body = render_to_string(f"colleagues/mails/{kind}.txt", context).strip().split("\n", 1)
    return deliver(EmailMessage(subject, f"{body.strip()}\n", to=[to]))
