"""The document of one invented offer, in canonical form: the rows of the base and its version come from it."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from confidentiality.levels import Level
from ror.demonstration.national.profiles import Template
from ror.demonstration.offers import ADDRESSES, MARK, PERSONS
from ror.demonstration.tables import Line
from structures.document import Document

MORE_CONTACTS = (  # nature, level and channel of what an offer may add to the contacts of its pattern
    ("R287:05", Level.PROFESSIONAL, "R200:2"),
    ("R287:10", Level.PROFESSIONAL, "R200:3"),
    ("R287:16", Level.CRISIS, "R200:8"),
    ("R287:15", Level.PROFESSIONAL, "R200:6"),
    ("R287:08", Level.CRISIS, "R200:9"),
    ("R287:09", Level.PUBLIC, "R200:4"),
)
MOST_CONTACTS = 8
CONTACT_BY_CHANNEL = {"R200:3": "mail", "R200:9": "mail", "R200:4": "site"}
WEIGHT_LIMITED = frozenset({"R212:089", "R212:090", "R212:091", "R212:088", "R212:072"})
DIAMETER_LIMITED = frozenset({"R212:052", "R212:054"})


@dataclass(frozen=True)
class Offered:
    """One offer to describe: the `ordinal`th of the whole base, the `rank`th of its establishment."""

    ordinal: int
    rank: int
    template: Template

    @property
    def closing(self) -> str | None:
        """Some offers are closed: for good, or until a date."""
        if self.ordinal % 97 == 60:
            return "R286:DEF"
        return "R286:PRO" if self.ordinal % 67 == 30 else None

    @property
    def name(self) -> str:
        known = self.template.document["name"]
        again = (self.rank and f" – unité {self.rank + 1}") or ""
        return f"{known}{again}{MARK}"


class Writer:
    """Makes the documents of one establishment; `slug` stands in its addresses."""

    def __init__(self, random: Random, slug: str, today: datetime.date) -> None:
        self._random, self._slug, self._today = random, slug, today

    def offer(
        self, offered: Offered, *, contacts: int, zone: list[str], organization: str | None, place: Document
    ) -> Document:
        template, ordinal = offered.template, offered.ordinal
        document = dict(template.document)
        document["name"] = offered.name
        document["internal_organization"] = organization
        document["intervention_communes"] = zone
        if ordinal % 3:
            self._without_expertise(document)
        if ordinal % 3 == 0:
            document["entry_model"] = f"https://exemple.fictif/modele/{template.code}|1.0"
        if ordinal % 9 == 0:
            document["comment"] = "Offre inventée : elle n'existe pas."
        if document["activity_field"] == "R227:03":
            document["psychiatric_sectors"] = [f"Secteur fictif G{ordinal % 20:02}"]
            document["involuntary_care"] = template.document["care_mode"] == "R213:28"
        document["activities"] = [
            {"id": self._id(), "activity": activity, "family": family} for activity, family in template.activities
        ]
        document["hours"] = self._hours(offered)
        document["contacts"] = list(self._contacts(offered, contacts))
        document["mailboxes"] = (
            [{"id": self._id(), "address": f"{template.code}.{ordinal}@exemple.mssante.example.org"}]
            if ordinal % 5 == 0
            else []
        )
        document["places"] = [place]
        return document

    def place(self, offered: Offered, address: Document) -> Document:
        """A place of the establishment's address, with dwellings, equipment and now and then more to say."""
        template, ordinal = offered.template, offered.ordinal
        row = {"id": self._id(), "name": None} | address
        row |= {"function": template.function, "status": _status(offered.closing), "description": None}
        row |= {"external_sync_id": None, "external_sync_name": None, "comment": None}
        if ordinal % 4 == 0:
            row["name"] = f"Bâtiment fictif {ordinal % 20 + 1}"
            row["description"] = "Entrée par la cour, puis suivre les panneaux."
        if template.beds and ordinal % 3 == 0:
            row["external_sync_id"] = f"UF-{ordinal}"
            row["external_sync_name"] = f"Unité {ordinal}"
        if ordinal % 25 == 0:
            row["comment"] = "Lieu inventé."
        row["telecoms"] = [self._place_telecom(template)] if ordinal % 30 == 0 else []
        row["housing"] = [
            {"id": self._id(), "residential_type": code, "count": self._random.randrange(5, 60)}
            for code in template.housing
        ]
        row["equipment"] = [self._equipment(code) for code in template.equipment] if ordinal % 2 == 0 else []
        return row

    def contact(self, nature: str, level: int, channel: str, *, name: str | None = None) -> Document:
        """One contact with one way of reaching it, at the same level."""
        contact = {"nature": None if name else nature, "function": nature if name else None, "name": name}
        telecom = self._telecom(channel, CONTACT_BY_CHANNEL.get(channel, "direct"), level=level)
        return {"id": self._id()} | contact | {"description": None, "level": level, "telecoms": [telecom]}

    def _without_expertise(self, document: Document) -> None:
        for name in ("specific_acts", "outside_office_acts", "specialisations"):
            document[name] = []
        for name in ("resource_professions", "specific_competences", "expertise_levels"):
            document[name] = []

    def _hours(self, offered: Offered) -> list[Document]:
        slots = offered.template.hours
        if offered.ordinal % 3 == 0:
            slots = [slot for slot in slots if slot["weekday"] != 3]
        rows = [{"id": self._id()} | slot for slot in slots]
        if offered.ordinal % 40:
            return rows
        summer = datetime.date(self._today.year + 1, 7, 1)
        period = {"period_start": summer.isoformat(), "period_end": summer.replace(month=8, day=31).isoformat()}
        slot = {"slot_type": "R252:01", "weekday": None, "opens_at": "09:00", "closes_at": "12:00"}
        return [{"id": self._id()} | slot | period, *rows]

    def _contacts(self, offered: Offered, number: int) -> Iterator[Document]:
        template = offered.template
        for rank, (contact, lines) in enumerate(template.contacts[:number]):
            person = contact["function"] and f"{PERSONS[offered.ordinal % len(PERSONS)]}-{offered.ordinal % 1000}"
            row = {"id": self._id(), "nature": contact["nature"], "function": contact["function"], "name": person}
            row["description"] = "En semaine, aux heures d'ouverture." if (offered.ordinal + rank) % 6 == 0 else None
            row["level"] = contact["level"]
            row["telecoms"] = [self._line(line) for line in lines]
            yield row
        for nature, level, channel in MORE_CONTACTS[: max(number - len(template.contacts), 0)]:
            yield self.contact(nature, Level.CRISIS if template.sensitive else int(level), channel)

    def _line(self, line: Line) -> Document:
        row = self._telecom(line["channel"], line["address"], level=int(line["level"]))
        row["direct_line"] = line["direct_line"] == "oui"
        row["private_emergency_line"] = line["private_emergency_line"] == "oui"
        return row

    def _telecom(self, channel: str, address: str, *, level: int) -> Document:
        return {
            "id": self._id(),
            "channel": channel,
            "address": ADDRESSES[address](self._slug, self._random.randrange(10_000)),
            "usage": "prise de rendez-vous" if address == "public" and level == Level.PUBLIC else None,
            "direct_line": False,
            "private_emergency_line": False,
            "level": level,
        }

    def _place_telecom(self, template: Template) -> Document:
        return self._telecom("R200:2", "public", level=Level.CRISIS if template.sensitive else Level.PUBLIC)

    def _equipment(self, code: str) -> Document:
        row = {"id": self._id(), "equipment_type": code, "in_service": self._random.randrange(0, 5), "limits": []}
        if code in WEIGHT_LIMITED:
            row["limits"] = [self._limit("R340:001", "250.00", "kg")]
        elif code in DIAMETER_LIMITED:
            row["limits"] = [self._limit("R340:002", "70.00", "cm")]
        return row

    def _limit(self, feature: str, value: str, unit: str) -> Document:
        return {"id": self._id(), "feature": feature, "value": value, "unit": unit}

    def _id(self) -> str:
        return row_id(self._random)


def row_id(random: Random) -> str:
    """A UUID of the seed's own: the same base has the same ids."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _status(closing: str | None) -> str:
    return {None: "R203:3", "R286:PRO": "R203:2", "R286:DEF": "R203:1"}[closing]
