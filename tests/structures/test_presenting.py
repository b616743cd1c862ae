"""How an offer is put into words, also when a draft holds anything at all."""

import datetime

import pytest

from confidentiality.disclosure import Disclosed
from structures.document import canonical, new_id
from structures.presenting import decimal_of, number_words, position, present_offer
from structures.presenting.words import ago
from structures.schema import OFFER
from tests.factories import hours_row, offer_document, telecom_row

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


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ({"seconds": 20}, "à l'instant"),
        ({"minutes": 1}, "il y a 1 minute"),
        ({"hours": 3, "minutes": 59}, "il y a 3 heures"),
        ({"days": 2}, "il y a 2 jours"),
        ({"days": 40}, "le 20 janvier 2026"),
        ({"hours": -2}, "le 1er mars 2026"),
    ],
)
def test_age_of_a_figure_in_words(age, words):
    now = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
    assert ago((now - datetime.timedelta(**age)).isoformat(), now) == words


@pytest.mark.parametrize("odd", [None, "", "hier", 12, [], {}])
def test_no_age_without_a_moment(odd):
    assert ago(odd, datetime.datetime.now(datetime.UTC)) == ""


def test_numbers_as_in_french():
    assert [number_words(value) for value in (1204, "250.50", "12", None, "douze", True)] == (
        ["1\u202f204", "250,5", "12", "", "", ""]
    )


def test_a_number_of_any_size_is_never_written_out():
    assert number_words("1e999999") == ""
    assert decimal_of("1e-999999") is None


def test_a_position_off_the_globe_leads_nowhere():
    assert position({"latitude": "48.117", "longitude": "-1.678"})["href"] == "geo:48.117,-1.678"
    for latitude, longitude in (("91", "0"), ("0", "181"), (None, "2"), ("nord", "2")):
        assert position({"latitude": latitude, "longitude": longitude}) is None


def test_marks_say_who_reads_what_the_public_does_not():
    data = {"specific_acts": ["R212:001"]}
    marks = {
        kind: present_offer(Disclosed(data), TODAY, legal_kind=kind)["expertise"][0]["level"]
        for kind in ("I-1", "I-2", None)
    }
    assert marks == {"I-1": "Visible par les professionnels", "I-2": "", None: ""}


def test_a_draft_may_hold_anything():
    """What is typed is kept even when it is not valid: the review page must still show."""
    for odd in ("lundi", -1, 3.5, True, ["a"], {"a": "b"}, "\x00", "9" * 400):
        document = canonical(offer_document())[0]
        place = document["places"][0]
        place["telecoms"], place["housing"] = [telecom_row()], [{"id": new_id(), "residential_type": odd, "count": odd}]
        limit = {"id": new_id(), "feature": odd, "value": odd, "unit": odd}
        place["equipment"] = [{"id": new_id(), "equipment_type": odd, "in_service": odd, "limits": [limit]}]
        document["mailboxes"] = [{"id": new_id(), "address": odd}]
        for rows in (document["hours"], document["contacts"], document["places"], document["activities"]):
            for row in rows:
                row.update({name: odd for name in row if name != "id" and not isinstance(row[name], list)})
                for telecom in row.get("telecoms", ()):
                    telecom.update({name: odd for name in telecom if name != "id"})
        for name, value in document.items():
            if not isinstance(value, list) or name not in OFFER.rows:
                document[name] = odd
        present(**document)
