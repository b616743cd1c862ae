"""Attaching a professional to an offer: the one way in."""

import pytest
from django.db import connection

from confidentiality.levels import Level
from professionals.attaching import attach, describe, detach, read_situation
from professionals.models import OperationalSituation, Professional, SituationTelecom
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from structures import records
from structures.findings import NotPublishable
from structures.publishing import publish
from tests.factories import (
    GeographicEntityFactory,
    OfferFactory,
    PracticeFactory,
    hours_row,
    published_offer,
    telecom_row,
)

pytestmark = pytest.mark.django_db
WRITTEN = {"author": "tests", "channel": "command"}
CONSULTATION = {"slot_type": "R252:07"}


@pytest.fixture
def offer():
    return published_offer(GeographicEntityFactory(health=True))


@pytest.fixture(autouse=True)
def fresh_nomenclature():
    """A test that closes a code is rolled back: the map of the process must forget it."""
    yield
    renew()


def attached(offer, **said):
    return attach(PracticeFactory(), offer, **WRITTEN, **{"exercise_mode": "R23:S", **said})


def refused(call) -> dict[str, str]:
    """The messages of a refusal, by the last part of their path."""
    with pytest.raises(NotPublishable) as refusal:
        call()
    return {finding.path.rpartition(".")[2]: finding.message for finding in refusal.value.findings}


def test_what_is_said_is_kept(offer):
    situation = attached(
        offer,
        convention_sector="R282:c1",
        controlled_fees=True,
        vitale_card=False,
        hours=[hours_row(**CONSULTATION)],
        telecoms=[telecom_row(level=2, direct_line=True)],
    )
    assert situation.identifier.startswith(f"{offer.identifier}/8")
    kept = read_situation(situation)
    assert (kept["convention_sector"], kept["controlled_fees"], kept["vitale_card"]) == ("R282:c1", True, False)
    assert (kept["hours"][0]["weekday"], kept["telecoms"][0]["level"]) == (1, 2)


def test_only_slots_of_a_person(offer):
    """RG_EXP_049."""
    messages = refused(lambda: attached(offer, hours=[hours_row(slot_type="R252:01")]))
    assert messages.keys() == {"slot_type"}
    assert "horaires de garde, ou de consultation" in messages["slot_type"]


def test_everything_is_said_at_once_and_nothing_is_written(offer):
    messages = refused(
        lambda: attached(
            offer,
            exercise_mode=None,
            convention_sector="inconnu",
            hours=[hours_row(weekday=None, closes_at=None, **CONSULTATION)],
            telecoms=[telecom_row("abc", level=None)],
            inconnu="x",
        )
    )
    assert messages.keys() == {
        *("exercise_mode", "convention_sector", "weekday", "closes_at", "address", "level", "inconnu")
    }
    assert not OperationalSituation.objects.exists()


@pytest.mark.parametrize(
    ("kind", "line", "level", "least"),
    [
        ("ville", {}, 1, None),
        ("health", {}, 1, Level.PROFESSIONAL),
        ("ville", {"direct_line": True}, 1, Level.PROFESSIONAL),
        ("ville", {"private_emergency_line": True}, 2, Level.CRISIS),
        ("ville", {"channel": "R200:7", "address": "alerte@exemple.fr"}, 1, Level.PROFESSIONAL),
    ],
)
def test_a_line_is_never_more_open_than_what_it_reveals(kind, line, level, least):
    offer = published_offer(GeographicEntityFactory(**{kind: True}))
    telecoms = [{**telecom_row(level=level), **line}]
    if least is None:
        assert attached(offer, telecoms=telecoms).telecom.level == level
        return
    assert refused(lambda: attached(offer, telecoms=telecoms)) == {
        "level": f"Ce moyen de contact est au moins « {least.label} » : choisissez ce niveau."
    }


def test_in_a_sensitive_unit_a_line_is_of_level_3():
    """RG_EXP_039."""
    offer = published_offer(GeographicEntityFactory(health=True), sensitive=True)
    assert attached(offer, telecoms=[telecom_row(level=1)]).telecom.level == Level.CRISIS


def test_lines_close_when_the_offer_becomes_a_sensitive_unit(offer):
    """RG_EXP_039."""
    situation = attached(offer, telecoms=[telecom_row(level=2)])
    base = records.read_document(offer)
    publish({**base, "sensitive": True}, entity=offer.geographic_entity, offer=offer, base=base, **WRITTEN)
    assert SituationTelecom.objects.get(situation=situation).level == Level.CRISIS


def test_once_per_offer_and_never_in_a_closed_one(offer):
    situation = attached(offer)
    assert "practice" in refused(lambda: attach(situation.practice, offer, **WRITTEN, exercise_mode="R23:S"))
    closed = OfferFactory(closing_type_id="R286:DEF", closing_date="2026-01-31")
    assert "offer" in refused(lambda: attached(closed))


def test_describing_changes_what_is_said_and_nothing_else(offer):
    situation = attached(offer, hours=[hours_row(**CONSULTATION)], telecoms=[telecom_row(level=2)])
    slot = situation.hours.get().pk
    describe(situation, **WRITTEN, vitale_card=True, telecoms=[])
    kept = read_situation(OperationalSituation.objects.get())
    assert kept["vitale_card"] is True
    assert kept["telecoms"] == []
    assert situation.hours.get().pk == slot
    assert "exercise_mode" in refused(lambda: describe(situation, **WRITTEN, exercise_mode=None))


def test_a_code_closed_since_never_blocks_another_correction(offer):
    situation = attached(offer, convention_sector="R282:c1")
    ValueSetMember.objects.filter(value_set="J218", concept="R282:c1").update(valid_to="2026-01-01")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reference_edition SET number = number + 1")
    renew()
    describe(situation, **WRITTEN, vitale_card=True)
    assert OperationalSituation.objects.get().vitale_card is True
    assert "convention_sector" in refused(lambda: attached(offer, convention_sector="R282:c1"))


def test_detaching_leaves_the_person_to_the_register(offer):
    situation = attached(offer, hours=[hours_row(**CONSULTATION)], telecoms=[telecom_row(level=2)])
    detach(situation, **WRITTEN)
    assert not OperationalSituation.objects.exists()
    assert not SituationTelecom.objects.exists()
    assert Professional.objects.count() == 1
