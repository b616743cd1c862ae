"""How django-allauth behaves in the portal."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "L'adresse électronique ou le mot de passe ne conviennent pas. "
        "Vérifiez-les, puis essayez de nouveau.",
    }

    def is_open_for_signup(self, request) -> bool:
        """Accounts are opened by a référent or an administrator, never by the public."""
        return False
