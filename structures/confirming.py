"""« Tout est encore exact »: someone says so of published offers, whose date is renewed while nothing else changes.

No version is kept, since the document is the same: the offer holds the date, its history the author and the channel.
Like any change of the offer it renews `updated_at`, by which recency is judged (RE1.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.functions import TransactionNow
from django.db.models import F, Model, Q
from django.utils import timezone

from ror.history import writing
from structures.models import Offer
from structures.models.base import DEFINITIVE

REASON = "confirm: the author's right was checked by the page, and the dates of its own history"
MOST_SHOWN = 20


@dataclass(frozen=True)
class Confirmed:
    """What became of a confirmation, by key of offer: renewed, changed since it was shown, closed for good."""

    renewed: list[int]
    changed: list[int]
    closed: list[int]


@dataclass(frozen=True)
class Confirmation:
    """One confirmation of the past of an offer."""

    confirmed_at: datetime
    version: int
    author: str
    channel: str


def confirm(shown: Mapping[int, int], *, author: Model | str, channel: str) -> Confirmed:
    """Renew the date of each offer of `shown` that still says what its author read: version shown, by key of offer.

    Three queries, whatever the number of offers.
    """
    with writing(author, channel):
        rows = Offer.objects.trusted(REASON).select_for_update(of=("self",), no_key=True).filter(pk__in=shown)
        stored = {offer.pk: offer for offer in rows.order_by("pk")}
        gone = {pk for pk, offer in stored.items() if _is_gone(offer)}
        same = {pk for pk, offer in stored.items() if offer.version == shown[pk]} - gone
        Offer.objects.trusted(REASON).filter(pk__in=same).update(confirmed_at=TransactionNow())
    return Confirmed(sorted(same), sorted(stored.keys() - same - gone), sorted(gone))


def exact_since(offer: Offer) -> datetime:
    """When the description was last said to be exact: published, or confirmed since."""
    return max(filter(None, (offer.published_at, offer.confirmed_at)))


def stale_before(limit: datetime) -> Q:
    """The condition that selects the offers whose description was neither published nor confirmed since `limit`."""
    return Q(published_at__lt=limit) & (Q(confirmed_at=None) | Q(confirmed_at__lt=limit))


def confirmations(offer: Offer) -> list[Confirmation]:
    """The last confirmations of `offer`, the newest first, as its history keeps them. One query."""
    # The event of a confirmation is of that very moment; later ones only carry its date along.
    events = Offer.pgh_event_model.objects.trusted(REASON).filter(pgh_obj=offer.pk, pgh_created_at=F("confirmed_at"))
    first = events.order_by("-confirmed_at", "pgh_id").distinct("confirmed_at")
    columns = ("confirmed_at", "version", "pgh_context__metadata")
    return [
        Confirmation(moment, version, (said or {}).get("author_name", ""), (said or {}).get("channel", ""))
        for moment, version, said in first.values_list(*columns)[:MOST_SHOWN]
    ]


def _is_gone(offer: Offer) -> bool:
    closing = offer.closing_date
    return offer.closing_type_id == DEFINITIVE and closing is not None and closing <= timezone.localdate()
