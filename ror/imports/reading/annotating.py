"""The process that gives a file back with what is said of its lines: as little memory and time as the one that reads.

`python -m ror.imports.reading.annotating` reads one JSON object on its input: what `child` reads, with `out` (the file
to write), `notes` (a file of JSON lines [sheet, row, result, errors, [cells in error]]), `titles` (the row of the
titles of each sheet), `kept` (the most rows of a workbook that is given back as it was), `plain` (never as it was) and
`told` (a sentence that goes with a plain workbook). It says {"kind": "xlsx" or "csv"} when it is done.
"""

import csv
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from ror.imports.reading import csv_file, hostile
from ror.imports.reading.child import Cell, confine, messages, say
from ror.imports.reading.limits import Limits, Refused
from ror.imports.reading.shapes import ERRORS_TITLE, RESULT_TITLE
from ror.imports.reading.texts import fold
from ror.safe_cells import MARK, safe_cell

PINK = "00FFE9E9"
RESULT_WIDTH, ERRORS_WIDTH = 22, 70
BROKEN = "#N/A"  # a formula whose value nobody knows: in error, as when it was read
ADDED = (RESULT_TITLE, ERRORS_TITLE)


def main() -> None:
    config = json.load(sys.stdin)
    limits = Limits(**config.pop("limits"))
    confine(limits, writes=limits.unzipped)
    try:
        say({"kind": _annotate(_Task(config, limits))})
    except Refused as refused:
        say({"refused": str(refused)})


class _Task:
    """One file to give back."""

    def __init__(self, config: dict, limits: Limits) -> None:
        self.config, self.limits = config, limits
        self.path, self.out = Path(config["path"]), Path(config["out"])
        self.titles: dict[str, int] = config["titles"]
        self.plain, self.kept, self.told = config["plain"], config["kept"], config["told"]
        self.notes = _notes(Path(config["notes"]))

    def note(self, sheet: str, row: int) -> "Note":
        return self.notes.get((sheet, row), NOTHING)

    def rows(self) -> Iterator[tuple[str, int, list[Cell]]]:
        """The rows of the sheets that were read: sheet, number, cells."""
        name, headers = self.config["name"], self.config["headers"]
        sheet = ""
        for message in messages(self.path, name, self.config["sheets"], headers, self.limits):
            if isinstance(message, list):
                for number, cells in message:
                    yield sheet, number, cells
            elif "sheet" in message:
                sheet = message["sheet"]


Note = tuple[str, str, list[str]]
NOTHING: Note = ("", "", [])


def _notes(path: Path) -> dict[tuple[str, int], Note]:
    with path.open(encoding="utf-8") as lines:
        return {(sheet, row): tuple(said) for sheet, row, *said in map(json.loads, lines)}


def _annotate(task: _Task) -> str:
    kind = hostile.check(task.path, task.limits)
    if kind == "csv":
        _give_csv(task)
        return "csv"
    shapes = _Measured(task)
    if kind == "xlsx" and not task.plain and shapes.rows <= task.kept:
        _give_back(task, shapes)
    else:
        # Only here: the others need none of it.
        from ror.imports.reading.plain_workbook import write

        sheets = {name: (task.titles.get(name, 0), max(places) + 1) for name, places in shapes.places.items()}
        sheets = {name: (header, max(width, shapes.widths[name])) for name, (header, width) in sheets.items()}
        write(task.out, sheets, lambda: _rows_said(task, shapes), task.told)
    return "xlsx"


class _Measured:
    """How many rows the sheets hold, where each gets its two columns, and the formulas whose value nobody knows."""

    def __init__(self, task: _Task) -> None:
        self.rows = 0
        self.places: dict[str, tuple[int, int]] = {}  # ranks from 0
        self.broken: list[tuple[str, int, int]] = []
        self.widths = widths = {}
        headers: dict[str, list[Cell]] = {}
        for sheet, number, cells in task.rows():
            self.rows += number > task.titles.get(sheet, 0)
            widths[sheet] = max(widths.get(sheet, 0), len(cells))
            if number == task.titles.get(sheet):
                headers[sheet] = cells
            self.broken += [(sheet, number, rank) for rank, cell in enumerate(cells) if _is_broken(cell)]
        for sheet, width in widths.items():
            self.places[sheet] = added_places(headers.get(sheet, []), width)


