"""Moving an offer to another establishment, with everything that hangs on it (RG_EXP_042).

The rules of the new establishment are not checked here: a transfer is a fact, and what it makes wrong is an anomaly.
The constraints of the database hold. The caller has checked that the author may write at both ends.
"""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pghistory.models
from django.db import models
from django.db.models import Count

from confidentiality.hiding import is_governed
from ror.history import writing
from structures.locking import REASON, take, take_data
from structures.models import (
    BedCapacity,
    CareCapacity,
    GeographicEntity,
    InternalOrganization,
    Offer,
    OfferPlace,
    OfferVersion,
    Place,
)

ENTITY = "geographic_entity"
# Past versions are never rewritten: they say what was published, and where.
STAYING = (OfferVersion,)
# A copy of the figures would say the same beds twice; whoever counts reports them again, in each place.
NOT_COPIED = (OfferPlace, CareCapacity, BedCapacity)

Model = type[models.Model]


class TransferError(Exception):
    """An offer that cannot move: `problems`, one French sentence each; nothing was written."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Transfer:
    """An offer that moved: how many rows followed it, how many of its places, and how many were copied."""

    offer: Offer
    rows: int
    places_moved: int
    places_copied: int


def transfer(
    offer: Offer,
    to_entity: GeographicEntity,
    *,
    organization: InternalOrganization | None = None,
    author: models.Model | str,
    channel: str,
    reason: str,
) -> Transfer:
    """Move `offer` to `to_entity`, below `organization` if one is given. Its identifier and its version stay.

    A place of its own moves with all its rows. A place that other offers share stays theirs, with its figures of beds;
    the offer takes a copy, without figures. Past versions stay where they were published. Raises `TransferError`.
    """
    with writing(author, channel, reason=reason):
        entities = take(GeographicEntity.objects.filter(pk__in=[offer.geographic_entity_id, to_entity.pk]))
        target = next((entity for entity in entities if entity.pk == to_entity.pk), None)
        below = _organization(organization)
        moved = take_data(Offer.objects.filter(pk=offer.pk, geographic_entity=offer.geographic_entity_id))
        _refuse(offer, target, moved, below)
        shared, own = _places(offer)
        _refuse_names_taken(own, to_entity)
        Offer.objects.trusted(REASON).filter(pk=offer.pk).update(
            geographic_entity=to_entity, internal_organization=below.identifier if below else None
        )
        copied = _copy_places(offer, shared, to_entity, below)
        Place.objects.trusted(REASON).filter(pk__in=own).update(
            geographic_entity=to_entity, internal_organization=below
        )
        rows = _follow(Offer, [offer.pk], to_entity) + _follow(Place, own, to_entity)
        _give_left_places_their_organization(shared)
        moved = Offer.objects.trusted(REASON).get(pk=offer.pk)
        return Transfer(moved, rows, len(own), copied)


def _organization(organization: InternalOrganization | None) -> InternalOrganization | None:
    if organization is None:
        return None
    return next(iter(take(InternalOrganization.objects.filter(pk=organization.pk))), organization)


def _refuse(
    offer: Offer, target: GeographicEntity | None, moved: list[Offer], below: InternalOrganization | None
) -> None:
    if target is None or not moved:
        raise TransferError("Cette offre ou cet établissement a changé depuis. Rechargez la page, puis recommencez.")
    problems = []
    if target.pk == offer.geographic_entity_id:
        problems.append("Cette offre est déjà dans cet établissement : choisissez-en un autre.")
    if below is not None and below.geographic_entity_id != target.pk:
        problems.append("Choisissez une organisation interne de l'établissement d'arrivée.")
    is_open = moved[0].closing_type_id is None
    if is_open and target.closing_type_id is not None:
        problems.append("L'établissement d'arrivée est fermé : rouvrez-le d'abord, ou fermez l'offre.")
    if is_open and below is not None and below.closing_type_id is not None:
        problems.append("Cette organisation interne est fermée : choisissez-en une autre, ou rouvrez-la.")
    if problems:
        raise TransferError(*problems)


def _refuse_names_taken(own: Collection[Any], to_entity: GeographicEntity) -> None:
    """Two places of one establishment do not bear the same identifier in the software that feeds them."""
    named = Place.objects.trusted(REASON).filter(pk__in=own).exclude(external_sync_id="")
    taken = Place.objects.trusted(REASON).filter(
        geographic_entity=to_entity, external_sync_id__in=named.values("external_sync_id")
    )
    names = sorted(taken.values_list("external_sync_id", flat=True))
    if names:
        raise TransferError(
            "Un lieu de l'établissement d'arrivée porte déjà l'identifiant externe"
            f" {', '.join(f'« {name} »' for name in names)} : changez l'un des deux."
        )


def _places(offer: Offer) -> tuple[list[Any], list[Any]]:
    """The places of the offer, locked: those that other offers share, and its own."""
    places = Place.objects.filter(offer_links__offer=offer)
    keys = set(places.trusted(REASON).order_by().values_list("pk", flat=True))
    take_data(Place.objects.filter(pk__in=keys))
    counted = OfferPlace.objects.trusted(REASON).filter(place__in=keys).order_by().values("place")
    shared = set(counted.annotate(offers=Count("offer")).filter(offers__gt=1).values_list("place", flat=True))
    return sorted(shared), sorted(keys - shared)


def _follow(model: Model, keys: Collection[Any], to_entity: GeographicEntity) -> int:
    """Give the new establishment to every row that hangs on these, at any depth, in whichever app it is kept.

    The relations are asked of the model, so that nothing here knows the rooms above (professionals, quality, drafts).
    """
    count = 0
    for child, lookup in _children(model):
        rows = _every(child).filter(**{f"{lookup}__in": keys})
        below = list(rows.order_by().values_list("pk", flat=True))
        if not below:
            continue
        if _has_entity(child):
            count += _every(child).filter(pk__in=below).update(**{ENTITY: to_entity})
        count += _follow(child, below, to_entity)
    return count


def _every(model: Model) -> models.QuerySet:
    """All the rows of a model; some rooms above keep rows that no policy governs (what a file was about)."""
    manager = model._base_manager
    return manager.trusted(REASON) if is_governed(model) else manager.all()


def _children(model: Model) -> Iterator[tuple[Model, str]]:
    """The models that hang on this one, with the lookup that leads up. History keeps what it copied, as it was."""
    for relation in model._meta.get_fields(include_hidden=True):
        child = relation.related_model if relation.auto_created and not relation.concrete else None
        if child is None or issubclass(child, (pghistory.models.Event, *STAYING)):
            continue
        yield child, relation.field.name


def _has_entity(model: Model) -> bool:
    return any(field.name == ENTITY for field in model._meta.concrete_fields)


def _copy_places(
    offer: Offer, shared: list[Any], to_entity: GeographicEntity, below: InternalOrganization | None
) -> int:
    """Give the offer places of its own, in its new establishment, for those that others keep."""
    given = {ENTITY: to_entity, "internal_organization": below, "external_sync_id": "", "external_sync_name": ""}
    copies = _copy(Place, Place.objects.filter(pk__in=shared), given)
    _copy_below(Place, copies, to_entity)
    links = list(OfferPlace.objects.trusted(REASON).filter(offer=offer, place__in=shared))
    for link in links:
        link.place_id = copies[link.place_id]
    if links:
        OfferPlace.objects.trusted(REASON).bulk_update(links, ["place"])
    return len(copies)


def _copy_below(model: Model, copies: dict[Any, Any], to_entity: GeographicEntity) -> None:
    for child, lookup in _children(model):
        if child in NOT_COPIED or not copies:
            continue
        rows = child._base_manager.filter(**{f"{lookup}__in": copies})
        below = _copy(child, rows, {ENTITY: to_entity}, {lookup: copies})
        _copy_below(child, below, to_entity)


def _copy(
    model: Model, rows: models.QuerySet, given: dict[str, Any], moved: dict[str, dict[Any, Any]] | None = None
) -> dict[Any, Any]:
    """Copy rows in one write; returns the key of each copy by the key of its original."""
    keys, made = {}, []
    for row in rows.trusted(REASON):
        original = row.pk
        row.pk = keys[original] = uuid.uuid4()
        row._state.adding = True
        for name, value in given.items():
            setattr(row, name, value)
        for lookup, targets in (moved or {}).items():
            column = model._meta.get_field(lookup).attname
            setattr(row, column, targets[getattr(row, column)])
        made.append(row)
    if made:
        model._base_manager.trusted(REASON).bulk_create(made)
    return keys


def _give_left_places_their_organization(places: list[Any]) -> None:
    """A place that lost an offer belongs to the organisation of those that stay, when it is the same for all."""
    links = OfferPlace.objects.trusted(REASON).filter(place__in=places).order_by()
    found: dict[Any, set[int | None]] = {place: set() for place in places}
    for place, organization in links.values_list("place", "offer__internal_organization__pk"):
        found[place].add(organization)
    common = {place: next(iter(held)) for place, held in found.items() if len(held) == 1}
    for organization in set(common.values()) - {None}:
        same = [place for place, held in common.items() if held == organization]
        Place.objects.trusted(REASON).filter(pk__in=same).exclude(internal_organization=organization).update(
            internal_organization=organization
        )
