"""Codes of an application, as a phone would show them."""

import time

from allauth.mfa import app_settings
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from ror.accounts.models import User


def enrol(user: User) -> str:
    """Give the account an application of codes; its key."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code(secret: str, later: int = 0) -> str:
    """The code shown now, or `later` periods of 30 seconds after."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD + later))


def recovery_code(user: User) -> str:
    return user.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()[0]
