"""Codes closed since they were chosen, over the whole base, in sets: one query per column whose value set lost a code.

A row hidden with its sensitive unit has the anomaly of its offer, hidden alike; a row of a sensitive unit that has no
offer (a contact of its organisation) has none, since an anomaly of the establishment would tell that it exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import models
from django.db.models import F, Q, Value

from confidentiality.levels import Level
from professionals.models import OperationalSituation, SituationExpertise, SituationHours, SituationTelecom
from ror.quality.anomalies import CLOSED_CODE, REASON, Breach
from ror.reference.fields import CodeField, CodeSetField
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import nomenclature
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    EquipmentLimit,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    Offer,
    OfferActivity,
    OfferExpertise,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.models.organization import only_sensitive

# Governed models with codes that no anomaly follows, and why.
LEFT_OUT = {
    "LegalEntity": "le registre FINESS en est la source ; une anomalie porte sur un établissement",
    "CrisisAnswer": "très restreinte, et son code suit la réponse",
    "Professional": "le registre RPPS en est la source",
    "Practice": "le registre RPPS en est la source",
    "Qualification": "le registre RPPS en est la source",
    "Anomaly": "les anomalies elles-mêmes",
}


@dataclass(frozen=True)
class Source:
    """Rows of a model, and how to say where they stand.

    `steps` are the lists of the document that lead to the row, each with the lookup of its id; `offer` is the lookup of
    the offer, none for what belongs to the establishment itself.
    """

    model: type[models.Model]
    steps: tuple[tuple[str, str], ...] = ()
    offer: str = ""
    entity: str = "geographic_entity"
    scope: Q = field(default_factory=Q)


def of_place(model: type[models.Model], place: str, *below: tuple[str, str]) -> Source:
    """Rows of a place: one per offer that is given there, whose document carries the place."""
    prefix = f"{place}__" if place else ""
    steps = (("places", f"{prefix}pk"), *below)
    return Source(model, steps, f"{prefix}offer_links__offer")


VISIBLE_ORGANIZATION = Q(internal_organization__isnull=False) & ~only_sensitive("internal_organization")
ITS_CONTACTS = Q(contact__internal_organization__isnull=False) & ~only_sensitive("contact__internal_organization")
OWN = Q(offer=None, internal_organization=None, legal_entity=None)
ITS_OWN = Q(contact__offer=None, contact__internal_organization=None, contact__legal_entity=None, place=None)
SOURCES = (
    Source(Offer, offer="pk"),
    Source(OfferExpertise, offer="offer"),
    Source(OutsideOfficeActs, offer="offer"),
    Source(OfferActivity, (("activities", "pk"),), "offer"),
    Source(OpeningHours, (("hours", "pk"),), "offer"),
    Source(Contact, (("contacts", "pk"),), "offer"),
    Source(Telecom, (("contacts", "contact"), ("telecoms", "pk")), "contact__offer"),
    of_place(Place, ""),
    of_place(Telecom, "place", ("telecoms", "pk")),
    of_place(HousingCapacity, "place", ("housing", "pk")),
    of_place(SpecificEquipment, "place", ("equipment", "pk")),
    of_place(EquipmentLimit, "equipment__place", ("equipment", "equipment"), ("limits", "pk")),
    of_place(CareCapacity, "place", ("capacities", "pk")),
    of_place(BedCapacity, "care_capacity__place", ("capacities", "care_capacity"), ("beds", "pk")),
    Source(OperationalSituation, (("situations", "pk"),), "offer"),
    *(
        Source(model, (("situations", "situation"),), "situation__offer", "situation__geographic_entity")
        for model in (SituationExpertise, SituationTelecom)
    ),
    Source(
        SituationHours,
        (("situations", "situation"), ("hours", "pk")),
        "situation__offer",
        "situation__geographic_entity",
    ),
    Source(GeographicEntity, entity="pk"),
    Source(Tariff, (("tariffs", "pk"),)),
    Source(Contact, (("contacts", "pk"),), scope=OWN),
    Source(Telecom, (("contacts", "contact"), ("telecoms", "pk")), scope=ITS_OWN),
    Source(InternalOrganization, (("organizations", "identifier"),), scope=~only_sensitive("pk")),
    Source(
        Contact,
        (("organizations", "internal_organization__identifier"), ("contacts", "pk")),
        scope=VISIBLE_ORGANIZATION,
    ),
    Source(
        Telecom,
        (
            ("organizations", "contact__internal_organization__identifier"),
            ("contacts", "contact"),
            ("telecoms", "pk"),
        ),
        scope=ITS_CONTACTS,
    ),
)


def closed_codes() -> Iterator[Breach]:
    """Every code that is chosen somewhere and is no longer in force in its value set."""
    closed = _closed_by_set()
    for source in SOURCES:
        for column in source.model._meta.concrete_fields:
            if isinstance(column, (CodeField, CodeSetField)) and (keys := closed.get(column.value_set)):
                yield from _breaches(source, column, keys)


def _closed_by_set() -> dict[str, list[str]]:
    codes = nomenclature()
    closed: dict[str, list[str]] = {}
    for value_set, key in ValueSetMember.objects.order_by().values_list("value_set_id", "concept_id"):
        if not codes.is_current(value_set, key):
            closed.setdefault(value_set, []).append(key)
    return closed


def _breaches(source: Source, column: CodeField | CodeSetField, closed: list[str]) -> Iterator[Breach]:
    holds = {f"{column.name}__overlap": closed} if column.many else {f"{column.name}__in": closed}
    rows = source.model.objects.trusted(REASON).filter(source.scope, **holds).order_by()
    if source.offer:
        rows = rows.filter(**{f"{source.offer}__isnull": False})
    lookups = [lookup for _, lookup in source.steps]
    offer = [source.offer] if source.offer else []
    level = F(source.model.level_field) if source.model.level_field else Value(Level.PROFESSIONAL)
    columns = (source.entity, column.attname, level, *lookups, *offer)
    for entity, value, stored, *found in rows.values_list(*columns).iterator():
        path = [part for (name, _), key in zip(source.steps, found, strict=False) for part in (name, str(key))]
        wrong = [key for key in (value if column.many else [value]) if key in closed]
        yield Breach(
            geographic_entity=entity,
            offer=found[-1] if source.offer else None,
            rule=CLOSED_CODE,
            path=".".join([*path, column.name]),
            message=_message(wrong),
            wrong_value=", ".join(wrong),
            level=max(Level.PROFESSIONAL, stored),
        )


def _message(keys: list[str]) -> str:
    names = ", ".join(f"« {nomenclature().label(key)} »" for key in keys)
    if len(keys) > 1:
        return f"Les codes {names} sont fermés : choisissez-en d'autres."
    return f"Le code {names} est fermé : choisissez-en un autre."
