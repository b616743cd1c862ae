"""What differs between two documents of one schema, datum by datum, rows being matched by their stable id."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from structures.document import Document, join
from structures.merging import same
from structures.schema import OFFER, Rows


@dataclass(frozen=True)
class Difference:
    """One datum, or one whole row that came (`before` None) or went (`after` None)."""

    path: str
    before: Any
    after: Any


def differences(before: Document, after: Document, schema: Rows = OFFER, path: str = "") -> Iterator[Difference]:
    """In the order of the schema; nothing when both say the same. Empty values are all alike, a set has no order."""
    for name in schema.fields:
        if not same(before.get(name), after.get(name)):
            yield Difference(join(path, name), before.get(name), after.get(name))
    for name, child in schema.rows.items():
        old, new = _by_id(before.get(name)), _by_id(after.get(name))
        for key in [*new, *(key for key in old if key not in new)]:
            row_path = join(path, f"{name}.{key}")
            if key in old and key in new:
                yield from differences(old[key], new[key], child, row_path)
            else:
                yield Difference(row_path, old.get(key), new.get(key))


def _by_id(rows: list[Document] | None) -> dict[str, Document]:
    return {row["id"]: row for row in rows or []}
