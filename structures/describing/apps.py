from django.apps import AppConfig


class DescribingConfig(AppConfig):
    name = "structures.describing"
    label = "describing"
    verbose_name = "Description des offres"
