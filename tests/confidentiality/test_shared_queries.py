"""The query of the rows that may be known of is built once for all those who hold the same, and serves nobody else."""

import pytest

from confidentiality.viewer import Viewer
from structures.models import Contact, Offer
from tests.factories import GeographicEntityFactory, holder, published_offer, territory

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Offer:
    return published_offer(GeographicEntityFactory(health=True))


def test_whoever_holds_the_same_shares_a_query_and_nobody_else(published):
    """The conditions are built once for what is held: another right, or another perimeter, is another query."""
    entity = published.geographic_entity
    region, elsewhere = territory("region", entity.region_id), territory("region", "11")
    one, same, other = (Viewer(holder("health_professional", place)) for place in (region, region, elsewhere))
    regulator = Viewer(holder("regulation", region))
    queries = [str(Contact.objects.visible_to(viewer).query) for viewer in (one, same, other, regulator)]
    assert queries[0] == queries[1]
    assert len(set(queries)) == 3
    levels = [set(Contact.objects.visible_to(viewer).values_list("level", flat=True)) for viewer in (one, other, one)]
    assert levels[0] == levels[2] == {1, 2}
    assert levels[1] == {1}


def test_a_shared_query_is_never_changed_by_who_uses_it(published):
    viewer = Viewer.public()
    Offer.objects.visible_to(viewer).filter(name="ailleurs").order_by("name")[:1]
    assert Offer.objects.visible_to(Viewer.public()).get() == published
