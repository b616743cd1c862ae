"""Rules of offers: each is broken, and seen refused."""

import datetime

import pytest

from structures.models import Offer, OpeningHours, SensitiveUnit
from structures.publishing import publish
from structures.records import read_document
from tests.factories import (
    GeographicEntityFactory,
    OfferFactory,
    OpeningHoursFactory,
    SituationHoursFactory,
    activity_row,
    hours_row,
    published_offer,
)
from tests.quality.refusals import accepted, change, refused, rules_that_refuse

pytestmark = pytest.mark.django_db

TODAY = datetime.date.today()
YESTERDAY, TOMORROW = TODAY - datetime.timedelta(days=1), TODAY + datetime.timedelta(days=1)
YEARS_AHEAD = TODAY + datetime.timedelta(days=5 * 365)
PERIOD = {"weekday": None, "opens_at": None, "closes_at": None}


def read_on(day):
    return list(OpeningHours.objects.not_past(day))


def test_rg_exp_007_a_social_activity_has_a_family():
    assert rules_that_refuse(activities=[activity_row(family=None)]) == {"2"}
    published_offer(activity_field="R227:01", activities=[activity_row(family=None)])


def test_rg_exp_008_a_social_offer_says_its_publics():
    assert rules_that_refuse(publics=[]) == {"5"}
    published_offer(activity_field="R227:01", publics=[])


def test_rg_exp_009_a_zone_is_made_of_communes():
    offer = OfferFactory(intervention_communes=["35238", "22113"])
    for strange in ("35", "R30:53", "99999"):
        with refused("intervention_communes_in_communes"):
            change(offer, intervention_communes=["35238", strange])
        with refused("intervention_communes_in_communes"):
            OfferFactory(intervention_communes=[strange])


def test_rg_exp_010_the_activity_field_never_changes():
    offer = published_offer()
    with refused("frozen column"):
        change(offer, activity_field="R227:01")
    with refused("activity_field"):
        OfferFactory(activity_field_id=None)
    assert rules_of_a_new_version(offer, activity_field="R227:01") == {"14"}


def test_rg_exp_011_the_care_mode_never_changes():
    offer = published_offer()
    with refused("frozen column"):
        change(offer, care_mode="R213:47")
    with refused("care_mode"):
        OfferFactory(care_mode_id=None)
    assert rules_of_a_new_version(offer, care_mode="R213:47") == {"3"}


def test_rg_exp_014_a_slot_has_a_weekday_or_a_period():
    with refused("openinghours_weekday_or_period"):
        OpeningHoursFactory(weekday=None)
    with refused("situationhours_weekday_or_period"):
        SituationHoursFactory(weekday=None)
    assert "6" in rules_that_refuse(hours=[hours_row(weekday=None)])


def test_rg_exp_015_a_weekday_slot_holds_every_week():
    slot = OpeningHoursFactory(weekday=3)
    assert read_on(YEARS_AHEAD) == [slot]
    with refused("openinghours_weekday_in_week"):
        change(slot, weekday=8)
    with refused("situationhours_weekday_in_week"):
        SituationHoursFactory(weekday=0)


def test_rg_exp_016_an_end_needs_a_start():
    slot = OpeningHoursFactory(**PERIOD, period_start=TODAY, period_end=TOMORROW)
    with refused("openinghours_period_ends_after_start"):
        change(slot, period_end=YESTERDAY)
    with refused("openinghours_period_ends_after_start"):
        OpeningHoursFactory(weekday=2, period_end=TOMORROW)
    with refused("situationhours_period_ends_after_start"):
        SituationHoursFactory(period_end=TOMORROW)
    assert "6" in rules_that_refuse(hours=[hours_row(), hours_row(weekday=2, period_end=TOMORROW.isoformat())])


def test_rg_exp_017_current_and_coming_periods_are_read():
    offer = OfferFactory()
    current = OpeningHoursFactory(offer=offer, **PERIOD, period_start=YESTERDAY, period_end=TODAY)
    coming = OpeningHoursFactory(offer=offer, **PERIOD, period_start=TOMORROW, period_end=TOMORROW)
    assert read_on(TODAY) == [current, coming]


def test_rg_exp_018_past_periods_are_not_read():
    OpeningHoursFactory(**PERIOD, period_start=YESTERDAY, period_end=YESTERDAY)
    assert read_on(TODAY) == []
    past = hours_row(weekday=None, period_start="2020-01-01", period_end="2020-01-31")
    assert rules_that_refuse(hours=[past]) == {"6"}


def test_rg_exp_035_no_offer_is_sensitive_by_itself():
    published_offer(sensitive=False)
    OfferFactory()
    assert not SensitiveUnit.objects.exists()
    assert rules_that_refuse(sensitive=None) == {"12"}


def test_rg_exp_042_an_offer_keeps_its_identifier_when_it_moves():
    offer, elsewhere = OfferFactory(identifier="00/0"), GeographicEntityFactory(insee="22113")
    assert offer.identifier.startswith("53/")
    change(offer, geographic_entity=elsewhere)
    assert Offer.objects.get(pk=offer.pk).identifier == offer.identifier
    with refused("frozen column"):
        change(offer, identifier="53/1")


def test_rg_exp_048_an_age_has_one_of_four_units():
    for unit in ("a", "mo", "wk", "d"):
        with accepted():
            OfferFactory(age_min=0, age_min_unit=unit, age_max=1, age_max_unit=unit)
    for name in ("age_min_unit", "age_max_unit"):
        with refused("offer_age_units_known"):
            OfferFactory(**{name: "h"})


def rules_of_a_new_version(offer, **changes):
    from structures.findings import NotPublishable

    base = read_document(offer)
    with pytest.raises(NotPublishable) as refusal:
        publish(
            {**base, **changes},
            entity=offer.geographic_entity,
            author="tests",
            channel="command",
            offer=offer,
            base=base,
        )
    return {finding.rule for finding in refusal.value.findings}
