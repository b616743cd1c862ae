from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "ror.publication"
    label = "publication"
    verbose_name = "Publication"
