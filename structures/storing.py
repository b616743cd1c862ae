"""Rows of documents read from their tables and written into them, in sets: one statement per table, whatever is nested.

Only `structures.records` uses it, for the portal's own work; what people see goes through `confidentiality.disclosure`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import models
from django.db.models.functions import Cast

from confidentiality.levels import Level
from ror import sets
from structures.document import PLAIN, Document, to_json, to_json_all
from structures.schema import Rows
from structures.tables import Table

REASON = "publish: the record, compared with what is published"


@dataclass(frozen=True)
class Owner:
    """What the rows of one offer or establishment all repeat: its establishment, and the level of a sensitive unit."""

    geographic_entity_id: int
    sensitive: bool = False


def read_rows(table: Table, parents: Iterable[Any]) -> dict[Any, list[Document]]:
    """The rows of each parent, those below them included. One query per table that has something above it."""
    parents = list(parents)
    rows: dict[Any, list[Document]] = {parent: [] for parent in parents}
    if not parents:
        return rows
    names = tuple(table.schema.fields)
    found = list(_rows_of(table, parents, table.parent, *names))
    below = {name: read_rows(child, [line[0] for line in found]) for name, child in table.below.items()}
    for key, parent, *values in found:
        row = {"id": key, **dict(zip(names, to_json_all(values), strict=True))}
        for name, children in below.items():
            row[name] = children[key]
        rows[parent].append(row)
    return rows


def write_rows(table: Table, rows_by_parent: dict[Any, list[Document]], owners: Mapping[Any, Owner]) -> None:
    """Make the rows of these parents say what the documents say: added, changed, then those below, and removed.

    In a sensitive unit every level is 3 (RG_EXP_039).
    """
    names = table.written
    stored = {key: as_stored(values) for key, *values in _rows_of(table, rows_by_parent, *names)}
    lines = {
        row["id"]: _line(table, row, parent, position, owners[parent])
        for parent, rows in rows_by_parent.items()
        for position, row in enumerate(rows)
    }
    added = [[key, *line] for key, line in lines.items() if key not in stored]
    changed = [[key, *line] for key, line in lines.items() if key in stored and stored[key] != line]
    sets.insert(table.model, [table.model._meta.pk.name, *names], added)
    sets.update(table.model, names, changed)
    pairs = [(parent, row) for parent, rows in rows_by_parent.items() for row in rows]
    rows_below = {row["id"]: row for _, row in pairs}
    write_below(table, rows_below, stored, {row["id"]: owners[parent] for parent, row in pairs})
    gone = stored.keys() - lines.keys()
    if gone:
        table.model.objects.trusted(REASON).filter(pk__among=gone).delete_rows()


def write_below(
    table: Table, rows: dict[Any, Document], stored: Iterable[Any], owners: Mapping[Any, Owner] = MappingProxyType({})
) -> None:
    """Write what hangs on `rows`, each of its owner, and empty what hangs on the stored rows that are gone."""
    for name, child in table.below.items():
        by_parent: dict[Any, list[Document]] = {key: [] for key in stored}
        by_parent |= {key: row.get(name) or [] for key, row in rows.items()}
        if by_parent:
            write_rows(child, by_parent, owners)


def taken(table: Table, rows: Sequence[tuple[Any, Document]]) -> set[tuple[str, str]]:
    """Among these (what a row hangs on, row) and those below them, the (parent, id) whose id is that of another row.

    Such a row is stored below something else, or is given twice under different parents.
    """
    if not rows:
        return set()
    scope = tuple(table.scope)
    found = table.model.objects.trusted(REASON).filter(pk__among={row["id"] for _, row in rows})
    holders = {
        str(key): str(parent) if tuple(values) == tuple(table.scope.values()) else ""
        for key, parent, *values in found.values_list("pk", table.parent_column, *scope)
    }
    strange = set()
    for parent, row in rows:
        if holders.setdefault(row["id"], str(parent)) != str(parent):
            strange.add((str(parent), row["id"]))
    for name, child in table.below.items():
        strange |= taken(child, [(row["id"], below) for _, row in rows for below in row.get(name) or []])
    return strange


def row_of(instance: models.Model, schema: Rows) -> Document:
    return {"id": str(instance.pk)} | {name: value_of(instance, name) for name in schema.fields}


def value_of(instance: models.Model, name: str) -> Any:
    """The JSON form of one column, codes and foreign keys by their key."""
    return to_json(getattr(instance, instance._meta.get_field(name).attname))


def columns_said(model: type[models.Model], schema: Rows, row: Document, owner: Owner) -> list[Any]:
    """The columns of one row, as its document says them; an empty value is what the column calls empty."""
    values = [stored_form(model, name, row.get(name)) for name in schema.fields]
    if owner.sensitive and "level" in schema.fields:
        values[list(schema.fields).index("level")] = int(Level.CRISIS)
    return values


def stored_form(model: type[models.Model], name: str, value: Any) -> Any:
    """The value of one column, in JSON; an empty value is what the column calls empty."""
    return _empties(model)[name] if value is None or value == "" else value


def as_stored(values: Iterable[Any]) -> list[Any]:
    """The values of stored columns, in JSON; an empty text is one."""
    return [value if type(value) is str or type(value) in PLAIN else to_json(value) for value in values]


def assign(instance: models.Model, name: str, value: Any) -> None:
    """Set one column from its canonical JSON form; an empty value is what the column calls empty."""
    column = instance._meta.get_field(name)
    setattr(instance, column.attname, _empty_of(column) if value in (None, "") else column.to_python(value))


def _rows_of(table: Table, parents: Iterable[Any], *names: str) -> models.QuerySet:
    """Lines of the stored rows of these parents: their key, then these columns."""
    rows = table.model.objects.trusted(REASON).filter(**{f"{table.parent}__among": list(parents)}, **table.scope)
    return rows.values_list(*selected(table.model, "pk", *names))


def selected(model: type[models.Model], *names: str) -> list[str | Cast]:
    """These columns, as one selects them: UUIDs come as texts, which they are in documents."""
    columns = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names]
    return [
        Cast(column.attname, models.TextField())
        if isinstance(getattr(column, "target_field", column), models.UUIDField)
        else column.attname
        for column in columns
    ]


def _line(table: Table, row: Document, parent: Any, position: int, owner: Owner) -> list[Any]:
    """One row in the order of `table.written`."""
    placed = {"position": position, "geographic_entity": owner.geographic_entity_id, table.parent: parent}
    said = columns_said(table.model, table.schema, row, owner)
    return [*said, *(placed[name] for name in table.written[len(said) :])]


@cache
def _empties(model: type[models.Model]) -> dict[str, Any]:
    """What each column of a model calls empty."""
    return {column.name: _empty_of(column) for column in model._meta.concrete_fields}


def _empty_of(column: models.Field) -> Any:
    if column.null:
        return None
    if column.has_default():
        return column.get_default()
    return False if isinstance(column, models.BooleanField) else ""
