"""From descriptions to the lines of the sheets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from structures.document import Document

if TYPE_CHECKING:
    from ror.imports.sheets.layout import ListPath, SheetResource


@dataclass(frozen=True)
class Described:
    """A published offer as the person reads it: `finess` is the number of its establishment, or its national one."""

    identifier: str
    finess: str
    document: Document


def lines_of(resource: "SheetResource", offers: Iterable[Described]) -> Iterator[list[str]]:
    """The lines of one sheet, in the order of its header; what is not read is an empty cell."""
    fields = resource.fields.items()
    for offer in offers:
        for above, row in _rows_at(offer.document, resource.layout.path):
            data = [field.written(row.get(name)) for name, field in fields]
            yield [*_keys(resource, offer, above, row), *data, ""]  # nothing in the last column, to be typed


def _keys(resource: "SheetResource", offer: Described, above: str, row: Document) -> list[str]:
    if not resource.layout.path:
        return [offer.identifier, offer.finess]
    parent = [above] if resource.layout.parent else []
    return [offer.identifier, str(offer.document.get("name") or ""), *parent, row["id"]]


def _rows_at(row: Document, path: "ListPath", above: str = "") -> Iterator[tuple[str, Document]]:
    """(id of the row above, row) of each row of the list at `path`."""
    if not path:
        yield above, row
        return
    for below in row.get(path[0]) or ():
        yield from _rows_at(below, path[1:], row.get("id", "") if len(path) == 1 else "")
