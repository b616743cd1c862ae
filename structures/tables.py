"""How the rows of a document are stored: for each list of it, the model, and its way up to what it hangs on."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from structures.models import (
    Contact,
    EquipmentLimit,
    HousingCapacity,
    OfferActivity,
    OpeningHours,
    Place,
    SecureMailbox,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.schema import ESTABLISHMENT, OFFER, Rows


@dataclass(frozen=True)
class Table:
    """The rows of one list: `parent` is the foreign key of `model` to what the list belongs to.

    `scope` narrows the rows of a parent that other lists share; the rows of `below` hang on those of this one.
    """

    model: type[models.Model]
    schema: Rows
    parent: str
    scope: dict[str, Any] = field(default_factory=dict)
    below: dict[str, "Table"] = field(default_factory=dict)

    @cached_property
    def parent_column(self) -> str:
        return self.model._meta.get_field(self.parent).attname

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The fields that a document decides of: its data, then where the row stands."""
        placing = ("position",) if self.ordered else ()
        names = (*self.schema.fields, self.parent, "geographic_entity", *placing)
        return tuple(dict.fromkeys(names))

    @cached_property
    def ordered(self) -> bool:
        """Whether the rows keep the order in which they were written."""
        return any(column.name == "position" for column in self.model._meta.concrete_fields)


def telecoms(parent: str, schema: Rows) -> dict[str, Table]:
    return {"telecoms": Table(Telecom, schema.rows["telecoms"], parent)}


PLACE = OFFER.rows["places"]
PLACES = Table(
    Place,
    PLACE,
    "geographic_entity",
    below={
        **telecoms("place", PLACE),
        "housing": Table(HousingCapacity, PLACE.rows["housing"], "place"),
        "equipment": Table(
            SpecificEquipment,
            PLACE.rows["equipment"],
            "place",
            below={"limits": Table(EquipmentLimit, PLACE.rows["equipment"].rows["limits"], "equipment")},
        ),
    },
)
# The lists of an offer that are its own; its places may be shared, and `records` links them.
OFFER_TABLES = {
    "activities": Table(OfferActivity, OFFER.rows["activities"], "offer"),
    "hours": Table(OpeningHours, OFFER.rows["hours"], "offer"),
    "contacts": Table(Contact, OFFER.rows["contacts"], "offer", below=telecoms("contact", OFFER.rows["contacts"])),
    "mailboxes": Table(SecureMailbox, OFFER.rows["mailboxes"], "offer"),
}
ESTABLISHMENT_TABLES = {
    "contacts": Table(
        Contact,
        ESTABLISHMENT.rows["contacts"],
        "geographic_entity",
        scope={"offer": None, "internal_organization": None},
        below=telecoms("contact", ESTABLISHMENT.rows["contacts"]),
    ),
    "tariffs": Table(Tariff, ESTABLISHMENT.rows["tariffs"], "geographic_entity"),
}
