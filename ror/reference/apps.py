from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    name = "ror.reference"
    label = "reference"
    verbose_name = "Nomenclatures et territoires"
    default_auto_field = "django.db.models.BigAutoField"
