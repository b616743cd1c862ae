"""The workbook of offers: its sheets and columns, and what a file that comes back says of each offer.

    book = read(path, name, shapes())
    for typed in gather(book).values():
        said = applied(typed, disclosed)     # or started(typed, {}) for a new offer
        said.document, said.names, said.problems, said.place("contacts.<id>.name")

A sheet, a column, an offer or a line that is absent says nothing; an empty cell empties its datum; a line goes only
when « Retirer » says so.
"""

from ror.imports.reading.plain_workbook import ABOUT
from ror.imports.sheets.beside import BESIDE, shapes
from ror.imports.sheets.choices import TITLE as LISTS_TITLE
from ror.imports.sheets.disclosing import read_by
from ror.imports.sheets.gathering import gather
from ror.imports.sheets.guide import TITLE as GUIDE_TITLE
from ror.imports.sheets.layout import (
    FINESS_TITLE,
    KEY_TITLE,
    NEVER_IMPORTED,
    OFFERS,
    SENSITIVE_TITLE,
    TITLES,
    SheetResource,
    resources,
)
from ror.imports.sheets.saying import Applied, applied, started
from ror.imports.sheets.template import csv_sheet, write_template
from ror.imports.sheets.typed import Spot, TypedOffer, TypedRow

# Sheets of a template, or of a file given back, that hold nothing to read.
ASIDE = (GUIDE_TITLE, LISTS_TITLE, ABOUT)

__all__ = [
    "ASIDE",
    "BESIDE",
    "FINESS_TITLE",
    "KEY_TITLE",
    "NEVER_IMPORTED",
    "OFFERS",
    "SENSITIVE_TITLE",
    "TITLES",
    "Applied",
    "SheetResource",
    "Spot",
    "TypedOffer",
    "TypedRow",
    "applied",
    "csv_sheet",
    "gather",
    "read_by",
    "resources",
    "shapes",
    "started",
    "write_template",
]
