"""The offers of the demonstration: documents made from the tables, published as everyone's are."""

from collections.abc import Callable, Iterator
from itertools import count

from ror.demonstration.tables import Line, by_key, table
from structures.describing.drafts import ADDRESS
from structures.document import Document, new_id
from structures.models import GeographicEntity, Offer
from structures.publishing import publish
from structures.schema import OFFER

MARK = " (offre fictive)"
PERSONS = (
    "Camille Exemple",
    "Dominique Fictif",
    "Claude Modèle",
    "Sacha Spécimen",
    "Charlie Échantillon",
    "Maxime Essai",
    "Andrea Imaginaire",
    "Alix Personnage",
)


def publish_all(entities: dict[str, GeographicEntity], *, author: str, channel: str) -> list[Offer]:
    """Publish the offers of these establishments, given by slug."""
    return [
        publish(document, entity=entity, author=author, channel=channel).offer
        for document, entity in _documents(entities)
    ]


def _documents(entities: dict[str, GeographicEntity]) -> Iterator[tuple[Document, GeographicEntity]]:
    """Each document with its establishment. A number runs through the offers: it makes phones and persons differ."""
    numbers = count(1)
    for slug, entity in entities.items():
        kind = by_key("kinds")[by_key("establishments")[slug]["kind"]]
        for code in kind["offers"].split():
            yield offer_document(by_key("offers")[code], slug, entity, next(numbers)), entity


def offer_document(line: Line, slug: str, entity: GeographicEntity, number: int) -> Document:
    """The document of one offer of an establishment, with rows of their own."""
    return {
        "name": line["name"] + MARK,
        "activity_field": line["field"],
        "sensitive": line["contacts"] == "sensitive",
        "sensitive_motive": "Localisation d'une unité de détention" if line["contacts"] == "sensitive" else None,
        "care_mode": line["mode"],
        "offer_type": line["type"] or None,
        "reception_temporality": line["temporality"] or None,
        "age_min": int(line["age_min"]),
        "age_min_unit": line["unit"],
        "age_max": int(line["age_max"]),
        "age_max_unit": line["unit"],
        "publics": line["publics"].split(),
        "always_open": line["hours"] == "always",
        "activities": [_activity(pair) for pair in line["activities"].split()],
        "hours": [_slot(slot, day) for slot in _lines_of("hours", line["hours"]) for day in slot["days"].split()],
        "contacts": _contacts(line["contacts"], slug, number),
        "places": [_place(entity)],
    }


def _activity(pair: str) -> Document:
    activity, _, family = pair.partition("/")
    return {"id": new_id(), "activity": activity, "family": family or None}


def _slot(line: Line, day: str) -> Document:
    times = {name: line[name] for name in ("slot_type", "opens_at", "closes_at")}
    return {"id": new_id(), "weekday": int(day), **times, "period_start": None, "period_end": None}


def _contacts(pattern: str, slug: str, number: int) -> list[Document]:
    contacts: dict[str, Document] = {}
    for line in _lines_of("contacts", pattern):
        contact = contacts.setdefault(line["contact"], _contact(line, number))
        contact["telecoms"].append(_telecom(line, slug, number))
    return list(contacts.values())


def _contact(line: Line, number: int) -> Document:
    return {
        "id": new_id(),
        "nature": line["nature"] or None,
        "function": line["function"] or None,
        "name": PERSONS[number % len(PERSONS)] if line["function"] else None,
        "level": int(line["contact_level"]),
        "telecoms": [],
    }


def _telecom(line: Line, slug: str, number: int) -> Document:
    return {
        "id": new_id(),
        "channel": line["channel"],
        "address": ADDRESSES[line["address"]](slug, number + 500 * int(line["contact"])),
        "direct_line": line["direct_line"] == "oui",
        "private_emergency_line": line["private_emergency_line"] == "oui",
        "level": int(line["level"]),
    }


# Phones are taken from the ranges that Arcep keeps for fiction; example.org belongs to nobody.
ADDRESSES: dict[str, Callable[[str, int], str]] = {
    "public": lambda slug, number: f"026191{number:04}",
    "direct": lambda slug, number: f"035301{number:04}",
    "emergency": lambda slug, number: f"063998{number:04}",
    "mail": lambda slug, number: f"contact.{slug}@example.org",
    "site": lambda slug, number: f"https://{slug}.example.org/",
}


def _place(entity: GeographicEntity) -> Document:
    """The establishment's own address."""
    row: Document = {"id": new_id()} | dict.fromkeys(OFFER.rows["places"].fields)
    for name in (*ADDRESS, "postcode", "locality", "commune"):
        row[name] = getattr(entity, entity._meta.get_field(name).attname) or None
    return row


def _lines_of(name: str, pattern: str) -> list[Line]:
    return [line for line in table(name) if line["pattern"] == pattern]
