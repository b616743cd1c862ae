"""Two documents side by side, as one viewer may read them: what differs, in words, and what is chosen of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from confidentiality.disclosure import Disclosed
from structures import uniting
from structures.describing.wording import NOTHING, Words
from structures.differences import differences
from structures.document import Document, join
from structures.fields import EMPTY
from structures.merging import same
from structures.schema import Rows
from structures.uniting import PLACES, says

FIRST, SECOND, BOTH = "0", "1", "2"
LABELS = {"delivery_point": "Adresse", "latitude": "Coordonnées", "external_sync_id": "Logiciel de gestion des lits"}


@dataclass(frozen=True)
class Choice:
    """One datum, or one list of rows, that the two do not say alike: its label and both sides in words."""

    name: str
    label: str
    sides: tuple[list[str], list[str]]
    is_list: bool = False


class Sides:
    """What two documents of one schema say, as a viewer reads them, and what may be chosen of each.

    `documents` are whole, `shown` are what was disclosed of them: the first is the one proposed.
    """

    def __init__(self, schema: Rows, documents: list[Document], shown: list[Disclosed], words: Words) -> None:
        self.schema, self.documents, self.shown, self.words = schema, documents, shown, words
        self.choices = [*self._data(), *self._lists()]

    def compose(self, kept: int, chosen: Mapping[str, str]) -> Document:
        """The document that the choices make, for the one kept (its rank among the two)."""
        data = dict(uniting.data_to_choose(self.schema))
        taken = [name for key in data if chosen.get(key) == str(1 - kept) for name in data[key]]
        rows = {name: self._ids(name, kept, chosen[name]) for name in self.schema.rows if name in chosen}
        return uniting.composed(self.documents[kept], self.documents[1 - kept], taken, rows, self.schema)

    def left(self, kept: int, chosen: Mapping[str, str]) -> Iterator[str]:
        """The rows of the other that the one kept does not take, in words."""
        for choice in filter(lambda choice: choice.is_list, self.choices):
            schema, ids = self.schema.rows[choice.name], self._ids(choice.name, kept, chosen[choice.name])
            held = [says(row, schema) for shown in self.shown for row in shown[choice.name] if row["id"] in ids]
            for row in self.shown[1 - kept][choice.name]:
                if row["id"] not in ids and (choice.name == PLACES or says(row, schema) not in held):
                    yield f"Non repris, {schema.label} : {self._row(choice.name, row)}"

    def changes(self, kept: int, after: Disclosed) -> list[dict[str, str]]:
        """What changes in the one kept, in words; `after` is what its reader may read of it then."""
        before = self.shown[kept]
        words = Words([before, after], self.schema, self.words.organizations)
        return [words.difference_in_words(found, before, after) for found in differences(before, after, self.schema)]

    def _data(self) -> Iterator[Choice]:
        one, other = self.shown
        for key, names in uniting.data_to_choose(self.schema):
            known = [name for name in names if name in one and name in other]
            if len(known) == len(names) and not all(same(one[name], other[name]) for name in names):
                sides = tuple([self._values(names, shown)] for shown in self.shown)
                yield Choice(key, LABELS.get(key, str(self.schema.fields[key].label)), sides)

    def _lists(self) -> Iterator[Choice]:
        one, other = self.shown
        for name, schema in self.schema.rows.items():
            if name not in one or name not in other:
                continue
            said = [sorted((says(row, schema) for row in shown[name]), key=repr) for shown in self.shown]
            ids = [{row["id"] for row in shown[name]} for shown in self.shown]
            if said[0] != said[1] or (name == PLACES and ids[0] != ids[1]):
                sides = tuple([self._row(name, row) for row in shown[name]] for shown in self.shown)
                yield Choice(name, f"{schema.label.capitalize()} : toute la liste", sides, is_list=True)

    def _ids(self, name: str, kept: int, side: str) -> set[str]:
        """The ids of the rows chosen in one list. What the viewer may not read of the one kept stays there.

        Of two rows that say the same, only that of the one kept stays, but for places, which have their own figures.
        """
        own, others = self.shown[kept][name], self.shown[1 - kept][name]
        known = {row["id"] for row in own}
        ids = {row["id"] for row in self.documents[kept][name]} - known
        if side in (str(kept), BOTH):
            ids |= known
        if side == str(1 - kept):
            ids |= {row["id"] for row in others}
        if side == BOTH:
            held = [] if name == PLACES else [says(row, self.schema.rows[name]) for row in own]
            ids |= {row["id"] for row in others if says(row, self.schema.rows[name]) not in held}
        return ids

    def _values(self, names: tuple[str, ...], shown: Disclosed) -> str:
        said = [self.words.in_words(name, shown[name]) for name in names if shown[name] not in EMPTY]
        return " ".join(said) or NOTHING

    def _row(self, name: str, row: Document) -> str:
        return _row_in_words(self.words, self.schema.rows[name], f"{name}.{row['id']}", row)


def _row_in_words(words: Words, schema: Rows, path: str, row: Document) -> str:
    """What a row says, in the order of its form; the rows below it in brackets. Of a question, only a yes is said."""
    said = []
    for name, datum in schema.fields.items():
        value = row.get(name)
        if value is True:
            said.append(f"{str(datum.label).rstrip(' ?')} : oui")
        elif value is not False and value not in EMPTY:
            said.append(words.in_words(join(path, name), value))
    for name, below in schema.rows.items():
        rows = [
            _row_in_words(words, below, join(path, f"{name}.{child['id']}"), child) for child in row.get(name) or []
        ]
        said += [f"({each})" for each in rows]
    return ", ".join(said)
