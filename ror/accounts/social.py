"""Whose account a card opens: by the national identifier, never by an address."""

import logging

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import redirect

from ror.accounts.mails import NOWHERE
from ror.accounts.models import User
from ror.accounts.session_roles import remember_practice

logger = logging.getLogger(__name__)

WITHOUT_ADDRESS = f"pro-sante-connect{NOWHERE}"
CANCELLED = "La connexion par Pro Santé Connect a été annulée. Vous pouvez recommencer, ou vous connecter autrement."
TAKEN = "Cette carte ouvre déjà un autre compte. Déconnectez-vous, puis connectez-vous avec elle."
LINKED = "Votre carte est reliée à votre compte : elle l'ouvrira désormais."


class SocialAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Before allauth decides: find or open the account of the identifier, or link it to the account signed in."""
        identifier = sociallogin.account.uid
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            self._link(request, identifier)
            raise ImmediateHttpResponse(redirect("my_account"))
        with transaction.atomic():
            sociallogin.user = account_of(identifier, sociallogin.user)
            sociallogin.account, _ = SocialAccount.objects.update_or_create(
                provider=sociallogin.account.provider, uid=identifier, defaults={"user": sociallogin.user}
            )

    def _link(self, request: HttpRequest, identifier: str) -> None:
        if not link(request.user, identifier):
            messages.error(request, TAKEN)
            return
        messages.success(request, LINKED)
        get_adapter(request).send_notification_mail("account/email/card_linked", request.user)

    def on_authentication_error(
        self, request: HttpRequest, provider, error=None, exception=None, extra_context=None
    ) -> None:
        if error == AuthError.CANCELLED:
            messages.info(request, CANCELLED)
            raise ImmediateHttpResponse(redirect("account_login"))
        logger.warning("sign-in by Pro Santé Connect refused: %.200s", exception)


def account_of(identifier: str, said: User) -> User:
    """The account that has this national identifier; a new one, without right, named as `said`, when none has."""
    new = {
        "email": f"{identifier}@{WITHOUT_ADDRESS}",
        "first_name": said.first_name[:150],
        "last_name": said.last_name[:150],
        "password": make_password(None),
    }
    return User.objects.get_or_create(national_id=identifier, defaults=new)[0]


def link(user: User, identifier: str) -> bool:
    """Give the account this national identifier; False when another account has it."""
    if not user.is_authenticated or User.objects.filter(national_id=identifier).exclude(pk=user.pk).exists():
        return False
    User.objects.filter(pk=user.pk).update(national_id=identifier)
    return True


@receiver(user_logged_in)
def remember_what_the_card_said(request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **kw) -> None:
    """An active practice gives a role for this session (`confidentiality.session`)."""
    if getattr(sociallogin, "practises", False):
        remember_practice(request, user)
