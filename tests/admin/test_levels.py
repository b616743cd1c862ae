"""What each level shows in the administration."""

import re

import pytest

from ror.history import writing
from ror.quality.models import Anomaly
from structures.models import GeographicEntity, LegalEntity, Offer, OfferPlace
from tests.admin.conftest import SENSITIVE_NAME, page, signed_in, visitor
from tests.admin.rows import MAKERS, row_of
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    AnomalyFactory,
    AssignmentFactory,
    CrisisAnswerFactory,
    GeographicEntityFactory,
    published_offer,
    territory,
)

CSRF_TOKEN = re.compile(r'csrfmiddlewaretoken" value="\w+"')
PHONES = {PUBLIC_PHONE, DIRECT_PHONE, EMERGENCY_PHONE}
CRISIS_WORDS = ("orsan", "zone de poser", "gestion de crise")


def phones_on(client, offer) -> set[str]:
    html = client.get(page(Offer, "change", offer.pk)).content.decode()
    return {phone for phone in PHONES if phone in html}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("P0", {PUBLIC_PHONE}),
        ("P2", {PUBLIC_PHONE, DIRECT_PHONE}),
        ("P4", {PUBLIC_PHONE}),  # no contact beyond the public's
        ("P1", PHONES),
    ],
)
def test_a_phone_is_shown_to_those_who_may_read_its_level(offer, profile, expected):
    assert phones_on(signed_in(visitor(profile)), offer) == expected


def test_a_named_professional_is_not_shown_to_the_public_profile(offer, plain, national):
    address = page(Offer, "change", offer.pk)
    assert "Camille Exemple" not in plain.get(address).content.decode().split("</header>")[1]
    assert "Camille Exemple" in national.get(address).content.decode().split("</header>")[1]


def test_rights_are_counted_row_by_row(offer):
    elsewhere = published_offer(GeographicEntityFactory(insee="22113", health=True))
    user = visitor("P0")
    AssignmentFactory(user=user, role="regulation", perimeter=territory("department", "35"))
    client = signed_in(user)
    assert phones_on(client, offer) == PHONES
    assert phones_on(client, elsewhere) == {PUBLIC_PHONE}


def test_crisis_answers_have_no_trace_for_those_who_may_not_read_them(hospital, plain, national):
    CrisisAnswerFactory(geographic_entity=hospital, orsan_answer="first_line", orsan_level_id="R284:1")
    address = page(GeographicEntity, "change", hospital.pk)
    for client in (plain, signed_in(visitor("P2"))):
        html = client.get(address).content.decode().lower()
        assert not any(word in html for word in CRISIS_WORDS)
    html = national.get(address).content.decode()
    assert "Première ligne" in html
    assert all(word in html.lower() for word in CRISIS_WORDS)


def test_a_page_that_discloses_is_remembered_for_the_journal(offer, hospital, plain, national):
    CrisisAnswerFactory(geographic_entity=hospital)
    address = page(Offer, "change", offer.pk)
    assert national.get(address).wsgi_request.viewer.disclosed == {("Offer", offer.identifier): 3}
    assert plain.get(address).wsgi_request.viewer.disclosed == {}
    assert signed_in(visitor("P2")).get(address).wsgi_request.viewer.disclosed == {("Offer", offer.identifier): 2}
    seen = national.get(page(GeographicEntity, "change", hospital.pk)).wsgi_request.viewer.disclosed
    assert seen == {("GeographicEntity", hospital.id_nat_struct): 3}


def test_a_sensitive_unit_does_not_exist_for_those_who_may_not_know_it(sensitive_offer, offer, plain):
    html = plain.get(page(Offer, "changelist")).content.decode()
    assert SENSITIVE_NAME not in html
    assert "1 offre" in html
    for search in (
        {"q": "sensible"},
        {"q": sensitive_offer.identifier},
        {"q": sensitive_offer.geographic_entity.finess},
    ):
        assert SENSITIVE_NAME not in plain.get(page(Offer, "changelist"), search).content.decode()


