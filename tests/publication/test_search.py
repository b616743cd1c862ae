"""The public search: what it finds, what it never finds, and what it does with odd input."""

import pytest

from ror.history import writing
from structures.models import OfferPlace
from tests import factories
from tests.factories import GeographicEntityFactory, activity_row, place_row, published_offer
from tests.publication.rich import rich_offer

pytestmark = pytest.mark.django_db
HOME = "/"
OTHER_ACTIVITY = "R211:294"
HOSTILE = (
    "a", "de", "%%%", "___", "' OR 1=1 --", "<script>alert(1)</script>", "\\", "é" * 500, "\x00", "🙂🙂🙂", "((((", "*",
)  # fmt: skip


def found(client, **criteria) -> str:
    """The text of the results only; empty when the page shows none."""
    answer = client.get(HOME, criteria)
    assert answer.status_code == 200
    return answer.content.decode().partition('id="resultats"')[2].partition("<footer")[0]


def close(offer) -> None:
    """Close an offer for a time."""
    with writing("tests", "command"):
        type(offer).objects.filter(pk=offer.pk).update(closing_type="R286:PRO", closing_date="2026-01-31")


def test_bare_home_searches_nothing(client, django_assert_max_num_queries):
    GeographicEntityFactory(name="EHPAD fictif des Érables")
    with django_assert_max_num_queries(3):
        answer = client.get(HOME)
    assert "Rechercher une offre" in answer.content.decode()
    assert "Érables" not in answer.content.decode()


def test_name_whatever_accents_case_order_and_small_words(client):
    GeographicEntityFactory(name="EHPAD fictif des Érables")
    GeographicEntityFactory(name="EHPAD fictif des Tilleuls")
    for text in ("Érables", "erables", "ERABLES fictif", "fictif d'Érables", "  érables  "):
        results = found(client, q=text)
        assert "EHPAD fictif des Érables" in results
        assert "Tilleuls" not in results


def test_usual_name_is_searched_and_shown(client):
    GeographicEntityFactory(name="CENTRE HOSPITALIER FICTIF", usual_name="Hôpital de la Baie")
    assert "Hôpital de la Baie" in found(client, q="hopital baie")


