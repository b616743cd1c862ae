"""How an offer is put into words, also when a draft holds anything at all."""

import datetime

import pytest

from confidentiality.disclosure import Disclosed
from structures.presenting import present_offer
from tests.factories import hours_row, offer_document

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 3, 1)


def present(**data) -> dict:
    return present_offer(Disclosed(data), TODAY)


def facts(**data) -> dict[str, str]:
    return {fact["label"]: fact["value"] for fact in present(**data)["facts"]}


def age(low, low_unit, high, high_unit) -> str | None:
    return facts(age_min=low, age_min_unit=low_unit, age_max=high, age_max_unit=high_unit).get("Âges")


def test_nothing_disclosed_is_nothing_said():
    shown = present()
    assert not any(shown.values())


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        ((60, "a", 120, "a"), "de 60 à 120 ans"),
        ((6, "mo", 3, "a"), "de 6 mois à 3 ans"),
        ((0, "d", 1, "a"), "de 0 jour à 1 an"),
        ((2, "wk", 8, "wk"), "de 2 à 8 semaines"),
        ((18, "a", None, None), "à partir de 18 ans"),
        ((None, None, 17, "a"), "jusqu'à 17 ans"),
        ((None, "a", None, "a"), None),
        (("douze", "a", [], {}), None),
    ],
)
def test_ages_in_words(ages, words):
    assert age(*ages) == words


def test_closing_in_words():
    shown = present(
        closing_type="R286:PRO", closing_date="2026-01-31", reopening_date="2099-05-01", identifier="53/12", name="X"
    )
    assert shown["closing"] == "fermée depuis le 31 janvier 2026 (provisoire), réouverture prévue le 1er mai 2099"
    assert shown["slug"] == "53-12"
    assert present(closing_type="R286:DEF", closing_date="2099-01-01")["closing"].startswith("fermeture prévue le")


def test_hours_that_end_today_are_still_shown_and_those_of_yesterday_are_not():
    today = hours_row(period_start="2026-02-01", period_end="2026-03-01")
    yesterday = hours_row(period_start="2026-02-01", period_end="2026-02-28")
    weeks = present(hours=[today, yesterday])["weeks"]
    assert [week["period"] for week in weeks] == ["du 1er février 2026 au 1er mars 2026"]


def test_closing_slots_list_their_days_only():
    weeks = present(hours=[hours_row(slot_type="R252:08", weekday=3, opens_at=None, closes_at=None)])["weeks"]
    assert weeks[0]["days"] == [{"day": "mercredi", "ranges": "toute la journée"}]


def test_a_code_that_nobody_knows_is_shown_as_it_is():
    assert facts(care_mode="R213:999")["Mode de prise en charge"] == "R213:999"


def test_a_draft_may_hold_anything():
    """What is typed is kept even when it is not valid: the review page must still show."""
    for odd in ("lundi", -1, 3.5, True, ["a"], {"a": "b"}, "\x00", "9" * 400):
        document = offer_document()
        for rows in (document["hours"], document["contacts"], document["places"], document["activities"]):
            for row in rows:
                row.update({name: odd for name in row if name not in ("id", "telecoms")})
                for telecom in row.get("telecoms", ()):
                    telecom.update({name: odd for name in telecom if name != "id"})
        for name, value in document.items():
            if not isinstance(value, list) or name == "publics":
                document[name] = odd
        present(**document)
