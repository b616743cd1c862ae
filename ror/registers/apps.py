from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "ror.registers"
    label = "registers"
    verbose_name = "Registres"
