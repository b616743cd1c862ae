"""Closing and reopening, from the legal entity down to the offer, and the beds that are no longer available then.

RG_EXP_003 and 043 to 047 of the official model. A closing is made here only, never in the document of an offer, whose
version stays. A date in the future announces the closing: the figures of beds stay until that day, when
`close_what_is_due` empties them. The caller has checked that the author may close there.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from confidentiality.models import organizations_below
from ror.dates import display_date
from ror.history import writing
from ror.reference.nomenclature import nomenclature
from structures.locking import REASON, hold_open, take, take_data
from structures.models import BedCapacity, GeographicEntity, InternalOrganization, LegalEntity, Offer, OfferPlace, Place
from structures.models.base import CODES_WITH_REOPENING, DEFINITIVE
from structures.models.capacity import AVAILABLE

PROVISIONAL = "R286:PRO"
STRUCTURE_TYPES, OFFER_TYPES = "J201", "J185"  # value sets: legal and geographic entities; organisations and offers

Thing = LegalEntity | GeographicEntity | InternalOrganization | Offer

NAMES: dict[type[models.Model], str] = {
    LegalEntity: "Cette entité juridique",
    GeographicEntity: "Cet établissement",
    InternalOrganization: "Cette organisation interne",
    Offer: "Cette offre",
}
ABOVE: dict[type[models.Model], str] = {
    LegalEntity: "l'entité juridique est fermée. Rouvrez-la d'abord.",
    GeographicEntity: "l'établissement est fermé. Rouvrez-le d'abord.",
    InternalOrganization: "l'organisation interne de rattachement est fermée. Rouvrez-la d'abord.",
}


class ClosingError(Exception):
    """What stands in the way of a closing or of a reopening: `problems`, one French sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Terms(NamedTuple):
    """What a closing says: its type, its day, and the day when a provisional one should end. All None when open."""

    code: str | None = None
    day: datetime.date | None = None
    reopening: datetime.date | None = None

    @classmethod
    def of(cls, row: Thing) -> "Terms":
        return cls(row.closing_type_id, row.closing_date, getattr(row, "reopening_date", None))

    def at(self, model: type[models.Model]) -> "Terms":
        """The same closing as a row of `model` says it.

        Organisations and offers know two types only: any other is definitive there (RG_EXP_003). Legal and geographic
        entities keep no reopening date.
        """
        if model in (LegalEntity, GeographicEntity):
            return self._replace(reopening=None)
        known = self.code is None or nomenclature().is_known(OFFER_TYPES, self.code)
        return self if known else self._replace(code=DEFINITIVE)

    def is_closing_of(self, row: Thing) -> bool:
        """Whether this closing, by its type and its day, is the one that closed `row`."""
        return Terms.of(row)[:2] == self.at(type(row))[:2]


OPEN = Terms()


@dataclass(frozen=True)
class Done:
    """What was closed or reopened, the thing itself included.

    `offers` are identifiers, those of sensitive units too: what a page says of them goes through `visible_to`.
    `figures` counts the figures of available beds and places that became 0.
    """

    legal_entities: int = 0
    establishments: int = 0
    organizations: int = 0
    offers: tuple[str, ...] = ()
    figures: int = 0


@dataclass(frozen=True)
class Emptied:
    """The figures of available beds and places that became 0, and in how many places."""

    places: int = 0
    figures: int = 0


class Branch(NamedTuple):
    """A thing and all that hangs below it, locked, the widest first."""

    legal_entities: list[LegalEntity]
    establishments: list[GeographicEntity]
    organizations: list[InternalOrganization]
    offers: list[Offer]

    def keep(self, rows: Iterable[Thing]) -> "Branch":
        """The part of the branch that `rows` are."""
        kept = {(type(row), row.pk) for row in rows}
        return Branch(*([row for row in level if (type(row), row.pk) in kept] for level in self))

    def done(self, figures: int = 0) -> Done:
        offers = tuple(offer.identifier for offer in self.offers)
        return Done(len(self.legal_entities), len(self.establishments), len(self.organizations), offers, figures)


