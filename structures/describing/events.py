"""What happened to an offer besides its versions: closings, the sensitive flag, reviews, figures of beds and places.

Versions say what a publication changed; these lines say who did the rest, when and through which channel. The events of
the database are read for an offer that the viewer describes, and each line only for who reads what it speaks of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count, Max, Q

from confidentiality.profiles import knows_sensitive
from confidentiality.viewer import Viewer
from ror.dates import display_date
from ror.reference.nomenclature import nomenclature
from structures.describing.history import CHANNELS
from structures.describing.reviewing.models import State, Submission
from structures.models import BedCapacity, CareCapacity, Offer, SensitiveUnit

REASON = "history: the viewer describes the offer, and each line is kept for who reads what it speaks of"
MOST_SHOWN = 50
CLOSING = ("closing_type", "closing_date", "reopening_date")
OPEN = (None, None, None)
DECIDED = {
    State.WITHDRAWN: "Reprise par l'établissement avant la fin de la relecture",
    State.RETURNED: "Retournée par la relecture régionale",
    State.PUBLISHED: "Publiée après relecture régionale",
}
UNANSWERED = {
    State.WITHDRAWN: "Brouillon supprimé avant la fin de la relecture",
    State.RETURNED: "Délai de relecture dépassé : retournée, car les règles la refusaient",
    State.PUBLISHED: "Délai de relecture dépassé : publiée telle quelle",
}


@dataclass(frozen=True)
class Event:
    """One line: when, what, by whom, through which channel, and why when someone wrote in another's place."""

    at: datetime
    words: str
    author: str = ""
    channel: str = ""
    reason: str = ""


def events_of(viewer: Viewer, offer: Offer) -> list[Event]:
    """The last events of `offer`, read with its `rights`, the newest first. Four queries, whatever their number."""
    found = [*_closings(offer), *_reviews(viewer, offer), *_counts(offer)]
    if knows_sensitive(offer.rights):
        found += _flags(offer)
    return sorted(found, key=lambda event: event.at, reverse=True)[:MOST_SHOWN]


def _closings(offer: Offer) -> Iterator[Event]:
    rows = Offer.pgh_event_model.objects.trusted(REASON).filter(pgh_obj=offer.pk).order_by("pgh_id")
    rows = rows.values_list(*CLOSING, "pgh_created_at", "pgh_context__metadata")
    for (*before, _, _), (*after, at, said) in pairwise(rows):
        if before != after:
            yield _event(at, _closing_in_words(tuple(before), tuple(after)), said)


def _closing_in_words(before: tuple, after: tuple) -> str:
    if after == OPEN:
        return "Réouverture"
    code, day, reopening = after
    what = "Fermeture" if before == OPEN else "Fermeture changée"
    until = f", réouverture prévue le {display_date(reopening)}" if reopening else ""
    return f"{what} : {nomenclature().label(code)}, à partir du {display_date(day)}{until}"


def _flags(offer: Offer) -> Iterator[Event]:
    words = {"insert": "Signalée comme unité sensible", "delete": "N'est plus signalée comme unité sensible"}
    rows = SensitiveUnit.pgh_event_model.objects.trusted(REASON).filter(offer=offer.pk, pgh_label__in=words)
    for label, at, said in rows.values_list("pgh_label", "pgh_created_at", "pgh_context__metadata"):
        yield _event(at, words[label], said)


def _counts(offer: Offer) -> Iterator[Event]:
    """The figures of beds and places reported together make one line."""
    units = CareCapacity.objects.trusted(REASON).filter(place__offer_links__offer=offer).values("pk")
    rows = BedCapacity.pgh_event_model.objects.trusted(REASON).filter(care_capacity__in=units)
    groups = rows.order_by().values_list("pgh_context", "pgh_context__metadata")
    groups = groups.annotate(at=Max("pgh_created_at"), figures=Count("pgh_obj_id", distinct=True))
    for _, said, at, figures in groups.order_by("-at")[:MOST_SHOWN]:
        yield _event(at, f"Lits et places : {figures} chiffre{'s' if figures > 1 else ''} mis à jour", said)


def _reviews(viewer: Viewer, offer: Offer) -> Iterable[Event]:
    """Each round of its drafts: submitted, then decided. The rounds before a first publication know no offer yet."""
    known = Submission.objects.visible_to(viewer)
    rows = known.filter(Q(offer=offer) | Q(draft_key__in=known.filter(offer=offer).values("draft_key")))
    for row in rows.select_related("submitted_by", "decided_by").defer("document", "base"):
        yield Event(row.submitted_at, "Soumise à la relecture régionale", str(row.submitted_by), _channel(row.channel))
        if row.is_waiting:
            continue
        decided = row.decided_by is not None
        words = (DECIDED if decided else UNANSWERED)[State(row.state)]
        version = f" (version {row.version})" if row.version else ""
        yield Event(row.decided_at, f"{words}{version}", str(row.decided_by or ""))


def _event(at: datetime, words: str, said: dict[str, Any] | None) -> Event:
    said = said or {}
    return Event(at, words, said.get("author_name", ""), _channel(said.get("channel", "")), said.get("reason", ""))


def _channel(channel: str) -> str:
    return CHANNELS.get(channel, channel)
