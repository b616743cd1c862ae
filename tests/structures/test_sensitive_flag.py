"""The flag of a sensitive unit: nothing tells it from a closing, and taking it off is done on purpose."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from structures import records
from structures.closing import DEFINITIVE, PROVISIONAL, close
from structures.describing.models import Draft
from structures.models import Contact, SensitiveUnit
from structures.publishing import publish
from tests import factories
from tests.confidentiality.leak_matrix import comparable
from tests.factories import GeographicEntityFactory, published_offer
from tests.structures.pages import review_url

pytestmark = pytest.mark.django_db
BY = {"author": "tests", "channel": "command"}


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


def outsiders() -> list[Client]:
    client = Client()
    client.force_login(factories.holder("health_professional", factories.territory("nation")))
    return [Client(), client]


def seen(client: Client, offer) -> tuple:
    page = client.get(reverse("publication:offer", args=[offer.slug]))
    found = client.get(reverse("publication:home"), {"q": offer.name, "liste": "offres"})
    place = client.get(reverse("publication:establishment", args=[offer.geographic_entity.id_nat_struct]))
    return (*comparable(page, offer.slug), offer.slug in found.content.decode(), offer.slug in place.content.decode())


def test_from_outside_a_sensitive_unit_looks_like_an_offer_closed_for_good(hospital):
    flagged = published_offer(hospital, name="Unité fictive")
    closed = published_offer(hospital, name="Service fictif")
    for client in outsiders():
        assert seen(client, flagged)[0] == 200
    publish(
        {**records.read_document(flagged), "sensitive": True, "sensitive_motive": "Fictif"},
        entity=hospital,
        offer=flagged,
        base=records.read_document(flagged),
        **BY,
    )
    close(closed, DEFINITIVE, timezone.localdate(), **BY)
    for client in outsiders():
        assert seen(client, flagged) == seen(client, closed)
        assert seen(client, flagged)[0] == 404
        assert seen(client, flagged)[3:] == (False, False)


def test_its_own_people_and_regulation_still_see_what_is_closed_for_good(hospital):
    closed = published_offer(hospital)
    close(closed, DEFINITIVE, timezone.localdate(), **BY)
    for user in (
        factories.describer(hospital),
        factories.holder("regulation", factories.territory("department", "35")),
    ):
        client = Client()
        client.force_login(user)
        assert seen(client, closed)[0] == 200


def test_a_closing_for_a_time_is_still_shown(hospital):
    offer = published_offer(hospital)
    close(offer, PROVISIONAL, timezone.localdate(), **BY)
    assert seen(Client(), offer)[0] == 200


def test_taking_the_flag_off_is_confirmed_and_leaves_contacts_at_level_3(hospital):
    offer = published_offer(hospital, sensitive=True, sensitive_motive="Fictif")
    document = records.read_document(offer) | {"sensitive": False, "sensitive_motive": None}
    draft = factories.DraftFactory(offer=offer, document=document)
    client = Client()
    client.force_login(draft.created_by)
    page = client.get(review_url(draft)).content.decode()
    assert "deviendra visible du grand public" in page
    assert client.post(review_url(draft), {"revision": draft.revision}).status_code == 422
    assert SensitiveUnit.objects.filter(offer=offer).exists()
    answer = client.post(review_url(draft), {"revision": draft.revision, "open_sensitive": "oui"})
    assert answer.status_code == 302
    assert not SensitiveUnit.objects.filter(offer=offer).exists()
    assert set(Contact.objects.filter(offer=offer).values_list("level", flat=True)) == {3}
    assert not Draft.objects.exists()
