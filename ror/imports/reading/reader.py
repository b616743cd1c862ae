"""Reads an uploaded file against what is expected of it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from ror.imports.reading.book import Remark, Severity, Workbook
from ror.imports.reading.limits import LIMITS, Limits, Refused
from ror.imports.reading.matching import LOOKED_AT, Fitting, header_position, names_found
from ror.imports.reading.running import child_messages
from ror.imports.reading.shapes import SheetShape
from ror.imports.reading.texts import fold

NOT_THE_TEMPLATE = (
    "Ce n'est pas le modèle attendu : aucune feuille ne s'y nomme {}. "
    "Téléchargez le modèle, remplissez-le et déposez-le."
)
NOT_THE_COLUMNS = (
    "Ce n'est pas le modèle attendu : les titres de colonnes, comme {}, n'y ont pas été trouvés. "
    "Téléchargez le modèle, remplissez-le et déposez-le."
)
ENCODINGS = {
    "cp1252": "Ce fichier n'est pas en UTF-8 : ses accents ont été lus comme ceux de Windows (cp1252). Vérifiez-les.",
    "utf-16": "Ce fichier a été lu en UTF-16.",
    "utf-32": "Ce fichier a été lu en UTF-32.",
}  # fmt: skip
UNKNOWN = "La feuille « {} » n'est pas du modèle : elle n'est pas lue."
GUESSED = "Cette feuille a été lue comme « {} », d'après ses colonnes."
TWICE = "Deux feuilles se nomment comme « {} ». Celle-ci n'est pas lue : réunissez-les, ou renommez-la."
MISSING = "La feuille « {} » n'est pas dans le fichier."


def read(
    path: Path, name: str, shapes: Sequence[SheetShape], limits: Limits = LIMITS, aside: Collection[str] = ()
) -> Workbook:
    """What the file at `path` holds of the expected sheets, with all that is to be said of it.

    `name` is the name under which it was uploaded; `aside` are sheets of the template that hold nothing to read, and of
    which nothing is said. Raises Refused, with a French sentence for the person, when the file is of another kind,
    hostile, damaged, too big, or has none of the expected sheets. OSError when `path` cannot be read. The file is only
    opened by a child process, which is gone at the end.
    """
    names = {folded for shape in shapes for folded in shape.folded()}
    headers = {header for shape in shapes for header in shape.by_header()}
    with child_messages(path, name, names, headers, limits) as messages:
        book = _Reading(Workbook(name, ""), shapes, aside)
        for message in messages:
            book.hear(message)
    return book.finish()


class _Reading:
    """A workbook being read: hears the child, line by line."""

    def __init__(self, book: Workbook, shapes: Sequence[SheetShape], aside: Collection[str]):
        self.book = book
        self.aside = {fold(each) for each in aside}
        self.shapes = shapes
        self.by_name = {folded: shape for shape in reversed(shapes) for folded in shape.folded()}
        self.fitting: Fitting | None = None
        self.here: tuple[str, bool] | None = None  # the sheet begun whose shape is not known: its name, whether visible
        self.waiting: list = []  # its first rows

    def hear(self, message: dict | list) -> None:
        if isinstance(message, list):
            self._rows(message)
        elif "kind" in message:
            self.book.kind = message["kind"]
            self.book.encoding = message.get("encoding", "")
            self.book.separator = message.get("separator", "")
            if said := ENCODINGS.get(self.book.encoding):
                self.book.remarks.append(Remark(Severity.NOTE, said))
        else:
            self._end_sheet()
            self._begin_sheet(message["sheet"], message["visible"])

    def finish(self) -> Workbook:
        """The workbook. Refused when none of its sheets is expected."""
        self._end_sheet()
        book = self.book
        if not book.sheets:
            raise Refused(self._not_expected())
        read = {sheet.shape.name for sheet in book.sheets}
        book.missing = tuple(shape.name for shape in self.shapes if shape.name not in read)
        if book.kind != "csv":
            told = {shape.name for shape in self.shapes if not shape.partial}
            book.remarks += (Remark(Severity.NOTE, MISSING.format(each)) for each in book.missing if each in told)
        return book

    def _begin_sheet(self, name: str, visible: bool) -> None:
        shape = self.by_name.get(fold(name))
        if fold(name) in self.aside:
            return
        if shape is None:
            self.here = (name, visible)
        elif self._is_read(shape):
            self.book.remarks.append(Remark(Severity.ERROR, TWICE.format(shape.name), name))
        else:
            self.fitting = Fitting(name, shape, untyped=False)

    def _rows(self, rows: list) -> None:
        if self.fitting:
            self.fitting.take(rows)
        elif self.here:
            self.waiting += rows
            if len(self.waiting) >= LOOKED_AT:
                self._guess()

    def _guess(self) -> None:
        """The shape of a sheet that has no expected name, by its columns."""
        (name, visible), rows = self.here, self.waiting
        self.here, self.waiting = None, []
        free = [shape for shape in self.shapes if not self._is_read(shape)]
        shape = best_shape([cells for _number, cells in rows[:LOOKED_AT]], free)
        if shape:
            self.fitting = Fitting(name, shape, untyped=self.book.kind == "csv")
            if name:
                self.fitting.sheet.remarks.append(Remark(Severity.NOTE, GUESSED.format(shape.name), name))
            self.fitting.take(rows)
        elif visible and name:
            self.book.unknown += (name,)
            self.book.remarks.append(Remark(Severity.NOTE, UNKNOWN.format(name)))

    def _end_sheet(self) -> None:
        if self.here:
            self._guess()
        if self.fitting:
            self.book.sheets.append(self.fitting.finish())
        self.fitting = None

    def _is_read(self, shape: SheetShape) -> bool:
        return any(sheet.shape is shape for sheet in self.book.sheets)

    def _not_expected(self) -> str:
        if self.book.kind == "csv" or len(self.shapes) == 1:
            names = [column.name for shape in self.shapes for column in shape.columns]
            return NOT_THE_COLUMNS.format(_quoted(names[:4]))
        return NOT_THE_TEMPLATE.format(_quoted([shape.name for shape in self.shapes[:4]]))


def best_shape(rows: list[list], shapes: Sequence[SheetShape]) -> SheetShape | None:
    """The shape that these first rows suit best: all its mandatory columns if possible, then most of its columns."""
    scores = []
    for shape in shapes:
        position = header_position(rows, shape)
        if position is not None:
            found = names_found(rows[position], shape)
            whole = all(column.name in found for column in shape.columns if column.mandatory)
            scores.append(((whole, len(found)), shape))
    return max(scores, key=lambda pair: pair[0], default=(None, None))[1]


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"« {name} »" for name in names)
