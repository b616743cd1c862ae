"""One column: the title of a datum, how its value is written in a cell, and what the text of a cell means.

Whatever the value, its cell read back is `DatumField.read_back(value)`: a cell that says this says nothing new.
"""

import datetime
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from django import forms
from import_export.fields import Field
from import_export.widgets import Widget

from ror.imports.reading import NO, YES, ColumnShape, Kind, clean_text, fold
from ror.imports.reading.values import understand
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, CommuneSetChoiceField, StoredCommuneField
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import INSEE_CODE, present_among
from ror.reference.widgets import SEPARATOR
from ror.spreadsheets import LONGEST_CELL
from structures.document import canonical
from structures.fields import EMPTY, ChoiceField, DecimalField, TextListField, YesNoField, is_many
from structures.schema import Rows

LINES = "\n"
KINDS = (
    (YesNoField, Kind.BOOLEAN),
    (forms.DateField, Kind.DATE),
    (forms.TimeField, Kind.TIME),
    (DecimalField, Kind.NUMBER),
    (forms.IntegerField, Kind.NUMBER),
)
# The data that are figures of a fixed length, whose first zero a spreadsheet drops.
DIGITS = {"postcode": 5, "commune": 5}


class Meaning(NamedTuple):
    """What a text means in its column: the value as a document holds it; with a message, it stays as typed."""

    value: Any
    message: str = ""


class DatumWidget(Widget):
    """One datum of a document as the text of a cell, and back. What a text does not mean stays as it was typed."""

    def __init__(self, datum: forms.Field) -> None:
        super().__init__()
        self.datum = datum
        self._words: dict[Any, str] = {}

    def render(self, value: Any, obj: Any = None, **kwargs) -> str:
        if value in EMPTY:
            return ""
        if isinstance(value, bool):
            return YES if value else NO
        if isinstance(value, list):
            return self._list(value)
        if isinstance(self.datum, forms.DateField):
            return _french_day(value)
        if isinstance(self.datum, DecimalField):
            return str(value).replace(".", ",")
        return self.word(value)

    def clean(self, value: Any, row: Any = None, **kwargs) -> Any:
        """The value before it is checked: codes by key or label, choices by their label."""
        text = str(value or "").strip()
        if not text:
            return [] if is_many(self.datum) else None
        if isinstance(self.datum, ChoiceField):
            labels = {fold(str(label)): key for key, label in self.datum.choices if key != ""}
            return labels.get(fold(text), text)
        if isinstance(self.datum, TextListField):
            return text.split(LINES)
        if isinstance(self.datum, CodeSetChoiceField) and nomenclature().find(self.datum.value_set, text):
            return [text]
        if is_many(self.datum):
            return [part.strip() for part in text.split(SEPARATOR) if part.strip()]
        return text

    def word(self, value: Any) -> str:
        """One value, or one item of a list, in words."""
        if not isinstance(self.datum, (CodeChoiceField, CodeSetChoiceField, ChoiceField)):
            return str(value)
        if value not in self._words:
            self._words[value] = self._named(value)
        return self._words[value]

    def _named(self, value: Any) -> str:
        if isinstance(self.datum, ChoiceField):
            return str(dict(self.datum.choices).get(value, value))
        shown = nomenclature().display(self.datum.value_set, value)
        return str(value) if SEPARATOR in shown else shown

    def _list(self, values: list) -> str:
        """In words; by their codes alone where a cell could not hold the words."""
        if isinstance(self.datum, TextListField):
            return LINES.join(map(str, values))
        words = f"{SEPARATOR} ".join(map(self.word, values))
        return words if len(words) <= LONGEST_CELL else SEPARATOR.join(map(str, values))


class DatumField(Field):
    """The column of one datum: its title is the datum's label. What it learns of its texts, it remembers."""

    def __init__(self, name: str, datum: forms.Field) -> None:
        super().__init__(attribute=name, column_name=title_of(datum), widget=DatumWidget(datum))
        self.datum = datum
        self.name = name
        self._schema = Rows("", {name: datum})
        self._is_code_set = isinstance(datum, CodeSetChoiceField)
        self._backs: dict[Hashable, str] = {}
        self._meanings: dict[str, Meaning] = {}

    @property
    def shape(self) -> ColumnShape:
        kind = next((kind for type_, kind in KINDS if isinstance(self.datum, type_)), Kind.TEXT)
        return ColumnShape(self.column_name, synonyms=(self.name,), kind=kind, digits=DIGITS.get(self.name, 0))

    @property
    def of_communes(self) -> bool:
        return isinstance(self.datum, (StoredCommuneField, CommuneSetChoiceField))

    def written(self, value: Any) -> str:
        """The text of the cell of this value."""
        return self.widget.render(value)

    def read_back(self, value: Any) -> str:
        """What the reader tells of the cell that `written` gives."""
        if value in EMPTY:
            return ""
        key = tuple(value) if isinstance(value, list) else value
        if key not in self._backs:
            cell = clean_text(self.written(value))
            self._backs[key] = cell if self.shape.kind == Kind.TEXT else understand(cell, self.shape).text
        return self._backs[key]

    def meaning(self, text: str, stored: Any = None) -> Meaning:
        """What a text means where `stored` stands: what is stored already stays good, closed codes included."""
        if stored and self._is_code_set and (held := self._held(text, stored)):
            return self._beside(held, text)
        if text not in self._meanings:
            self._meanings[text] = self._understood(text)
        return self._meanings[text]

    def learn(self, texts: Iterable[str]) -> None:
        """Understand at once the communes that all these texts name by their code. One query, none for other data."""
        if not self.of_communes:
            return
        lists = {text: [part.strip() for part in text.split(SEPARATOR) if part.strip()] for text in set(texts)}
        known = present_among({code for codes in lists.values() for code in codes})
        for text, codes in lists.items():
            if codes and all(INSEE_CODE.fullmatch(code) and known.get(code) for code in codes):
                found = sorted({known[code] for code in codes})
                if is_many(self.datum):
                    self._meanings[text] = Meaning(found)
                elif codes == found:
                    self._meanings[text] = Meaning(found[0])

    def _understood(self, text: str) -> Meaning:
        clean, found = canonical({self.name: self.widget.clean(text)}, self._schema)
        return Meaning(clean[self.name], " ".join(finding.message for finding in found))

    def _held(self, text: str, stored: Any) -> dict[str, Any]:
        """The stored codes of a list that the text names and that nobody may choose any more, by their words."""
        codes = nomenclature()
        closed = [key for key in stored if not codes.is_current(self.datum.value_set, key)]
        parts = {part.strip() for part in text.split(SEPARATOR)} if closed else set()
        return {clean_text(self.widget.word(key)): key for key in closed if clean_text(self.widget.word(key)) in parts}

    def _beside(self, held: dict[str, Any], text: str) -> Meaning:
        others = SEPARATOR.join(part for part in text.split(SEPARATOR) if part.strip() not in held)
        meaning = self.meaning(others)
        if meaning.message:
            return Meaning(self.widget.clean(text), meaning.message)
        return Meaning([*held.values(), *(key for key in meaning.value if key not in held.values())])


def title_of(datum: forms.Field) -> str:
    """The label of a datum as the title of a column: questions lose their mark."""
    return str(datum.label).removesuffix(" ?")


def _french_day(value: Any) -> str:
    try:
        return f"{datetime.date.fromisoformat(str(value)):%d/%m/%Y}"
    except ValueError:
        return str(value)
