"""A new workbook with the cells of a file, and what is said of its lines: however long it is, memory stays flat."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ror.imports.reading.values import NO, YES
from ror.imports.streaming import Rows, cell_text, save
from ror.spreadsheets import TEXT_FORMAT

Cell = str | int | float | bool | list[str] | None
Row = tuple[str, int, list[Cell], set[int]]  # sheet, number, cells, ranks of those in error
PINK = "00FFE9E9"
ABOUT = "À propos de ce fichier"
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")  # in the name of a sheet
LONGEST_TITLE = 31
WIDTH = 24
USUAL, BOLD, WRONG = range(3)


def write(out: Path, sheets: Mapping[str, tuple[int, int]], rows: Callable[[], Iterator[Row]], told: str) -> None:
    """Write these rows; `sheets` are (row of the titles, number of columns) by name, `told` a sentence on the file."""
    book = Workbook()
    styles = _styles(book)
    titles, added = {}, {}
    for name, (header, width) in sheets.items():
        sheet = book.create_sheet(_title(name))
        titles[name] = sheet.title
        sheet.freeze_panes = f"A{header + 1}" if header else None
        for rank in range(1, width + 1):
            sheet.column_dimensions[get_column_letter(rank)].width = WIDTH
        added[name] = _Cells(width, styles)
    about = book.create_sheet(ABOUT) if told else None
    if about is not None:
        about.append([told])
        about.column_dimensions["A"].width = 4 * WIDTH
        about["A1"].alignment = Alignment(wrap_text=True)
    book.remove(book.worksheets[0])
    for name, number, cells, wrong in rows():
        added[name].write(number, cells, wrong, bold=number == sheets[name][0])
    with out.open("wb") as file:
        save(book, {titles[name]: each for name, each in added.items()}, file)


class _Cells(Rows):
    """The rows of one sheet: numbers stay numbers, all the rest is text."""

    def __init__(self, width: int, styles: list[int]) -> None:
        super().__init__(1, width, styles[USUAL])
        self.styles = styles

    def write(self, number: int, cells: list[Cell], wrong: set[int], *, bold: bool) -> None:
        said = "".join(
            self._cell(f"{self.letters[rank]}{number}", cell, BOLD if bold else WRONG if rank in wrong else USUAL)
            for rank, cell in enumerate(cells)
            if rank in wrong or cell not in ("", None)
        )
        self.xml.write(f'<row r="{number}">{said}</row>'.encode())
        self.number = number + 1

    def _cell(self, place: str, cell: Cell, style: int) -> str:
        if type(cell) in (int, float):
            return f'<c r="{place}" s="{self.styles[style]}"><v>{cell!r}</v></c>'
        text = cell_text(_words(cell))
        kept = f'<is><t xml:space="preserve">{text}</t></is>'
        return f'<c r="{place}" s="{self.styles[style]}" t="inlineStr">{kept}</c>'


def _styles(book: Workbook) -> list[int]:
    """The numbers of the styles of this workbook, left in a sheet that goes."""
    found = []
    for rank, look in enumerate(({}, {"font": Font(bold=True)}, {"fill": PatternFill("solid", fgColor=PINK)}), 1):
        cell = book.worksheets[0].cell(1, rank)
        cell.number_format = TEXT_FORMAT
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        for name, value in look.items():
            setattr(cell, name, value)
        found.append(cell.style_id)
    return found


def _title(name: str) -> str:
    return FORBIDDEN.sub(" ", name)[:LONGEST_TITLE].strip("'") or "Feuille"


def _words(cell: Cell) -> str:
    """What stood in a cell, as it is typed in French."""
    if isinstance(cell, bool):
        return YES if cell else NO
    if not isinstance(cell, list):
        return "" if cell is None else str(cell)
    kind, said = cell
    if kind == "date":
        return f"{datetime.date.fromisoformat(said):%d/%m/%Y}"
    if kind == "moment":
        return f"{datetime.datetime.fromisoformat(said):%d/%m/%Y %H:%M}"
    if kind == "time":
        return said.removesuffix(":00") if said.count(":") == 2 else said
    return said or "#N/A"  # in error, or a formula whose value nobody knows
