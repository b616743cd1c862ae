"""The past of an offer: its versions, what each changed, one of them as a new draft."""

import pytest
from django.test import Client
from django.urls import reverse

from structures import records
from structures.describing.models import Draft
from structures.differences import differences
from structures.models import Offer
from structures.publishing import publish
from tests import factories
from tests.factories import GeographicEntityFactory, contact_row, published_offer
from tests.structures.pages import review_url

pytestmark = pytest.mark.django_db


def republish(offer, **changes) -> None:
    base = records.read_document(offer)
    publish(
        {**base, **changes}, entity=offer.geographic_entity, author="tests", channel="import", offer=offer, base=base
    )


@pytest.fixture
def offer():
    """Three versions: named, renamed, then one contact more."""
    offer = published_offer(GeographicEntityFactory(), name="Premier nom")
    republish(offer, name="Deuxième nom")
    more = contact_row()
    republish(offer, contacts=[*records.read_document(offer)["contacts"], more])
    return Offer.objects.get(pk=offer.pk)


@pytest.fixture
def describer(offer):
    client = Client()
    client.force_login(factories.describer(offer.geographic_entity))
    return client


def address(name: str, offer, *arguments) -> str:
    return reverse(f"describing:{name}", args=[offer.slug, *arguments])


def test_each_version_says_who_when_how_and_what_changed(offer, describer):
    page = describer.get(address("history", offer)).content.decode()
    assert page.count("publiée le") == 3
    assert "par tests (tableur)" in page
    assert "Ce qui change : Nom de l'offre" in page.replace("&#x27;", "'")
    assert "Ce qui change : Contact" in page
    assert "Première publication" in page
    assert page.count("En ligne") == 1


def test_the_list_costs_the_same_whatever_the_versions(offer, describer, django_assert_max_num_queries):
    for rank in range(12):
        republish(offer, name=f"Nom {rank}")
    describer.get(address("history", offer))
    with django_assert_max_num_queries(15):
        assert describer.get(address("history", offer)).status_code == 200


def test_two_versions_are_compared_datum_by_datum(offer, describer):
    page = describer.get(address("version", offer, 2)).content.decode()
    assert "<del>Premier nom</del>" in page
    assert "<ins>Deuxième nom</ins>" in page
    page = describer.get(address("version", offer, 3), {"depuis": "1"}).content.decode()
    assert "<del>Premier nom</del>" in page
    assert "C&#x27;est la version en ligne" in page or "C'est la version en ligne" in page
    assert "<del>" not in describer.get(address("version", offer, 1)).content.decode()


def test_a_version_comes_back_as_a_draft_and_then_as_a_version(offer, describer):
    answer = describer.post(address("restore", offer, 1))
    draft = Draft.objects.get()
    assert answer.headers["Location"] == review_url(draft)
    assert Offer.objects.get(pk=offer.pk).name == "Deuxième nom"
    page = describer.get(review_url(draft)).content.decode()
    assert "<ins>Premier nom</ins>" in page
    assert describer.post(review_url(draft)).status_code == 302
    restored = Offer.objects.get(pk=offer.pk)
    assert (restored.name, restored.version) == ("Premier nom", 4)
    first = restored.versions.get(number=1).document
    assert list(differences(first, restored.versions.get(number=4).document)) == []


def test_restoring_never_throws_a_draft_away(offer, describer):
    mine = factories.DraftFactory(offer=offer)
    Draft.objects.update(document={**mine.document, "name": "En cours"})
    answer = describer.post(address("restore", offer, 1), follow=True)
    assert "déjà en cours" in answer.content.decode()
    assert Draft.objects.get().document["name"] == "En cours"


@pytest.mark.parametrize("name", ["history", "version", "restore"])
def test_only_those_who_describe_the_offer_read_its_past(offer, name):
    arguments = [] if name == "history" else [1]
    elsewhere = Client()
    elsewhere.force_login(factories.describer(GeographicEntityFactory()))
    professional = Client()
    professional.force_login(factories.holder("health_professional", factories.territory("nation")))
    for client in (elsewhere, professional):
        ask = client.post if name == "restore" else client.get
        assert ask(address(name, offer, *arguments)).status_code == 404
    assert Client().get(address("history", offer)).status_code == 302


@pytest.mark.parametrize("number", [0, 99])
def test_a_version_that_is_not_there_is_not_found(offer, describer, number):
    assert describer.get(address("version", offer, number)).status_code == 404
    assert describer.post(address("restore", offer, number)).status_code == 404
    assert describer.get(address("version", offer, 2), {"depuis": "abc"}).status_code == 200