@pytest.mark.parametrize("name", ["change", "history", "delete"])
def test_a_hidden_row_gets_the_answer_of_one_that_does_not_exist(sensitive_offer, plain, name):
    answers = []
    for key in (sensitive_offer.pk, sensitive_offer.pk + 1_000_000):
        response = plain.get(page(Offer, name, key), follow=True)
        body = CSRF_TOKEN.sub("", re.sub(rf"«\W*{key}\W*»", "…", response.content.decode()))
        answers.append((response.status_code, response.redirect_chain, body))
    assert answers[0] == answers[1]
    for key in (sensitive_offer.pk, sensitive_offer.pk + 1_000_000):
        assert plain.post(page(Offer, "change", key), {"name": "x"}).status_code == 403


def test_a_sensitive_unit_is_shown_and_remembered_for_those_who_know_it(sensitive_offer, national):
    response = national.get(page(Offer, "changelist"))
    assert SENSITIVE_NAME in response.content.decode()
    assert response.wsgi_request.viewer.disclosed == {("Offer", sensitive_offer.identifier): 3}
    page_of_it = national.get(page(Offer, "change", sensitive_offer.pk)).content.decode()
    assert "motif fictif" in page_of_it


def test_a_place_shared_with_a_sensitive_unit_is_hidden_too(sensitive_offer, offer, plain, national):
    place = OfferPlace.objects.get(offer=offer).place
    with writing("tests", "command"):
        OfferPlace.objects.create(offer=sensitive_offer, place=place, geographic_entity=offer.geographic_entity)
    address = page(Offer, "change", offer.pk)
    assert "des Exemples" not in plain.get(address).content.decode()
    assert "des Exemples" in national.get(address).content.decode()


def test_someone_who_administers_a_department_sees_its_structures_only(hospital):
    elsewhere = GeographicEntityFactory(insee="22113")
    client = signed_in(visitor("P1", territory("department", "35")))
    html = client.get(page(GeographicEntity, "changelist")).content.decode()
    assert hospital.name in html
    assert elsewhere.name not in html
    assert client.get(page(GeographicEntity, "change", elsewhere.pk)).status_code == 302
    assert client.get(page(GeographicEntity, "change", hospital.pk)).status_code == 200


def test_codes_are_shown_by_their_label(offer, national):
    html = national.get(page(Offer, "change", offer.pk)).content.decode()
    assert "Hébergement (accueil jour et nuit)" in html
    assert offer.care_mode_id not in html


def test_pages_lead_to_the_public_ones(offer, national):
    assert f"/offres/{offer.slug}/" in national.get(page(Offer, "change", offer.pk)).content.decode()
    entity = offer.geographic_entity
    html = national.get(page(GeographicEntity, "change", entity.pk)).content.decode()
    assert f"/etablissements/{entity.id_nat_struct}/" in html
    assert page(LegalEntity, "change", entity.legal_entity_id) in html


def test_an_establishment_without_finess_number_leads_to_what_it_has(national):
    office = GeographicEntityFactory(ville=True, finess=None, office_rank="99000000001001", id_nat_struct="")
    office.refresh_from_db()  # its identifier follows from its rank
    offer = published_offer(office, name="Consultation fictive")
    published_offer(GeographicEntityFactory())
    html = national.get(page(GeographicEntity, "change", office.pk)).content.decode()
    address = f"{page(Offer, 'changelist')}?q={office.id_nat_struct}"
    assert address in html
    listed = national.get(address).content.decode()
    assert "1 offre" in listed
    assert offer.name in listed
    anomaly = AnomalyFactory(geographic_entity=office, rule="CO5")
    assert anomaly.rule in national.get(page(Anomaly, "changelist"), {"q": office.id_nat_struct}).content.decode()


@pytest.mark.slow
def test_what_a_screen_says_is_in_french(national, hospital):
    """The establishment that rows repeat has no name of its own in the model."""
    for model in MAKERS:
        row = row_of(model, GeographicEntityFactory(health=True))
        for address in (page(model, "changelist"), page(model, "change", row.pk)):
            assert "geographic entity" not in national.get(address).content.decode().lower(), address
