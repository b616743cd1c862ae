"""The process that opens an uploaded file: little memory, little time, no secrets, nothing written.

`python -m ror.imports.reading.child` reads one JSON object on its input (path, name, limits, wanted sheets, known
headers, all folded) and writes lines of JSON: {"refused": sentence}, {"kind": …}, {"sheet": …}, and lists of rows
[number, [cells]]. A cell is a text, a number, true or false, or a pair: ["date", "2026-12-31"], ["time", "08:30:00"],
["moment", "2026-12-31T08:30:00"], ["error", "#N/A"], ["formula", ""].
"""

import datetime
import json
import math
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from ror.imports.reading import csv_file, hostile, kinds
from ror.imports.reading.limits import Limits, Refused
from ror.imports.reading.oddities import Odd, odd_cells
from ror.imports.reading.texts import clean_text, fold
from ror.safe_cells import typed_cell

BATCH = 500  # rows of a line
EXACT = 1e15  # above, a spreadsheet has lost figures
EMPTY_BOOK = "Ce classeur n'a aucune feuille de cellules. Partez du modèle proposé."
TOO_MANY_SHEETS = "Ce classeur a plus de {} feuilles. Gardez seulement celles du modèle."
TOO_WIDE = (
    "La feuille « {} » va jusqu'à la ligne {} et à la colonne {} : c'est plus que ce qui peut être lu ({} lignes, "
    "{} colonnes). Supprimez ce qui est loin du tableau, ou partagez le fichier."
)
TOO_MANY_CELLS = "Ce fichier a trop de cellules pour être lu d'un coup. Partagez-le en plusieurs fichiers."
TOO_LONG = "La feuille « {} » contient, à la ligne {}, un texte de plus de {} caractères. Raccourcissez-le."
Cell = str | int | float | bool | list[str] | None
Message = dict | list


def main() -> None:
    config = json.load(sys.stdin)
    limits = Limits(**config.pop("limits"))
    confine(limits)
    try:
        for message in messages(Path(config["path"]), config["name"], config["sheets"], config["headers"], limits):
            say(message)
    except Refused as refused:
        say({"refused": str(refused)})


def confine(limits: Limits, writes: int = 0) -> None:
    """Takes from this process, for good, the memory, the time and the bytes to write that it does not need."""
    bounds = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_CORE: 0,  # a dump would hold what the person uploaded
        resource.RLIMIT_FSIZE: writes,
    }
    if sys.platform == "linux":  # macOS refuses to bound the address space
        bounds[resource.RLIMIT_AS] = limits.memory
    for bound, value in bounds.items():
        resource.setrlimit(bound, (value, value))


def messages(path: Path, name: str, sheets: list[str], headers: list[str], limits: Limits) -> Iterator[Message]:
    """What a file holds, line by line. Refused when it cannot be read."""
    kind = hostile.check(path, limits)
    kinds.check_name(name, kind)
    if kind == "csv":
        yield from _csv(path, headers, limits)
    else:
        yield from _workbook(path, kind, set(sheets), limits)


def say(message: Message) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def _csv(path: Path, headers: list[str], limits: Limits) -> Iterator[Message]:
    encoding = csv_file.encoding_of(path)
    separator = csv_file.separator_of(path, encoding, headers, limits)
    yield {"kind": "csv", "encoding": encoding.removesuffix("-sig"), "separator": separator}
    yield {"sheet": "", "visible": True}
    rows = csv_file.rows_of(path, encoding, separator, limits)
    texts = ((number, [clean_text(typed_cell(cell)) for cell in row]) for number, row in rows)
    yield from _batches("", texts, limits, _Budget(limits))


def _workbook(path: Path, kind: str, wanted: set[str], limits: Limits) -> Iterator[Message]:
    # Only here: a CSV file needs none of it.
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_path(path) as book, zipfile.ZipFile(path) as archive:
            known = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
            if not known:
                raise Refused(EMPTY_BOOK)
            if len(known) > limits.sheets:
                raise Refused(TOO_MANY_SHEETS.format(limits.sheets))
            yield {"kind": kind}
            matched = {each.name for each in known if fold(each.name) in wanted}
            budget = _Budget(limits)
            for each in known:
                visible = each.visible == SheetVisibleEnum.Visible
                yield {"sheet": each.name, "visible": visible}
                if each.name in matched or (visible and not matched):
                    odd = odd_cells(archive, kind, each.name, limits)
                    rows = _rows(book.get_sheet_by_name(each.name), odd, limits)
                    yield from _batches(each.name, rows, limits, budget)
    except (CalamineError, ExpatError, ParseError, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Refused(hostile.DAMAGED) from error


def _rows(sheet, odd: Odd, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a sheet with their number, from 1; cells from column A."""
    if sheet.end is None:
        bottom, right, left = -1, -1, 0
    else:
        (bottom, right), left = sheet.end, sheet.start[1]
    if bottom >= limits.rows or right >= limits.columns:
        place = (bottom + 1, right + 1, limits.rows, limits.columns)
        raise Refused(TOO_WIDE.format(sheet.name, *place))
    margin = [""] * left
    for index, cells in enumerate(sheet.iter_rows() if bottom >= 0 else ()):
        row = margin + [_plain(cell) for cell in cells]
        yield index + 1, _overlay(row, odd.pop(index)) if index in odd else row
    # Below or beside what calamine saw, cells in error may stand alone.
    yield from ((index + 1, _overlay([], cells)) for index, cells in sorted(odd.items()) if index < limits.rows)


def _overlay(row: list[Cell], odd: dict[int, tuple[str, str]]) -> list[Cell]:
    width = max(odd) + 1
    row += [""] * (width - len(row))
    for column, (what, written) in odd.items():
        row[column] = [what, written]
    return row


def _plain(cell: object) -> Cell:
    match cell:
        case str():
            return clean_text(cell)
        case bool():
            return cell
        case float():
            return _number(cell)
        case int():
            return cell
        case datetime.datetime():
            return ["moment", cell.isoformat(timespec="seconds")]
        case datetime.date():
            return ["date", cell.isoformat()]
        case datetime.time():
            return ["time", cell.isoformat(timespec="seconds")]
        case datetime.timedelta():
            return _duration(cell)
        case _:
            raise TypeError(f"calamine gave a {type(cell).__name__}")


def _duration(duration: datetime.timedelta) -> Cell:
    if duration < datetime.timedelta():
        return duration / datetime.timedelta(days=1)  # as the spreadsheet holds it
    minutes, second = divmod(round(duration.total_seconds()), 60)
    return ["time", f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"]


def _number(number: float) -> Cell:
    if not math.isfinite(number):
        return ["error", str(number)]
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def _batches(sheet: str, rows: Iterator[tuple[int, list[Cell]]], limits: Limits, budget: "_Budget") -> Iterator[list]:
    """Rows by hundreds, without those that are blank nor the empty cells at their end."""
    batch = []
    for number, row in rows:
        while row and row[-1] == "":
            row.pop()
        if not row:
            continue
        if number > limits.rows or len(row) > limits.columns:
            raise Refused(TOO_WIDE.format(sheet, number, len(row), limits.rows, limits.columns))
        if any(type(cell) is str and len(cell) > limits.text for cell in row):
            raise Refused(TOO_LONG.format(sheet, number, limits.text))
        budget.spend(len(row))
        batch.append([number, row])
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Budget:
    """The cells that the whole file may still hold."""

    def __init__(self, limits: Limits):
        self.left = limits.cells

    def spend(self, cells: int) -> None:
        self.left -= cells
        if self.left < 0:
            raise Refused(TOO_MANY_CELLS)


if __name__ == "__main__":
    main()
