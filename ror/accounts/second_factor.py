"""The second factor of a session: proven by a code, by a device trusted for 30 days, or by Pro Santé Connect.

A password alone opens the session and what concerns one's own establishments. `confidentiality.session` withholds the
rest until the second factor is proven, so that nobody is asked for a code before their own beds.
"""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in as signed_in_by_page
from allauth.mfa.internal.flows.trust import is_trusted_browser
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

from ror.accounts.models import User

SESSION_KEY = "second_factor"
BY_CODE, BY_CARD = "mfa", "socialaccount"


def proven(request: HttpRequest) -> bool:
    """Whether whoever is signed in has proven a second factor in this session. Never asked in a demonstration."""
    if settings.DEMONSTRATION:
        return True
    return request.user.is_authenticated and request.session.get(SESSION_KEY) == request.user.pk


def prove(request: HttpRequest, user: User) -> None:
    """The second factor of `user` is proven for the rest of this session."""
    request.session[SESSION_KEY] = user.pk


def enrolled(user: User) -> bool:
    """Whether the account has an application that gives codes."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


class SecondFactorStage(AuthenticateStage):
    """The page of sign-in that asks for the code: of accounts that have one, on a device not trusted yet."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if settings.DEMONSTRATION or _by_card(request, self.login.user):
            return False
        return super()._should_handle(request)


@receiver(signed_in_by_page)
def remember_at_sign_in(request: HttpRequest, user: User, **kwargs) -> None:
    by_code = any(record["method"] == BY_CODE for record in get_authentication_records(request, user))
    if by_code or _by_card(request, user) or (enrolled(user) and is_trusted_browser(request, user)):
        prove(request, user)


@receiver(authenticator_used)
@receiver(authenticator_added)
def remember_in_session(request: HttpRequest, user: User, **kwargs) -> None:
    """A code given later, or the first one, at enrolment."""
    if request.user.is_authenticated:
        prove(request, user)


@receiver(authenticator_removed)
def forget(request: HttpRequest, user: User, **kwargs) -> None:
    """Without an application any more, the second factor is to be set up again."""
    request.session.pop(SESSION_KEY, None)


def _by_card(request: HttpRequest, user: User) -> bool:
    """Pro Santé Connect asks for two factors itself."""
    return any(record["method"] == BY_CARD for record in get_authentication_records(request, user))
