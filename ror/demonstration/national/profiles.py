"""What each category of establishment offers, and what each offer says, read once from the tables."""

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structures
from ror.demonstration import tables
from ror.reference.copying import bundled_rows
from ror.registers.finess.reference import legal_kinds
from structures.document import Document
from structures.schema import OFFER

DATA = Path(__file__).parent / "data"
CATEGORIES = Path(structures.__file__).parent / "data"
PLACES, HOME, CONSULTING = "02", "R213:49", "R227:05"
SETS = {
    "modalities": "reception_modalities",
    "acts": "specific_acts",
    "outside_acts": "outside_office_acts",
    "specialisations": "specialisations",
    "professions": "resource_professions",
    "competences": "specific_competences",
    "levels": "expertise_levels",
}


@dataclass(frozen=True)
class Template:
    """What every offer of one code says; `document` holds the constant data, in canonical form."""

    code: str
    document: Document
    activities: tuple[tuple[str, str | None], ...]
    hours: tuple[Document, ...]
    contacts: tuple[tuple[Document, tuple[tables.Line, ...]], ...]
    sensitive: bool
    beds: str  # code of J187: R329:01 (beds) or R329:02 (places), or empty
    function: str
    equipment: tuple[str, ...]
    housing: tuple[str, ...]
    profession: str

    @property
    def at_home(self) -> bool:
        return self.document["care_mode"] == HOME

    @property
    def in_town(self) -> bool:
        return self.document["activity_field"] == CONSULTING


@dataclass(frozen=True)
class Profile:
    """One kind of establishment: what it offers, and its share of those that are invented."""

    category: str
    legal_kind: str
    name: str
    share: float
    organised: bool
    tariffs: str
    offers: tuple[Template, ...] = field(repr=False)


@cache
def profiles() -> tuple[Profile, ...]:
    """The kinds, the first of a category being that of the establishments already there."""
    known = {line["concept"]: int(line["entities_2021"] or 0) for line in _categories()}
    kinds = legal_kinds()
    found = []
    for line in _lines("profiles"):
        offers = tables.by_key("kinds")[line["kind"]]["offers"].split()
        found.append(
            Profile(
                category=line["category"],
                legal_kind=kinds.get(line["category"].partition(":")[2], ""),
                name=line["name"],
                share=float(line["share"] or known[line["category"]]),
                organised=line["organised"] == "oui",
                tariffs=line["tariffs"],
                offers=tuple(template(code) for code in offers),
            )
        )
    return tuple(found)


@cache
def profile_of(category: str | None, legal_kind: str) -> Profile:
    """The profile of a category; for one that has none, that of a small structure of the same legal kind."""
    for profile in profiles():
        if profile.category == category and profile.legal_kind == legal_kind:
            return profile
    stand_in = {"I-1": "R66:129", "I-2": "R66:446", "I-3": "R66:124", "I-4": "R66:606"}[legal_kind]
    return next(profile for profile in profiles() if profile.category == stand_in)


@cache
def template(code: str) -> Template:
    line = tables.by_key("offers")[code]
    traits = _traits().get(code) or _traits()[line["field"]]
    sensitive = line["contacts"] == "sensitive"
    document: Document = dict.fromkeys(OFFER.fields) | {
        "activity_field": line["field"],
        "sensitive": sensitive,
        "sensitive_motive": "Localisation d'une unité de détention" if sensitive else None,
        "care_mode": line["mode"],
        "offer_type": line["type"] or None,
        "reception_temporality": line["temporality"] or None,
        "annual_opening": traits["annual"] or None,
        "age_min": int(line["age_min"]),
        "age_min_unit": line["unit"],
        "age_max": int(line["age_max"]),
        "age_max_unit": line["unit"],
        "publics": line["publics"].split(),
        "always_open": line["hours"] == "always",
        "management_types": ["R236:01"] if line["contacts"] == "home" and line["mode"] == HOME else [],
        "psychiatric_sectors": [],
        "intervention_communes": [],
        "name": line["name"],
    }
    document |= {name: traits[column].split() for column, name in SETS.items()}
    return Template(
        code=code,
        document=document,
        activities=tuple(_activity(pair) for pair in line["activities"].split()),
        hours=tuple(_slots(line["hours"])),
        contacts=tuple(_contacts(line["contacts"])),
        sensitive=sensitive,
        beds=f"R329:{traits['beds']}" if traits["beds"] else "",
        function=traits["function"],
        equipment=tuple(sorted(traits["equipment"].split())),
        housing=tuple(sorted(traits["housing"].split())),
        profession=traits["practice"],
    )


@cache
def centres() -> dict[str, tuple[float, float]]:
    """About where each département lies: latitude and longitude of its middle."""
    return {line["code"]: (float(line["latitude"]), float(line["longitude"])) for line in _lines("departments")}


def _activity(pair: str) -> tuple[str, str | None]:
    activity, _, family = pair.partition("/")
    return activity, family or None


def _slots(pattern: str) -> list[Document]:
    """The slots of a pattern in the order in which they are read: by day, then by hour."""
    slots = [
        {"slot_type": line["slot_type"], "weekday": int(day)}
        | {"opens_at": line["opens_at"], "closes_at": line["closes_at"], "period_start": None, "period_end": None}
        for line in tables.table("hours")
        if line["pattern"] == pattern
        for day in line["days"].split()
    ]
    return sorted(slots, key=lambda slot: (slot["weekday"], slot["opens_at"]))


def _contacts(pattern: str) -> list[tuple[Document, tuple[tables.Line, ...]]]:
    """Each contact of a pattern, with the lines of its telecoms."""
    lines = [line for line in tables.table("contacts") if line["pattern"] == pattern]
    found = []
    for number in dict.fromkeys(line["contact"] for line in lines):
        own = tuple(line for line in lines if line["contact"] == number)
        contact = {"nature": own[0]["nature"] or None, "function": own[0]["function"] or None}
        found.append((contact | {"level": int(own[0]["contact_level"])}, own))
    return found


@cache
def _traits() -> dict[str, tables.Line]:
    return {line["key"]: line for line in _lines("traits")}


def _categories() -> list[dict[str, str]]:
    return bundled_rows("establishment_categories.csv", CATEGORIES)


def _lines(name: str) -> list[tables.Line]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
