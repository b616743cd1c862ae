"""What a caller expects of a file: its sheets, their columns, and what stands in each column."""

from dataclasses import dataclass
from enum import StrEnum

from ror.imports.reading.texts import fold

# The columns that the portal adds to a file that it gives back: nothing is said of them when it comes again.
RESULT_TITLE, ERRORS_TITLE = "Résultat", "Erreurs"
ADDED = frozenset({fold(RESULT_TITLE), fold(ERRORS_TITLE)})


class Kind(StrEnum):
    """What the cells of a column say. The value of a row is always a text, written one way only."""

    TEXT = "text"  # as typed
    NUMBER = "number"  # « 1234.5 »: a point, no spaces
    DATE = "date"  # « 2026-12-31 »
    TIME = "time"  # « 08:30 », « 24:00 » at most
    BOOLEAN = "boolean"  # « oui », « non »


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One expected column.

    `digits` is the length of a number that is a name (SIRET 14, FINESS 9, commune 5) and `zeros` how many zeros such a
    number may begin with: a cell that a spreadsheet took for a number, and that is short of no more than these, gets
    them back, and it is said.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    digits: int = 0  # 0: not a number of fixed length
    zeros: int = 1
    mandatory: bool = False  # the file makes no sense without this column

    def folded(self) -> set[str]:
        return {fold(each) for each in (self.name, *self.synonyms)}


@dataclass(frozen=True, slots=True)
class SheetShape:
    """One expected sheet. In a CSV file, the only sheet is recognised by its columns.

    `partial`: people keep what serves them, so that nothing is said of the sheet or of the columns that are not there.
    """

    name: str
    columns: tuple[ColumnShape, ...]
    synonyms: tuple[str, ...] = ()
    partial: bool = False

    def folded(self) -> set[str]:
        return {fold(each) for each in (self.name, *self.synonyms)}

    def by_header(self) -> dict[str, ColumnShape]:
        """Each column by all the folded headers that mean it; of two columns that claim a header, the first has it."""
        return {header: column for column in reversed(self.columns) for header in column.folded()}
