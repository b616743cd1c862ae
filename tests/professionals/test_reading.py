"""Who reads which professional of an offer, and what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from confidentiality.governed import governance
from confidentiality.levels import Level
from confidentiality.models import Perimeter
from confidentiality.viewer import Viewer
from professionals.attaching import attach
from professionals.reading import situations_of
from tests import factories
from tests.factories import GeographicEntityFactory, PracticeFactory, published_offer

pytestmark = pytest.mark.django_db


def viewer(role: str = "", perimeter: Perimeter | None = None) -> Viewer:
    return Viewer(factories.holder(role, perimeter or factories.territory("nation"))) if role else Viewer.public()


def read(who: Viewer, offer) -> list:
    """Read as a request does: nothing without a viewer nor a reason."""
    with governance():
        return situations_of(who, offer.slug)


def professional_of(entity, **offer):
    """A professional with one of each row, in a published offer of `entity`."""
    published = published_offer(entity, **offer)
    practice = PracticeFactory(last_name="Exemple", first_name="Camille")
    factories.QualificationFactory(practice=practice)
    situation = factories.SituationFactory(offer=published, practice=practice)
    factories.SituationHoursFactory(situation=situation)
    factories.SituationHoursFactory(
        situation=situation, weekday=None, period_start="2020-07-01", period_end="2020-08-31"
    )
    factories.SituationTelecomFactory(situation=situation, level=Level.PROFESSIONAL)
    return published


def test_everyone_reads_the_professionals_of_an_office_but_not_their_competences():
    offer = professional_of(GeographicEntityFactory(ville=True))
    (found,) = read(viewer(), offer)
    assert (found["last_name"], found["profession"]) == ("Exemple", "G15:10")
    assert found["qualifications"][0]["specialty"] == "R38:SM01"
    assert len(found["hours"]) == 1, "a period that is over is not read"
    assert found["telecoms"] == []
    assert "specific_competences" not in found


def test_elsewhere_the_public_knows_no_professional():
    for kind in ("health", "social"):
        assert read(viewer(), professional_of(GeographicEntityFactory(**{kind: True}))) == []


def test_professionals_read_their_colleagues_with_their_direct_line():
    (found,) = read(viewer("health_professional"), professional_of(GeographicEntityFactory(health=True)))
    assert found["telecoms"][0]["address"] == factories.PUBLIC_PHONE
    assert "specific_competences" in found


def test_nobody_below_regulation_knows_those_of_a_sensitive_unit():
    offer = professional_of(GeographicEntityFactory(health=True), sensitive=True)
    assert read(viewer("health_professional"), offer) == []
    assert len(read(viewer("regulation", factories.territory("region", "53")), offer)) == 1


def test_six_queries_whatever_their_number():
    offer = published_offer(GeographicEntityFactory(health=True))
    for _ in range(5):
        attach(
            PracticeFactory(),
            offer,
            author="tests",
            channel="command",
            exercise_mode="R23:S",
            hours=[factories.hours_row(slot_type="R252:07")],
            telecoms=[factories.telecom_row(level=2)],
        )
    who = viewer("health_professional")
    assert read(who, offer)  # the rights of the account are read once
    with CaptureQueriesContext(connection) as queries:
        assert len(read(who, offer)) == 5
    assert len(queries) <= 6
