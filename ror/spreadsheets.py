"""What leaves for a spreadsheet: a cell is a text, never something that the spreadsheet would compute."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

FORMULA = ("=", "+", "-", "@", "\t", "\r")
HARMLESS = re.compile(r"\+[0-9 ]+|-[0-9]+([.,][0-9]+)?")  # phone numbers, negative figures
UNSAYABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what a workbook cannot hold
LONGEST_CELL = 32_767  # of a workbook
BYTE_ORDER_MARK = "\ufeff"


def safe_cell(value: object) -> str:
    """The value as a text that no spreadsheet computes (CWE-1236): an apostrophe stands before what it would.

    Phone numbers and negative figures are left as they are.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not HARMLESS.fullmatch(text) else text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a CSV file for a French spreadsheet: semicolons, UTF-8 with its mark."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    lines.writerow(header)
    yield _taken(out)
    for row in rows:
        lines.writerow(map(safe_cell, row))
        yield _taken(out)


def write_workbook(out: BinaryIO, title: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """One sheet of text cells, so that leading zeros stay and nothing is computed; the header does not scroll away."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append([_text_cell(sheet, name, bold=True) for name in header])
    for row in rows:
        sheet.append([_text_cell(sheet, value) for value in row])
    book.save(out)


def _text_cell(sheet, value: object, *, bold: bool = False) -> WriteOnlyCell:
    text = UNSAYABLE.sub("", "" if value is None else str(value))[:LONGEST_CELL]
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # « =1+1 » stays what was typed
    if bold:
        cell.font = Font(bold=True)
    return cell


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
