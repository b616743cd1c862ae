"""Making one offer of two that describe the same thing: datum by datum, in the one that keeps its identifier.

The other is closed for good in the same transaction; both histories say with which they were united. What hangs on an
offer without being in its document (drafts, professionals, anomalies) stays where it is: `remainders` says so before.
The caller has checked that the author may write both.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from confidentiality import policy
from confidentiality.viewer import Viewer
from ror.history import writing
from structures import records
from structures.closing import ClosingError, Done, close
from structures.document import Document
from structures.locking import REASON, take, take_data
from structures.models import GeographicEntity, Offer
from structures.models.base import DEFINITIVE
from structures.publishing import Publication, publish
from structures.schema import ADDRESS, OFFER, Rows

PLACES = "places"
# What never comes from the other offer: its nature, which no offer changes, and the flag, which has a door of its own.
OWN = frozenset({"activity_field", "care_mode", "sensitive", "sensitive_motive"})
# What is chosen as one datum: a number means nothing without its unit, nor a street without its commune.
TOGETHER = {
    "age_min": ("age_min", "age_min_unit"),
    "age_max": ("age_max", "age_max_unit"),
    "delivery_point": tuple(ADDRESS),
    "latitude": ("latitude", "longitude", "coordinates_reliable"),
    "external_sync_id": ("external_sync_id", "external_sync_name"),
}
LONGEST_REASON = 220  # what is left of the reason of a version once the other offer is named
CHANGED = (
    "L'une de ces offres a changé depuis que vous les avez comparées. Rien n'a été enregistré : comparez de nouveau."
)


class UnitingError(Exception):
    """Offers that cannot become one: `problems`, one French sentence each; nothing was written."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class United:
    """What was done: the new version of the offer kept, and the closing of the other."""

    publication: Publication
    closing: Done


Remainder = Callable[[Viewer, Offer], str]
_remainders: list[Remainder] = []


def remainder(say: Remainder) -> Remainder:
    """Declare what a room above leaves with the closed offer: one sentence for what `viewer` may know of, or none."""
    _remainders.append(say)
    return say


def remainders(viewer: Viewer, closed: Offer) -> list[str]:
    """What stays with the offer that would be closed, in words."""
    return [said for say in _remainders if (said := say(viewer, closed))]


def data_to_choose(schema: Rows = OFFER) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each datum that may come from either, with the columns that go together, in the official order."""
    followers = {name for names in TOGETHER.values() for name in names[1:]}
    for name in schema.fields:
        if name not in OWN and name not in followers:
            yield name, TOGETHER.get(name, (name,))


def problems_between(one: Offer, other: Offer, sensitive: Collection[int]) -> list[str]:
    """Why these two cannot become one. `sensitive` has the keys of those that are sensitive units."""
    problems = []
    if one.geographic_entity_id != other.geographic_entity_id:
        problems.append("Ces offres ne sont pas du même établissement : transférez d'abord l'une des deux.")
    if one.activity_field_id != other.activity_field_id:
        problems.append("Ces offres n'ont pas le même champ d'activité : elles ne décrivent pas la même chose.")
    if (one.pk in sensitive) != (other.pk in sensitive):
        problems.append("L'une des deux est une unité sensible : ce qui la décrit ne peut pas passer dans l'autre.")
    restricted = policy.restricted_origins()
    if (one.origin in restricted) != (other.origin in restricted):
        problems.append(
            "L'une des deux a été alimentée par une source réservée aux professionnels : elle ne peut pas passer dans "
            "l'autre. Faites-la d'abord publier par l'établissement."
        )
    return problems


def fingerprint(documents: Mapping[Any, Document]) -> str:
    """What two people compare to know that they speak of the same documents, by the keys of their rows."""
    said = json.dumps([[key, documents[key]] for key in sorted(documents)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def composed(
    kept: Document,
    other: Document,
    taken: Collection[str],
    rows: Mapping[str, Collection[str]],
    schema: Rows = OFFER,
) -> Document:
    """The document of the one kept: the data `taken` from the other, and of each list the rows whose ids are given.

    A list that `rows` does not name stays as it is. The rows of the other are copied under new ids, but for places,
    which both offers share from then on, with their figures of beds.
    """
    document = {**kept, **{name: other.get(name) for name in taken if name in schema.fields and name not in OWN}}
    for name, ids in rows.items():
        own = [row for row in kept[name] if row["id"] in ids]
        known = {row["id"] for row in own}
        added = [row for row in other[name] if row["id"] in ids and row["id"] not in known]
        document[name] = [*own, *(row if name == PLACES else records.copied(row, schema.rows[name]) for row in added)]
    return document


def says(row: Document, schema: Rows) -> Any:
    """What a row says, whatever its ids: equal for two rows that say the same."""
    own = tuple((name, _plain(row.get(name))) for name in schema.fields)
    below = tuple(
        (name, tuple(sorted((says(child, rows) for child in row.get(name) or []), key=repr)))
        for name, rows in schema.rows.items()
    )
    return own, below


def unite(
    kept: Offer,
    closed: Offer,
    document: Document,
    *,
    seen: str,
    author: models.Model | str,
    channel: str,
    reason: str,
) -> United:
    """Publish `document`, `composed` of both, for `kept`, and close the other for good.

    `seen` is the `fingerprint` of the documents that the author compared. Raises `UnitingError`, `NotPublishable`, or
    what a guard of the publications raises; nothing is written then.
    """
    why = f"Fusion des offres {closed.identifier} (fermée) et {kept.identifier} (gardée) : {reason}"
    with writing(author, channel, reason=why):
        entity, found = _taken(kept, closed)
        documents = records.read_documents(found)
        if fingerprint(documents) != seen:
            raise UnitingError(CHANGED)
        base = documents[kept.pk]
        publication = publish(
            document,
            entity=entity,
            author=author,
            channel=channel,
            offer=found[kept.pk],
            base=base,
            reason=why,
        )
        try:
            closing = close(
                found[closed.pk], DEFINITIVE, timezone.localdate(), author=author, channel=channel, reason=why
            )
        except ClosingError as error:
            raise UnitingError(*error.problems) from error
        return United(publication, closing)


def _taken(kept: Offer, closed: Offer) -> tuple[GeographicEntity, dict[int, Offer]]:
    """Their establishment and both offers, locked and read as they are then."""
    entities = take(GeographicEntity.objects.filter(pk=kept.geographic_entity_id))
    rows = Offer.objects.filter(pk__in=[kept.pk, closed.pk], geographic_entity=kept.geographic_entity_id)
    found = {offer.pk: offer for offer in take_data(rows)}
    if not entities or len(found) != 2:
        raise UnitingError(CHANGED)
    sensitive = set(
        Offer.objects.trusted(REASON).filter(pk__in=found, sensitive_unit__isnull=False).values_list("pk", flat=True)
    )
    problems = problems_between(found[kept.pk], found[closed.pk], sensitive)
    if found[kept.pk].closing_type_id is not None:
        problems.append("L'offre gardée est fermée : gardez l'autre, ou rouvrez celle-ci d'abord.")
    if found[closed.pk].closing_type_id == DEFINITIVE:
        problems.append("L'offre à fermer l'est déjà définitivement : il n'y a rien à fusionner.")
    if problems:
        raise UnitingError(*problems)
    return entities[0], found


def _plain(value: Any) -> Any:
    """A value that can be compared: empty ones are alike, a set has no order."""
    if isinstance(value, list):
        return tuple(sorted(map(str, value)))
    return None if value == "" else value
