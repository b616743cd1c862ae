"""The page of an offer: what each reader sees of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ror.reference.models import Commune
from tests import factories
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    GeographicEntityFactory,
    contact_row,
    hours_row,
    published_offer,
    telecom_row,
)
from tests.publication.rich import rich_offer

pytestmark = pytest.mark.django_db
# Whatever the rows: one per table of the model (16 for the offer, 6 for its professionals), and whether one may report
# its beds and places, for those who report somewhere.
MOST_QUERIES = 32
PUBLIC, DIRECT, EMERGENCY = (
    " ".join(number[start : start + 2] for start in range(0, 10, 2))
    for number in (PUBLIC_PHONE, DIRECT_PHONE, EMERGENCY_PHONE)
)


def page(client, offer, **query) -> str:
    answer = client.get(f"/offres/{offer.slug}/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def professional():
    return factories.holder("health_professional", factories.territory("nation"))


def test_description(client):
    entity = GeographicEntityFactory(name="EHPAD fictif des Érables")
    offer = published_offer(entity, name="Halte-répit")
    text = page(client, offer)
    for expected in (
        "<h1>Halte-répit</h1>",
        f'href="/etablissements/{entity.id_nat_struct}/"',
        "Médico-social",
        "Hébergement (accueil jour et nuit)",
        "Permanent",
        "de 60 à 120 ans",
        "Personnes âgées",
        "Accompagnements pour les actes de la vie quotidienne",
        "1 rue des Exemples",
        "publiée le",
        f"Offre {offer.identifier}",
    ):
        assert expected in text


def test_the_public_sees_level_1_only(client):
    text = page(client, published_offer())
    assert PUBLIC in text
    assert f'href="tel:{PUBLIC_PHONE}"' in text
    for secret in (DIRECT_PHONE, DIRECT, EMERGENCY_PHONE, EMERGENCY, "Camille Exemple", "Garde ou astreinte"):
        assert secret not in text
    assert "Visible" not in text
    assert "vue=public" not in text


def test_professionals_see_level_2_with_its_label(client):
    client.force_login(professional())
    text = page(client, published_offer())
    assert DIRECT in text
    assert "Camille Exemple" in text
    assert "Visible par les professionnels" in text
    assert EMERGENCY not in text
    assert "vue=public" in text


def test_the_describer_sees_all_and_can_look_as_the_public_does(client):
    entity = GeographicEntityFactory()
    offer = published_offer(entity)
    client.force_login(factories.describer(entity, first_name="Dominique"))
    assert EMERGENCY in page(client, offer)
    as_public = page(client, offer, vue="public")
    assert "comme le grand public la voit" in as_public
    assert "Revenir à votre vue" in as_public
    assert PUBLIC in as_public
    for secret in (DIRECT, DIRECT_PHONE, EMERGENCY, EMERGENCY_PHONE, "Camille Exemple", "Visible par"):
        assert secret not in as_public


def test_a_describer_of_another_establishment_sees_what_the_public_does(client):
    client.force_login(factories.describer(GeographicEntityFactory()))
    text = page(client, published_offer())
    assert DIRECT not in text
    assert EMERGENCY not in text
    assert "vue=public" not in text


def test_the_public_view_is_nobody_s_way_round(client):
    """The parameter only ever removes; without an account it changes nothing."""
    offer = published_offer()
    assert page(client, offer, vue="public") == page(client, offer, vue="autre").replace("vue%3Dautre", "vue%3Dpublic")


def test_answers_to_signed_in_readers_are_kept_by_no_cache(client):
    offer = published_offer()
    client.force_login(professional())
    assert client.get(f"/offres/{offer.slug}/").headers["Cache-Control"] == "private, no-store"


def test_sensitive_closed_to_one_s_profile_and_unknown_answer_alike(client):
    offer = published_offer(GeographicEntityFactory(health=True), name="Unité du Phare", sensitive=True)
    hidden = client.get(f"/offres/{offer.slug}/")
    unknown = client.get("/offres/53-999999/")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.content == unknown.content
    assert hidden.headers.items() == unknown.headers.items()


def test_no_profile_below_regulation_knows_a_sensitive_unit(client):
    offer = published_offer(GeographicEntityFactory(health=True), name="Unité du Phare", sensitive=True)
    client.force_login(professional())
    for address in (f"/offres/{offer.slug}/", f"/offres/{offer.slug}/?vue=public"):
        assert client.get(address).status_code == 404


def test_its_describer_is_told_that_the_public_does_not_know_a_sensitive_unit(client):
    entity = GeographicEntityFactory(health=True)
    offer = published_offer(entity, name="Unité du Phare", sensitive=True)
    client.force_login(factories.describer(entity))
    assert "Unité sensible" in page(client, offer)
    as_public = page(client, offer, vue="public")
    assert "cette offre n'existe pas" in as_public
    assert "Phare" not in as_public


@pytest.mark.parametrize("slug", ["0", "53", "53-", "-53", "a-b-c", "9" * 300, "00-0"])
def test_odd_addresses_are_not_found(client, slug):
    assert client.get(f"/offres/{slug}/").status_code == 404


def test_week(client):
    slots = [("08:00", "12:00"), ("13:30", "17:00")]
    offer = published_offer(
        hours=[hours_row(weekday=day, opens_at=start, closes_at=end) for day in (1, 2) for start, end in slots]
    )
    text = page(client, offer)
    assert "08:00–12:00, 13:30–17:00" in text
    assert '<th scope="row">dimanche</th>' in text


def test_always_open(client):
    assert "24 h/24, 7 j/7" in page(client, published_offer(always_open=True, hours=[]))


def test_periods_that_are_over_are_never_shown(client):
    offer = published_offer(
        hours=[
            hours_row(),
            hours_row(weekday=None, period_start="2020-07-01", period_end="2020-08-31", opens_at="01:11"),
            hours_row(weekday=None, period_start="2099-07-01", period_end="2099-08-31", opens_at="02:22"),
        ]
    )
    text = page(client, offer)
    assert "01:11" not in text
    assert "2020" not in text
    assert "du 1er juillet 2099 au 31 août 2099" in text
    assert "02:22–17:00" in text


def test_ways_of_reaching_are_links_and_never_scripts(client):
    telecoms = [
        telecom_row("accueil@exemple.fr", channel="R200:3"),
        telecom_row("www.exemple.fr/contact", channel="R200:4"),
        telecom_row("javascript:alert(1)", channel="R200:4"),
        telecom_row("0261910909", channel="R200:6"),
    ]
    text = page(client, published_offer(contacts=[contact_row(telecoms=telecoms)]))
    assert 'href="mailto:accueil@exemple.fr"' in text
    assert 'href="https://www.exemple.fr/contact"' in text
    assert 'href="javascript' not in text
    assert 'href="https://javascript' not in text
    assert 'href="tel:0261910909"' not in text


def test_what_is_typed_is_shown_as_text(client):
    offer = published_offer(GeographicEntityFactory(), name="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in page(client, offer)


def queries_of(client, address, **query) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, query).status_code == 200
    return len(queries)


def test_queries_do_not_grow_with_the_rows(client):
    """As many for three rows of everything (beds and professionals included) as for one."""
    entity = GeographicEntityFactory(health=True)
    few, many = rich_offer(entity, rows=1), rich_offer(entity, rows=3)
    client.force_login(factories.describer(entity))
    client.get("/")
    for query in ({}, {"vue": "public"}):
        counts = [queries_of(client, f"/offres/{offer.slug}/", **query) for offer in (few, many)]
        assert counts[0] == counts[1] <= MOST_QUERIES


RICH = (
    "Pôle fictif Femme-Enfant",
    "Service fictif de pédiatrie",
    "Accueil séquentiel accepté",
    "Prestataire",
    "Année complète (365 jours par an)",
    "35G04",
    "Habilitation aux soins sans consentement",
    "<li>Lannion</li><li>Rennes</li><li>Saint-Malo</li>",
    "Entrée par la cour.",
    "service0@exemple.mssante.fr",
    "du lundi au vendredi",
    "prise de rendez-vous",
    "Bâtiment fictif 0",
    "Hébergement MCO",
    "Opérationnel",
    "Ligne de bus 3",
    'href="geo:48.117300,-1.677800"',
    "position approximative",
    "Chambre simple : 30",
    "Lits et places",
    "1 204 lits",
    "mis à jour à l&#x27;instant",
)
PROFESSIONAL_ONLY = ("Actes spécifiques", "Équipements spécifiques", "250,5 kg", "Disponible", "Femme", "Camille")


def test_everything_that_the_model_can_say(client):
    entity = GeographicEntityFactory(health=True)
    offer = rich_offer(entity)
    text = " ".join(page(client, offer).split())
    for expected in RICH:
        assert expected in text
    for secret in (*PROFESSIONAL_ONLY, "Supplémentaire", "77 lits"):
        assert secret not in text.replace("fictif Femme-Enfant", "")


def test_professionals_read_equipment_beds_of_today_and_colleagues(client):
    offer = rich_offer(GeographicEntityFactory(health=True))
    client.force_login(professional())
    text = " ".join(page(client, offer).split())
    for expected in (*PROFESSIONAL_ONLY, "Docteur Camille", "Secteur 1 ou conventionné", "consultation sur RDV"):
        assert expected in text
    assert "Supplémentaire" not in text


def test_supplementary_beds_are_for_crisis_management_only(client):
    entity = GeographicEntityFactory(health=True)
    offer = rich_offer(entity)
    client.force_login(factories.holder("regulation", factories.territory("region", "53")))
    assert "Supplémentaire" in page(client, offer)


def test_long_lists_are_folded_with_their_count(client):
    communes = list(Commune.objects.order_by("pk").filter(department="35")[:12].values_list("pk", flat=True))
    offer = published_offer(intervention_communes=communes)
    assert "Voir les 12 communes" in page(client, offer)
