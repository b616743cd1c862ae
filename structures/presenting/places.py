"""Places: address, position, what stands there (dwellings, equipment), and the beds and places of today."""

import datetime
from typing import Any

from confidentiality.levels import Level
from ror.reference.text import normalise
from structures.models.capacity import NO_ASSIGNMENT
from structures.presenting.contacts import present_telecoms
from structures.presenting.words import (
    ago,
    decimal_of,
    joined,
    label,
    mark,
    number_words,
    row_level,
    rows_of,
    text_of,
)

BEDS = "Lits et places"
DETAILS = ("closing_type", "supplementary_type", "crisis_type")


def present_places(
    rows: list[dict], communes: dict[str, str], now: datetime.datetime, legal_kind: str | None
) -> list[dict[str, Any]]:
    """The places of which something can be said; `communes` are names by code."""
    return [place for row in rows if any((place := _place(row, communes, now, legal_kind)).values())]


def address_lines(row: dict, communes: dict[str, str]) -> list[str]:
    """The lines of an address, as on an envelope."""
    street = [row.get("street_number"), row.get("street_number_suffix"), label(row.get("street_type")).lower()]
    commune = communes.get(str(row.get("commune")), "")
    locality = row.get("locality") or commune
    lines = [
        row.get("delivery_point"),
        row.get("address_complement"),
        joined([*street, row.get("street_name")]),
        row.get("place_name"),
        row.get("postal_box"),
        joined([row.get("postcode"), locality]),
        commune if normalise(commune) not in normalise(str(locality)) else "",
    ]
    return [str(line) for line in lines if line]


def position(row: dict) -> dict[str, Any] | None:
    """Coordinates as a link that the reader's own map opens (RFC 5870); None when they are not on the globe."""
    latitude, longitude = decimal_of(row.get("latitude")), decimal_of(row.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return {
        "href": f"geo:{latitude:f},{longitude:f}",
        "text": f"{latitude:f}, {longitude:f}",
        "unreliable": row.get("coordinates_reliable") is False,
    }


def _place(row: dict, communes: dict[str, str], now: datetime.datetime, legal_kind: str | None) -> dict[str, Any]:
    return {
        "name": text_of(row.get("name")),
        "lines": address_lines(row, communes),
        "facts": _facts(row),
        "directions": text_of(row.get("description")),
        "comment": text_of(row.get("comment")),
        "position": position(row),
        "telecoms": present_telecoms(row),
        "housing": [_housing(dwelling) for dwelling in rows_of(row, "housing") if dwelling.get("residential_type")],
        "equipment": [_equipment(each, legal_kind) for each in rows_of(row, "equipment") if each.get("equipment_type")],
        "capacities": [_capacity(each, now) for each in rows_of(row, "capacities") if each.get("beds")],
    }


def _facts(row: dict) -> list[dict[str, str]]:
    facts = [("Fonction", label(row.get("function"))), ("Statut", label(row.get("status")))]
    return [{"label": title, "value": value} for title, value in facts if value]


def _housing(row: dict) -> dict[str, str]:
    return {"label": label(row["residential_type"]), "count": number_words(row.get("count"))}


def _equipment(row: dict, legal_kind: str | None) -> dict[str, Any]:
    """One kind of equipment with the limits that a patient must not exceed."""
    count = row.get("in_service")
    return {
        "label": label(row["equipment_type"]),
        "count": "à l'arrêt" if count == 0 else f"{number_words(count)} en service" if number_words(count) else "",
        "limits": [limit for each in rows_of(row, "limits") if (limit := _limit(each))],
        "level": mark("SpecificEquipment", "equipment_type", legal_kind),
    }


def _limit(row: dict) -> str:
    value = number_words(row.get("value"))
    return f"{label(row.get('feature'))} : {value} {text_of(row.get('unit'))}".strip() if value else ""


def _capacity(row: dict, now: datetime.datetime) -> dict[str, Any]:
    """One table: the figures kept for everyone, or for some in a crisis."""
    assignment = row.get("temporary_assignment")
    kept_for = "" if assignment in (None, NO_ASSIGNMENT) else label(assignment)
    beds = [_bed(bed, now) for bed in rows_of(row, "beds") if bed.get("status")]
    return {
        "title": f"{BEDS} ({kept_for})" if kept_for else BEDS,
        "comment": text_of(row.get("comment")),
        "with_gender": any(bed["gender"] for bed in beds),
        "beds": beds,
    }


def _bed(row: dict, now: datetime.datetime) -> dict[str, str]:
    details = [label(row.get(name)) for name in DETAILS if row.get(name)]
    return {
        "status": label(row["status"]),
        "details": ", ".join(details),
        "nature": label(row.get("nature")).lower() + ("s" if (decimal_of(row.get("number")) or 0) > 1 else ""),
        "number": number_words(row.get("number")),
        "gender": label(row.get("gender")),
        "horizon": label(row.get("temporality")),
        "source": label(row.get("source")),
        "age": ago(row.get("counted_at"), now),
        "level": row_level(row) if row.get("level") != Level.PUBLIC else "",
    }
