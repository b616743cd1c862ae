from django.apps import AppConfig


class DescribingConfig(AppConfig):
    name = "structures.describing"
    label = "describing"
    verbose_name = "Description des offres"

    def ready(self) -> None:
        from structures.describing.reviewing import gate  # noqa: F401  it guards the publications
