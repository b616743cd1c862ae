"""An offer as its page and lists show it."""

import datetime
from typing import Any

from django.utils import timezone

from confidentiality.disclosure import Disclosed
from confidentiality.levels import Level
from ror.dates import display_date
from structures.models.offer import AgeUnit
from structures.presenting.contacts import present_contacts, present_mailboxes
from structures.presenting.hours import present_weeks
from structures.presenting.places import present_places
from structures.presenting.words import (
    closing_words,
    commune_names,
    label,
    labels,
    mark,
    rows_of,
    text_of,
    yes_or_no,
)
from structures.records import EXPERTISE_FIELDS
from structures.schema import OFFER

CODES = ("activity_field", "care_mode", "offer_type", "reception_temporality", "annual_opening")
SETS = ("reception_modalities", "management_types", "expertise_levels")
SINGULAR = {AgeUnit.YEAR: "an", AgeUnit.MONTH: "mois", AgeUnit.WEEK: "semaine", AgeUnit.DAY: "jour"}


def present_offer(
    offer: Disclosed, today: datetime.date | None = None, *, legal_kind: str | None = None
) -> dict[str, Any]:
    """What the page of one offer says. One query at most (names of communes), whatever the number of rows.

    The lists of rows are those of a canonical document; the values in them may be anything. `legal_kind`, when told,
    marks the data that the public of such a structure does not read.
    """
    places, zone = rows_of(offer, "places"), rows_of(offer, "intervention_communes")
    communes = commune_names(places, zone)
    return {
        **present_line(offer),
        "facts": _facts(offer),
        "activities": [_activity(row) for row in rows_of(offer, "activities") if row.get("activity")],
        "publics": labels(offer.get("publics")),
        "expertise": [_expertise(offer, name, legal_kind) for name in EXPERTISE_FIELDS if labels(offer.get(name))],
        "zone": sorted(communes[str(code)] for code in zone if str(code) in communes),
        "sensitive": offer.get("sensitive") is True,
        "always_open": offer.get("always_open") is True,
        "weeks": present_weeks(rows_of(offer, "hours"), today or timezone.localdate()),
        "contacts": present_contacts(offer),
        "mailboxes": present_mailboxes(offer),
        "places": present_places(places, communes, timezone.now(), legal_kind),
        "comment": text_of(offer.get("comment")),
        "published_on": display_date(offer.get("published_at")),
        "confirmed_on": _confirmed_on(offer),
    }


def _confirmed_on(offer: Disclosed) -> str:
    """The day when someone said that all was still exact; empty when the last publication is newer."""
    confirmed, published = offer.get("confirmed_at"), offer.get("published_at")
    return display_date(confirmed) if confirmed and published and confirmed > published else ""


def present_line(offer: Disclosed) -> dict[str, Any]:
    """What a list says of one offer."""
    identifier = offer.get("identifier") or ""
    return {
        "name": offer.get("name") or "",
        "identifier": identifier,
        "slug": identifier.replace("/", "-"),
        "activity_field": label(offer.get("activity_field")),
        "care_mode": label(offer.get("care_mode")),
        "is_closed": bool(offer.get("closing_type")),
        "closing": closing_words(offer),
    }


def _facts(offer: Disclosed) -> list[dict[str, str]]:
    facts = [(OFFER.fields[name].label, label(offer.get(name))) for name in CODES]
    facts.append(("Âges", _ages(offer)))
    facts += [(OFFER.fields[name].label, ", ".join(labels(offer.get(name)))) for name in SETS]
    facts.append(("Secteurs psychiatriques", ", ".join(map(str, rows_of(offer, "psychiatric_sectors")))))
    facts.append(("Habilitation aux soins sans consentement", yes_or_no(offer.get("involuntary_care"))))
    return [{"label": title, "value": value} for title, value in facts if value]


def _activity(row: dict) -> dict[str, str]:
    return {"label": label(row.get("activity")), "family": label(row.get("family"))}


def _expertise(offer: Disclosed, name: str, legal_kind: str | None) -> dict[str, Any]:
    level = mark("Offer", name, legal_kind)
    if level and offer.get("sensitive") is True:
        level = Level.CRISIS.label
    return {"title": OFFER.fields[name].label, "items": labels(offer[name]), "level": level}


def _ages(offer: Disclosed) -> str:
    low, low_unit = _age(offer, "age_min")
    high, high_unit = _age(offer, "age_max")
    if low is not None and high is not None:
        start = str(low) if low_unit == high_unit else _in_words(low, low_unit)
        return f"de {start} à {_in_words(high, high_unit)}"
    if low is not None:
        return f"à partir de {_in_words(low, low_unit)}"
    return f"jusqu'à {_in_words(high, high_unit)}" if high is not None else ""


def _age(offer: Disclosed, name: str) -> tuple[int | None, str]:
    value, unit = offer.get(name), offer.get(f"{name}_unit")
    known = isinstance(value, int) and unit in AgeUnit.values
    return (value, unit) if known else (None, "")


def _in_words(value: int, unit: str) -> str:
    return f"{value} {SINGULAR[unit] if value < 2 else AgeUnit(unit).label}"
