from django.apps import AppConfig


class ProfessionalsConfig(AppConfig):
    name = "professionals"
    verbose_name = "Professionnels"

    def ready(self) -> None:
        from professionals import (
            attaching,  # noqa: F401  follows the publications
            uniting,  # noqa: F401  says what stays behind
        )
