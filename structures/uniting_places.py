"""Making one place of two that are the same: datum by datum, for all the offers given in either.

Every offer concerned goes through the gate, which checks it whole and keeps a version. The caller has checked that the
author may write both.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models

from confidentiality import policy
from ror.history import writing
from structures import records
from structures.document import Document
from structures.locking import REASON, take, take_data
from structures.models import BedCapacity, GeographicEntity, Offer, OfferPlace, Place
from structures.publishing import Publication, revising
from structures.uniting import CHANGED, UnitingError, fingerprint


@dataclass(frozen=True)
class UnitedPlaces:
    """What was done: the new version of each offer that changed, and how many figures went with the other place."""

    publications: list[Publication]
    figures: int


def seen_of(places: list[Place]) -> str:
    """The fingerprint of two places: what they say, and which offers are given there."""
    links = OfferPlace.objects.trusted(REASON).filter(place__in=[place.pk for place in places])
    offers = sorted(f"{place} {offer}" for place, offer in links.values_list("place", "offer"))
    return fingerprint(records.read_places(places) | {"offers": {"said": offers}})


def problems_between(one: Place, other: Place) -> list[str]:
    """Why these two cannot become one."""
    problems = []
    if one.geographic_entity_id != other.geographic_entity_id:
        problems.append("Ces lieux ne sont pas du même établissement : ils ne peuvent pas devenir un seul.")
    if _gives(one, sensitive_unit__isnull=False) != _gives(other, sensitive_unit__isnull=False):
        problems.append("Une unité sensible est dans un seul de ces lieux : les réunir changerait qui connaît l'autre.")
    restricted = policy.restricted_origins()
    if _gives(one, origin__in=restricted) != _gives(other, origin__in=restricted):
        problems.append(
            "Un seul de ces lieux a été alimenté par une source réservée aux professionnels : les réunir changerait "
            "qui lit l'autre."
        )
    return problems


def unite_places(
    kept: Place,
    other: Place,
    row: Document,
    *,
    seen: str,
    author: models.Model | str,
    channel: str,
    reason: str,
) -> UnitedPlaces:
    """Give in `kept`, which says `row` from then on, what was given in `other`, which goes.

    `seen` is `seen_of` both as the author compared them. Raises `UnitingError`, `NotPublishable`, or what a guard of
    the publications raises; nothing is written then.
    """
    why = f"Fusion des lieux {other.identifier} (retiré) et {kept.identifier} (gardé) : {reason}"
    with writing(author, channel, reason=why):
        take(GeographicEntity.objects.filter(pk=kept.geographic_entity_id))
        offers = Offer.objects.trusted(REASON).filter(place_links__place__in=[kept.pk, other.pk]).distinct()
        with revising(offers, author=author, channel=channel, reason=why) as publications:
            places = _taken(kept, other, seen)
            before = _figures(other)
            records.replace_place(*places, row, sensitive=_gives(kept, sensitive_unit__isnull=False))
            moved = BedCapacity.objects.trusted(REASON).filter(pk__in=before).count()
    return UnitedPlaces(publications, len(before) - moved)


def _taken(kept: Place, other: Place, seen: str) -> list[Place]:
    """Both places, locked, the one kept first, if they are still what was compared."""
    found = {place.pk: place for place in take_data(Place.objects.filter(pk__in=[kept.pk, other.pk]))}
    if len(found) != 2 or seen_of(list(found.values())) != seen:
        raise UnitingError(CHANGED)
    places = [found[kept.pk], found[other.pk]]
    problems = problems_between(*places)
    if problems:
        raise UnitingError(*problems)
    return places


def _figures(place: Place) -> list[object]:
    rows = BedCapacity.objects.trusted(REASON).filter(care_capacity__place=place)
    return list(rows.order_by().values_list("pk", flat=True))


def _gives(place: Place, **offers: Any) -> bool:
    """Whether an offer such as `offers` says is given there."""
    rows = Offer.objects.trusted(REASON).filter(place_links__place=place, **offers)
    return rows.exists()
