"""Reads what people upload: .xlsx, .ods and .csv, in a process that hostile files may kill.

    book = read(path, "offres.xlsx", [SheetShape("Offres", (ColumnShape("N° FINESS", digits=9), …))])

No database, no Django: rows of texts, and what is to be said of them.
"""

from ror.imports.reading.book import Column, Remark, Row, Severity, Sheet, Workbook
from ror.imports.reading.limits import LIMITS, Limits, Refused
from ror.imports.reading.reader import read
from ror.imports.reading.shapes import ColumnShape, Kind, SheetShape
from ror.imports.reading.texts import clean_text, fold
from ror.imports.reading.values import NO, YES

__all__ = [
    "LIMITS",
    "NO",
    "YES",
    "Column",
    "ColumnShape",
    "Kind",
    "Limits",
    "Refused",
    "Remark",
    "Row",
    "Severity",
    "Sheet",
    "SheetShape",
    "Workbook",
    "clean_text",
    "fold",
    "read",
]
