"""What can be asked of a list: nothing that would tell what its columns do not show."""

import re

import pytest

from confidentiality.models import Assignment, Perimeter
from ror.accounts.models import User
from ror.reference.models import Commune, Concept
from ror.reference.nomenclature import nomenclature
from structures.models import GeographicEntity, LegalEntity, Offer
from tests.admin.conftest import page
from tests.factories import EMERGENCY_PHONE, GeographicEntityFactory, published_offer

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

FORBIDDEN_QUESTIONS = [
    (Offer, "contacts__telecoms__address__startswith", EMERGENCY_PHONE[:2]),
    (Offer, "contacts__name__icontains", "Camille"),
    (Offer, "contacts__level", "3"),
    (Offer, "sensitive_unit__isnull", "False"),
    (Offer, "sensitive_unit__motive__startswith", "m"),
    (Offer, "versions__document__contains", "06"),
    (Offer, "draft__document__contains", "06"),
    (Offer, "name__startswith", "H"),
    (Offer, "activity_field__exact", "a\x00"),
    (GeographicEntity, "crisis_answer__orsan_answer", "first_line"),
    (GeographicEntity, "crisis_answer__landing_zone", "True"),
    (GeographicEntity, "offers__name__startswith", "U"),
    (GeographicEntity, "drafts__isnull", "False"),
    (GeographicEntity, "perimeter__assignments__user__email", "x"),
    (LegalEntity, "geographic_entities__crisis_answer__isnull", "False"),
    (User, "password__startswith", "argon"),
    (Assignment, "user__password__startswith", "argon"),
    (Perimeter, "geographicentity__crisis_answer__isnull", "False"),
]


@pytest.mark.parametrize(("model", "lookup", "value"), FORBIDDEN_QUESTIONS)
def test_trap_7_a_question_on_hidden_data_is_refused(national, offer, model, lookup, value):
    """Even to those who may read the data: the list is not where it is asked."""
    response = national.get(page(model, "changelist"), {lookup: value})
    assert response.status_code == 400
    assert EMERGENCY_PHONE not in response.content.decode()


@pytest.mark.parametrize(
    "text", [EMERGENCY_PHONE, EMERGENCY_PHONE[:4], "Camille", "sensible", "motif", "première ligne", "first_line"]
)
def test_trap_7_search_finds_nothing_by_hidden_data(national, offer, sensitive_offer, text):
    for model in (Offer, GeographicEntity, LegalEntity):
        html = national.get(page(model, "changelist"), {"q": text}).content.decode()
        found = offer.identifier in html or offer.geographic_entity.finess in html
        assert not found, model


def test_trap_7_order_is_only_by_columns_shown(plain, national, hospital):
    first = published_offer(hospital, name="Accueil de jour fictif")
    published_offer(hospital, name="Zone fictive")
    for client in (plain, national):
        for order in ("1", "-1", "2.3", "99", "-99", "contacts__telecoms__address", "x"):
            response = client.get(page(Offer, "changelist"), {"o": order})
            assert response.status_code == 200
            assert first.name in response.content.decode()


def test_trap_7_counts_beside_filters_are_never_given(plain, sensitive_offer, offer):
    html = plain.get(page(Offer, "changelist"), {"_facets": "True"}).content.decode()
    assert "Médico-social (MS)" in html
    assert "Médico-social (MS) (" not in html


@pytest.mark.parametrize("field", ["name", "sensitive_unit", "contacts", "identifier", "password"])
def test_trap_7_a_row_is_never_designated_by_another_field_than_its_key(national, offer, field):
    for name, arguments in (("changelist", ()), ("change", (offer.pk,))):
        assert national.get(page(Offer, name, *arguments), {"_to_field": field}).status_code == 400


def test_a_popup_shows_what_the_page_shows_and_no_more(plain, offer, sensitive_offer):
    html = plain.get(page(Offer, "changelist"), {"_popup": "1", "_to_field": "id"}).content.decode()
    assert offer.name in html
    assert sensitive_offer.name not in html
    assert EMERGENCY_PHONE not in plain.get(page(Offer, "change", offer.pk), {"_popup": "1"}).content.decode()


def test_trap_9_filters_offer_codes_and_territories_never_rows(plain, offer, sensitive_offer):
    entity = GeographicEntityFactory(insee="22113")
    filters = plain.get(page(Offer, "changelist")).content.decode().split('id="changelist-filter"')[1]
    for text in (offer.name, sensitive_offer.name, entity.name, offer.geographic_entity.name):
        assert text not in filters
    assert "Médico-social (MS)" in filters
    codes = {key.replace(":", "%3A") for key in nomenclature().members("J20")}
    assert set(re.findall(r"activity_field__exact=([^\"&]+)", filters)) == codes


def test_declared_filters_work(national, offer):
    closed = {"closing_type__exact": "R286:PRO"}
    assert offer.name not in national.get(page(Offer, "changelist"), closed).content.decode()
    for query in ({"activity_field__exact": "R227:04"}, {"activity_field__exact": "R227:04", "q": offer.identifier}):
        response = national.get(page(Offer, "changelist"), query)
        assert response.status_code == 200
        assert offer.name in response.content.decode()
    entity = offer.geographic_entity
    for query in (
        {"region__code__exact": "53"},
        {"legal_kind__exact": "I-1"},
        {"in_perimeter__exact": "1"},
        {"gone_since__isempty": "1"},
    ):
        assert entity.finess in national.get(page(GeographicEntity, "changelist"), query).content.decode()
    assert (
        entity.finess
        not in national.get(page(GeographicEntity, "changelist"), {"region__code__exact": "11"}).content.decode()
    )


def test_search_ignores_accents_and_case_and_finds_identifiers(national, offer):
    entity = offer.geographic_entity
    for text in ("CENTRE hôspitalier", entity.finess, entity.finess[:6], f"fictif {entity.finess}"):
        assert entity.name in national.get(page(GeographicEntity, "changelist"), {"q": text}).content.decode(), text
    assert offer.name in national.get(page(Offer, "changelist"), {"q": "hébergement PERMANENT"}).content.decode()
    assert offer.name in national.get(page(Offer, "changelist"), {"q": entity.finess}).content.decode()
    assert "Médico-social" in national.get(page(Concept, "changelist"), {"q": "medico social r227:04"}).content.decode()
    assert "Saint-Malo" in national.get(page(Commune, "changelist"), {"q": "saint malo"}).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(national, hospital, django_assert_max_num_queries):
    for rank in range(8):
        published_offer(GeographicEntityFactory(), name=f"Offre fictive {rank}")
    with django_assert_max_num_queries(15):
        national.get(page(Offer, "changelist"))
    with django_assert_max_num_queries(15):
        national.get(page(GeographicEntity, "changelist"))
