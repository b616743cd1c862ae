"""The commune of a place, in a document: what people type is understood, what is stored is never put in doubt."""

import pytest

from structures.document import canonical
from tests.factories import offer_document, place_row

pytestmark = pytest.mark.django_db

VITRE = "35360"  # also the postcode of Landujan, Médréac and others


def test_the_text_of_a_commune_becomes_its_code():
    assert commune_of("Vitré (35360)") == VITRE


def test_a_canonical_document_is_canonical_again():
    once, _ = canonical(offer_document(places=[place_row(commune="Vitré (35360)")]))
    assert canonical(once) == (once, [])


@pytest.mark.parametrize("typed", ["Nullepart", "99999"])
def test_what_names_no_commune_stays_as_typed_with_a_finding(typed):
    document, findings = canonical(offer_document(places=[place_row(commune=typed)]))
    assert document["places"][0]["commune"] == typed
    assert [finding.path.rsplit(".", 1)[-1] for finding in findings] == ["commune"]


def commune_of(typed: str) -> str:
    document, findings = canonical(offer_document(places=[place_row(commune=typed)]))
    assert findings == []
    return document["places"][0]["commune"]
