"""« Lits et places »: the units of an establishment with today's figures, as who reports them may read them.

Only names and capacities are read here (see `confidentiality.capacity`), whoever reads: a bed manager knows nothing
else of a unit. A unit is a place with the offers that are given there.
"""

import datetime
from collections import Counter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from confidentiality.capacity import PERMISSION, CapacityViewer
from confidentiality.disclosure import Subject, disclose
from confidentiality.levels import Level
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from ror.reference.text import normalise
from structures.beds import BED, PLACE, Key, doubts
from structures.describing import counting_words as words
from structures.models import (
    BedCapacity,
    CareCapacity,
    GeographicEntity,
    InternalOrganization,
    Offer,
    OfferActivity,
    OfferPlace,
    Place,
)
from structures.models.base import DEFINITIVE
from structures.models.capacity import AVAILABLE, CURRENT, INSTALLED, NO_ASSIGNMENT, SUPPLEMENTARY
from structures.presenting.words import closing_words
from structures.reading import capacity_document

SOCIAL_FIELDS = (SOCIAL_FIELD, "R227:06")  # médico-social and social: one counts places there, not beds
# Réanimation (121 to 130), soins intensifs and surveillance continue: what a ministry wants daily, and reads first.
CRITICAL_CARE = [f"R211:{number}" for number in (*range(121, 131), *range(351, 392))]

Unit = dict[str, Any]


def establishments_of(viewer: Viewer) -> QuerySet[GeographicEntity]:
    """The establishments where the viewer may report the beds and places of a unit at least."""
    entities = GeographicEntity.objects.visible_to(viewer)
    if not viewer.may(PERMISSION):
        return entities.none()
    units = InternalOrganization.objects.visible_to(viewer).permitted(viewer, PERMISSION)
    whole = viewer.holds(PERMISSION, GeographicEntity.governance)
    return entities.filter(whole | Q(pk__in=units.order_by().values("geographic_entity")))


def may_report_in(viewer: Viewer, entity: GeographicEntity) -> bool:
    """Whether the viewer may report in a unit of this establishment at least."""
    return establishments_of(viewer).filter(pk=entity.pk).exists()


def may_report(viewer: Viewer, offer: str) -> bool:
    """Whether the viewer may report the figures of this offer (its identifier). One query, for those who report."""
    offers = Offer.objects.visible_to(viewer).permitted(viewer, PERMISSION)
    return viewer.may(PERMISSION) and offers.filter(identifier=offer).exists()


def places_of(viewer: Viewer, entity: GeographicEntity) -> QuerySet[Place]:
    """The places of `entity` whose figures the viewer may report."""
    room = CapacityViewer(viewer)
    return Place.objects.visible_to(room).permitted(room, PERMISSION).filter(geographic_entity=entity)


def read_units(viewer: Viewer, entity: GeographicEntity, pk=None) -> list[Unit]:
    """The units of `entity` with their figures, critical care first; only that of place `pk` when it is given.

    5 queries, whatever the number of units. A unit closed for good is left out.
    """
    room = CapacityViewer(viewer)
    beds = Prefetch("beds", BedCapacity.objects.visible_to(room))
    cares = CareCapacity.objects.visible_to(room).prefetch_related(beds)
    links = OfferPlace.objects.visible_to(room).select_related(
        "offer", "offer__internal_organization", "offer__sensitive_unit"
    )
    places = places_of(viewer, entity).prefetch_related(Prefetch("offer_links", links), Prefetch("capacities", cares))
    if pk is not None:
        places = places.filter(pk=pk)
    critical = _critical_offers(viewer, entity)
    now = timezone.now()
    units = [_unit(room, entity, place, critical, now) for place in places]
    found = sorted((unit for unit in units if unit), key=lambda unit: (not unit["critical"], normalise(unit["title"])))
    _tell_apart(found)
    for rank, unit in enumerate(found):
        for place, row in enumerate(unit["rows"]):
            row["id"] = f"c-{rank}-{place}"
    return found


def _tell_apart(units: list[Unit]) -> None:
    """Units of the same names, in the same place, are numbered: whoever counts knows which one is said."""
    seen: Counter[tuple[str, str]] = Counter()
    for unit in units:
        name = (unit["title"], unit["detail"])
        seen[name] += 1
        if seen[name] > 1:
            unit["detail"] = ", ".join(filter(None, [unit["detail"], f"n° {seen[name]}"]))


def level_of(key: Key) -> Level:
    """The level that the database gives to a figure (arrêté, article 2)."""
    if key.status == SUPPLEMENTARY:
        return Level.CRISIS
    plain = key.status == INSTALLED and key.temporary_assignment == NO_ASSIGNMENT
    return Level.PUBLIC if plain else Level.PROFESSIONAL


def _critical_offers(viewer: Viewer, entity: GeographicEntity) -> set[int]:
    """The offers of critical care, among those whose activities the viewer reads."""
    rows = OfferActivity.objects.visible_to(viewer).filter(offer__geographic_entity=entity, activity__in=CRITICAL_CARE)
    return set(rows.order_by().values_list("offer", flat=True))


