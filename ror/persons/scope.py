"""Where an old value may have been copied: everything, living or past, that hangs on one establishment or person.

What hangs on what is read from the foreign keys, and from the history for parents that are gone, so that a model added
later is covered without a line here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.models import Q
from pghistory.core import event_models

from professionals.models import Professional
from structures.models import GeographicEntity, LegalEntity

REASON = "a granted rectification: the copies of an old value"
ROOTS: dict[type[models.Model], str] = {
    GeographicEntity: "id_nat_struct",
    LegalEntity: "id_nat_struct",
    Professional: "id_nat_ps",
}
# What identifies is never free text: nothing is looked for there.
IDENTIFIERS = frozenset(
    {
        *("id_nat_struct", "finess", "siret", "siren", "office_rank", "id_nat_ps", "rpps", "adeli", "identifier"),
        *("legal_kind", "register_category_code", "register_status_code", "external_sync_id"),
        *("rule", "element_path", "source_system", "entry_model", "age_min_unit", "age_max_unit", "orsan_answer"),
    }
)


@dataclass(frozen=True)
class Scope:
    """One establishment, legal entity or professional: the model, the key and the national identifier."""

    root: type[models.Model]
    key: int
    identifier: str

    @property
    def label(self) -> str:
        return f"{self.root._meta.verbose_name} {self.identifier}"


def find_scope(identifier: str) -> Scope | None:
    """The scope that an identifier names: FINESS, idNat_Struct, RPPS, ADELI or idNat_PS. None when nobody has it."""
    wanted = identifier.strip().upper()
    for root, name in ROOTS.items():
        numbers = [field for field in (name, "finess", "rpps", "adeli") if _has(root, field)]
        condition = Q()
        for number in numbers:
            condition |= Q(**{number: wanted})
        found = root.objects.trusted(REASON).filter(condition).values_list("pk", name).first() if wanted else None
        if found is not None:
            return Scope(root, *found)
    return None


def events_in(scope: Scope) -> Iterator[tuple[type[models.Model], Q, list[models.Field]]]:
    """Each table of events with free text, the condition of its rows that lie in the scope, and these columns."""
    for model in sorted(event_models(), key=lambda model: model._meta.label):
        columns = free_text(model)
        if columns and (condition := _within(model.pgh_tracked_model, scope, "pgh_obj_id", frozenset())) is not None:
            yield model, condition, columns


def rows_in(scope: Scope) -> Iterator[tuple[type[models.Model], Q, list[models.Field]]]:
    """The same for the living rows."""
    for event in sorted(event_models(), key=lambda model: model._meta.label):
        model = event.pgh_tracked_model
        columns = free_text(model)
        if columns and (condition := _within(model, scope, "pk", frozenset())) is not None:
            yield model, condition, columns


def quotes_in(scope: Scope) -> Iterator[tuple[type[models.Model], Q, list[models.Field]]]:
    """The same for the columns that quote other rows, tracked or not: a model names its own in `copied_data`."""
    for model in apps.get_models():
        columns = [model._meta.get_field(name) for name in getattr(model, "copied_data", ())]
        if columns and (condition := _within(model, scope, "pk", frozenset())) is not None:
            yield model, condition, columns


def free_text(model: type[models.Model]) -> list[models.Field]:
    """The columns where people write words."""
    return [
        column
        for column in model._meta.concrete_fields
        if isinstance(column, (models.CharField, models.TextField))
        and not isinstance(column, models.GeneratedField)
        and not column.name.startswith("pgh_")
        and column.name not in IDENTIFIERS
    ]


def _within(model: type[models.Model], scope: Scope, own_key: str, above: frozenset) -> Q | None:
    """The condition that a row of `model` (or an event of it) hangs on the root; None when none can.

    `above` are the models already passed on the way: relations that go round lead nowhere.
    """
    if model is scope.root:
        return Q(**{own_key: scope.key})
    found = None
    for link in _links(model, scope, above | {model}):
        if link.related_model is scope.root:
            condition = Q(**{link.attname: scope.key})
        else:
            parents = _events_of(link.related_model)
            within = _within(link.related_model, scope, "pgh_obj_id", above | {model})
            if parents is None or within is None:
                continue
            keys = parents.objects.trusted(REASON).filter(within).values("pgh_obj_id")
            condition = Q(**{f"{link.attname}__in": keys})
        found = condition if found is None else found | condition
    return found


def _links(model: type[models.Model], scope: Scope, passed: frozenset) -> list[models.ForeignKey]:
    """The foreign keys that lead up, by the key of what they point to.

    Rows repeat their establishment: where that column is never empty, no other way is needed to it or above it.
    """
    links = [
        field
        for field in model._meta.concrete_fields
        if field.is_relation and field.target_field.primary_key and field.related_model not in passed
    ]
    repeated = [link for link in links if link.related_model is GeographicEntity]
    if repeated and (scope.root is GeographicEntity or (scope.root is LegalEntity and not repeated[0].null)):
        return repeated
    return links


def _events_of(model: type[models.Model]) -> type[models.Model] | None:
    return next((event for event in event_models() if event.pgh_tracked_model is model), None)


def _has(model: type[models.Model], name: str) -> bool:
    return any(column.name == name for column in model._meta.concrete_fields)