def test_offers_are_found_by_their_name_with_their_establishment(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    published_offer(entity, name="Halte-répit du mercredi")
    results = found(client, q="halte repit", liste="offres")
    assert "Halte-répit du mercredi" in results
    assert "EHPAD fictif des Érables" in results


def test_the_list_that_found_something_is_shown_first(client):
    published_offer(GeographicEntityFactory(name="EHPAD fictif des Érables"), name="Halte-répit")
    assert "Halte-répit" in found(client, q="repit")


def test_finess_number_finds_the_establishment_and_its_offers(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    published_offer(entity, name="Halte-répit")
    spaced = f"{entity.finess[:2]} {entity.finess[2:5]} {entity.finess[5:]}"
    assert "Érables" in found(client, q=spaced)
    assert "Halte-répit" in found(client, q=entity.finess, liste="offres")


def test_commune_is_that_of_the_place_for_an_offer(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    published_offer(entity, name="À Rennes")
    published_offer(
        entity, name="À Saint-Malo", places=[place_row(commune="35288", postcode="35400", locality="SAINT-MALO")]
    )
    assert "Érables" in found(client, commune="Rennes")
    results = found(client, commune="Saint-Malo", liste="offres")
    assert "À Saint-Malo" in results
    assert "À Rennes" not in results


def test_paris_finds_its_arrondissements(client):
    GeographicEntityFactory(name="EHPAD fictif de la Roquette", insee="75111")
    assert "Roquette" in found(client, commune="Paris")


def test_activity_finds_offers_and_where_they_are_open(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    published_offer(entity, name="Halte-répit", activities=[activity_row()])
    results = found(client, activite="R211:293")
    assert "Halte-répit" in results
    assert "Érables" in found(client, activite="R211:293", liste="etablissements")
    assert "Halte-répit" not in found(client, activite=OTHER_ACTIVITY)


def test_closed_offers_are_shown_as_closed_and_give_no_activity_to_their_establishment(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    close(published_offer(entity, name="Halte-répit"))
    assert "Fermée" in found(client, q="repit", liste="offres")
    assert "Érables" not in found(client, activite="R211:293", liste="etablissements")


def test_structures_outside_the_perimeter_only_when_asked_for(client):
    entity = GeographicEntityFactory(outside=True, name="Pharmacie fictive du Port")
    published_offer(entity, name="Conseil du Port")
    assert "du Port" not in found(client, q="port")
    results = found(client, q="port", hors_perimetre="on")
    assert "Pharmacie fictive du Port" in results
    assert "Hors périmètre ROR" in results
    assert "Conseil du Port" in found(client, q="port", hors_perimetre="on", liste="offres")


def test_establishments_gone_from_the_register_are_absent(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables", gone_since="2026-01-01")
    published_offer(entity, name="Halte-répit")
    assert "Érables" not in found(client, q="erables")
    assert "Halte-répit" not in found(client, q="repit", liste="offres")


def test_closed_establishments_are_shown_as_closed(client):
    GeographicEntityFactory(name="Résidence du Port", closing_type_id="R286:DEF", closing_date="2026-01-31")
    text = found(client, q="résidence port")
    assert "Résidence du Port" in text
    assert "Fermé</span>" in text


def test_beds_are_never_in_a_list(client):
    """Guard b: what is not level 1 everywhere is not read for lists at all."""
    offer = rich_offer(GeographicEntityFactory(health=True), name="Service du Port")
    client.force_login(factories.describer(offer.geographic_entity))
    text = found(client, q="service port", liste="offres")
    assert "Service du Port" in text
    assert "lits" not in text.lower()


def test_sensitive_units_are_neither_found_nor_counted(client):
    entity = GeographicEntityFactory(health=True, name="Hôpital fictif")
    published_offer(entity, name="Unité du Phare", sensitive=True)
    for criteria in ({"q": "phare"}, {"activite": "R211:293"}, {"commune": "Rennes"}):
        results = found(client, **criteria, liste="offres")
        assert "Phare" not in results
        assert "Offres (0)" in results
    assert "Établissements (0)" in found(client, activite="R211:293")


def test_sensitive_units_are_found_by_those_who_know_them(client):
    entity = GeographicEntityFactory(health=True)
    published_offer(entity, name="Unité du Phare", sensitive=True)
    client.force_login(factories.describer(entity))
    assert "Unité du Phare" in found(client, q="phare")


def test_a_place_shared_with_a_sensitive_unit_does_not_answer_for_the_other_offer(client):
    """The place is hidden from the public: finding the offer by its commune would tell where it is."""
    entity = GeographicEntityFactory(health=True)
    place = place_row(commune="35288", postcode="35400", locality="SAINT-MALO")
    published_offer(entity, name="Consultation ordinaire", places=[place])
    assert "Consultation ordinaire" in found(client, commune="35288", liste="offres")
    sensitive = published_offer(entity, name="Unité du Phare", sensitive=True)
    with writing("tests", "command"):
        OfferPlace.objects.create(offer=sensitive, place_id=place["id"], geographic_entity=entity)
    assert "Consultation ordinaire" not in found(client, commune="35288", liste="offres")
    assert "Consultation ordinaire" in found(client, q="ordinaire", liste="offres")


def test_nothing_above_level_1_can_be_searched_on(client):
    published_offer(GeographicEntityFactory(name="EHPAD fictif des Érables"), name="Halte-répit")
    for secret in (factories.DIRECT_PHONE, factories.EMERGENCY_PHONE, "Camille Exemple"):
        results = found(client, q=secret)
        assert "Établissements (0)" in results
        assert "Offres (0)" in results


def test_pages_of_twenty_whose_queries_do_not_grow(client, django_assert_max_num_queries):
    for rank in range(21):
        published_offer(GeographicEntityFactory(), name=f"Atelier {rank:02}")
    with django_assert_max_num_queries(15):
        first = found(client, q="atelier", liste="offres")
    assert "Atelier 19" in first
    assert "Atelier 20" not in first
    assert "Offres (21)" in first
    assert "Atelier 20" in found(client, q="atelier", liste="offres", page=2)


def test_queries_of_the_heaviest_search_of_a_signed_in_reader(client, django_assert_max_num_queries):
    published_offer(GeographicEntityFactory(name="EHPAD fictif de la Roquette", insee="75111"))
    client.force_login(factories.holder("health_professional", factories.territory("nation")))
    client.get(HOME)
    with django_assert_max_num_queries(15):
        client.get(HOME, {"commune": "Paris", "activite": "R211:293", "q": "hebergement", "liste": "offres"})


def test_absurd_pages_show_a_page_that_exists(client):
    GeographicEntityFactory(name="EHPAD fictif des Érables")
    for page in ("0", "-1", "2", "abc", "", "1e9", "9" * 40, "9" * 5000, "\x00", "١"):
        assert "Érables" in found(client, q="erables", page=page)


@pytest.mark.parametrize("field", ["q", "commune", "activite", "liste", "hors_perimetre", "page"])
def test_hostile_text_is_answered_with_a_page(client, field):
    GeographicEntityFactory(name="EHPAD fictif des Érables")
    for text in HOSTILE:
        answer = client.get(HOME, {"q": "erables", field: text})
        assert answer.status_code == 200, text
        assert "<script>alert" not in answer.content.decode()


def test_blank_criteria_search_nothing(client):
    for text in ("   ", "\t", ""):
        assert found(client, q=text, commune=text, activite=text) == ""


def test_too_short_a_text_is_told_so_beside_its_field(client):
    answer = client.get(HOME, {"q": "ab"})
    page = answer.content.decode()
    assert "au moins trois lettres" in page
    assert 'id="id_q_error"' in page
    assert 'aria-invalid="true"' in page


def test_an_unknown_commune_is_told_so_and_what_was_typed_stays(client):
    page = client.get(HOME, {"commune": "Zzyzx", "q": "erables"}).content.decode()
    assert "n&#x27;est pas une commune connue" in page
    assert 'value="Zzyzx"' in page
    assert 'value="erables"' in page


def test_only_reading_is_allowed(client):
    assert client.post(HOME, {"q": "erables"}).status_code == 405


def test_vague_search_says_that_it_stops(client, monkeypatch):
    monkeypatch.setattr("ror.publication.search.MOST_COUNTED", 2)
    for _ in range(3):
        GeographicEntityFactory()
    results = found(client, q="fictif")
    assert "plus de 2" in results
    assert "Voici les 2 premiers résultats" in results