def _unit(
    room: Viewer, entity: GeographicEntity, place: Place, critical: set[int], now: datetime.datetime
) -> Unit | None:
    """One unit; None when nothing may be said of it, or when all is closed there for good."""
    links = [link for link in place.offer_links.all() if not _is_gone(link, now)]
    offers = [(link, disclose(room, _offer_subject(link, entity))) for link in links]
    named = [(link, offer) for link, offer in offers if offer.get("name")]
    if not named:
        return None
    sensitive = any(getattr(link.offer, "sensitive_unit", None) is not None for link in links)
    social = all(link.offer.activity_field_id in SOCIAL_FIELDS for link, _ in named)
    disclosed = disclose(room, _place_subject(place, entity, sensitive=sensitive))
    is_open = any(_is_open(link, now) for link, _ in named)
    rows = _rows(disclosed, social=social, is_open=is_open, now=now, keeps_nothing=sensitive)
    numbers = {row["key"]: row["number"] for row in rows if row["number"] is not None}
    return {
        "pk": str(place.pk),
        "title": ", ".join(dict.fromkeys(offer["name"] for _, offer in named)),
        "detail": ", ".join(dict.fromkeys([*_organizations(room, links, entity), disclosed.get("name", "")])).strip(
            ", "
        ),
        "closing": "" if is_open else closing_words(named[0][1]) or "fermée",
        "is_open": is_open,
        "critical": any(link.offer_id in critical for link, _ in named),
        "social": social,
        "rows": rows,
        "doubts": doubts(numbers),
        "stale": sum(row["freshness"] == words.STALE for row in rows),
    }


def _offer_subject(link: OfferPlace, entity: GeographicEntity) -> Subject:
    """The names of an offer and of its organisation, and whether it is closed: nothing else is read here."""
    offer = link.offer
    names = ("name", "closing_type", "closing_date", "reopening_date")
    values = {name: getattr(offer, "closing_type_id" if name == "closing_type" else name) for name in names}
    return Subject(
        model="Offer",
        identifier=offer.identifier,
        values=values,
        rights=link.rights,
        legal_kind=entity.legal_kind,
        sensitive=getattr(offer, "sensitive_unit", None) is not None,
    )


def _place_subject(place: Place, entity: GeographicEntity, *, sensitive: bool) -> Subject:
    values = {"name": place.name, "capacities": [capacity_document(care) for care in place.capacities.all()]}
    return Subject(
        model="Place",
        identifier=place.identifier,
        values=values,
        rights=place.rights,
        legal_kind=entity.legal_kind,
        social=any(link.offer.activity_field_id == SOCIAL_FIELD for link in place.offer_links.all()),
        sensitive=sensitive,
    )


def _detail(names: list[str]) -> str:
    """Where the unit is: its internal organisation, its place; each name once."""
    return ", ".join(dict.fromkeys(name for name in names if name))


def _organizations(room: Viewer, links: list[OfferPlace], entity: GeographicEntity) -> list[str]:
    """The names of the internal organisations of these offers."""
    rows = [(link, link.offer.internal_organization) for link in links if link.offer.internal_organization_id]
    subjects = [
        Subject(
            model="InternalOrganization",
            identifier=row.identifier,
            values={"name": row.name},
            rights=link.rights,
            legal_kind=entity.legal_kind,
        )
        for link, row in rows
    ]
    return [disclose(room, subject).get("name", "") for subject in subjects]


def _is_open(link: OfferPlace, now: datetime.datetime) -> bool:
    date = link.offer.closing_date
    return date is None or date > timezone.localdate(now)


def _is_gone(link: OfferPlace, now: datetime.datetime) -> bool:
    return not _is_open(link, now) and link.offer.closing_type_id == DEFINITIVE


def _rows(
    place: dict, *, social: bool, is_open: bool, now: datetime.datetime, keeps_nothing: bool
) -> list[dict[str, Any]]:
    """The figures of a place in the order in which they are counted, and those that are expected and not given yet."""
    stored = {
        Key(capacity["temporary_assignment"], *(bed[name] for name in Key._fields[1:])): bed
        for capacity in place.get("capacities", [])
        for bed in capacity["beds"]
        if "number" in bed
    }
    keys = {*stored, *(_expected(stored, social=social) if is_open else ())}
    rows = [_row(key, stored.get(key), social=social, now=now) for key in keys]
    for row in rows:
        # Crisis figures and all those of a sensitive unit are level 3: the browser does not keep them on the device.
        row["volatile"] = keeps_nothing or level_of(row["key"]) == Level.CRISIS
    return sorted(rows, key=lambda row: words.order(row["key"]))


def _expected(stored: dict[Key, dict], *, social: bool) -> list[Key]:
    """What each unit says at least: how many are installed, and how many are available now."""
    plain = [key for key in stored if key.temporary_assignment == NO_ASSIGNMENT and key.temporality == CURRENT]
    natures = {key.nature for key in plain} or {PLACE if social else BED}
    said = {(key.nature, key.status) for key in plain}
    return [
        Key(NO_ASSIGNMENT, nature, status, CURRENT, None, None, None, None)
        for nature in natures
        for status in (AVAILABLE, INSTALLED)
        if (nature, status) not in said
    ]


def _row(key: Key, bed: dict | None, *, social: bool, now: datetime.datetime) -> dict[str, Any]:
    number = bed["number"] if bed else None
    counted_at = datetime.datetime.fromisoformat(bed["counted_at"]) if bed else None
    return {
        "key": key,
        "code": words.code_of(key),
        "label": words.label(key, social=social),
        "details": words.details(key),
        "number": number,
        "shown": "" if number is None else str(number),
        "typed": "" if number is None else str(number),
        "age": words.age(counted_at, now) if counted_at else "",
        "freshness": words.freshness(key.status, counted_at, now) if counted_at else words.MISSING,
        "message": "",
        "state": "",
    }
