from django.apps import AppConfig


class ColleaguesConfig(AppConfig):
    name = "structures.colleagues"
    label = "colleagues"
    verbose_name = "Comptes de mes établissements"
