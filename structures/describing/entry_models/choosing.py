"""Which model fits an establishment, and which one a draft follows."""

from dataclasses import dataclass

from django.utils import timezone

from structures.describing.entry_models.model import SEPARATOR, EntryModel
from structures.document import Document
from structures.models import GeographicEntity


@dataclass(frozen=True)
class Choices:
    """The models in force: those that fit the establishment, the best first, and the others."""

    fitting: list[EntryModel]
    others: list[EntryModel]

    @property
    def best(self) -> EntryModel | None:
        return self.fitting[0] if self.fitting else None

    def named(self, key: str) -> EntryModel | None:
        return next((model for model in (*self.fitting, *self.others) if model.key == key), None)


@dataclass(frozen=True)
class Followed:
    """The version that a draft follows, and the newer one in force when there is one."""

    model: EntryModel
    newer: EntryModel | None


def choices_for(entity: GeographicEntity) -> Choices:
    """The models in force for `entity`. One query."""
    models = list(EntryModel.objects.in_force())
    fitting = [model for model in models if entity.category_id in model.categories]
    return Choices(fitting, [model for model in models if model not in fitting])


def followed(document: Document) -> Followed | None:
    """The version that the document follows; None for none, or for one that the portal does not hold. One query."""
    key = document.get("entry_model")
    if not key:
        return None
    versions = list(EntryModel.objects.published().filter(slug=str(key).partition(SEPARATOR)[0]).order_by("number"))
    model = next((version for version in versions if version.key == key), None)
    if model is None:
        return None
    today = timezone.localdate()
    newest = next((version for version in reversed(versions) if version.valid_from <= today), model)
    return Followed(model, newest if newest.number > model.number and newest.retired_at is None else None)
