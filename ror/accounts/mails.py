"""Sending e-mails: a refusal of the mail server is said, and never undoes what the message tells of."""

import logging
import smtplib

from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)

NOWHERE = ".invalid"  # the domain of accounts that have no address of their own


def deliver(message: EmailMessage) -> bool:
    """Send the message; False when there is nobody to read it or when the mail server refused it."""
    if any(address.endswith(NOWHERE) for address in message.to):
        return False
    try:
        message.send()
    except (smtplib.SMTPException, OSError):
        logger.exception("an e-mail was not sent")
        return False
    return True
