from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "ror.quality"
    label = "quality"
    verbose_name = "Qualité"
