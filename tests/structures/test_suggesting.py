"""Likely codes: those of the establishment, then those of similar offers as the public reads them."""

import html

import pytest
from django.core.cache import cache

from confidentiality.viewer import Viewer
from structures.describing.suggesting import OWN, SIMILAR, suggestions
from tests.factories import (
    DraftFactory,
    GeographicEntityFactory,
    activity_row,
    contact_row,
    describer,
    published_offer,
    telecom_row,
)
from tests.structures.pages import page_of

pytestmark = pytest.mark.django_db

SECRET = contact_row(level=3, telecoms=[telecom_row(level=3)])
WASHING, READING, SPORT = "R211:293", "R211:294", "R211:313"


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    cache.clear()
    yield
    cache.clear()


def offer_with(entity, *activities: str, **changes):
    return published_offer(entity, activities=[activity_row(activity=key) for key in activities], **changes)


def likely(draft, value_set: str = "J17") -> dict[str, str]:
    viewer = Viewer(describer(draft.geographic_entity))
    return {each.key: each.why for each in suggestions(viewer, draft, {value_set})[value_set]}


def test_the_codes_of_the_establishment_come_before_those_of_its_like(entity):
    offer_with(entity, WASHING)
    for _ in range(2):
        offer_with(GeographicEntityFactory(), READING, WASHING)
    found = likely(DraftFactory(geographic_entity=entity))
    assert list(found.items()) == [(WASHING, OWN), (READING, SIMILAR)]


@pytest.mark.slow
def test_offers_of_another_category_or_field_are_not_alike(entity):
    offer_with(GeographicEntityFactory(category_id="R66:354"), READING)
    offer_with(GeographicEntityFactory(), SPORT, activity_field="R227:06")
    assert likely(DraftFactory(geographic_entity=entity)) == {}


def test_a_sensitive_unit_elsewhere_is_never_counted(entity):
    offer_with(GeographicEntityFactory(), READING, sensitive=True, sensitive_motive="essai", contacts=[SECRET])
    assert likely(DraftFactory(geographic_entity=entity)) == {}


def test_what_professionals_alone_read_elsewhere_is_never_counted():
    """Expertise is of level 2 in hospitals: not even a describer who would read it one by one sees it counted."""
    hospital = GeographicEntityFactory(health=True)
    acts = {"specific_acts": ["R210:0005"]}
    published_offer(GeographicEntityFactory(health=True), **acts)
    draft = DraftFactory(geographic_entity=hospital)
    assert likely(draft, "J16") == {}
    published_offer(hospital, **acts)
    assert likely(draft, "J16") == {"R210:0005": OWN}


@pytest.mark.slow
def test_expertise_that_the_public_reads_is_counted(entity):
    published_offer(GeographicEntityFactory(), specific_acts=["R210:0824"])
    assert likely(DraftFactory(geographic_entity=entity), "J16") == {"R210:0824": SIMILAR}


def test_similar_offers_are_counted_once_an_hour(entity, django_assert_max_num_queries):
    offer_with(GeographicEntityFactory(), READING)
    draft, viewer = DraftFactory(geographic_entity=entity), Viewer(describer(entity))
    suggestions(viewer, draft, {"J17", "J16"})
    with django_assert_max_num_queries(4):
        assert suggestions(viewer, draft, {"J17", "J16"})["J17"]


def test_the_step_offers_them_before_anything_is_typed(signed_in, entity):
    offer_with(entity, READING)
    draft = DraftFactory(geographic_entity=entity)
    page = page_of(signed_in, draft, "specificites")
    assert f"{html.escape(OWN)}</option>" in page
    assert "data-suggested=" in page


@pytest.mark.slow
def test_a_field_typed_wrong_suggests_nothing_and_breaks_nothing(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    draft.document["activity_field"] = ["R227:04'; --", {}]
    draft.save()
    assert page_of(signed_in, draft, "specificites")
