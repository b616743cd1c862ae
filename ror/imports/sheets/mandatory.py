"""Which columns must be filled, as the rule book says: asked of the rules themselves, with one datum left out."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils import timezone

from confidentiality.profiles import SOCIAL_FIELD
from ror.imports.sheets.layout import ListPath
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from structures import rules
from structures.document import Document, join
from structures.fields import ChoiceField, YesNoField, is_many
from structures.findings import blocking
from structures.models.geographic_entity import LegalKind
from structures.schema import OFFER, Rows

FIELD = "activity_field"
OTHER_FIELD = "R227:01"
ROW = "0"  # the only row of each list
Only = tuple[ListPath, frozenset[str]]


def mandatory(*, social: bool | None) -> frozenset[tuple[ListPath, str]]:
    """(list, datum) of each datum without which nothing is published; `social` None: whatever the field."""
    if social is None:
        return _mandatory(SOCIAL_FIELD) & _mandatory(OTHER_FIELD)
    return _mandatory(SOCIAL_FIELD if social else OTHER_FIELD)


def _mandatory(field: str) -> frozenset[tuple[ListPath, str]]:
    return frozenset((path, name) for path, schema in _lists(OFFER) for name in _asked(field, path, schema))


def _asked(field: str, path: ListPath, schema: Rows) -> Iterator[str]:
    """The data of one list that are missed whatever the rest says: first alone, then beside those that always are.

    What is one of two, or goes with another that may be left out, is not among them.
    """
    alone = [name for name in schema.fields if _place(path, name) in _paths(field, path, schema.fields.keys() - {name})]
    nothing = _paths(field, path, frozenset())
    first = {
        name for name in alone if name == FIELD or _place(path, name) in nothing or _saves(field, path, name, nothing)
    }
    beside = _paths(field, path, first)
    yield from (name for name in alone if name in first or _place(path, name) in beside)


def _saves(field: str, path: ListPath, name: str, nothing: set[str]) -> bool:
    """Whether a row counts for its list as soon as it says this."""
    return bool(path) and _place(path) in nothing and _place(path) not in _paths(field, path, {name})


def _paths(field: str, path: ListPath, filled: Iterable[str]) -> set[str]:
    """What is wrong in a description whose only empty data are those of `path` that are not in `filled`."""
    document = _row(OFFER, (), (path, frozenset(filled)))
    if path or filled != OFFER.fields.keys() - {FIELD}:
        document[FIELD] = field
    facts = rules.Facts(
        legal_kind=LegalKind.SOCIAL,
        category=None,
        orsan_answered=True,
        landing_zone_answered=True,
        today=timezone.localdate(),
    )
    return {finding.path for finding in blocking(rules.findings(document, facts))}


def _row(schema: Rows, here: ListPath, only: Only) -> Document:
    path, filled = only
    row: Document = {"id": ROW}
    for name, datum in schema.fields.items():
        row[name] = _empty(datum) if here == path and name not in filled else _answer(datum)
    return row | {name: [_row(child, (*here, name), only)] for name, child in schema.rows.items()}


def _answer(datum: forms.Field) -> Any:
    """Any answer to the question: only whether there is one matters."""
    if isinstance(datum, (CodeChoiceField, CodeSetChoiceField)):
        first = next(iter(nomenclature().members(datum.value_set)), None)
        return [first] if is_many(datum) else first
    if isinstance(datum, ChoiceField):
        return datum.choices[1][0]
    if isinstance(datum, YesNoField):
        return False
    if isinstance(datum, forms.IntegerField):
        return 1
    return ["x"] if is_many(datum) else "1"


def _empty(datum: forms.Field) -> Any:
    return [] if is_many(datum) else None


def _place(path: ListPath, name: str = "") -> str:
    """Where a list of the description stands, or a datum of its only row."""
    found = ""
    for step in path:
        found = join(f"{found}.{ROW}" if found else "", step)
    if not name:
        return found
    return join(f"{found}.{ROW}" if found else "", name)


def _lists(schema: Rows, path: ListPath = ()) -> Iterator[tuple[ListPath, Rows]]:
    yield path, schema
    for name, child in schema.rows.items():
        yield from _lists(child, (*path, name))
