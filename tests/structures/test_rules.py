"""The rule book, number by number: each rule is shown refusing (source: the table of mandatory data)."""

import datetime

import pytest

from structures.document import canonical
from structures.findings import Effect
from structures.publishing import check
from tests.factories import (
    CrisisAnswerFactory,
    GeographicEntityFactory,
    activity_row,
    contact_row,
    hours_row,
    offer_document,
    place_row,
    telecom_row,
)

pytestmark = pytest.mark.django_db

ARRETE = "demandé par l'arrêté du 26 décembre 2023"
SANITARY = {"activity_field": "R227:01", "care_mode": "R213:28", "publics": []}
YESTERDAY = (datetime.date.today() - datetime.timedelta(days=1)).isoformat()

# (case, changes to a valid document, traits of the establishment, number of the rule, path it points at, effect)
REFUSED = [
    ("no activity", {"activities": []}, {}, "1", "activities", "blocks"),
    ("twice the same activity", {"activities": [activity_row(), activity_row()]}, {}, "1", "activity", "blocks"),
    ("no family in the social field", {"activities": [activity_row(family=None)]}, {}, "2", "family", "blocks"),
    ("no care mode", {"care_mode": None}, {}, "3", "care_mode", "blocks"),
    ("no minimal age", {"age_min": None}, {}, "4", "age_min", "blocks"),
    ("no unit of the maximal age", {"age_max_unit": None}, {}, "4", "age_max_unit", "blocks"),
    ("ages upside down", {"age_min": 3, "age_max": 35, "age_max_unit": "mo"}, {}, "4", "age_max", "blocks"),
    ("an age nobody reaches", {"age_max": 200}, {}, "4", "age_max", "blocks"),
    ("no public in the social field", {"publics": []}, {}, "5", "publics", "blocks"),
    ("no hours", {"hours": []}, {}, "6", "hours", "blocks"),
    ("only closing hours", {"hours": [hours_row(slot_type="R252:08")]}, {}, "6", "hours", "blocks"),
    ("only hours to be said", {"hours": [hours_row(slot_type="R252:09")]}, {}, "6", "hours", "blocks"),
    (
        "only a period that is over",
        {"hours": [hours_row(weekday=None, period_start="2020-01-01", period_end=YESTERDAY)]},
        {},
        "6",
        "hours",
        "blocks",
    ),
    ("a slot without day nor period", {"hours": [hours_row(), hours_row(weekday=None)]}, {}, "6", "weekday", "blocks"),
    ("one time of two", {"hours": [hours_row(closes_at=None)]}, {}, "6", "closes_at", "blocks"),
    ("no address", {"places": []}, {}, "7", "places", "blocks"),
    ("no commune", {"places": [place_row(commune=None)]}, {}, "7", "commune", "blocks"),
    ("no postcode", {"places": [place_row(postcode=None)]}, {}, "7", "postcode", "blocks"),
    ("no street nor place name", {"places": [place_row(street_name=None)]}, {}, "7", "street_name", "blocks"),
    ("no contact", {"contacts": []}, {}, "8", "contacts", "blocks"),
    ("a contact nobody can reach", {"contacts": [contact_row(telecoms=[])]}, {}, "8", "telecoms", "blocks"),
    ("no channel", {"contacts": [contact_row(telecoms=[telecom_row(channel=None)])]}, {}, "8", "channel", "blocks"),
    ("a number that is none", {"contacts": [contact_row(telecoms=[telecom_row("12")])]}, {}, "8", "address", "blocks"),
    ("a nature and a person", {"contacts": [contact_row(name="Camille Exemple")]}, {}, "9", "nature", "blocks"),
    ("neither nature nor person", {"contacts": [contact_row(nature=None)]}, {}, "9", "nature", "blocks"),
    (
        "a name without function",
        {"contacts": [contact_row(nature=None, name="C.", level=2)]},
        {},
        "9",
        "function",
        "blocks",
    ),
    ("no level", {"contacts": [contact_row(level=None)]}, {}, "10", "level", "blocks"),
    ("an alert contact for all", {"contacts": [contact_row(nature="R287:13")]}, {}, "10", "level", "blocks"),
    (
        "a person of a hospital for all",
        {"contacts": [contact_row(nature=None, function="R251:01", name="Camille Exemple")]},
        {},
        "10",
        "level",
        "blocks",
    ),
    (
        "a direct line for all",
        {"contacts": [contact_row(telecoms=[telecom_row(direct_line=True)])]},
        {},
        "10",
        "level",
        "blocks",
    ),
    (
        "a private emergency line for professionals",
        {"contacts": [contact_row(telecoms=[telecom_row(private_emergency_line=True, level=2)])]},
        {},
        "10",
        "level",
        "blocks",
    ),
    ("a telecom more open than its contact", {"contacts": [contact_row(level=2)]}, {}, "10", "level", "blocks"),
    (
        "an alert phone for all",
        {"contacts": [contact_row(telecoms=[telecom_row(channel="R200:8")])]},
        {},
        "10",
        "level",
        "blocks",
    ),
    (
        "no answer on the direct line",
        {"contacts": [contact_row(telecoms=[telecom_row(direct_line=None)])]},
        {},
        "11",
        "direct_line",
        "blocks",
    ),
    ("no answer on sensitivity", {"sensitive": None}, {}, "12", "sensitive", "blocks"),
    ("no activity field", {"activity_field": None}, {}, "14", "activity_field", "blocks"),
    ("no name", {"name": None}, {}, "15", "name", "blocks"),
    (
        "emergencies without ORSAN",
        {**SANITARY, "care_mode": "R213:33"},
        {"health": True},
        "18",
        "orsan_answer",
        "blocks",
    ),
    ("a ward without ORSAN", SANITARY, {"health": True}, "18", "orsan_answer", "warns"),
    (
        "emergencies without landing zone",
        {**SANITARY, "care_mode": "R213:33"},
        {"health": True},
        "19",
        "landing_zone",
        "blocks",
    ),
    ("a ward without landing zone", SANITARY, {"health": True}, "19", "landing_zone", "warns"),
    (
        "emergencies without on-call contact",
        {**SANITARY, "care_mode": "R213:33", "contacts": [contact_row()]},
        {"health": True},
        "20",
        "contacts",
        "warns",
    ),
    ("a home service without type", {"offer_type": None}, {"category_id": "R66:354"}, "23", "offer_type", "warns"),
    ("housing without temporality", {"reception_temporality": None}, {}, "23", "reception_temporality", "warns"),
    (
        "nothing that families can call",
        {"contacts": [contact_row(level=2, telecoms=[telecom_row(level=2)])]},
        {},
        "101",
        "contacts",
        "warns",
    ),
    ("a postcode of elsewhere", {"places": [place_row(commune="35360")]}, {}, "102", "commune", "warns"),
]


