"""What Pro Santé Connect said of the person, for this session only."""

from django.http import HttpRequest

from ror.accounts.models import User

SESSION_KEY = "practises"


def practises(request: HttpRequest) -> bool:
    """Whether the card with which the person signed in said that they practise today."""
    return request.user.is_authenticated and request.session.get(SESSION_KEY) == request.user.pk


def remember_practice(request: HttpRequest, user: User) -> None:
    request.session[SESSION_KEY] = user.pk