def close(
    thing: Thing,
    closing_type: str,
    closing_date: datetime.date,
    *,
    author: models.Model | str,
    channel: str,
    reopening_date: datetime.date | None = None,
    reason: str = "",
) -> Done:
    """Close `thing`, and everything open below it with the same type, day and reopening day (RG_EXP_044).

    Something closed may be closed otherwise: a provisional closing becomes definitive, an announced one moves. What was
    closed with it follows. What was closed below on its own account keeps its own closing. Raises `ClosingError`, and
    then writes nothing.
    """
    terms = Terms(closing_type, closing_date, reopening_date)
    _refuse_inconsistent(terms, type(thing))
    with writing(author, channel, reason=reason):
        branch, current = _lock(thing)
        before = Terms.of(current)
        rows = [row for row in _all(branch) if row.closing_type_id is None or before.is_closing_of(row)]
        changed = branch.keep(row for row in rows if Terms.of(row) != terms.at(type(row)))
        _refuse_before_opening(changed, closing_date)
        _write(changed, terms)
        emptied = _empty_places_of(changed.offers) if closing_date <= timezone.localdate() else Emptied()
    _say(thing, terms)
    return changed.done(emptied.figures)


def reopen(thing: Thing, *, author: models.Model | str, channel: str, reason: str = "") -> Done:
    """Reopen `thing`, and what was closed below it by the same closing (same type, same day) (RG_EXP_046).

    What was closed on its own account stays closed, with what hangs on it. The figures of beds stay as they are: only
    someone who counted knows what is available again. Raises `ClosingError` below something closed.
    """
    with writing(author, channel, reason=reason):
        branch, current = _lock(thing)
        if current.closing_type_id is None:
            raise ClosingError(f"{NAMES[type(thing)]} n'est pas en fermeture : il n'y a rien à rouvrir.")
        _refuse_below_closed(current)
        changed = branch.keep(_closed_together(branch, Terms.of(current)))
        _write(changed, OPEN)
    _say(thing, OPEN)
    return changed.done()


def close_what_is_due(today: datetime.date, *, author: models.Model | str, channel: str) -> Emptied:
    """Empty the available figures of every place whose last open offer is closed since `today` or earlier (RG_EXP_047).

    For closings that were announced: their figures stay until the day. Writes nothing the second time.
    """
    with writing(author, channel):
        return _empty(BedCapacity.objects.all(), today)


def _refuse_inconsistent(terms: Terms, kind: type[models.Model]) -> None:
    """RG_EXP_043, 045 and the lists of types."""
    problems = []
    allowed = STRUCTURE_TYPES if kind in (LegalEntity, GeographicEntity) else OFFER_TYPES
    if not nomenclature().is_current(allowed, terms.code or ""):
        labels = ", ".join(f"« {label} »" for label in nomenclature().members(allowed).values())
        problems.append(f"Choisissez un type de fermeture parmi {labels}.")
    if terms.day is None:
        problems.append("Indiquez la date de fermeture.")
    if terms.reopening is not None and terms.code not in CODES_WITH_REOPENING:
        problems.append(
            "Une date de réouverture ne se donne que pour une fermeture provisoire : retirez-la, ou changez de type."
        )
    if terms.reopening is not None and terms.day is not None and terms.reopening < terms.day:
        problems.append(
            f"La réouverture ({display_date(terms.reopening)}) ne peut pas précéder la fermeture"
            f" ({display_date(terms.day)}) : corrigez l'une des deux dates."
        )
    if problems:
        raise ClosingError(*problems)


def _refuse_before_opening(branch: Branch, day: datetime.date) -> None:
    openings = [row.opening_date for row in (*branch.establishments, *branch.organizations) if row.opening_date]
    latest = max(openings, default=day)
    if latest > day:
        raise ClosingError(
            f"La fermeture ({display_date(day)}) ne peut pas précéder une ouverture, ici ou plus bas"
            f" ({display_date(latest)}) : choisissez une date à partir de celle-ci, ou corrigez la date d'ouverture."
        )


def _refuse_below_closed(row: Thing) -> None:
    for model, key, value in _parents(row):
        if model.objects.trusted(REASON).filter(**{key: value}, closing_type__isnull=False).exists():
            raise ClosingError(f"{NAMES[type(row)]} ne peut pas rouvrir : {ABOVE[model]}")


def _parents(row: Thing) -> list[tuple[type[models.Model], str, Any]]:
    """What a row hangs on, the widest first: the model, and by which of its columns."""
    if isinstance(row, LegalEntity):
        return []
    if isinstance(row, GeographicEntity):
        return [(LegalEntity, "pk", row.legal_entity_id)]
    parents: list[tuple[type[models.Model], str, Any]] = [(GeographicEntity, "pk", row.geographic_entity_id)]
    if isinstance(row, InternalOrganization) and row.parent_id:
        parents.append((InternalOrganization, "pk", row.parent_id))
    if isinstance(row, Offer) and row.internal_organization_id:
        parents.append((InternalOrganization, "identifier", row.internal_organization_id))
    return parents


