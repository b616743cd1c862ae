"""How django-allauth behaves in the portal."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        """Accounts are opened by a référent or an administrator, never by the public."""
        return False
