"""Finds the expected sheets and columns in what a file holds, and makes its rows of texts."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ror.imports.reading.book import Column, Remark, Row, Severity, Sheet, letters
from ror.imports.reading.shapes import ADDED, ColumnShape, Kind, SheetShape
from ror.imports.reading.texts import fold
from ror.imports.reading.values import Understood, shown, understand

LOOKED_AT = 30  # rows that hold something, among which the header is looked for
NO_HEADER = "La ligne des titres de colonnes n'a pas été trouvée. Elle doit contenir, comme dans le modèle : {}."
TWICE = "La colonne « {} » y est deux fois ({}). Gardez-en une seule."
UNKNOWN = "La colonne « {} » n'est pas du modèle : elle n'est pas lue.{}"
MEANT = " Vouliez-vous dire « {} » ?"
UNNAMED = "Cette colonne n'a pas de titre : ses valeurs ne sont pas lues."
MISSING = "La colonne « {} » n'est pas dans la feuille."
MISSING_MANDATORY = "La colonne « {} » manque : sans elle, la feuille ne peut pas être lue. Reprenez-la du modèle."
Raw = tuple[int, list]  # number of a row, its cells as the child tells them


class Fitting:
    """One sheet being fitted to its shape, row after row: `take` each raw row, then `finish`."""

    def __init__(self, name: str, shape: SheetShape, *, untyped: bool):
        self.sheet = Sheet(name, shape)
        self.untyped = untyped
        self.waiting: list[Raw] | None = []  # until the header is known
        self.read: list[tuple[int, Column, ColumnShape, bool]] = []  # index, where, expected, any text will do
        self.width = 0  # of the header
        self.gaps: set[int] = set()  # its empty cells
        self.unnamed: set[int] = set()  # columns without header that hold something

    def take(self, rows: Iterable[Raw]) -> None:
        if self.waiting is None:
            self._add(rows)
            return
        self.waiting += rows
        if len(self.waiting) >= LOOKED_AT:
            self._settle()

    def finish(self) -> Sheet:
        """The sheet, with all that is to be said of it."""
        if self.waiting is not None:
            self._settle()
        self.sheet.remarks += [self._note(Severity.NOTE, UNNAMED, column=letters(i)) for i in sorted(self.unnamed)]
        return self.sheet

    def _settle(self) -> None:
        rows, self.waiting = self.waiting or [], None
        position = header_position([cells for _number, cells in rows[:LOOKED_AT]], self.sheet.shape)
        if position is None:
            names = ", ".join(f"« {column.name} »" for column in self.sheet.shape.columns[:4])
            self.sheet.remarks.append(self._note(Severity.ERROR, NO_HEADER.format(names)))
            return
        self.sheet.header_row, header = rows[position]
        self._read_header(header)
        self._add(rows[position + 1 :])

    def _read_header(self, header: list) -> None:
        known = self.sheet.shape.by_header()
        places: dict[str, list[Column]] = {}
        unknown = []
        for index, typed in enumerate(header):
            text = _heading(typed)
            shape = known.get(fold(text))
            if shape:
                column = Column(shape.name, text, letters(index))
                if shape.name not in places:
                    plain = shape.kind == Kind.TEXT and not (self.untyped and shape.digits)
                    self.read.append((index, column, shape, plain))
                places.setdefault(shape.name, []).append(column)
            elif text and fold(text) not in ADDED:
                unknown.append(Column("", text, letters(index)))
        self.width = len(header)
        self.gaps = {index for index, typed in enumerate(header) if not _heading(typed)}
        self.sheet.columns = tuple(column for _index, column, _shape, _plain in self.read)
        self.sheet.unknown = tuple(unknown)
        self.sheet.missing = tuple(each.name for each in self.sheet.shape.columns if each.name not in places)
        self.sheet.remarks += self._on_header(places)

    def _on_header(self, places: dict[str, list[Column]]) -> Iterator[Remark]:
        for name, columns in places.items():
            if len(columns) > 1:
                where = " et ".join(column.letter for column in columns)
                message = TWICE.format(name, where)
                yield self._note(Severity.ERROR, message, column=columns[1].letter, name=name)
        free = {fold(name): name for name in self.sheet.missing}
        for column in self.sheet.unknown:
            close = get_close_matches(fold(column.header), free, n=1, cutoff=0.8)
            meant = MEANT.format(free[close[0]]) if close else ""
            yield self._note(Severity.NOTE, UNKNOWN.format(column.header, meant), column=column.letter)
        for shape in self.sheet.shape.columns:
            if shape.name not in places and (shape.mandatory or not self.sheet.shape.partial):
                message = MISSING_MANDATORY if shape.mandatory else MISSING
                severity = Severity.ERROR if shape.mandatory else Severity.NOTE
                yield self._note(severity, message.format(shape.name), name=shape.name)

    def _note(self, severity: Severity, message: str, *, column: str = "", name: str = "") -> Remark:
        return Remark(severity, message, self.sheet.name, column=column, name=name)

    def _add(self, rows: Iterable[Raw]) -> None:
        if not self.read:
            return
        for number, cells in rows:
            row = self._row(number, cells)
            if any(row.texts) or row.remarks:
                self.sheet.rows.append(row)
            if self.gaps or len(cells) > self.width:
                held = (index for index, cell in enumerate(cells) if cell != "")
                self.unnamed.update(index for index in held if index >= self.width or index in self.gaps)

    def _row(self, number: int, cells: list) -> Row:
        texts, remarks = [], []
        for index, column, shape, plain in self.read:
            cell = cells[index] if index < len(cells) else ""
            if plain and type(cell) is str:
                texts.append(cell)
                continue
            understood = understand(cell, shape, untyped=self.untyped)
            texts.append(understood.text)
            if understood.severity:
                remarks.append(self._on_cell(understood, number, column))
        return Row(number, tuple(texts), tuple(remarks))

    def _on_cell(self, understood: Understood, number: int, column: Column) -> Remark:
        return Remark(understood.severity, understood.message, self.sheet.name, number, column.letter, column.name)


def header_position(rows: list[list], shape: SheetShape) -> int | None:
    """Which of these rows is the header: the one with most expected columns, the first of equals.

    Two expected names at least, where two are expected: one alone may be a word of an explanation.
    """
    scores = [len(names_found(cells, shape)) for cells in rows]
    best = max(scores, default=0)
    return scores.index(best) if best and best >= min(2, len(shape.columns)) else None


def names_found(cells: list, shape: SheetShape) -> set[str]:
    """The expected columns that these cells name."""
    known = shape.by_header()
    return {known[fold(cell)].name for cell in cells if isinstance(cell, str) and fold(cell) in known}


def _heading(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    return shown(cell) if type(cell) in (int, float) else ""
