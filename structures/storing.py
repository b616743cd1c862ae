"""Rows of documents read from their tables and written into them, in sets: one statement per table, whatever is nested.

Only `structures.records` uses it, for the portal's own work; what people see goes through `confidentiality.disclosure`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from confidentiality.levels import Level
from structures.document import Document, to_json
from structures.schema import Rows
from structures.tables import Table

REASON = "publish: the record, compared with what is published"


def read_rows(table: Table, parents: Iterable[Any]) -> dict[Any, list[Document]]:
    """The rows of each parent, those below them included. One query per table that has something above it."""
    parents = list(parents)
    rows: dict[Any, list[Document]] = {parent: [] for parent in parents}
    if not parents:
        return rows
    found = list(_rows_of(table, parents))
    below = {name: read_rows(child, [row.pk for row in found]) for name, child in table.below.items()}
    for row in found:
        nested = {name: children[row.pk] for name, children in below.items()}
        rows[getattr(row, table.parent_column)].append(row_of(row, table.schema) | nested)
    return rows


def write_rows(
    table: Table, rows_by_parent: dict[Any, list[Document]], columns: dict[str, Any], *, sensitive: bool
) -> None:
    """Make the rows of these parents say what the documents say: added, changed, then those below, and removed.

    `columns` are what every row repeats (its establishment); in a sensitive unit every level is 3 (RG_EXP_039).
    """
    stored = {str(row.pk): row for row in _rows_of(table, rows_by_parent)}
    wanted = dict(_placed(table, rows_by_parent))
    added, changed = [], []
    for key, (row, place) in wanted.items():
        instance = stored.get(key) or table.model(pk=key)
        if set_row(instance, row, table.schema, {**columns, **place}, sensitive=sensitive):
            (changed if key in stored else added).append(instance)
    if added:
        table.model.objects.trusted(REASON).bulk_create(added)
    if changed:
        table.model.objects.trusted(REASON).bulk_update(changed, _written(table, columns))
    write_below(table, {row_id: row for row_id, (row, _) in wanted.items()}, stored, columns, sensitive=sensitive)
    gone = stored.keys() - wanted.keys()
    if gone:
        table.model.objects.trusted(REASON).filter(pk__in=gone).delete_rows()


def write_below(
    table: Table,
    rows: dict[Any, Document],
    stored: Iterable[Any],
    columns: dict[str, Any],
    *,
    sensitive: bool,
) -> None:
    """Write what hangs on `rows`, and empty what hangs on the stored rows that are gone."""
    for name, child in table.below.items():
        by_parent: dict[Any, list[Document]] = {key: [] for key in stored}
        by_parent |= {key: row.get(name) or [] for key, row in rows.items()}
        if by_parent:
            write_rows(child, by_parent, columns, sensitive=sensitive)


def taken(table: Table, rows: list[Document], parents: Iterable[Any]) -> Iterator[str]:
    """The ids, among those of `rows` and of the rows below them, of stored rows that hang on something else."""
    ids = [row["id"] for row in rows]
    if not ids:
        return
    own = _rows_of(table, parents).values("pk")
    strange = table.model.objects.trusted(REASON).filter(pk__in=ids).exclude(pk__in=own)
    yield from map(str, strange.values_list("pk", flat=True))
    for name, child in table.below.items():
        yield from taken(child, [below for row in rows for below in row.get(name) or []], ids)


def row_of(instance: models.Model, schema: Rows) -> Document:
    return {"id": str(instance.pk)} | {name: value_of(instance, name) for name in schema.fields}


def value_of(instance: models.Model, name: str) -> Any:
    """The JSON form of one column, codes and foreign keys by their key."""
    return to_json(getattr(instance, instance._meta.get_field(name).attname))


def set_row(instance: models.Model, row: Document, schema: Rows, columns: dict[str, Any], *, sensitive: bool) -> bool:
    """Set the columns of one row; say whether something changed (always, for a new row)."""
    before = _columns(instance)
    for name in schema.fields:
        assign(instance, name, row.get(name))
    for name, value in columns.items():
        setattr(instance, name, value)
    if sensitive and "level" in schema.fields:
        instance.level = Level.CRISIS
    return instance._state.adding or _columns(instance) != before


def assign(instance: models.Model, name: str, value: Any) -> None:
    """Set one column from its canonical JSON form; an empty value is what the column calls empty."""
    column = instance._meta.get_field(name)
    setattr(instance, column.attname, _empty_of(column) if value in (None, "") else column.to_python(value))


def _rows_of(table: Table, parents: Iterable[Any]) -> models.QuerySet:
    return table.model.objects.trusted(REASON).filter(**{f"{table.parent}__in": list(parents)}, **table.scope)


def _placed(
    table: Table, rows_by_parent: dict[Any, list[Document]]
) -> Iterator[tuple[str, tuple[Document, dict[str, Any]]]]:
    """(id, (row, its parent and rank)) of each row of the documents."""
    for parent, rows in rows_by_parent.items():
        for position, row in enumerate(rows):
            place = {table.parent_column: parent}
            yield row["id"], (row, place | {"position": position} if table.ordered else place)


def _written(table: Table, columns: dict[str, Any]) -> list[str]:
    placing = ["position"] if table.ordered else []
    names = [*table.schema.fields, *placing, table.parent, *(name.removesuffix("_id") for name in columns)]
    return list(dict.fromkeys(names))


def _empty_of(column: models.Field) -> Any:
    if column.null:
        return None
    if column.has_default():
        return column.get_default()
    return False if isinstance(column, models.BooleanField) else ""


def _columns(instance: models.Model) -> dict[str, Any]:
    return {column.attname: getattr(instance, column.attname) for column in instance._meta.concrete_fields}
