"""What of the model a base says nothing of: the modelled attributes that no row of it fills."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Field, Q

from confidentiality.governed import GovernedQuerySet
from ror.quality.coverage.lines import Line, field_of

REASON = "model_coverage: whether any row of the base fills each column"


def empty_lines(lines: Iterable[Line]) -> list[Line]:
    """The modelled lines none of whose columns is filled in any row. One query per table."""
    modelled = [line for line in lines if line.modelled]
    filled = filled_columns({column for line in modelled for column in line.columns})
    return [line for line in modelled if filled.isdisjoint(line.columns)]


def filled_columns(columns: Iterable[str]) -> set[str]:
    """Those of `columns` (`Model.field`) that at least one row fills."""
    by_model: dict[type[models.Model], dict[str, Q]] = defaultdict(dict)
    for column in columns:
        field = field_of(column)
        model = field.model if field.concrete else field.related_model
        by_model[model][column] = _filled(field)
    return {
        column for model, conditions in by_model.items() for column, found in _asked(model, conditions).items() if found
    }


def _asked(model: type[models.Model], conditions: dict[str, Q]) -> dict[str, bool | None]:
    names = {f"column_{rank}": column for rank, column in enumerate(conditions)}
    rows = model._default_manager.all()
    if isinstance(rows, GovernedQuerySet):
        rows = rows.trusted(REASON)
    answers = rows.aggregate(**{name: BoolOr(conditions[column]) for name, column in names.items()})
    return {names[name]: answer for name, answer in answers.items()}


def _filled(field: Field) -> Q:
    """The condition under which a row fills the column, or leads to the row that a relation is seen from."""
    if not field.concrete:
        return Q(**{f"{field.field.name}__isnull": False})
    condition = Q(**{f"{field.name}__isnull": False})
    stored = field.output_field if isinstance(field, models.GeneratedField) else field
    if isinstance(stored, ArrayField):
        return condition & ~Q(**{field.name: []})
    if isinstance(stored, (models.CharField, models.TextField)):
        return condition & ~Q(**{field.name: ""})
    return condition
