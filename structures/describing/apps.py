from django.apps import AppConfig


class DescribingConfig(AppConfig):
    name = "structures.describing"
    label = "describing"
    verbose_name = "Description des offres"

    def ready(self) -> None:
        from ror.reference.loading import LOADERS
        from structures.describing.entry_models import demands  # noqa: F401  it declares itself
        from structures.describing.entry_models.loading import load_entry_models
        from structures.describing.reviewing import gate, worklists  # noqa: F401  it guards the publications

        if load_entry_models not in LOADERS:
            LOADERS.append(load_entry_models)
