from django.apps import AppConfig


class PersonsConfig(AppConfig):
    name = "ror.persons"
    label = "persons"
    verbose_name = "Demandes des personnes"

    def ready(self) -> None:
        from ror.persons import worklists  # noqa: F401  they declare themselves
