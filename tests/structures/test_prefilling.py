"""What the register knows already is offered on the step where it is asked, and taken only when asked for."""

import pytest

from structures.describing import drafts
from structures.describing.models import Draft
from tests.factories import GeographicEntityFactory, describer
from tests.structures.pages import page_of, step_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(client):
    entity = GeographicEntityFactory(register_phone="0261910555", street_name="du Registre")
    user = describer(entity)
    client.force_login(user)
    return drafts.start(entity, user)


def propose(client, draft, slug: str, key: str, **data) -> dict:
    client.post(step_url(draft, slug), {"propose": key, **data})
    return Draft.objects.get(pk=draft.pk).document


def test_the_name_of_the_establishment_is_taken_then_offered_no_more(client, draft):
    assert draft.document["name"] is None
    assert draft.geographic_entity.name in page_of(client, draft, "informations").split("<form")[-1]
    assert propose(client, draft, "informations", "name")["name"] == draft.geographic_entity.name
    assert 'value="name"' not in page_of(client, draft, "informations")


def test_a_name_that_was_typed_is_not_replaced(client, draft):
    assert propose(client, draft, "informations", "name", name="Mon offre")["name"] == "Mon offre"


def test_the_address_is_there_from_the_start_and_offered_again_once_removed(client, draft):
    assert [place["street_name"] for place in draft.document["places"]] == ["du Registre"]
    assert 'value="address"' not in page_of(client, draft, "lieux")
    client.post(step_url(draft, "lieux"), {"goto": "lieux"})
    assert 'value="address"' in page_of(client, draft, "lieux")
    (place,) = propose(client, draft, "lieux", "address")["places"]
    assert (place["street_name"], place["external_sync_id"]) == ("du Registre", None)


def test_the_phone_is_offered_until_a_contact_has_it(client, draft):
    assert "0261910555" in page_of(client, draft, "contacts")
    (contact,) = propose(client, draft, "contacts", "switchboard")["contacts"]
    assert (contact["level"], contact["telecoms"][0]["level"]) == (2, 2)
    assert 'name="propose"' not in page_of(client, draft, "contacts")


def test_a_forged_button_fills_nothing(client, draft):
    before = Draft.objects.get(pk=draft.pk).document
    assert propose(client, draft, "accueil", "n'importe quoi") == before
