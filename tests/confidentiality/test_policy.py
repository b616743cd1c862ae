"""The declared policy: every datum has its line, at the level of the arrêté; the database refuses lower levels."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction

from confidentiality import policy
from confidentiality.levels import Level, minimum_contact_level, minimum_telecom_level
from ror.history import writing
from structures.models import Contact, Offer, Telecom
from tests.factories import published_offer

LEVELS = Path(__file__).parent / "levels.csv"
STORED = "ligne"
# What the table of levels does not list: what the portal itself needs, which says nothing by itself.
TECHNICAL = {"id", "created_at", "updated_at", "search", "perimeter", "position", "version"}
# Towards a row that has its own level.
LINKS = {
    *("legal_entity", "geographic_entity", "internal_organization", "offer", "contact", "place", "equipment"),
    *("care_capacity", "professional", "practice", "situation"),
}
REVERSE = "lien vers"


def level_lines() -> list[dict[str, str]]:
    with LEVELS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def by_kind(level: str) -> dict[str, int]:
    """The level in each legal kind: one for all, or four in the order of `policy.KINDS`. An unknown kind: strictest."""
    levels = [int(each) for each in level.split()]
    said = dict(zip(policy.KINDS, levels if len(levels) > 1 else levels * len(policy.KINDS), strict=True))
    return said | {"": max(levels)}


# The table.


def test_the_policy_says_the_level_of_the_arrete_for_every_kind_of_structure():
    wrong = []
    for line in level_lines():
        for field in line["data"].split():
            datum = policy.datum(line["model"], field)
            said = STORED if datum.stored else {kind: datum.level(kind) for kind in (*policy.KINDS, "")}
            due = STORED if line["level"] == STORED else by_kind(line["level"])
            if said != due:
                wrong.append((datum.name, said, line["level"], line["source"]))
    assert wrong == []


def test_the_table_of_levels_lists_every_datum():
    listed = {(line["model"], field) for line in level_lines() for field in line["data"].split()}
    unlisted = [
        datum.name
        for key, datum in policy.policy().items()
        if key not in listed and not {datum.field} & (TECHNICAL | LINKS) and not datum.label.startswith(REVERSE)
    ]
    assert unlisted == []


def test_what_serves_the_portal_never_opens_a_row_that_says_nothing_else_so_open():
    """An id or a link at level 1 beside data at level 2 would make the row itself known to everyone."""
    opened = []
    for model in sorted({line.model for line in policy.policy().values()}):
        lines = [line for line in policy.data_of(model) if not line.stored]
        said = [line for line in lines if not serves_only(line)]
        for kind in policy.KINDS if said else ():
            least = min(line.level(kind) for line in said)
            opened += [(line.name, kind) for line in lines if serves_only(line) and line.level(kind) < least]
    assert opened == []


def serves_only(line: policy.Datum) -> bool:
    return line.field in TECHNICAL | LINKS or line.label.startswith(REVERSE)


def test_only_article_2_is_said_to_have_been_read():
    for datum in policy.policy().values():
        if datum.basis == "texte lu":
            assert "article 2" in datum.source, datum.name


def test_every_line_names_its_source():
    assert [datum.name for datum in policy.policy().values() if not datum.source.strip()] == []


def datum_by_kind(**levels: int) -> policy.Datum:
    kinds = {"I_1": "I-1", "I_2": "I-2", "I_3": "I-3", "I_4": "I-4"}
    by_kind = {kinds[name]: level for name, level in levels.items()}
    return replace(policy.datum("Offer", "name"), levels=by_kind)


@pytest.mark.parametrize(("kind", "level"), [("I-1", 2), ("I-2", 1), ("I-3", 2), ("I-4", 1), ("", 2), ("I-9", 2)])
def test_a_level_depends_on_the_legal_kind_and_an_unknown_kind_takes_the_strictest(kind, level):
    expertise = datum_by_kind(I_1=2, I_2=1, I_3=2, I_4=1)  # law.md §2.1, the four attributes of expertise
    assert expertise.level(kind) == level


@pytest.mark.parametrize(("stored", "level"), [(1, 1), (2, 2), (3, 3), (None, 3), (0, 3), (7, 3)])
def test_a_stored_level_that_says_nothing_is_the_strictest(stored, level):
    assert policy.datum("Contact", "name").level("I-2", stored) == level


# The system check.


def problems(monkeypatch, lines: dict) -> list[tuple[str, str]]:
    monkeypatch.setattr(policy, "policy", lambda: lines)
    return [(error.id, error.msg) for error in run_checks(tags=["confidentiality"])]


def test_the_policy_of_the_project_is_whole():
    assert run_checks(tags=["confidentiality"]) == []


def test_a_datum_without_line_is_an_error(monkeypatch):
    lines = {key: datum for key, datum in policy.policy().items() if key != ("Telecom", "address")}
    [(code, message)] = problems(monkeypatch, lines)
    assert code == "confidentiality.E001"
    assert "Telecom.address" in message


def test_a_relation_without_line_is_an_error(monkeypatch):
    lines = {key: datum for key, datum in policy.policy().items() if key != ("Offer", "contacts")}
    assert [code for code, _ in problems(monkeypatch, lines)] == ["confidentiality.E001"]


def test_a_line_without_field_is_an_error(monkeypatch):
    lines = policy.policy() | {("Offer", "imaginary"): replace(policy.datum("Offer", "name"), field="imaginary")}
    [(code, message)] = problems(monkeypatch, lines)
    assert code == "confidentiality.E002"
    assert "Offer.imaginary" in message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"basis": "décret"}, "confidentiality.E003"),
        ({"basis": ""}, "confidentiality.E003"),
        ({"category": "contacts"}, "confidentiality.E005"),
        ({"levels": {"I-1": 4, "I-2": 1, "I-3": 1, "I-4": 1}}, "confidentiality.E006"),
        ({"levels": {"I-1": 1, "I-2": 1}}, "confidentiality.E006"),
    ],
)
def test_a_line_that_says_what_is_not_allowed_is_an_error(monkeypatch, change, code):
    key = ("Telecom", "address")
    lines = policy.policy() | {key: replace(policy.policy()[key], **change)}
    assert [found for found, _ in problems(monkeypatch, lines)] == [code]


def test_a_model_that_nobody_governs_is_an_error(monkeypatch):
    monkeypatch.setattr(Offer, "governance", {})
    assert [error.id for error in run_checks(tags=["confidentiality"])] == ["confidentiality.E004"]


# The least levels that a datum imposes (roles.md, « Levels of contacts »).

SERVICE = {"nature": "R287:01", "names_person": False, "ville": False, "sensitive": False}
CONTACTS = [
    ("reception of a service", {}, 1, "law.md §8.2 : standard, accueil, secrétariat (texte, résiduel)"),
    ("person, hospital", {"nature": None, "names_person": True}, 2, "arrêté, article 2, 2° (étendu aux contacts)"),
    ("person, ville", {"nature": None, "names_person": True, "ville": True}, 1, "arrêté, article 2, 2° a contrario"),
    ("nature 08", {"nature": "R287:08"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 11", {"nature": "R287:11"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 12", {"nature": "R287:12"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 13", {"nature": "R287:13"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 14", {"nature": "R287:14"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 16", {"nature": "R287:16"}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 14, ville", {"nature": "R287:14", "ville": True}, 2, "roles.md, natures 08, 11–14, 16"),
    ("nature 06", {"nature": "R287:06"}, 1, "law.md §8.2 : standard (texte, résiduel)"),
    ("sensitive unit", {"sensitive": True}, 3, "RG_EXP_039"),
    ("sensitive unit, ville", {"sensitive": True, "ville": True}, 3, "RG_EXP_039"),
]
LINE = {
    "channel": "R200:2",
    "direct_line": False,
    "private_emergency_line": False,
    "contact_level": 1,
    "sensitive": False,
}
TELECOMS = [
    ("switchboard", {}, 1, "law.md §8.2 : standard (texte, résiduel)"),
    ("direct line", {"direct_line": True}, 2, "arrêté, article 2, 2°"),
    ("private emergency line", {"private_emergency_line": True}, 3, "arrêté, article 2, 1°"),
    ("radio network", {"channel": "R200:7"}, 2, "roles.md, canaux 7 à 9"),
    ("alert phone", {"channel": "R200:8"}, 2, "roles.md, canaux 7 à 9"),
    ("alert mail", {"channel": "R200:9"}, 2, "roles.md, canaux 7 à 9"),
    ("contact at 2", {"contact_level": 2}, 2, "RG_EXP_034"),
    ("contact at 3", {"contact_level": 3}, 3, "RG_EXP_034"),
    ("direct line of a contact at 3", {"direct_line": True, "contact_level": 3}, 3, "RG_EXP_034"),
    ("sensitive unit", {"sensitive": True}, 3, "RG_EXP_039"),
]


@pytest.mark.parametrize(("name", "change", "level", "source"), CONTACTS, ids=[row[0] for row in CONTACTS])
def test_the_least_level_of_a_contact(name, change, level, source):
    assert minimum_contact_level(**{**SERVICE, **change}) == level, source


@pytest.mark.parametrize(("name", "change", "level", "source"), TELECOMS, ids=[row[0] for row in TELECOMS])
def test_the_least_level_of_a_telecom(name, change, level, source):
    assert minimum_telecom_level(**{**LINE, **change}) == level, source


# The database itself refuses lower levels, whatever wrote them.


@pytest.fixture
def reception(db) -> Contact:
    """A public contact with one public phone."""
    return published_offer().contacts.get(level=Level.PUBLIC)


@contextmanager
def checked() -> Iterator[None]:
    """Write, then ask for the checks that the end of the transaction makes."""
    with transaction.atomic(), writing("tests", "command"):
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def change(row: Contact | Telecom, **values) -> None:
    with checked():
        type(row).objects.filter(pk=row.pk).update(**values)


REFUSED_CONTACTS = [
    *({"nature_id": f"R287:{code}"} for code in ("08", "11", "12", "13", "14", "16")),
    {"level": 0},
    {"level": 4},
]
REFUSED_TELECOMS = [
    {"direct_line": True},
    {"private_emergency_line": True},
    {"private_emergency_line": True, "level": 2},
    {"channel_id": "R200:7"},
    {"channel_id": "R200:8"},
    {"channel_id": "R200:9"},
    {"level": 0},
    {"level": 4},
]


@pytest.mark.parametrize("values", REFUSED_CONTACTS, ids=str)
def test_the_database_refuses_a_contact_below_its_least_level(reception, values):
    with pytest.raises(IntegrityError, match="contact_"):
        change(reception, **values)


@pytest.mark.parametrize("values", REFUSED_TELECOMS, ids=str)
def test_the_database_refuses_a_telecom_below_its_least_level(reception, values):
    with pytest.raises(IntegrityError, match="telecom_"):
        change(reception.telecoms.get(), **values)


def test_the_database_accepts_these_data_at_their_least_level(reception):
    phone = reception.telecoms.get()
    change(phone, direct_line=True, level=2)
    change(phone, private_emergency_line=True, level=3)
    change(phone, direct_line=False, private_emergency_line=False, channel_id="R200:8", level=2)
    change(reception, nature_id="R287:14", level=2)


OPENINGS = {
    "a contact made stricter than its telecom": lambda contact: change(contact, level=2),
    "a telecom made more open than its contact": lambda contact: (
        change(contact.telecoms.get(), level=3),
        change(contact, level=3),
        change(contact.telecoms.get(), level=2),
    ),
    "a telecom moved to a stricter contact": lambda contact: change(
        contact.telecoms.get(), contact=contact.offer.contacts.get(level=3)
    ),
    "a telecom added to a stricter contact": lambda contact: add_public_phone(contact.offer.contacts.get(level=2)),
}


@pytest.mark.parametrize("opening", OPENINGS)
def test_the_database_refuses_a_telecom_more_open_than_its_contact(reception, opening):
    with pytest.raises(IntegrityError, match="more open than its contact"):
        OPENINGS[opening](reception)


def test_both_may_change_in_one_transaction_whatever_the_order(reception):
    contact, telecoms = Contact.objects.filter(pk=reception.pk), Telecom.objects.filter(contact=reception)
    for first, second, level in ((contact, telecoms, 3), (telecoms, contact, 2), (contact, telecoms, 1)):
        with checked():
            first.update(level=level)
            second.update(level=level)
    assert set(telecoms.values_list("level", flat=True)) == {1}


def test_the_check_is_made_by_a_real_commit(real_transactions):
    reception = published_offer().contacts.get(level=Level.PUBLIC)
    with pytest.raises(IntegrityError, match="more open than its contact"), writing("tests", "command"):
        Contact.objects.filter(pk=reception.pk).update(level=3)
    reception.refresh_from_db()
    assert reception.level == Level.PUBLIC


def add_public_phone(contact: Contact) -> None:
    telecom = Telecom(
        contact=contact,
        geographic_entity_id=contact.geographic_entity_id,
        channel_id="R200:2",
        address="0261910199",
        direct_line=False,
        private_emergency_line=False,
        level=Level.PUBLIC,
    )
    with checked():
        telecom.save()
