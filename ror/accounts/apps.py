from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ror.accounts"
    label = "accounts"
    verbose_name = "Comptes"

    def ready(self) -> None:
        from ror.accounts import second_factor, social  # noqa: F401 — their receivers
