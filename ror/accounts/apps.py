from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ror.accounts"
    label = "accounts"
    verbose_name = "Comptes"
