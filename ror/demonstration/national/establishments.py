"""What the described establishments say besides their offers: contacts, tariffs, crisis answers."""

import datetime
from collections.abc import Iterator
from random import Random

from confidentiality.levels import Level
from ror.demonstration.national.documents import Writer, row_id
from ror.demonstration.national.feed import Columns, Feed, Lists
from structures.document import Document
from structures.models import Contact, CrisisAnswer, SecureMailbox, Telecom
from structures.models.tariff import (
    DAY_CARE,
    DEPENDENCE,
    EXTRA_SERVICE,
    HOME_HELP,
    HOUSING,
    MEALS,
    SINGLE_ROOM,
    SMR_SUPPLEMENT,
)
from structures.schema import CONTACT, TARIFF
from structures.tables import ESTABLISHMENT_TABLES

CRISIS = Columns(CrisisAnswer, "geographic_entity", "orsan_answer", "orsan_level", "landing_zone")
MAILBOXES = Columns(SecureMailbox, "id", "geographic_entity", "internal_organization", "address")
CONTACTS = Columns(
    Contact, "id", "geographic_entity", "legal_entity", "internal_organization", *CONTACT.fields, "position"
)
TELECOMS = Columns(Telecom, "id", "geographic_entity", "contact", *CONTACT.rows["telecoms"].fields, "position")
TARIFFS = Lists(ESTABLISHMENT_TABLES["tariffs"])
EVERY_ESTABLISHMENT, EVERY_LEGAL_ENTITY, EVERY_ORGANIZATION = 4, 10, 6  # one in so many has a contact of its own
PERMANENT, DAILY, HOURLY, EACH = "R240:02", "R228:2", "R228:1", "R228:4"
NATURES = (
    ("R287:06", Level.PUBLIC, "R200:2"),
    ("R287:13", Level.CRISIS, "R200:8"),
    ("R287:10", Level.PROFESSIONAL, "R200:3"),
)


def add_contact(
    feed: Feed,
    writer: Writer,
    ordinal: int,
    *,
    entity: int | None = None,
    legal_entity: int | None = None,
    organization: int | None = None,
) -> None:
    """A contact of an establishment, of a legal entity (`entity` is then absent) or of an internal organisation."""
    nature, level, channel = NATURES[ordinal % len(NATURES)]
    contact = writer.contact(nature, int(level), channel)
    fields = {**contact, "name": "", "description": "Contact inventé." if ordinal % 3 == 0 else ""}
    feed.add(
        CONTACTS,
        *(contact["id"], entity, legal_entity, organization),
        *(fields[name] for name in CONTACT.fields),
        0,
    )
    telecom = contact["telecoms"][0] | {"usage": ""}
    values = (telecom[name] for name in CONTACT.rows["telecoms"].fields)
    feed.add(TELECOMS, telecom["id"], entity, contact["id"], *values, 0)


def add_mailbox(feed: Feed, random: Random, entity: int, organization: int) -> None:
    feed.add(
        MAILBOXES, row_id(random), entity, organization, f"organisation.{organization}@exemple.mssante.example.org"
    )


def add_crisis_answer(feed: Feed, entity: int, ordinal: int) -> None:
    answers = list(CrisisAnswer.Orsan)
    answer = answers[ordinal % len(answers)]
    feed.add(CRISIS, entity, answer.value, CrisisAnswer.ORSAN_CODES.get(answer), ordinal % 3 == 0)


def add_tariffs(feed: Feed, kind: str, entity: int, random: Random, today: datetime.date) -> None:
    """The tariffs of an establishment of that kind (column `tariffs` of the profiles)."""
    since = today.replace(month=1, day=1).isoformat()
    rows = [
        {"id": row_id(random)} | dict.fromkeys(TARIFF.fields) | {"valid_from": since, **_lists(), **said}
        for said in TARIFFS_BY_KIND[kind](random)
    ]
    TARIFFS.add(feed, rows, entity, entity)


def _nursing_home(random: Random) -> Iterator[Document]:
    price = random.randrange(5200, 9800)
    for under_60, room, condition, extra in (
        (False, SINGLE_ROOM, "R250:01", 0),
        (False, "R242:01", "R250:01", -600),
        (False, SINGLE_ROOM, "R250:02", -900),
        (True, SINGLE_ROOM, "R250:01", 1500),
    ):
        yield _amount(HOUSING, price + extra, DAILY) | {
            "under_60": under_60,
            "residential_type": room,
            "reception_temporality": PERMANENT,
            "condition": condition,
            "included_services": ["R264:01", "R264:02"],
            "other_included_services": ["Animation fictive"],
        }
    for rank, group in enumerate(("R237:01", "R237:02", "R237:03")):
        group_of_need = {"dependency_group": group, "reception_temporality": PERMANENT}
        yield _amount(DEPENDENCE, 2200 - 700 * rank, DAILY) | group_of_need
    yield _amount(EXTRA_SERVICE, 2500, EACH) | {"additional_service": "R264:09"}
    yield _amount(EXTRA_SERVICE, 1200, EACH) | {"other_additional_service": "Repas d'un invité"}
    yield _amount(DAY_CARE, 3400, DAILY) | {"condition": "R250:01"}


def _residence(random: Random) -> Iterator[Document]:
    yield _amount(HOUSING, random.randrange(50_000, 80_000), "R228:3") | {
        "under_60": False,
        "residential_type": "R242:05",
        "reception_temporality": PERMANENT,
        "condition": "R250:03",
        "included_services": ["R264:08"],
    }


def _home(random: Random) -> Iterator[Document]:
    for condition, price in (("R250:01", 2500), ("R250:02", 2300)):
        yield _amount(HOME_HELP, price + random.randrange(300), HOURLY) | {
            "name": "Aide à domicile, en semaine",
            "condition": condition,
            "management_type": "R236:01",
        }
    yield _amount(MEALS, 900 + random.randrange(400), EACH) | {"name": "Repas livré", "condition": "R250:01"}


def _rehabilitation(random: Random) -> Iterator[Document]:
    yield _amount(SMR_SUPPLEMENT, 4000 + random.randrange(3000), DAILY) | {"residential_type": SINGLE_ROOM}


TARIFFS_BY_KIND = {
    "nursing-home": _nursing_home,
    "residence": _residence,
    "home": _home,
    "rehabilitation": _rehabilitation,
}


def _amount(kind: str, cents: int, unit: str) -> Document:
    return {"kind": kind, "amount": f"{cents / 100:.2f}", "unit": unit}


def _lists() -> Document:
    return {"included_services": [], "other_included_services": []}
