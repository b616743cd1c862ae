"""Data and values in words, for the people who compare them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms

from ror.dates import display_date
from ror.reference.forms import CommuneField, CommuneSetChoiceField
from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import commune_text, communes_of
from structures.differences import Difference, differences
from structures.document import Document, join, value_at
from structures.fields import EMPTY, DecimalField
from structures.merging import GONE, Conflict
from structures.schema import OFFER, Rows

NOTHING = "rien"


class Words:
    """Speaks of the data of documents of schema `root`. The communes that `values` mention cost one query together."""

    def __init__(self, values: Iterable[Any], root: Rows = OFFER, organizations: dict[str, str] | None = None) -> None:
        self.root = root
        self.organizations = organizations or {}
        self.communes: dict[str, Commune] = communes_of(_texts_in(list(values)))

    def label_of(self, path: str) -> str:
        """The name of the datum at `path`: « Contact, Moyen de contact, Numéro »."""
        schema, labels = self.root, []
        parts = path.split(".")
        while parts and parts[0] in schema.rows:
            schema = schema.rows[parts[0]]
            labels.append(schema.label.capitalize())
            parts = parts[2:]
        if parts and parts[0] in schema.fields:
            labels.append(str(schema.fields[parts[0]].label))
        return ", ".join(labels)

    def in_words(self, path: str, value: Any) -> str:
        """A value as a person reads it: labels instead of codes, oui and non, a row by its main data."""
        if value == GONE or value in EMPTY:
            return "ligne supprimée" if value == GONE else NOTHING
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, list):
            return ", ".join(self.in_words(_path_of(path, item), item) for item in value)
        if isinstance(value, dict):
            shown = {key: value[key] for key in sorted(value) if key != "id" and _tells(value[key])}
            return " ; ".join(self.in_words(join(path, key), item) for key, item in shown.items())
        if path == "internal_organization":
            return self.organizations.get(str(value), str(value))
        return self._scalar(self.datum_at(path), value)

    def conflict_in_words(self, conflict: Conflict, document: Document) -> dict[str, str]:
        """A conflict for the page: the datum and its row, what was typed, what was published since."""
        row = self._row_in_words(conflict.path, document)
        return {
            "path": conflict.path,
            "label": " — ".join(filter(None, (self.label_of(conflict.path), row))),
            "mine": self.in_words(conflict.path, conflict.mine),
            "theirs": self.in_words(conflict.path, conflict.theirs),
        }

    def difference_in_words(self, difference: Difference, before: Document, after: Document) -> dict[str, str]:
        """A difference for the page: the datum and its row, what it said, what it says; a whole row has one of them."""
        document = before if difference.after is None else after
        row = self._row_in_words(difference.path, document)
        return {
            "label": " — ".join(filter(None, (self.label_of(difference.path), row))),
            "before": "" if isinstance(difference.after, dict) else self.in_words(difference.path, difference.before),
            "after": "" if isinstance(difference.before, dict) else self.in_words(difference.path, difference.after),
        }

    def datum_at(self, path: str) -> forms.Field | None:
        """The field of the datum at `path`, None for a row or a list."""
        schema, parts = self.root, path.split(".")
        while len(parts) > 1 and parts[0] in schema.rows:
            schema, parts = schema.rows[parts[0]], parts[2:]
        return schema.fields.get(parts[0]) if parts else None

    def _scalar(self, datum: forms.Field | None, value: Any) -> str:
        if isinstance(datum, (CommuneField, CommuneSetChoiceField)):
            commune = self.communes.get(str(value))
            return commune_text(commune) if commune else str(value)
        if isinstance(datum, forms.ChoiceField):
            labels = {str(key): str(label) for key, label in datum.choices if key != ""}
            return labels.get(str(value), str(value))
        if isinstance(datum, DecimalField):
            return str(value).replace(".", ",")
        if isinstance(datum, forms.DateField):
            return display_date(value) or str(value)
        return nomenclature().label(str(value))

    def _row_in_words(self, path: str, document: Document) -> str:
        """What tells the row apart from its like: « Accueil », « lundi »."""
        parts = path.split(".")
        if len(parts) < 3:
            return ""
        row_path = ".".join(parts[:2])
        row = value_at(document, row_path)
        first = next((key for key in self.root.rows[parts[0]].fields if row and row.get(key) not in EMPTY), None)
        return self.in_words(join(row_path, first), row[first]) if first else ""


def changes_in_words(before: Document, after: Document, organizations: dict[str, str]) -> list[dict[str, str]]:
    """Every difference between two documents of an offer, in words."""
    words = Words([before, after], organizations=organizations)
    return [words.difference_in_words(found, before, after) for found in differences(before, after)]


def _path_of(path: str, item: Any) -> str:
    """The path of one item of a list: a row has its own."""
    return join(path, item["id"]) if isinstance(item, dict) else path


def _tells(value: Any) -> bool:
    """Whether a value tells something of its row; a no does not, a 0 does."""
    return value is not False and value not in EMPTY


def _texts_in(value: Any) -> Iterator[str]:
    """Every text of a value, whatever is nested."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts_in(item)
