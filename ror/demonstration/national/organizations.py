"""The tree of internal organisations of a hospital: pôles, services below, functional units below these."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from ror.demonstration.national import REASON
from ror.demonstration.national.feed import Columns, Feed
from structures.models import InternalOrganization
from structures.models.organization import POLE, SERVICE, UNIT

ORGANIZATIONS = Columns(
    InternalOrganization,
    *("id", "geographic_entity", "parent", "type", "name", "opening_date"),
    *("closing_type", "closing_date", "reopening_date", "comment"),
)
OFFERS_BY_SERVICE, SERVICES_BY_POLE = 2, 4
OPENED = datetime.date(2015, 1, 1)


@dataclass(frozen=True)
class Tree:
    """The organisations of one establishment: `below[n]` is that of its nth offer."""

    all: tuple[int, ...]
    below: tuple[int, ...]


def size(offers: int) -> int:
    """How many organisations `plant` makes for an establishment of that many offers."""
    services = -(-offers // OFFERS_BY_SERVICE)
    return -(-services // SERVICES_BY_POLE) + services + offers // OFFERS_BY_SERVICE + 1


def plant(feed: Feed, entity: int, offers: list[str], ids: list[int], ordinal: int) -> Tree:
    """Put the organisations of an establishment in the feed, given the names of its offers and enough ids.

    Each service has two offers, the second one in a functional unit of its own; one unit more is closed.
    """
    kept: list[int] = []
    below: list[int] = []
    pole = service = 0
    for rank, name in enumerate(offers):
        if rank % (OFFERS_BY_SERVICE * SERVICES_BY_POLE) == 0:
            pole = _add(feed, entity, ids.pop(), None, POLE, f"Pôle fictif {len(kept) + 1}", ordinal)
            kept.append(pole)
        if rank % OFFERS_BY_SERVICE == 0:
            service = _add(feed, entity, ids.pop(), pole, SERVICE, f"Service fictif, {name}", ordinal)
            kept.append(service)
            below.append(service)
            continue
        unit = _add(feed, entity, ids.pop(), service, UNIT, f"Unité fictive, {name}", ordinal)
        kept.append(unit)
        below.append(unit)
    _closed(feed, entity, ids.pop(), service, ordinal)
    return Tree(tuple(kept), tuple(below))


def identifiers(ids: list[int]) -> dict[int, str]:
    """What the database called these organisations."""
    rows = InternalOrganization.objects.trusted(REASON).filter(pk__in=ids)
    return dict(rows.order_by().values_list("pk", "identifier"))


def _add(feed: Feed, entity: int, key: int, parent: int | None, kind: str, name: str, ordinal: int) -> int:
    comment = "Organisation inventée." if key % 10 == 0 or ordinal == 0 else ""
    opened = OPENED + datetime.timedelta(days=ordinal % 3000)
    feed.add(ORGANIZATIONS, key, entity, parent, kind, name[:200], opened, None, None, None, comment)
    return key


def _closed(feed: Feed, entity: int, key: int, service: int, ordinal: int) -> None:
    """A unit without offers, closed for good, or until a date."""
    today = timezone.localdate()
    closed = today - datetime.timedelta(days=30 + ordinal % 60)
    provisional = ordinal % 2 == 0
    feed.add(
        ORGANIZATIONS,
        *(key, entity, service, UNIT, "Unité fictive, ancienne activité", OPENED),
        *("R286:PRO" if provisional else "R286:DEF", closed),
        today + datetime.timedelta(days=60) if provisional else None,
        "",
    )
