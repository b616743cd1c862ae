"""What a file says of offers, before it is compared with anything: texts, and where each stands."""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ror.imports.reading import Sheet
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.layout import SENSITIVE_TITLE, ListPath, SheetResource

# As the portal gives them: a region, then a number. Never the reference that a person invents for a new offer.
GIVEN_IDENTIFIER = re.compile(r"[0-9]{2,3}/[0-9]+")

GIVEN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Spot(NamedTuple):
    """Where something stands: the sheet as the file names it, its row, the cell, the title of the column.

    `row` 0 is the whole sheet. `cell` is « ligne 12 » where no column of the file holds the datum.
    """

    sheet: str
    row: int
    cell: str
    column: str

    def problem(self, message: str) -> dict[str, Any]:
        return {**self._asdict(), "message": message}


class SheetView:
    """One sheet of the file, and how its texts are read. Shared by all its lines."""

    def __init__(self, sheet: Sheet, resource: SheetResource) -> None:
        self.name = sheet.name or sheet.shape.name
        self.resource = resource
        self.letters = {column.name: column.letter for column in sheet.columns}
        self.titles = {field.column_name for field in resource.fields.values()}

    @property
    def fields(self) -> dict[str, DatumField]:
        return self.resource.fields

    def spot(self, row: int, title: str = "") -> Spot:
        """The cell of a title on a row of the file."""
        if title in self.letters:
            return Spot(self.name, row, f"{self.letters[title]}{row}", title)
        return Spot(self.name, row, f"ligne {row}", title)

    def datum_spot(self, row: int, name: str) -> Spot:
        """The cell of a datum."""
        return self.spot(row, self.fields[name].column_name if name in self.fields else "")


@dataclass(slots=True)
class TypedRow:
    """A line of a list: its own name and that of the line above as typed, its texts by datum."""

    view: SheetView
    number: int
    reference: str
    parent: str
    data: dict[str, str]
    removed: bool = False

    def spot(self, name: str = "") -> Spot:
        return self.view.datum_spot(self.number, name)


@dataclass(slots=True)
class TypedOffer:
    """All that a file says of one offer.

    `own` are the texts of its line in « Offres » by datum, `rows` those of its lists by path. `problems` are what is
    wrong whatever the record says, each with its cell.
    """

    reference: str
    finess: str = ""
    view: SheetView | None = None  # of « Offres », when the offer has a line there
    number: int = 0  # of that line
    sensitive: str = ""  # what it answers of a sensitive unit
    own: dict[str, str] = field(default_factory=dict)
    rows: dict[ListPath, list[TypedRow]] = field(default_factory=dict)
    lines: list[tuple[str, int]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def may_be_new(self) -> bool:
        """Whether the person may have meant an offer that the portal does not have yet."""
        return bool(self.finess and self.reference) and not GIVEN_IDENTIFIER.fullmatch(self.reference)

    def spot(self, name: str = "") -> Spot:
        """Its cell for a datum of its own, or for a title of « Offres »; its first line, when it has none there."""
        if self.view is None:
            sheet, number = self.lines[0]
            return Spot(sheet, number, f"ligne {number}", "")
        if name == "sensitive":
            return self.view.spot(self.number, SENSITIVE_TITLE)
        if name in self.view.letters:
            return self.view.spot(self.number, name)
        return self.view.datum_spot(self.number, name)
