"""The page of an establishment."""

import pytest

from ror.history import writing
from structures.models import LegalEntity
from structures.models.organization import SERVICE
from tests import factories
from tests.factories import GeographicEntityFactory, published_offer
from tests.publication.rich import rich_establishment, rich_offer

pytestmark = pytest.mark.django_db


def page(client, entity) -> str:
    answer = client.get(f"/etablissements/{entity.id_nat_struct}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_identity(client):
    entity = GeographicEntityFactory(
        name="RESIDENCE FICTIVE LES ERABLES",
        usual_name="Les Érables",
        siret="73282932000074",
        register_phone="0261910101",
        opening_date="1990-04-01",
        register_updated_on="2026-05-12",
    )
    text = page(client, entity)
    for expected in (
        "<h1>Les Érables</h1>",
        "RESIDENCE FICTIVE LES ERABLES",
        entity.finess,
        "73282932000074",
        "hébergement pour personnes âgées dépendantes",
        "1 rue des Exemples",
        "35000 RENNES",
        "1er avril 1990",
        "Association fictive",
        "Téléphone déclaré au registre FINESS",
        "02 61 91 01 01",
        'href="tel:0261910101"',
        "FINESS, ministère chargé de la santé, data.gouv.fr",
        "12 mai 2026",
    ):
        assert expected in text


def test_finess_is_not_credited_for_what_does_not_come_from_it(client):
    assert "data.gouv.fr" not in page(client, GeographicEntityFactory())


def test_category_known_by_the_register_only(client):
    entity = GeographicEntityFactory(outside=True, category_id=None, register_category_label="Pharmacie d'officine")
    text = page(client, entity)
    assert "Pharmacie d&#x27;officine" in text
    assert "Hors périmètre ROR" in text


def test_its_offers_open_ones_first(client):
    entity = GeographicEntityFactory()
    closed = published_offer(entity, name="Accueil de jour")
    with writing("tests", "command"):
        type(closed).objects.filter(pk=closed.pk).update(closing_type="R286:PRO", closing_date="2026-01-31")
    published_offer(entity, name="Halte-répit")
    text = page(client, entity)
    assert "Offres (2)" in text
    assert text.index("Halte-répit") < text.index("Accueil de jour")
    assert "fermée depuis le 31 janvier 2026 (provisoire)" in text


def test_sensitive_units_do_not_exist_there(client):
    entity = GeographicEntityFactory(health=True)
    published_offer(entity, name="Unité du Phare", sensitive=True)
    text = page(client, entity)
    assert "Phare" not in text
    assert "Offres (0)" in text


def test_crisis_answers_are_never_shown(client):
    entity = GeographicEntityFactory(health=True)
    factories.CrisisAnswerFactory(geographic_entity=entity, landing_zone=True)
    client.force_login(factories.describer(entity))
    assert "hélicoptère" not in page(client, entity)


def test_closed_and_gone(client):
    entity = GeographicEntityFactory(closing_type_id="R286:DEF", closing_date="2026-01-31", gone_since="2026-02-01")
    text = page(client, entity)
    assert "fermé depuis le 31 janvier 2026 (définitive)" in text
    assert "ne figure plus au registre depuis le 1er février 2026" in text


def test_describe_is_offered_where_one_may_and_only_there(client):
    entity, other = GeographicEntityFactory(), GeographicEntityFactory()
    link = f"/mes-etablissements/{entity.id_nat_struct}/"
    assert link not in page(client, entity)
    client.force_login(factories.describer(entity))
    assert link in page(client, entity)
    assert "Décrire" not in page(client, other)


def test_unknown_ones_are_not_found(client):
    for identifier in ("0", "1350000001", "a" * 500, "1-2-3"):
        assert client.get(f"/etablissements/{identifier}/").status_code == 404


def test_legal_entity_known_by_its_number_only(client):
    entity = GeographicEntityFactory()
    with writing("tests", "command"):
        LegalEntity.objects.filter(pk=entity.legal_entity_id).update(legal_name="", number_only=True)
    assert f"FINESS {entity.legal_entity.finess}" in page(client, entity)


def test_what_it_says_of_itself(client):
    entity = rich_establishment(health=True)
    text = " ".join(page(client, entity).split())
    for expected in (
        "Etablissement public de santé",
        "Accessible",
        "Conventionné aides au logement, Habilité Aide Sociale",
        "Hébergement des familles",
        "Places d&#x27;hébergement permanent à l&#x27;aide sociale",
        "Sud Yonne Haut-Nivernais",
        "Un parc de deux hectares.",
        'href="geo:48.117000,-1.677000"',
        "pour les familles",
        f'href="/entites-juridiques/{entity.legal_entity.id_nat_struct}/"',
    ):
        assert expected in text


def test_tariffs_by_kind_in_euros(client):
    text = " ".join(page(client, rich_establishment()).split())
    for expected in (
        "Forfait socle hébergement",
        "Chambre simple, permanent, 60 ans et plus",
        "<strong>1 260,50 €</strong> par mois, depuis le 1er janvier 2026",
        "Tarif public",
        "Voir les 10 prestations",
        "GIR 3-4, permanent",
        "<strong>60,00 €</strong> par heure",
        "Repas de midi livré",
    ):
        assert expected in text


def test_its_organisation_with_the_offers_under_it(client):
    entity = GeographicEntityFactory(health=True)
    pole = factories.InternalOrganizationFactory(geographic_entity=entity, name="Pôle Nord")
    service = factories.InternalOrganizationFactory(
        parent=pole, type_id=SERVICE, name="Service Est", closing_type_id="R286:PRO", closing_date="2099-01-31"
    )
    published_offer(entity, name="Offre du service", internal_organization=None)
    published_offer(entity, name="Offre du pôle", internal_organization=pole.identifier)
    text = " ".join(page(client, entity).split())
    assert text.index("Offre du service") < text.index("Pôle Nord</a> </h3>") < text.index("Offre du pôle")
    assert "fermeture prévue le 31 janvier 2099 (provisoire)" in text
    assert f'href="/organisations/{service.slug}/"' in text


def test_the_page_of_an_organisation(client):
    entity = GeographicEntityFactory(health=True)
    pole = factories.InternalOrganizationFactory(geographic_entity=entity, name="Pôle Nord")
    service = factories.InternalOrganizationFactory(parent=pole, type_id=SERVICE, name="Service Est")
    published_offer(entity, name="Offre du service", internal_organization=service.identifier)
    published_offer(entity, name="Offre d'ailleurs")
    contact = factories.ContactFactory(offer=None, internal_organization=pole, description="Secrétariat du pôle")
    factories.TelecomFactory(contact=contact)
    text = client.get(f"/organisations/{pole.slug}/").content.decode()
    for expected in ("<h1>Pôle Nord</h1>", "Secrétariat du pôle", "02 61 91 01 01", "Offres (1)", "Offre du service"):
        assert expected in text
    assert "ailleurs" not in text
    assert "Pôle Nord" in client.get(f"/organisations/{service.slug}/").content.decode()


def test_an_organisation_of_sensitive_units_only_does_not_exist(client):
    entity = GeographicEntityFactory(health=True)
    pole = factories.InternalOrganizationFactory(geographic_entity=entity, name="Pôle du Phare")
    published_offer(entity, name="Unité du Phare", sensitive=True, internal_organization=pole.identifier)
    hidden, unknown = client.get(f"/organisations/{pole.slug}/"), client.get("/organisations/53-999999/")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    assert "Phare" not in page(client, entity)


def test_the_page_of_a_legal_entity(client):
    entity = rich_establishment()
    text = client.get(f"/entites-juridiques/{entity.legal_entity.id_nat_struct}/").content.decode()
    for expected in ("Association fictive", entity.legal_entity.finess, "pour les familles", "Les Érables fictifs"):
        assert expected in text
    assert client.get("/entites-juridiques/1350000001/").status_code == 404


def test_queries_do_not_grow_with_the_offers(client, django_assert_max_num_queries):
    """Tariffs, contacts and organisations included; as many for the pages beside."""
    entity = rich_establishment(rows=3, health=True)
    for _ in range(2):
        rich_offer(entity)
    for rank in range(12):
        published_offer(entity, name=f"Atelier {rank}")
    organization = entity.organizations.first()
    client.force_login(factories.describer(entity))
    client.get("/")
    with django_assert_max_num_queries(15):
        text = page(client, entity)
    assert "Offres (14)" in text
    for address in (f"organisations/{organization.slug}", f"entites-juridiques/{entity.legal_entity.id_nat_struct}"):
        with django_assert_max_num_queries(15):
            assert client.get(f"/{address}/").status_code == 200


def test_fifty_offers_a_page(client, monkeypatch):
    monkeypatch.setattr("ror.publication.views.OFFERS_PER_PAGE", 2)
    entity = GeographicEntityFactory()
    for rank in range(3):
        published_offer(entity, name=f"Atelier {rank}")
    assert "Atelier 2" not in page(client, entity)
    for number in ("2", "999", "x", "9" * 5000):
        assert client.get(f"/etablissements/{entity.id_nat_struct}/", {"page": number}).status_code == 200
    assert "Atelier 2" in client.get(f"/etablissements/{entity.id_nat_struct}/?page=2").content.decode()
