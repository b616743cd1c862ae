"""The workbook of offers: its sheets and columns, and what a file that comes back says of each offer.

    book = read(path, name, shapes())
    for typed in gather(book).values():
        said = applied(typed, disclosed)     # or started(typed, {}) for a new offer
        said.document, said.names, said.problems, said.place("contacts.<id>.name")

A sheet, a column, an offer or a line that is absent says nothing; an empty cell empties its datum; a line goes only
when « Retirer » says so.
"""

from ror.imports.sheets.gathering import gather
from ror.imports.sheets.layout import NEVER_IMPORTED, SheetResource, resources, shapes
from ror.imports.sheets.saying import Applied, applied, started
from ror.imports.sheets.typed import Spot, TypedOffer, TypedRow

__all__ = [
    "NEVER_IMPORTED",
    "Applied",
    "SheetResource",
    "Spot",
    "TypedOffer",
    "TypedRow",
    "applied",
    "gather",
    "resources",
    "shapes",
    "started",
]
