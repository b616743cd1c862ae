"""What a screen of the administration shows, said in the words of the policy."""

from collections.abc import Callable, Iterator

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.db.models.constants import LOOKUP_SEP

from confidentiality import policy
from confidentiality.hiding import hides_rows, is_governed
from confidentiality.levels import Level
from ror.reference.fields import CodeField, CodeSetField

EMPTY = "-"  # what the administration shows for no value


def discloses(*data: str, description: str, ordering: str | None = None) -> Callable:
    """Say which data a computed column shows: it appears only where every one of them may be read.

    A datum is « field » of the screen's own model, or « Model.field »; no datum at all for what is no one's secret.
    """

    def decorate(method: Callable) -> Callable:
        method.discloses = data
        method.short_description = description
        if ordering:
            method.admin_order_field = ordering
        return method

    return decorate


def line_of(model_name: str, field: str) -> policy.Datum | None:
    """The line of the policy, or None for what nobody classified."""
    return policy.policy().get((model_name, field))


def is_public(line: policy.Datum | None) -> bool:
    """Whether the datum is of level 1 for every legal kind and on every row."""
    return line is not None and not line.stored and set(line.levels.values()) == {Level.PUBLIC}


def comes_with_row(model: type[models.Model], line: policy.Datum | None) -> bool:
    """Whether whoever may know of a row of `model` may read the datum on it: rows were chosen by that very level."""
    if line is None or line.model != model.__name__:
        return False
    if line.stored:
        return model.level_field is not None
    return line.category == model.policy_category and line.levels == policy.least_levels(model.__name__)


def is_known(model: type[models.Model], line: policy.Datum | None) -> bool:
    """Whether the datum tells nothing to those who see a row of `model`: public, or read by all of them."""
    return is_public(line) or comes_with_row(model, line)


def is_public_path(model: type[models.Model], path: str) -> bool:
    """Whether filtering, searching or sorting the rows of `model` by `path` tells nothing that its readers may not
    read, nor of other rows that may be hidden.
    """
    listed = model
    for position, part in enumerate(path.split(LOOKUP_SEP)):
        field = _field(model, part)
        if field is None:
            return position > 0  # a lookup on the field before it
        line = line_of(model.__name__, field.name)
        if is_governed(model) and not (is_known(model, line) if model is listed else is_public(line)):
            return False
        if field.related_model is None:
            return True
        if hides_rows(field.related_model) and not _is_hidden_with(model, field):
            return False
        model = field.related_model
    return True


def _is_hidden_with(model: type[models.Model], field: models.Field) -> bool:
    """Whether a row of `model` is hidden each time that the row which `field` leads to is.

    So it is when the other one is hidden in a sensitive unit only, and the row declares the same condition.
    """
    other = field.related_model
    levels = {Level.PUBLIC} | set(policy.least_levels(other.__name__).values())
    if not is_governed(model) or levels != {Level.PUBLIC} or other.level_field is not None or other.sensitive is None:
        return False
    same = Q(*((f"{field.name}__{lookup}", value) for lookup, value in other.sensitive.children))
    own = model.sensitive_rows()
    if own is None:
        return False
    return own == same or (own.connector == Q.OR and all(child in own.children for child in same.children))


def data_shown(screen, name: str) -> Iterator[tuple[str, str]]:
    """(model, field) of each datum that a column or field of `screen` shows. `str()` of a row is public by rule."""
    if name == "__str__":
        return
    own = screen.opts.model
    declared = getattr(getattr(screen, name, None), "discloses", None)
    if declared is None:
        if is_governed(own):
            yield own.__name__, name
        return
    for datum in declared:
        model_name, _, field = datum.rpartition(".")
        yield model_name or own.__name__, field


def code_columns(model: type[models.Model]) -> dict[str, Callable]:
    """For each field of codes, the column that shows labels, from the map of codes: no query per row."""
    return {
        field.name: _code_column(field)
        for field in model._meta.concrete_fields
        if isinstance(field, (CodeField, CodeSetField))
    }


def _code_column(field: models.Field) -> Callable:
    def column(row: models.Model) -> str:
        labels = getattr(row, f"get_{field.name}_display")()
        return (labels if isinstance(labels, str) else ", ".join(labels)) or EMPTY

    column.__name__ = field.name
    column.short_description = field.verbose_name
    return column


def _field(model: type[models.Model], name: str) -> models.Field | None:
    if name == "pk":
        return model._meta.pk
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
