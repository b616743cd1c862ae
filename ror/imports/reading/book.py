"""What was read: sheets, rows, texts, and what is to be said of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from ror.imports.reading.shapes import SheetShape


class Severity(StrEnum):
    ERROR = "error"  # cannot be used as it stands
    REPAIR = "repair"  # was read otherwise than typed, and said
    NOTE = "note"  # good to know


@dataclass(frozen=True, slots=True)
class Remark:
    """A French sentence about a file, a sheet, a column or a cell."""

    severity: Severity
    message: str
    sheet: str = ""  # as the file names it; empty: the whole file
    row: int = 0  # as the spreadsheet numbers it; 0: no row in particular
    column: str = ""  # letters, as the spreadsheet names it
    name: str = ""  # of the expected column

    @property
    def place(self) -> str:
        """« feuille « Offres », cellule B12 »; empty for the whole file."""
        parts = [f"feuille « {self.sheet} »"] if self.sheet else []
        if self.row:
            parts.append(f"cellule {self.column}{self.row}" if self.column else f"ligne {self.row}")
        elif self.column:
            parts.append(f"colonne {self.column}")
        return ", ".join(parts)

    def __str__(self) -> str:
        place = self.place
        return f"{place[0].upper()}{place[1:]} : {self.message}" if place else self.message


@dataclass(frozen=True, slots=True)
class Column:
    """An expected column, where the file has it."""

    name: str  # the expected one
    header: str  # as typed
    letter: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something. Its texts follow `Sheet.columns`; « » is an empty cell."""

    number: int  # as the spreadsheet numbers it
    texts: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class Sheet:
    """One expected sheet, found in the file. A column that the file has not is in `missing`, not in `columns`."""

    name: str  # as the file names it
    shape: SheetShape
    header_row: int = 0  # as the spreadsheet numbers it; 0: not found
    columns: tuple[Column, ...] = ()
    unknown: tuple[Column, ...] = ()  # with no expected name
    missing: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)  # of the sheet and its columns

    def by_name(self, row: Row) -> dict[str, str]:
        """The texts of a row by expected column: an absent column is absent, an empty cell is an empty text."""
        return {column.name: text for column, text in zip(self.columns, row.texts, strict=True)}

    def place(self, row: Row, name: str) -> str:
        """« B12 », where this row has the expected column `name`. KeyError when the file has no such column."""
        letters = {column.name: column.letter for column in self.columns}
        return f"{letters[name]}{row.number}"


@dataclass(slots=True)
class Workbook:
    """A file that could be read. `kind` is xlsx, ods or csv."""

    name: str
    kind: str
    sheets: list[Sheet] = field(default_factory=list)
    unknown: tuple[str, ...] = ()  # visible sheets that are not expected
    missing: tuple[str, ...] = ()  # expected sheets that the file has not
    separator: str = ""  # of a CSV file
    encoding: str = ""  # of a CSV file: utf-8, utf-16, cp1252
    remarks: list[Remark] = field(default_factory=list)  # of the whole file

    def sheet(self, name: str) -> Sheet | None:
        """The sheet expected under this name, if the file has it."""
        return next((sheet for sheet in self.sheets if sheet.shape.name == name), None)

    def all_remarks(self) -> list[Remark]:
        """Of the file, then sheet by sheet: the sheet and its columns, then its rows from top to bottom."""
        said = list(self.remarks)
        for sheet in self.sheets:
            said += sheet.remarks
            said += (remark for row in sheet.rows for remark in row.remarks)
        return said


def letters(index: int) -> str:
    """The name of a column: 0 is A, 25 is Z, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
