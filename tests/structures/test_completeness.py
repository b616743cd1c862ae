"""The meter of a draft counts what the offer counts for once published (quality.md §2.3)."""

import pytest

from structures.completeness import completeness_of
from structures.describing import drafts
from structures.document import canonical
from structures.models import Offer
from structures.models.completeness import CRITERIA
from structures.records import read_document
from tests.factories import (
    ContactFactory,
    GeographicEntityFactory,
    OfferFactory,
    PlaceFactory,
    TelecomFactory,
    contact_row,
    describer,
    offer_document,
    place_row,
    published_offer,
)
from tests.structures.pages import page_of, review_url, step_url

pytestmark = pytest.mark.django_db

WITHOUT = [
    ({}, ()),
    ({"activity_field": None}, ("activity_field",)),
    ({"care_mode": "R213:00"}, ("care_mode",)),
    ({"age_max": None}, ("ages",)),
    ({"age_min": "douze ans"}, ("ages",)),
    ({"activities": []}, ("activities",)),
    ({"places": []}, ("address",)),
    ({"contacts": []}, ("contacts",)),
    ({"contacts": [contact_row(telecoms=[])]}, ("contacts",)),
    ({"offer_type": None}, ()),
]


@pytest.mark.parametrize(("changes", "unmet"), WITHOUT)
def test_each_criterion_is_missed_alone(changes, unmet):
    document, _ = canonical(offer_document(**changes))
    assert completeness_of(document, None).unmet == unmet


def test_an_empty_description_is_to_do_a_whole_one_is_final():
    assert completeness_of({}, None).status == "à faire"
    assert completeness_of({"age_min": 0, "age_max": 3}, None).status == "en cours"
    assert completeness_of(canonical(offer_document())[0], None).status == "finalisée"


def test_the_type_of_offer_is_asked_of_services_at_home_only():
    document = canonical(offer_document(offer_type=None))[0]
    assert completeness_of(document, "R66:460").unmet == ("offer_type",)
    assert len(completeness_of(document, "R66:460").asked) == 7
    assert len(completeness_of(document, "R66:500").asked) == 6


@pytest.mark.parametrize("category", ["R66:460", "R66:500", None])
def test_rows_and_document_count_the_same(category):
    entity = GeographicEntityFactory(category_id=category)
    bare = OfferFactory(geographic_entity=entity)
    placed = OfferFactory(geographic_entity=entity, offer_type_id="R244:21")
    PlaceFactory(offer=placed, street_name="", place_name="")
    reached = OfferFactory(geographic_entity=entity)
    TelecomFactory(contact=ContactFactory(offer=reached))
    PlaceFactory(offer=reached)
    whole = published_offer(entity)
    counted = {row.pk: row.completeness for row in Offer.objects.with_completeness()}
    for offer in (bare, placed, reached, whole):
        unmet = completeness_of(canonical(read_document(offer))[0], category).unmet
        assert counted[offer.pk] == len(CRITERIA) - len(unmet), unmet


def test_the_pages_of_a_draft_name_what_is_missing_with_links_to_it(signed_in, entity):
    draft = drafts.start(entity, describer(entity))
    page = page_of(signed_in, draft, "patientele")
    assert "critères sur 6" in page or "critère sur 6" in page
    assert "contact que l&#x27;on peut joindre" in page
    assert f'href="{step_url(draft, "contacts")}#id_contacts"' in page
    assert 'id="id_contacts"' in page_of(signed_in, draft, "contacts")
    draft.document = offer_document(places=[place_row()])
    draft.save()
    assert "6 critères sur 6" in signed_in.get(review_url(draft)).content.decode()
