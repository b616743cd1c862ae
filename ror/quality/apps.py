from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "ror.quality"
    label = "quality"
    verbose_name = "Qualité"

    def ready(self) -> None:
        from ror.quality import (
            anomalies,  # noqa: F401  follows the publications
            asking,  # noqa: F401  too
            uniting,  # noqa: F401  says what stays behind
            worklists,  # noqa: F401  they declare themselves
        )
