"""How django-allauth behaves in the portal."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from ror.accounts.mails import deliver
from ror.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "L'adresse électronique ou le mot de passe ne conviennent pas. "
        "Vérifiez-les, puis essayez de nouveau.",
        "enter_current_password": "Ce n'est pas votre mot de passe actuel.",
        "password_mismatch": "Les deux mots de passe ne sont pas les mêmes. Écrivez-les de nouveau.",
        "too_many_login_attempts": "Trop d'essais ont échoué. Attendez un quart d'heure, puis essayez de nouveau.",
        "rate_limited": "Trop d'essais ont échoué. Attendez un quart d'heure, puis essayez de nouveau.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by a référent or an administrator, never by the public."""
        return False

    def get_login_stages(self) -> list[str]:
        """After the password, the code: trusting the device is a box of that same page."""
        return ["ror.accounts.second_factor.SecondFactorStage"]

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict]:
        """None of allauth's: what asks for the second factor later is `ror.accounts.views`."""
        return []

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("my_account")

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        deliver(self.render_mail(template_prefix, email, context))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict | None = None, email: str | None = None
    ) -> None:
        """What changed in the security of the account, to its own address."""
        self.send_mail(template_prefix, email or user.email, context or {})
