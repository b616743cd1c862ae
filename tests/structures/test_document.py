"""The document, whatever is thrown at it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structures.document import canonical, new_id
from structures.presenting import present_offer
from structures.publishing import check
from structures.schema import OFFER
from tests.factories import GeographicEntityFactory, offer_document

pytestmark = pytest.mark.django_db

scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=30)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
names = st.sampled_from([*OFFER.fields, *OFFER.rows, "unknown"])
child_names = st.sampled_from(sorted({name for child in OFFER.rows.values() for name in (*child.fields, *child.rows)}))
rows = st.lists(st.dictionaries(child_names, anything, max_size=6).map(lambda row: {"id": new_id(), **row}), max_size=3)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(names, anything | rows, max_size=8))
def test_no_document_breaks_the_check_nor_the_page(entity, changes):
    document, findings = canonical(offer_document(**changes))
    again, later = canonical(document)
    assert again == document or findings
    assert len(later) <= len(findings)
    json.dumps(document, allow_nan=False)
    check(document, entity)
    present_offer(document)


@pytest.fixture
def entity():
    return GeographicEntityFactory(health=True)
