"""The columns of the spreadsheets: django-import-export resources, made from the data that a description holds.

A resource says, for each column, its title, how a value is written in a cell and how a cell is read back:
`typed(field, field.export(document)) == document value`, whatever the value.
"""

from typing import Any

from django import forms
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from ror.imports.reading import ColumnShape, Kind, SheetShape, fold
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, CommuneSetChoiceField
from ror.reference.nomenclature import nomenclature
from ror.reference.widgets import SEPARATOR
from structures.document import Document
from structures.fields import ChoiceField, TextListField, YesNoField
from structures.schema import OFFER

KEY = "identifier"
KEY_TITLE = "Identifiant de l'offre"
# What no spreadsheet writes: the flag of a sensitive unit, which takes a motive and a person, and the portal's own.
NEVER_IMPORTED = frozenset({"sensitive", "sensitive_motive", "entry_model"})
YES, NO = "oui", "non"
LINES = "\n"


class DatumWidget(Widget):
    """One datum of a document as the text of a cell, and back. What a text does not mean stays as it was typed."""

    def __init__(self, datum: forms.Field) -> None:
        super().__init__()
        self.datum = datum

    def render(self, value: Any, obj: Any = None, **kwargs) -> str:
        if value is None or value == []:
            return ""
        if isinstance(value, bool):
            return YES if value else NO
        if isinstance(value, list):
            joint = LINES if isinstance(self.datum, TextListField) else f"{SEPARATOR} "
            return joint.join(self._word(item) for item in value)
        return self._word(value)

    def clean(self, value: Any, row: Any = None, **kwargs) -> Any:
        """The value as a document holds it before it is checked: codes by key or label, choices by their label."""
        text = str(value or "").strip()
        if not text:
            return [] if isinstance(self.datum, (CodeSetChoiceField, CommuneSetChoiceField, TextListField)) else None
        if isinstance(self.datum, ChoiceField):
            labels = {fold(str(label)): key for key, label in self.datum.choices if key != ""}
            return labels.get(fold(text), text)
        if isinstance(self.datum, CommuneSetChoiceField):
            return [part.strip() for part in text.split(SEPARATOR) if part.strip()]
        return text.splitlines() if isinstance(self.datum, TextListField) else text

    def _word(self, value: Any) -> str:
        if isinstance(self.datum, (CodeChoiceField, CodeSetChoiceField)):
            shown = nomenclature().display(self.datum.value_set, value)
            return value if SEPARATOR in shown else shown
        if isinstance(self.datum, ChoiceField):
            return str(dict(self.datum.choices).get(value, value))
        return str(value)


class DatumField(Field):
    """The column of one datum: its title is the datum's label."""

    def __init__(self, name: str, datum: forms.Field) -> None:
        super().__init__(attribute=name, column_name=title_of(datum), widget=DatumWidget(datum))

    @property
    def shape(self) -> ColumnShape:
        kind = Kind.BOOLEAN if isinstance(self.widget.datum, YesNoField) else Kind.TEXT
        return ColumnShape(self.column_name, synonyms=(self.attribute,), kind=kind)


class OfferResource(Resource):
    """The sheet « Offres »: what an offer says by itself, one line per offer, known by its identifier."""

    sheet = "Offres"

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        for name, datum in OFFER.fields.items():
            if name not in NEVER_IMPORTED:
                self.fields[name] = DatumField(name, datum)

    def get_export_order(self) -> list[str]:
        return list(self.fields)

    def shape(self) -> SheetShape:
        """What a file of these lines looks like."""
        key = ColumnShape(KEY_TITLE, synonyms=(KEY, "identifiant"), mandatory=True)
        return SheetShape(self.sheet, (key, *(field.shape for field in self.fields.values())))

    def header(self) -> list[str]:
        return [KEY_TITLE, *self.get_export_headers()]

    def line(self, identifier: str, document: Document) -> list[str]:
        """One line; an absent datum is an empty cell."""
        return [identifier, *(field.export(document) for field in self.fields.values())]

    def by_title(self) -> dict[str, DatumField]:
        return {field.column_name: field for field in self.fields.values()}


def title_of(datum: forms.Field) -> str:
    """The label of a datum as the title of a column: questions lose their mark."""
    return str(datum.label).removesuffix(" ?")