def _rows_said(task: _Task, shapes: _Measured) -> Iterator[tuple[str, int, list[Cell], set[int]]]:
    """The rows with what is said of them, and the ranks of the cells in error."""
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    for sheet, number, row in task.rows():
        places, titles = shapes.places[sheet], task.titles.get(sheet, 0)
        cells = row + [""] * (max(places) + 1 - len(row))
        result, errors, wrong = task.note(sheet, number)
        for rank, text in zip(places, ADDED if number == titles else (result, errors), strict=True):
            cells[rank] = text
        yield sheet, number, cells, {column_index_from_string(coordinate_from_string(each)[0]) - 1 for each in wrong}


def added_places(header: list[Cell], width: int) -> tuple[int, int]:
    """Where the result and the errors go (ranks from 0): where they are already, else after everything."""
    known = {fold(cell): rank for rank, cell in enumerate(header) if isinstance(cell, str)}
    places = []
    for title in ADDED:
        if fold(title) in known:
            places.append(known[fold(title)])
        else:
            places.append(width)
            width += 1
    return places[0], places[1]


def _is_broken(cell: Cell) -> bool:
    return isinstance(cell, list) and cell[0] == "formula"


def _give_back(task: _Task, shapes: _Measured) -> None:
    """The same workbook. What it computed is the value that was read: nothing is computed any more."""
    from openpyxl import load_workbook

    warnings.simplefilter("ignore")  # what openpyxl does not keep
    with task.path.open("rb") as file:
        book = load_workbook(file, data_only=True, keep_links=False)
    for name, number, rank in shapes.broken:
        cell = book[name].cell(number, rank + 1)
        cell.value, cell.data_type = BROKEN, "e"
    for name, places in shapes.places.items():
        _forget_errors(book[name], task.titles.get(name, 0))
        _add_titles(book[name], max(task.titles.get(name, 0), 1), places)
        _add_notes(book[name], task, places)
    book.save(task.out)


def _forget_errors(sheet, titles: int) -> None:
    """The colour of the cells that were in error the last time."""
    from openpyxl.styles import PatternFill

    none = PatternFill()
    for row in sheet.iter_rows(min_row=titles + 1):
        for cell in row:
            if cell.has_style and cell.fill.fgColor.rgb == PINK:
                cell.fill = none


def _add_titles(sheet, row: int, places: tuple[int, int]) -> None:
    from openpyxl.styles import Font

    for rank, title, width in zip(places, ADDED, (RESULT_WIDTH, ERRORS_WIDTH), strict=True):
        cell = sheet.cell(row, rank + 1, title)
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = width


def _add_notes(sheet, task: _Task, places: tuple[int, int]) -> None:
    from openpyxl.styles import Alignment, PatternFill

    pink, wrapped = PatternFill("solid", fgColor=PINK), Alignment(wrap_text=True, vertical="top")
    for number in range(task.titles.get(sheet.title, 0) + 1, sheet.max_row + 1):
        result, errors, wrong = task.note(sheet.title, number)
        for rank, text in zip(places, (result, errors), strict=True):
            cell = sheet.cell(number, rank + 1)
            cell.value = None
            if text:
                cell.value, cell.data_type, cell.alignment = text[: task.limits.text], "s", wrapped
        for place in wrong:
            sheet[place].fill = pink


def _give_csv(task: _Task) -> None:
    """The same lines, in the same encoding, with the same separator."""
    encoding = csv_file.encoding_of(task.path)
    separator = csv_file.separator_of(task.path, encoding, task.config["headers"], task.limits)
    (name, titles), *_ = task.titles.items()
    rows = list(csv_file.rows_of(task.path, encoding, separator, task.limits))
    width = max((_width(row) for _, row in rows), default=0)
    places = added_places(next((row for number, row in rows if number == titles), []), width)
    with task.out.open("w", encoding=encoding, errors="replace", newline="") as out:
        if _is_declared(task.path, encoding):
            out.write(f"sep={separator}\r\n")
        lines = csv.writer(out, delimiter=separator, lineterminator="\r\n")
        for number, row in rows:
            cells = [cell if cell.startswith(MARK) else safe_cell(cell) for cell in row]
            cells += [""] * (max(places) + 1 - len(cells))
            result, errors, _ = task.note(name, number)
            said = ADDED if number == titles else (result, errors)
            for rank, text in zip(places, said, strict=True):
                cells[rank] = safe_cell(text)
            lines.writerow(cells[: max(places) + 1])


def _width(row: list[str]) -> int:
    return max((rank for rank, cell in enumerate(row, 1) if cell.strip()), default=0)


def _is_declared(path: Path, encoding: str) -> bool:
    with path.open(encoding=encoding, newline="") as file:
        return file.readline(20).lower().strip('"').startswith(csv_file.DECLARED)


if __name__ == "__main__":
    main()
