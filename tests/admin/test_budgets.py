"""What the screens of the record cost: the same whatever the number of rows, and little."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from confidentiality.models import AccessRecord
from ror.reference.models import Edition
from tests.admin.conftest import page
from tests.admin.rows import MAKERS, row_of
from tests.factories import GeographicEntityFactory

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

LIST, PAGE = 15 - 2, 30 - 2  # queries at most, besides those of `AT_TIMES`
# The edition of the nomenclatures, asked from time to time, and the journal, where a page discloses something.
AT_TIMES = (Edition._meta.db_table, AccessRecord._meta.db_table)
SEVERAL = 4
MODELS = [pytest.param(model, id=model._meta.label) for model in MAKERS]


def queries(client, address: str) -> list[str]:
    """Those of a second visit: what each process reads once is read."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return [query["sql"] for query in captured if not any(table in query["sql"] for table in AT_TIMES)]


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_with_one_row_and_with_several(model, national):
    address = page(model, "changelist")
    row_of(model, GeographicEntityFactory(health=True))
    alone = queries(national, address)
    for _ in range(SEVERAL - 1):
        row_of(model, GeographicEntityFactory(health=True), SEVERAL)
    several = queries(national, address)
    assert len(several) == len(alone) <= LIST, "\n".join(several)


@pytest.mark.parametrize("model", MODELS)
def test_a_page_costs_the_same_with_one_row_below_and_with_several(model, national):
    alone, several = (
        queries(national, page(model, "change", row_of(model, GeographicEntityFactory(health=True), count).pk))
        for count in (1, SEVERAL)
    )
    assert len(several) == len(alone) <= PAGE, "\n".join(several)
