"""Merge three ways, datum by datum: what the draft started from, what it says now, what the record says now.

Unchanged in the draft takes the record's value; changed in the draft only takes the draft's; changed in both, and not
alike, is a conflict that a person settles. Child rows are matched by their stable id, and merged datum by datum too.
"""

from dataclasses import dataclass
from typing import Any

from structures.document import Document, join
from structures.fields import EMPTY
from structures.schema import OFFER, Rows

GONE = "(ligne supprimée)"


@dataclass(frozen=True)
class Conflict:
    """One datum changed on both sides: its path, what the draft says (`mine`), what the record says (`theirs`)."""

    path: str
    mine: Any
    theirs: Any


def merge(base: Document, mine: Document, theirs: Document, schema: Rows = OFFER) -> tuple[Document, list[Conflict]]:
    """The merged document and its conflicts. In a conflict the merged document keeps `mine`."""
    conflicts: list[Conflict] = []
    return _merge_row(base, mine, theirs, schema, "", conflicts), conflicts


def same(one: Any, other: Any) -> bool:
    """Equal, all empty values being alike; a set of codes has no order."""
    if one in EMPTY and other in EMPTY:
        return True
    if isinstance(one, list) and isinstance(other, list) and not any(isinstance(item, dict) for item in one + other):
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other


def same_row(one: Document, other: Document, schema: Rows = OFFER) -> bool:
    """Whether two rows say the same, rows below them included."""
    if not all(same(one.get(name), other.get(name)) for name in schema.fields):
        return False
    for name, child in schema.rows.items():
        ones, others = _by_id(one.get(name)), _by_id(other.get(name))
        if ones.keys() != others.keys() or not all(same_row(ones[key], others[key], child) for key in ones):
            return False
    return True


def _merge_row(
    base: Document, mine: Document, theirs: Document, schema: Rows, path: str, conflicts: list[Conflict]
) -> Document:
    merged: Document = {"id": mine["id"]} if "id" in mine else {}
    for name in schema.fields:
        merged[name] = _merge_value(base.get(name), mine.get(name), theirs.get(name), join(path, name), conflicts)
    for name, child in schema.rows.items():
        merged[name] = _merge_rows(
            _by_id(base.get(name)), _by_id(mine.get(name)), _by_id(theirs.get(name)), child, join(path, name), conflicts
        )
    return merged


def _merge_value(base: Any, mine: Any, theirs: Any, path: str, conflicts: list[Conflict]) -> Any:
    if same(mine, base):
        return theirs
    if same(theirs, base) or same(mine, theirs):
        return mine
    conflicts.append(Conflict(path, mine, theirs))
    return mine


def _merge_rows(
    base: dict[str, Document],
    mine: dict[str, Document],
    theirs: dict[str, Document],
    schema: Rows,
    path: str,
    conflicts: list[Conflict],
) -> list[Document]:
    """Rows of both sides, in the draft's order, those that only the record has at the end."""
    merged = []
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        row = _merge_one(base.get(key), mine.get(key), theirs.get(key), schema, f"{path}.{key}", conflicts)
        if row is not None:
            merged.append(row)
    return merged


def _merge_one(
    base: Document | None,
    mine: Document | None,
    theirs: Document | None,
    schema: Rows,
    path: str,
    conflicts: list[Conflict],
) -> Document | None:
    if mine is not None and theirs is not None:
        return _merge_row(base or {}, mine, theirs, schema, path, conflicts)
    if base is None:
        return mine if mine is not None else theirs
    kept = mine if mine is not None else theirs
    if kept is None or same_row(kept, base, schema):
        return None
    conflicts.append(Conflict(path, mine if mine is not None else GONE, theirs if theirs is not None else GONE))
    return mine


def _by_id(rows: list[Document] | None) -> dict[str, Document]:
    return {row["id"]: row for row in rows or []}