def _closed_together(branch: Branch, closing: Terms) -> list[Thing]:
    """The rows that this closing closed, but for those below something that stays closed."""
    together: list[Thing] = []
    staying: set[tuple[type[models.Model], Any]] = set()
    for row in _all(branch):
        below = any((model, value) in staying for model, _, value in _parents(row))
        if row.closing_type_id is not None and closing.is_closing_of(row) and not below:
            together.append(row)
        elif row.closing_type_id is not None:
            staying.update({(type(row), row.pk), (type(row), getattr(row, "identifier", row.pk))})
    return together


def _all(branch: Branch) -> list[Thing]:
    return [row for level in branch for row in level]


def _lock(thing: Thing) -> tuple[Branch, Thing]:
    """The branch below `thing`, locked from the top, and the row of `thing` itself.

    Its establishment is taken whole, so that nothing is published, moved or counted there meanwhile; what is above is
    held as it is.
    """
    if isinstance(thing, LegalEntity):
        legal = take(LegalEntity.objects.filter(pk=thing.pk))
        establishments = take(GeographicEntity.objects.filter(legal_entity=thing))
        return _below(legal, establishments), _only(legal, thing)
    if isinstance(thing, GeographicEntity):
        hold_open(LegalEntity, [thing.legal_entity_id])
        establishments = take(GeographicEntity.objects.filter(pk=thing.pk))
        return _below([], establishments), _only(establishments, thing)
    take(GeographicEntity.objects.filter(pk=thing.geographic_entity_id))
    if isinstance(thing, InternalOrganization):
        perimeters = organizations_below({thing.perimeter_id})[thing.perimeter_id]
        organizations = take(InternalOrganization.objects.filter(perimeter__in=perimeters), "type")
        offers = Offer.objects.filter(internal_organization__in=[row.identifier for row in organizations])
        return Branch([], [], organizations, take_data(offers)), _only(organizations, thing)
    offers = take_data(Offer.objects.filter(pk=thing.pk, geographic_entity=thing.geographic_entity_id))
    return Branch([], [], [], offers), _only(offers, thing)


def _below(legal: list[LegalEntity], establishments: list[GeographicEntity]) -> Branch:
    keys = [entity.pk for entity in establishments]
    organizations = take(InternalOrganization.objects.filter(geographic_entity__in=keys), "type")
    offers = take_data(Offer.objects.filter(geographic_entity__in=keys))
    return Branch(legal, establishments, organizations, offers)


def _only(rows: list[Thing], thing: Thing) -> Thing:
    for row in rows:
        if row.pk == thing.pk:
            return row
    raise ClosingError(
        f"{NAMES[type(thing)]} a disparu ou changé de place depuis. Rechargez la page, puis recommencez."
    )


def _write(branch: Branch, terms: Terms) -> None:
    for rows in branch:
        if not rows:
            continue
        model = type(rows[0])
        own = terms.at(model)
        columns = {"closing_type": own.code, "closing_date": own.day}
        if model in (InternalOrganization, Offer):
            columns["reopening_date"] = own.reopening
        model.objects.trusted(REASON).filter(pk__in=[row.pk for row in rows]).update(**columns)


def _say(thing: Thing, terms: Terms) -> None:
    """The instance in hand says what was written: saved later, it must not undo it."""
    thing.closing_type_id, thing.closing_date = terms.code, terms.day
    if isinstance(thing, InternalOrganization | Offer):
        thing.reopening_date = terms.reopening


def _empty_places_of(offers: Collection[Offer]) -> Emptied:
    if not offers:
        return Emptied()
    places = OfferPlace.objects.trusted(REASON).filter(offer__in=[offer.pk for offer in offers]).values("place")
    return _empty(BedCapacity.objects.filter(care_capacity__place__in=places), timezone.localdate())


def _empty(beds: models.QuerySet, day: datetime.date) -> Emptied:
    """The available figures among `beds` of places without an offer open on `day` become 0, counted now."""
    given = OfferPlace.objects.trusted(REASON).filter(open_on(day), place=OuterRef("care_capacity__place"))
    due = beds.trusted(REASON).filter(status=AVAILABLE, number__gt=0).exclude(Exists(given))
    places = set(due.order_by().values_list("care_capacity__place", flat=True))
    if not places:
        return Emptied()
    take_data(Place.objects.filter(pk__in=places))  # as those who report figures do
    rows = due.filter(care_capacity__place__in=places)
    return Emptied(len(places), rows.update(number=0, counted_at=timezone.now()))


def open_on(day: datetime.date) -> Q:
    """The links between offers and places whose offer is not closed yet on `day`."""
    return Q(offer__closing_date=None) | Q(offer__closing_date__gt=day)
