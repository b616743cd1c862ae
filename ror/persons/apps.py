from django.apps import AppConfig


class PersonsConfig(AppConfig):
    name = "ror.persons"
    label = "persons"
    verbose_name = "Demandes des personnes"
