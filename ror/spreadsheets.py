"""What leaves for a spreadsheet: a cell is a text, never something that the spreadsheet would compute."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from ror.safe_cells import safe_cell

UNSAYABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what no workbook can hold
LONGEST_CELL = 32_767  # of a workbook
BYTE_ORDER_MARK = "\ufeff"
CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # « _x000D_ » would be read as a character by its code
TEXT_FORMAT = "@"  # what is typed in the cell later stays a text too: leading zeros are kept


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a CSV file for a French spreadsheet: semicolons, UTF-8 with its mark."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    lines.writerow(header)
    yield _taken(out)
    for row in rows:
        lines.writerow(safe_cell(_sayable(value)) for value in row)
        yield _taken(out)


def write_workbook(out: BinaryIO, title: str, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """One sheet of text cells, so that leading zeros stay and nothing is computed; the header does not scroll away."""
    write_sheets(out, [(title, header, rows)])


def write_sheets(out: BinaryIO, sheets: Iterable[tuple[str, Iterable[str], Iterable[Iterable[object]]]]) -> None:
    """The same with several sheets (title, header, rows). Memory stays flat whatever the number of rows."""
    book = Workbook(write_only=True)
    for title, header, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.append([_text_cell(sheet, name, bold=True) for name in header])
        for row in rows:
            sheet.append([_text_cell(sheet, value) for value in row])
    book.save(out)


def _text_cell(sheet, value: object, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, CODED.sub("_x005F_", _sayable(value)[:LONGEST_CELL]))
    cell.data_type = "s"  # « =1+1 » stays what was typed
    cell.number_format = TEXT_FORMAT
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sayable(value: object) -> str:
    return UNSAYABLE.sub("", "" if value is None else str(value))


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
