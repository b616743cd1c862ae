from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "ror.imports"
    label = "imports"
    verbose_name = "Imports"
