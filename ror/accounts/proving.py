"""Before the first application of codes: that whoever has the password also reads the e-mails of the account.

A password that was stolen must not be enough to add the application which then opens everything.
"""

from django.core import signing
from django.http import HttpRequest

from ror.accounts.models import User

LASTS = 30 * 60  # seconds
SALT = "ror.accounts.proving"
SESSION_KEY = "address_proven"


def token_of(user: User) -> str:
    """What the link of the e-mail holds; a new password makes it void."""
    return signing.dumps({"user": user.pk, "seal": user.get_session_auth_hash()}, salt=SALT)


def opens(token: str, user: User) -> bool:
    """Whether the link was sent to this account, less than half an hour ago."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return False
    return said == {"user": user.pk, "seal": user.get_session_auth_hash()}


def prove(request: HttpRequest, user: User) -> None:
    """Whoever uses this session has just read an e-mail sent to the account."""
    request.session[SESSION_KEY] = user.pk


def proven(request: HttpRequest) -> bool:
    return request.session.get(SESSION_KEY) == request.user.pk
