"""From the sheets of a file to what it says of each offer."""

from typing import Any

from ror.imports.reading import YES, Severity, Sheet, Workbook
from ror.imports.reading import Row as ReadRow
from ror.imports.sheets.beside import BESIDE
from ror.imports.sheets.layout import (
    FINESS_TITLE,
    KEY_TITLE,
    LINE_TITLE,
    OFFERS,
    REMOVE_TITLE,
    SENSITIVE_TITLE,
    ListPath,
    resources,
)
from ror.imports.sheets.typed import GIVEN_ID, SheetView, TypedOffer, TypedRow

NO_KEY = (
    "L'identifiant de l'offre manque : reprenez-le de la liste exportée. Pour une nouvelle offre, inventez-en un "
    "(par exemple « N1 ») et reprenez-le dans chaque feuille."
)
TWICE = "Cette offre est déjà à la ligne {} : gardez une seule des deux lignes."
LINE_TWICE = "Cette ligne de l'offre est déjà à la ligne {} de la feuille : gardez une seule des deux."


def gather(book: Workbook) -> dict[str, TypedOffer]:
    """What the file says of each offer, by its reference, in the order of the file, « Offres » first.

    A line without reference has an entry of its own, under a key that no reference can have, with its problem. What
    every column learns of its texts lives as long as the result.
    """
    offers: dict[str, TypedOffer] = {}
    by_title = {
        resource.layout.title: resource for resource in (*resources().values(), *(each() for each in BESIDE.values()))
    }
    sheets = sorted(book.sheets, key=lambda sheet: bool(by_title[sheet.shape.name].layout.path))
    for sheet in sheets:
        _Gathering(offers, sheet, SheetView(sheet, by_title[sheet.shape.name])).gather()
    return offers


class _Gathering:
    """One sheet being gathered."""

    def __init__(self, offers: dict[str, TypedOffer], sheet: Sheet, view: SheetView) -> None:
        self.offers, self.sheet, self.view = offers, sheet, view
        self.path: ListPath = view.resource.layout.path
        self.first: dict[tuple[str, str], int] = {}  # the line where each offer names each of its rows
        position = {column.name: index for index, column in enumerate(sheet.columns)}
        self.key, self.finess = position.get(KEY_TITLE), position.get(FINESS_TITLE)
        self.line, self.remove = position.get(LINE_TITLE), position.get(REMOVE_TITLE)
        self.sensitive = position.get(SENSITIVE_TITLE)
        self.parent = position.get(view.resource.layout.parent)
        self.data = [
            (field.name, position[field.column_name]) for field in view.fields.values() if field.column_name in position
        ]

    def gather(self) -> None:
        if self.key is None:
            return  # the reader says so: a mandatory column is missing
        for name, index in self.data:
            self.view.fields[name].learn(row.texts[index] for row in self.sheet.rows)
        take = self._take_offer if self.path == OFFERS else self._take_row
        for row in self.sheet.rows:
            take(row)

    def _take_offer(self, row: ReadRow) -> None:
        offer = self._offer(row)
        if offer.view is not None:
            offer.problems.append(self.view.spot(row.number, KEY_TITLE).problem(TWICE.format(offer.number)))
            return
        offer.view, offer.number = self.view, row.number
        offer.finess = row.texts[self.finess] if self.finess is not None else ""
        offer.sensitive = self._text(row, self.sensitive)
        offer.own = self._texts(row)

    def _take_row(self, row: ReadRow) -> None:
        offer = self._offer(row)
        said = TypedRow(
            self.view,
            row.number,
            reference=_reference(self._text(row, self.line)),
            parent=_reference(self._text(row, self.parent)),
            data=self._texts(row),
            removed=self._text(row, self.remove) == YES,
        )
        name = (row.texts[self.key], said.reference)
        if said.reference and name in self.first:
            told = LINE_TWICE.format(self.first[name])
            offer.problems.append(self.view.spot(row.number, LINE_TITLE).problem(told))
            return
        self.first[name] = row.number
        offer.rows.setdefault(self.path, []).append(said)

    def _offer(self, row: ReadRow) -> TypedOffer:
        """The offer that the line names, with what is wrong in the line."""
        reference = row.texts[self.key]
        key = reference or f"\0{self.view.name}\0{row.number}"
        offer = self.offers.get(key)
        if offer is None:
            offer = self.offers[key] = TypedOffer(reference)
        offer.lines.append((self.view.name, row.number))
        if not reference:
            offer.problems.append(self.view.spot(row.number, KEY_TITLE).problem(NO_KEY))
        if row.remarks:
            offer.problems += self._wrong_cells(row)
        return offer

    def _wrong_cells(self, row: ReadRow) -> list[dict[str, Any]]:
        wrong = (remark for remark in row.remarks if remark.severity is Severity.ERROR)
        return [self.view.spot(row.number, remark.name).problem(remark.message) for remark in wrong]

    def _texts(self, row: ReadRow) -> dict[str, str]:
        """The texts by datum. A cell in error that shows nothing says nothing: it is a problem, not an empty datum."""
        texts = row.texts
        said = {name: texts[index] for name, index in self.data}
        if row.remarks:
            broken = {remark.name for remark in row.remarks if remark.severity is Severity.ERROR}
            titles = {field.name: field.column_name for field in self.view.fields.values()}
            said = {name: text for name, text in said.items() if text or titles[name] not in broken}
        return said

    @staticmethod
    def _text(row: ReadRow, index: int | None) -> str:
        return row.texts[index] if index is not None else ""


def _reference(text: str) -> str:
    """The name of a row as typed; one that the portal gave is known in capitals too."""
    return text.lower() if GIVEN_ID.fullmatch(text.lower()) else text
