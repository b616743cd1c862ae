"""What may be typed in each column, written once in the sheet « Listes », and offered by drop-down lists."""

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ror.imports.reading import NO, YES
from ror.imports.sheets.columns import DatumField
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from structures.fields import ChoiceField, YesNoField

TITLE = "Listes"
LAST_ROW = 50_000  # of a sheet that can be read
YES_NO = (YES, NO)


class Choices:
    """The lists of one workbook: each is written once, whatever the columns that offer it."""

    def __init__(self) -> None:
        self.columns: dict[tuple[str, ...], tuple[str, int]] = {}  # texts → title, rank of the column

    def add(self, title: str, texts: tuple[str, ...]) -> str:
        """The letter of the column of « Listes » that holds these texts."""
        if texts not in self.columns:
            self.columns[texts] = (title, len(self.columns) + 1)
        return get_column_letter(self.columns[texts][1])

    def validation(self, title: str, texts: tuple[str, ...], cells: str) -> DataValidation:
        """A drop-down list on these cells. A code typed instead of its words is accepted, after a warning."""
        letter = self.add(title, texts)
        return DataValidation(
            type="list",
            formula1=f"'{TITLE}'!${letter}$2:${letter}${len(texts) + 1}",
            sqref=cells,
            allow_blank=True,
            errorStyle="warning",
            showErrorMessage=True,
            errorTitle="Valeur hors de la liste",
            error="Cette valeur n'est pas dans la liste proposée. Voulez-vous la garder ?",
        )

    def header(self) -> list[str]:
        return [title for title, _ in self.columns.values()]

    def rows(self) -> list[list[str]]:
        """The lists side by side."""
        longest = max(map(len, self.columns), default=0)
        return [[texts[rank] if rank < len(texts) else "" for texts in self.columns] for rank in range(longest)]


def texts_of(field: DatumField, codes: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What may be typed there, in words; all codes in force, or those of an entry model; nothing for free texts."""
    datum = field.datum
    if isinstance(datum, YesNoField):
        return YES_NO
    if isinstance(datum, ChoiceField):
        return tuple(field.widget.word(key) for key, _ in datum.choices if key != "")
    if isinstance(datum, (CodeChoiceField, CodeSetChoiceField)):
        current = nomenclature().members(datum.value_set)
        return tuple(field.widget.word(key) for key in codes or current if key in current)
    return ()


def column_cells(rank: int) -> str:
    """The cells of a column under its title; `rank` from 1."""
    letter = get_column_letter(rank)
    return f"{letter}2:{letter}{LAST_ROW}"
