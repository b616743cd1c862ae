"""A national setting moves to level 2 the description that a register or a software fed (article 2, 3°, « saisie »)."""

import pytest
from django.core import checks
from django.urls import reverse

from confidentiality import policy
from confidentiality.journal import AccessRecord
from confidentiality.models import Perimeter
from confidentiality.viewer import Viewer
from structures.models import Contact, GeographicEntity, Offer, Place
from structures.publishing import publish
from structures.records import read_document
from tests.factories import AssignmentFactory, GeographicEntityFactory, UserFactory, offer_document

pytestmark = pytest.mark.django_db
NAME = "Accueil de jour alimenté"


@pytest.fixture
def restricted(settings) -> None:
    settings.RESTRICTED_ORIGINS = ["software"]


def fed_by(channel: str, entity: GeographicEntity | None = None) -> Offer:
    entity = entity or GeographicEntityFactory()
    return publish(offer_document(name=NAME), entity=entity, author="tests", channel=channel).offer


def published_again(offer: Offer, channel: str) -> Offer:
    base = read_document(offer)
    said = {**base, "comment": "Relu."}
    return publish(said, entity=offer.geographic_entity, author="tests", channel=channel, offer=offer, base=base).offer


def page_of(offer: Offer) -> str:
    return reverse("publication:offer", args=[offer.slug])


@pytest.mark.parametrize("channel", ["form", "import", "register"])
def test_what_the_setting_does_not_name_stays_public(client, restricted, channel):
    assert NAME in client.get(page_of(fed_by(channel))).content.decode()


def test_without_the_setting_what_a_software_fed_is_public(client):
    assert NAME in client.get(page_of(fed_by("software"))).content.decode()


def test_the_public_finds_it_by_no_road(client, restricted):
    offer = fed_by("software", GeographicEntityFactory(name="Les Tilleuls"))
    assert client.get(page_of(offer)).status_code == 404
    establishment = client.get(reverse("publication:establishment", args=[offer.geographic_entity.id_nat_struct]))
    assert "Tilleuls" in establishment.content.decode()
    assert NAME not in establishment.content.decode()
    public = Viewer.public()
    for model in (Offer, Place, Contact):
        assert not model.objects.visible_to(public).exists()
    for criteria in ({"q": "alimente"}, {"activite": "R211:293"}, {"activite": "R211:293", "liste": "etablissements"}):
        answer = client.get(reverse("publication:home"), criteria).content.decode()
        assert NAME not in answer
        assert "Tilleuls" not in answer


def test_a_professional_reads_it_and_the_journal_tells(client, restricted):
    offer = fed_by("software")
    reader = UserFactory()
    AssignmentFactory(user=reader, role="health_professional", perimeter=Perimeter.objects.get(kind="nation"))
    client.force_login(reader)
    assert NAME in client.get(page_of(offer)).content.decode()
    assert f"Offer {offer.identifier}" in AccessRecord.objects.get().level_2


def test_its_own_word_opens_it_and_a_correction_of_the_administration_does_not(client, restricted):
    offer = published_again(fed_by("software"), "admin")
    assert client.get(page_of(offer)).status_code == 404
    assert client.get(page_of(published_again(offer, "form"))).status_code == 200


def test_manual_entry_cannot_be_restricted(settings):
    settings.RESTRICTED_ORIGINS = ["software", "form"]
    assert [error.id for error in checks.run_checks(tags=["confidentiality"])] == ["confidentiality.E007"]
    settings.RESTRICTED_ORIGINS = list(policy.AUTOMATIC_ORIGINS)
    assert not checks.run_checks(tags=["confidentiality"])
