"""What a file says of one offer, set on what the person reads of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from confidentiality.levels import Level
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.layout import LINE_TITLE, REMOVE_TITLE, TITLES, ListPath
from ror.imports.sheets.typed import GIVEN_ID, Spot, TypedOffer, TypedRow
from structures.document import Document, new_id
from structures.fields import is_many
from structures.merging import same
from structures.schema import OFFER, Rows

# One sentence for a line that is gone, that never was, and that the person may not know: none tells of the others.
UNKNOWN_LINE = (
    "Cette offre n'a pas de ligne de ce nom que vous pouvez changer. Reprenez la ligne d'un export récent, ou videz "
    "« Ligne » pour en ajouter une."
)
NOT_YOURS = (
    "Cette donnée de cette offre ne peut pas être changée par vous : reprenez la valeur exportée, ou ôtez la colonne."
)
UNKNOWN_PARENT = "Aucune ligne de la feuille « {} » ne porte ce nom pour cette offre : reprenez celui de sa « Ligne »."
WHICH_PARENT = "Cette offre a {} lignes dans « {} » : indiquez laquelle, en reprenant le nom de sa « Ligne »."
NO_PARENT = "Ajoutez d'abord une ligne pour cette offre dans la feuille « {} » : celle-ci en dépend."
REMOVED_PARENT = "La ligne dont celle-ci dépend, dans « {} », est à retirer : effacez celle-ci, ou gardez l'autre."
MOVED = "Cette ligne dépend déjà d'une autre : pour la déplacer, retirez-la et ajoutez-la de nouveau, « Ligne » vide."
NOTHING_TO_REMOVE = "Cette ligne n'est pas encore dans le répertoire : effacez-la du fichier au lieu de la retirer."
LEVEL = "level"
LISTS = [*(name for name, datum in OFFER.fields.items() if is_many(datum)), *OFFER.rows]
LEAST_LEVEL = int(Level.PROFESSIONAL)  # of a new contact, until someone says otherwise (RG_EXP_032, 033)


@dataclass
class Applied:
    """What the person reads, with what the file says.

    `names` are the data and lists of the offer that it says otherwise: nothing, when empty. Each value said is as a
    document holds it, or stands as typed and has its problem. `lines` are the lines of the file by id of their row,
    `added` the ids of the new ones; `named` the id of each row that the file names, by list and name.
    """

    typed: TypedOffer
    document: Document
    names: set[str] = field(default_factory=set)
    problems: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, TypedRow] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    named: dict[tuple[ListPath, str], str] = field(default_factory=dict)

    def place(self, path: str) -> Spot:
        """Where the file says what stands at `path` of the document, or what it hangs on."""
        parts = path.split(".")
        for end in range(len(parts) - len(parts) % 2, 0, -2):
            line = self.lines.get(parts[end - 1])
            if line is not None:
                return line.spot(parts[end] if len(parts) == end + 1 else "")
        rows = self.typed.rows.get(tuple(parts[::2]))
        if rows and len(parts) == 1:
            return Spot(rows[0].view.name, 0, "", "")
        return self.typed.spot(parts[0] if len(parts) == 1 else "")


def applied(typed: TypedOffer, read: Document) -> Applied:
    """`read`, what the person may read of a published offer, with what the file says of it.

    A text equal to the export of what is read says nothing, whatever is stored. A datum that is not read is not
    written: saying something of it is a problem.
    """
    return _Saying(typed, read, _Published()).result()


def started(typed: TypedOffer, beginning: Document) -> Applied:
    """The first description of a new offer: `beginning` (what one starts from, or nothing) with what the file says.

    An empty cell leaves the answer of the beginning; the lines, even copied from another offer, are new ones.
    """
    empty: Document = dict.fromkeys(OFFER.fields) | {name: [] for name in LISTS}
    return _Saying(typed, empty | beginning, _New()).result()


class _Published:
    """How an offer of the record is spoken of."""

    @staticmethod
    def says_nothing(text: str) -> bool:
        return False

    @staticmethod
    def is_given(reference: str) -> bool:
        return bool(GIVEN_ID.fullmatch(reference))


class _New:
    """How an offer that the file describes first is spoken of."""

    @staticmethod
    def says_nothing(text: str) -> bool:
        return not text

    @staticmethod
    def is_given(reference: str) -> bool:
        return False


@dataclass
class _Held:
    """A row of the document: the list where it stands, the id of the row above."""

    row: Document
    siblings: list[Document]
    above: str


class _Saying:
    """One offer being said: the document is copied when the file first says something of a list."""

    def __init__(self, typed: TypedOffer, read: Document, manner: _Published | _New) -> None:
        self.typed, self.manner = typed, manner
        self.done = Applied(typed, dict(read), problems=list(typed.problems))
        self.wrong = {(problem["sheet"], problem["cell"]) for problem in typed.problems}
        self.copied = False
        self.named = self.done.named
        self.removed: set[tuple[ListPath, str]] = set()

    def result(self) -> Applied:
        self._say_own()
        if self.typed.rows:
            self.held = {path: dict[str, _Held]() for path in TITLES}
            self._index()
            for path in TITLES:
                for line in self._in_turn(path):
                    self._say_line(path, line)
        return self.done

    # What the offer says by itself.

    def _say_own(self) -> None:
        document, columns = self.done.document, self.typed.view.fields if self.typed.view else {}
        for name, text in self.typed.own.items():
            column, stored = columns[name], document.get(name)
            if text == column.read_back(stored) or self.manner.says_nothing(text):
                continue
            if name not in document:
                self._refuse(self.typed.spot(name), NOT_YOURS)
                continue
            meaning = column.meaning(text, stored)
            if meaning.message:
                self._refuse(self.typed.spot(name), meaning.message)
            if not same(meaning.value, stored):
                document[name] = _own_copy(meaning.value)
                self.done.names.add(name)

    # What its lists say.

    def _in_turn(self, path: ListPath) -> list[TypedRow]:
        """The lines of a sheet, those that name a row of the record first: the others may only be new."""
        lines = self.typed.rows.get(path, [])
        known = self.held[path]
        return sorted(lines, key=lambda line: line.reference not in known)

    def _say_line(self, path: ListPath, line: TypedRow) -> None:
        held = self.held[path].get(line.reference)
        if held is not None:
            self.named[path, line.reference] = line.reference
            self._say_known(path, line, held)
        elif line.removed:
            self._pass_removed(path, line)
        elif self._goes_with_its_parent(path, line):
            return
        elif self.manner.is_given(line.reference):
            self._refuse(line.view.spot(line.number, LINE_TITLE), UNKNOWN_LINE)
        else:
            self._say_new(path, line)

    def _say_known(self, path: ListPath, line: TypedRow, held: _Held) -> None:
        self.done.lines[line.reference] = line
        if line.removed:
            self._remove(path, line)
            return
        if line.parent and self.named.get((path[:-1], line.parent), line.parent) != held.above:
            self._refuse(line.view.spot(line.number, line.view.resource.layout.parent), MOVED)
            return
        for name, text in line.data.items():
            column = line.view.fields[name]
            stored = held.row.get(name)
            if text == column.read_back(stored):
                continue
            if name not in held.row:
                self._refuse(line.spot(name), NOT_YOURS)
                continue
            value = self._value(line, column, text, stored)
            if not same(value, stored):
                self._touch(path)
                held = self.held[path][line.reference]
                held.row[name] = value

    def _remove(self, path: ListPath, line: TypedRow) -> None:
        self._touch(path)
        held = self.held[path].pop(line.reference)
        held.siblings.remove(held.row)
        self.removed.add((path, line.reference))

    def _pass_removed(self, path: ListPath, line: TypedRow) -> None:
        """A line to remove that is not there: done already, when the portal had named it."""
        self.removed.add((path, line.reference))
        if not GIVEN_ID.fullmatch(line.reference):
            self._refuse(line.view.spot(line.number, REMOVE_TITLE), NOTHING_TO_REMOVE)

    def _goes_with_its_parent(self, path: ListPath, line: TypedRow) -> bool:
        return (path[:-1], line.parent) in self.removed and bool(GIVEN_ID.fullmatch(line.reference))

    def _say_new(self, path: ListPath, line: TypedRow) -> None:
        if not any(line.data.values()):
            return
        above = self._above(path, line)
        if above is None:
            return
        known = self._alike(path, line, above)
        if known is not None:
            self.named[path, line.reference] = known
            self.done.lines[known] = line
            return
        self._touch(path)
        row = self._new_row(line)
        siblings = self._siblings(path, above)
        siblings.append(row)
        self.held[path][row["id"]] = _Held(row, siblings, above)
        self.named[path, line.reference] = row["id"]
        self.done.lines[row["id"]] = line
        self.done.added.add(row["id"])

    def _above(self, path: ListPath, line: TypedRow) -> str | None:
        """The id of the row that a new line hangs on, empty for the offer itself; None, and a problem, when unclear."""
        if len(path) == 1:
            return ""
        parents, title = path[:-1], TITLES[path[:-1]]
        held = self.held[parents]
        spot = line.view.spot(line.number, line.view.resource.layout.parent)
        if line.parent:
            found = self.named.get((parents, line.parent), line.parent)
            if found in held:
                return found
            gone = (parents, line.parent) in self.removed
            self._refuse(spot, (REMOVED_PARENT if gone else UNKNOWN_PARENT).format(title))
        elif len(held) == 1:
            return next(iter(held))
        else:
            self._refuse(spot, WHICH_PARENT.format(len(held), title) if held else NO_PARENT.format(title))
        return None

    def _alike(self, path: ListPath, line: TypedRow, above: str) -> str | None:
        """The row of the record that says the same already: a file applied twice adds nothing the second time."""
        for key, held in self.held[path].items():
            if held.above == above and key not in self.done.lines and _says_the_same(line, held.row):
                return key
        return None

    def _new_row(self, line: TypedRow) -> Document:
        schema = line.view.resource.layout.schema
        row: Document = {"id": new_id()} | {name: _empty(datum) for name, datum in schema.fields.items()}
        for name, text in line.data.items():
            if text:
                row[name] = self._value(line, line.view.fields[name], text, None)
        if LEVEL in row and row[LEVEL] is None:
            row[LEVEL] = LEAST_LEVEL
        return row | {name: [] for name in schema.rows}

    def _value(self, line: TypedRow, column: DatumField, text: str, stored: Any) -> Any:
        meaning = column.meaning(text, stored)
        if meaning.message:
            self._refuse(line.spot(column.name), meaning.message)
        return _own_copy(meaning.value)

    def _siblings(self, path: ListPath, above: str) -> list[Document]:
        row = self.held[path[:-1]][above].row if above else self.done.document
        return row.setdefault(path[-1], [])

    def _touch(self, path: ListPath) -> None:
        """The lists are about to change: what was read stays as it was."""
        self.done.names.add(path[0])
        if not self.copied:
            self.copied = True
            document = self.done.document
            document |= {name: _copied(document[name], rows) for name, rows in OFFER.rows.items() if name in document}
            self._index()

    def _index(self) -> None:
        for path, held, key in _rows_of(self.done.document, OFFER):
            self.held[path][key] = held

    def _refuse(self, spot: Spot, message: str) -> None:
        """One problem for each cell: the first says what to do."""
        if (spot.sheet, spot.cell) not in self.wrong or not spot.column:
            self.wrong.add((spot.sheet, spot.cell))
            self.done.problems.append(spot.problem(message))


def _rows_of(
    row: Document, schema: Rows, path: ListPath = (), above: str = ""
) -> Iterator[tuple[ListPath, _Held, str]]:
    for name, child in schema.rows.items():
        siblings = row.get(name)
        for below in siblings or ():
            here = (*path, name)
            yield here, _Held(below, siblings, above), below["id"]
            yield from _rows_of(below, child, here, below["id"])


def _copied(rows: list[Document], schema: Rows) -> list[Document]:
    return [
        row | {name: _copied(row[name], child) for name, child in schema.rows.items() if name in row} for row in rows
    ]


def _says_the_same(line: TypedRow, row: Document) -> bool:
    for name, text in line.data.items():
        column = line.view.fields[name]
        if text == column.read_back(row.get(name)):
            continue
        if name != LEVEL or text or row.get(name) != LEAST_LEVEL:
            return False
    return True


def _empty(datum: Any) -> Any:
    return [] if is_many(datum) else None


def _own_copy(value: Any) -> Any:
    """What a column remembers is shared by all the lines that say it."""
    return list(value) if isinstance(value, list) else value
