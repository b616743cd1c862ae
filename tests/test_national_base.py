"""`make_national_base` with real commits: a thread of its own writes while the next rows are prepared."""

import pytest
from psycopg import IntegrityError

from ror.demonstration.national.establishments import MAILBOXES
from ror.demonstration.national.feed import Feed, Outlet
from ror.demonstration.national.generating import generate
from structures.models import GeographicEntity, Offer, OfferVersion, SecureMailbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("real_transactions")]

SCALE, SEED = 0.0003, 7


@pytest.mark.slow
def test_what_it_writes_is_committed():
    held = generate(SCALE, SEED).held
    assert (held[GeographicEntity], held[Offer], held[OfferVersion]) == (30, 90, 90)


def test_a_refusal_of_the_database_is_not_lost():
    feed = Feed()
    feed.add(MAILBOXES, "8a1f4a0e-0000-4000-a000-000000000000", None, None, "sans arobase")
    with pytest.raises(IntegrityError), Outlet() as outlet:
        outlet.put(feed.take())
    assert not SecureMailbox.objects.trusted("tests").exists()
