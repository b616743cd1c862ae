"""The offers of the demonstration: documents made from the tables and portraits, published as everyone's are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from ror.demonstration.organizations import Organizations
from ror.demonstration.portraits import Portrait, portrait_of
from ror.demonstration.rows import Said, data_of, row_of, rows_of
from ror.demonstration.tables import Line, by_key, table
from structures.describing.drafts import ADDRESS
from structures.document import Document, new_id
from structures.models import GeographicEntity, Offer
from structures.publishing import publish
from structures.schema import OFFER, PLACE

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
NAMED = ("hours", "organization", "places")  # what an offer of a portrait says by a name, or in its own words


@dataclass(frozen=True)
class Published:
    """An offer of the demonstration: where, under which code of the tables, and the pattern of beds of each place."""

    slug: str
    code: str
    offer: Offer
    beds: dict[str, str]


def publish_all(
    entities: dict[str, GeographicEntity], organizations: Organizations, *, author: str, channel: str
) -> list[Published]:
    """Publish the offers of these establishments, given by slug."""
    published = []
    for slug, code, document, beds in _documents(entities, organizations):
        offer = publish(document, entity=entities[slug], author=author, channel=channel).offer
        published.append(Published(slug, code, offer, beds))
    return published


def _documents(
    entities: dict[str, GeographicEntity], organizations: Organizations
) -> Iterator[tuple[str, str, Document, dict[str, str]]]:
    """Each document with its establishment. A number runs through the offers: it makes phones and persons differ."""
    numbers = count(1)
    for slug, entity in entities.items():
        portrait = portrait_of(slug)
        kind = by_key("kinds")[by_key("establishments")[slug]["kind"]]
        places = _Places(entity, portrait)
        for code in dict.fromkeys((*kind["offers"].split(), *portrait.offers)):
            line, said = by_key("offers")[code], portrait.offers.get(code, {})
            rows, beds = places.of(line, said)
            document = offer_document(line, slug, next(numbers)) | _said(said) | {"places": rows}
            document["internal_organization"] = organizations.get((slug, said.get("organization")))
            yield slug, code, document, beds


class _Places:
    """The places of one establishment, each made once: an offer that names the place of another one shares it."""

    def __init__(self, entity: GeographicEntity, portrait: Portrait) -> None:
        self._address = _address(entity)
        self._said = portrait.places
        self._made: dict[str, Document] = {}

    def of(self, line: Line, said: Said) -> tuple[list[Document], dict[str, str]]:
        """The rows of an offer, and the pattern of beds of those that have some, by id."""
        if "places" not in said:
            row = row_of(PLACE, {}) | self._address
            return [row], {row["id"]: line["beds"]} if line["beds"] else {}
        rows = {key: self._place(key) for key in said["places"]}
        beds = {row["id"]: self._said[key]["beds"] for key, row in rows.items() if "beds" in self._said[key]}
        return list(rows.values()), beds

    def _place(self, key: str) -> Document:
        if key not in self._made:
            said = {name: value for name, value in self._said[key].items() if name != "beds"}
            address = {} if "commune" in said else self._address
            self._made[key] = row_of(PLACE, said) | address | data_of(PLACE, said)
        return self._made[key]


def offer_document(line: Line, slug: str, number: int) -> Document:
    """The document of one offer of an establishment, with rows of their own, but for its places."""
    return {
        "name": line["name"] + MARK,
        "activity_field": line["field"],
        "sensitive": line["contacts"] == "sensitive",
        "sensitive_motive": "Localisation d'une unité de détention" if line["contacts"] == "sensitive" else None,
        "care_mode": line["mode"],
        "offer_type": line["type"] or None,
        "reception_temporality": line["temporality"] or None,
        "expertise_levels": line["levels"].split(),
        "age_min": int(line["age_min"]),
        "age_min_unit": line["unit"],
        "age_max": int(line["age_max"]),
        "age_max_unit": line["unit"],
        "publics": line["publics"].split(),
        "always_open": line["hours"] == "always",
        "activities": [_activity(pair) for pair in line["activities"].split()],
        "hours": _hours(line["hours"]),
        "contacts": _contacts(line["contacts"], slug, number),
    }


def _said(said: Said) -> Document:
    """What a portrait says of an offer: its data, and the lists that replace those of the tables."""
    document = data_of(OFFER, {name: value for name, value in said.items() if name not in NAMED})
    document |= {
        name: rows_of(schema, said[name]) for name, schema in OFFER.rows.items() if name in said and name not in NAMED
    }
    if "name" in said:
        document["name"] = said["name"] + MARK
    hours = said.get("hours")
    if hours is not None:
        document["hours"] = _hours(hours) if isinstance(hours, str) else rows_of(OFFER.rows["hours"], hours)
    return document


def _hours(pattern: str) -> list[Document]:
    return [_slot(slot, day) for slot in _lines_of("hours", pattern) for day in slot["days"].split()]


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


def _address(entity: GeographicEntity) -> Document:
    """The establishment's own address."""
    names = (*ADDRESS, "postcode", "locality", "commune")
    return {name: getattr(entity, entity._meta.get_field(name).attname) or None for name in names}


def _lines_of(name: str, pattern: str) -> list[Line]:
    return [line for line in table(name) if line["pattern"] == pattern]
