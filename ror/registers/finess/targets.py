"""Which columns of the portal the register rules, and in which temporary table a file proposes their values."""

from dataclasses import dataclass

from django.db import models

from confidentiality import viewer
from ror.registers.finess.rows import EstablishmentRow, LegalEntityRow
from structures.models import GeographicEntity, LegalEntity

KEYS = ("line", "finess", "legal_finess")


@dataclass(frozen=True)
class Target:
    """One kind of entity. `columns` are compared and written; any other column is the portal's own."""

    model: type[models.Model]
    proposed: str
    columns: tuple[str, ...]
    name: str
    perimeter_kind: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def changed(self) -> str:
        """Temporary table of the entities that the file changes."""
        return f"{self.proposed}_changed"

    def label(self, column: str) -> str:
        """What people call the column."""
        field = next(field for field in self.model._meta.concrete_fields if field.column == column)
        return str(field.verbose_name)

    def value_set(self, column: str) -> str | None:
        """The value set of a column of codes, else None."""
        field = next(field for field in self.model._meta.concrete_fields if field.column == column)
        return getattr(field, "value_set", None)


def _columns(row: type, *more: str) -> tuple[str, ...]:
    return (*(name for name in row._fields if name not in KEYS), *more)


LEGAL_ENTITIES = Target(
    LegalEntity,
    "finess_legal_entity",
    _columns(LegalEntityRow, "number_only", "gone_since"),
    "legal_name",
    viewer.LEGAL_ENTITY,
)
ESTABLISHMENTS = Target(
    GeographicEntity,
    "finess_establishment",
    _columns(EstablishmentRow, "legal_entity_id", "latitude", "longitude", "gone_since"),
    "name",
    viewer.GEOGRAPHIC_ENTITY,
)
