from django.apps import AppConfig


class ColleaguesConfig(AppConfig):
    name = "structures.colleagues"
    label = "colleagues"
    verbose_name = "Comptes de mes établissements"

    def ready(self) -> None:
        from structures.colleagues import worklists  # noqa: F401  they declare themselves
