"""Internal organisations: a pôle, the services below it, the units below them.

Their contacts and secure mailboxes are written elsewhere, their closing in `structures.closing`. The caller has checked
that the author may describe there.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q

from ror.dates import display_date
from ror.history import writing
from ror.reference.nomenclature import nomenclature
from structures.locking import REASON, hold_open, take
from structures.models import GeographicEntity, InternalOrganization
from structures.models.organization import TYPES

DATA = ("type", "name", "parent", "opening_date", "comment")
LONGEST = {"name": 200, "comment": 2_000}


class Problem(NamedTuple):
    """What is wrong with one datum of an organisation, and what to do."""

    field: str
    message: str


class OrganizationError(Exception):
    """An organisation that cannot be written: `problems` says everything at once, and nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def create(
    entity: GeographicEntity,
    *,
    type: str,
    name: str,
    parent: InternalOrganization | None = None,
    opening_date: datetime.date | None = None,
    comment: str = "",
    author: models.Model | str,
    channel: str,
    reason: str = "",
) -> InternalOrganization:
    """A new organisation of `entity`, below `parent` or at the top, with what the database gave it.

    Raises `OrganizationError`.
    """
    values = {"type": type, "name": name, "parent": parent, "opening_date": opening_date, "comment": comment}
    with writing(author, channel, reason=reason):
        hold_open(GeographicEntity, [entity.pk])
        taken = _take(entity.pk, _key(parent))
        organization = InternalOrganization(geographic_entity=entity)
        _fill(organization, values)
        _refuse(_problems(organization, set(DATA), taken))
        organization.save(force_insert=True)
        return _reread(organization)


def describe(
    organization: InternalOrganization,
    values: Mapping[str, Any],
    *,
    author: models.Model | str,
    channel: str,
    reason: str = "",
) -> InternalOrganization:
    """Rename, move or describe an organisation: `values` by name of datum (`DATA`); what is not given stays.

    Its perimeter follows it below another parent, with the rights that are held above. Raises `OrganizationError`.
    """
    unknown = values.keys() - set(DATA)
    if unknown:
        raise ValueError(f"no such datum of an organisation: {', '.join(sorted(unknown))}")
    with writing(author, channel, reason=reason):
        entity_id = organization.geographic_entity_id
        hold_open(GeographicEntity, [entity_id])
        taken = _take(entity_id, organization.pk, _key(values.get("parent")))
        current = taken.get(organization.pk)
        if current is None:
            raise OrganizationError([Problem("", "Cette organisation interne n'existe plus. Rechargez la page.")])
        _fill(current, values)
        _refuse(_problems(current, set(values), taken))
        current.save(update_fields=DATA)
        return _reread(current)


def _take(entity_id: int, *keys: int | None) -> dict[int, InternalOrganization]:
    """These organisations of one establishment with what they hang on, as they are now, until the end of the write."""
    wanted = [key for key in keys if key is not None]
    rows = InternalOrganization.objects.filter(Q(pk__in=wanted) | Q(below__in=wanted), geographic_entity=entity_id)
    found = InternalOrganization.objects.filter(
        pk__in=set(rows.trusted(REASON).order_by().values_list("pk", flat=True))
    )
    return {row.pk: row for row in take(found, "type")}


def _key(parent: InternalOrganization | None) -> int | None:
    return None if parent is None else parent.pk


def _fill(organization: InternalOrganization, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name == "type":
            organization.type_id = value
        elif name == "parent":
            organization.parent_id = _key(value)
        else:
            setattr(organization, name, " ".join(value.split()) if name == "name" else value)


def _refuse(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise OrganizationError(found)


def _problems(row: InternalOrganization, given: set[str], taken: dict[int, InternalOrganization]) -> Iterator[Problem]:
    """What is wrong with the organisation as it would be; `given` are the data that the write is about."""
    if not row.name:
        yield Problem("name", "Donnez un nom à cette organisation interne.")
    for name, longest in LONGEST.items():
        if len(getattr(row, name)) > longest:
            yield Problem(name, f"Écrivez {longest:_} caractères au plus.".replace("_", " "))
    if "type" in given and (row.type_id not in TYPES or not nomenclature().is_current("J203", row.type_id)):
        yield Problem("type", f"Choisissez un type parmi {_labels(TYPES)}.")
        return
    if row.closing_date and row.opening_date and row.opening_date > row.closing_date:
        yield Problem(
            "opening_date",
            f"L'ouverture ne peut pas suivre la fermeture ({display_date(row.closing_date)}) : corrigez cette date.",
        )
    yield from _place_problems(row, taken)


def _place_problems(row: InternalOrganization, taken: dict[int, InternalOrganization]) -> Iterator[Problem]:
    """Where it hangs: on a wider one of its establishment, open if it is itself, and wider than those below it."""
    if row._state.adding and not _is_open(row.geographic_entity_id):
        yield Problem("", "Cet établissement est fermé : rouvrez-le avant d'y ajouter une organisation interne.")
    if row.parent_id is not None:
        yield from _parent_problems(row, taken.get(row.parent_id))
    if row._state.adding:
        return
    below = InternalOrganization.objects.trusted(REASON).filter(parent=row.pk, type__lte=row.type_id)
    if below.exists():
        yield Problem(
            "type",
            "Des organisations internes qui en dépendent sont aussi larges ou plus larges : rattachez-les ailleurs,"
            " ou choisissez un type plus large.",
        )


def _parent_problems(row: InternalOrganization, parent: InternalOrganization | None) -> Iterator[Problem]:
    if parent is None:
        yield Problem("parent", "Choisissez une organisation interne du même établissement.")
        return
    wider = [code for code in TYPES if code < row.type_id]
    if not wider:
        yield Problem("parent", f"Rien n'est plus large que « {_labels([row.type_id])} » : retirez ce rattachement.")
    elif parent.type_id not in wider:
        yield Problem("parent", f"Choisissez une organisation interne plus large : {_labels(wider)}.")
    if row.closing_type_id is None and parent.closing_type_id is not None:
        yield Problem("parent", "Cette organisation interne est fermée : choisissez-en une autre, ou rouvrez-la.")


def _is_open(entity_id: int) -> bool:
    return GeographicEntity.objects.trusted(REASON).filter(pk=entity_id, closing_type=None).exists()


def _labels(codes: Iterable[str]) -> str:
    return ", ".join(f"« {nomenclature().label(code)} »" for code in codes)


def _reread(organization: InternalOrganization) -> InternalOrganization:
    """The row with the identifier and the perimeter that the database gave it."""
    return InternalOrganization.objects.trusted(REASON).get(pk=organization.pk)