@pytest.mark.parametrize(
    ("changes", "entity", "number", "path", "effect"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_each_rule_refuses(changes, entity, number, path, effect):
    found = _findings(GeographicEntityFactory(**entity), **changes)

    spoken = [finding for finding in found if finding.rule == number and finding.path.split(".")[-1] == path]

    assert [finding.effect for finding in spoken] == [Effect(effect)] * len(spoken)
    assert spoken, [(finding.rule, finding.path) for finding in found]
    assert all(finding.basis and finding.message for finding in spoken)


@pytest.mark.parametrize("trait", ["health", "social", "ville", "outside"])
def test_a_complete_description_has_nothing_that_blocks(trait):
    found = _findings(GeographicEntityFactory(**{trait: True}))
    assert [finding for finding in found if finding.effect is Effect.BLOCKS] == []


def test_every_rule_of_the_table_is_enforced_or_accounted_for():
    """The numbers that no check holds: automatic, register, database, later steps (said in the table itself)."""
    from structures.rules import OFFER, book

    elsewhere = {
        13: "automatic: publish() writes level 3",
        17: "register data, never asked",
        21: "figures of beds are no part of a description: asked on the page of beds (step 4)",
        22: "database constraint offer_closing_type_with_date",
        24: "never a gate",
    }
    numbers = set(book._table())
    assert numbers == {number for number in book._checks[OFFER] if number <= 100} | elsewhere.keys()


def test_24_hours_a_day_needs_no_slot():
    assert not [
        finding for finding in _findings(GeographicEntityFactory(), hours=[], always_open=True) if finding.rule == "6"
    ]


def test_a_person_of_a_ville_office_may_be_public():
    contact = contact_row(nature=None, function="R251:05", name="Camille Exemple")
    assert not [
        finding
        for finding in _findings(GeographicEntityFactory(ville=True), contacts=[contact])
        if finding.rule == "10"
    ]


def test_a_cedex_is_not_compared_with_the_postcodes_of_its_commune():
    place = place_row(postcode="35033", locality="RENNES CEDEX 9")
    assert not [finding for finding in _findings(GeographicEntityFactory(), places=[place]) if finding.rule == "102"]


def test_crisis_answers_given_silence_their_rules():
    answer = CrisisAnswerFactory()
    found = _findings(answer.geographic_entity, **SANITARY, contacts=[contact_row()])
    assert not [finding for finding in found if finding.rule in ("18", "19")]


def test_a_sensitive_unit_needs_no_level_chosen_strict_enough():
    """Rule 13 is automatic: everything is published at level 3."""
    contact = contact_row(nature="R287:13")
    found = _findings(GeographicEntityFactory(health=True), sensitive=True, contacts=[contact])
    assert not [finding for finding in found if finding.rule in ("10", "101")]


def test_the_basis_is_said_in_the_words_of_the_table_and_never_by_an_article_number():
    found = _findings(
        GeographicEntityFactory(), name=None, activities=[], contacts=[], hours=[], places=[], care_mode=None
    )
    assert {ARRETE} <= {finding.basis for finding in found}
    assert not [finding.basis for finding in found if "article" in finding.basis]


def _findings(entity, **changes):
    document, formats = canonical(offer_document(**changes))
    assert not formats
    return check(document, entity)
