"""From what a portrait says, in few words, to the rows of a document: ids, dates, and what is said nowhere.

A date may be a number of days from today, so that the demonstration never ages: a closing is recent, a holiday ahead.
"""

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from structures.document import Document, new_id
from structures.schema import Rows

Said = dict[str, Any]


def row_of(schema: Rows, said: Said) -> Document:
    """One row of a document, with the rows below it, each under a new id."""
    below = {name: rows_of(child, inherit_level(said, said.get(name, []))) for name, child in schema.rows.items()}
    return {"id": new_id(), **_defaults(schema), **data_of(schema, said), **below}


def rows_of(schema: Rows, said: list[Said]) -> list[Document]:
    """The rows of one list."""
    return [row_of(schema, line) for line in said]


def data_of(schema: Rows, said: Said) -> Document:
    """The data of a row apart from those below it. Raises KeyError for a datum that the schema does not know."""
    unknown = said.keys() - schema.fields.keys() - schema.rows.keys()
    if unknown:
        raise KeyError(f"{schema.label}: {', '.join(sorted(unknown))}")
    return {name: _value(schema.fields[name], said[name]) for name in schema.fields if name in said}


def inherit_level(parent: Said, rows: list[Said]) -> list[Said]:
    """The rows at the level of their parent, unless they say their own (RG_EXP_034 allows no lower one)."""
    return [{"level": parent["level"], **row} for row in rows] if "level" in parent else rows


def day(value: int | str | None) -> datetime.date | None:
    """A date, or a number of days from today."""
    if value is None:
        return None
    if isinstance(value, int):
        return timezone.localdate() + datetime.timedelta(days=value)
    return datetime.date.fromisoformat(value)


def _value(field: forms.Field, value: Any) -> Any:
    if isinstance(field, forms.DateField) and value is not None:
        return day(value).isoformat()
    return value


def _defaults(schema: Rows) -> Document:
    """Two questions of a way of reaching someone that are answered by « non » most of the time, and its level."""
    questions = dict.fromkeys(("direct_line", "private_emergency_line"), False)
    return {name: value for name, value in {**questions, "level": 1}.items() if name in schema.fields}
