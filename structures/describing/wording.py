"""Data and values in words, for the people who compare them."""

from typing import Any

from django import forms

from ror.reference.forms import CommuneField
from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import commune_text
from structures.document import Document, join, value_at
from structures.fields import EMPTY
from structures.merging import GONE, Conflict
from structures.schema import OFFER

NOTHING = "rien"


def label_of(path: str) -> str:
    """The name of the datum at `path`: « Contact, Moyen de contact, Numéro »."""
    schema, labels = OFFER, []
    parts = path.split(".")
    while len(parts) > 1 and parts[0] in schema.rows:
        schema = schema.rows[parts[0]]
        labels.append(schema.label.capitalize())
        parts = parts[2:]
    if parts and parts[0] in schema.fields:
        labels.append(str(schema.fields[parts[0]].label))
    return ", ".join(labels)


def in_words(path: str, value: Any) -> str:
    """A value as a person reads it: labels instead of codes, oui and non, a row by its main data."""
    if value == GONE or value in EMPTY:
        return "ligne supprimée" if value == GONE else NOTHING
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(in_words(_path_of(path, item), item) for item in value)
    if isinstance(value, dict):
        shown = {key: item for key, item in sorted(value.items()) if key != "id" and item not in (*EMPTY, False)}
        return " ; ".join(in_words(join(path, key), item) for key, item in shown.items())
    return _scalar_in_words(datum_at(path), value)


def conflict_in_words(conflict: Conflict, document: Document) -> dict[str, str]:
    """A conflict for the page: the datum and its row, what was typed, what was published since."""
    return {
        "path": conflict.path,
        "label": " — ".join(filter(None, (label_of(conflict.path), _row_in_words(conflict.path, document)))),
        "mine": in_words(conflict.path, conflict.mine),
        "theirs": in_words(conflict.path, conflict.theirs),
    }


def datum_at(path: str) -> forms.Field | None:
    """The field of the datum at `path`, None for a row or a list."""
    schema, parts = OFFER, path.split(".")
    while len(parts) > 1 and parts[0] in schema.rows:
        schema, parts = schema.rows[parts[0]], parts[2:]
    return schema.fields.get(parts[0]) if parts else None


def _path_of(path: str, item: Any) -> str:
    """The path of one item of a list: a row has its own."""
    return join(path, item["id"]) if isinstance(item, dict) else path


def _scalar_in_words(datum: forms.Field | None, value: Any) -> str:
    if isinstance(datum, CommuneField):
        commune = Commune.objects.filter(pk=str(value)).first()
        return commune_text(commune) if commune else str(value)
    if isinstance(datum, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in datum.choices if key != ""}
        return labels.get(str(value), str(value))
    return nomenclature().label(str(value))


def _row_in_words(path: str, document: Document) -> str:
    """What tells the row apart from its like: « Accueil », « lundi »."""
    parts = path.split(".")
    if len(parts) < 3:
        return ""
    row_path = ".".join(parts[:2])
    row = value_at(document, row_path)
    first = next((key for key in OFFER.rows[parts[0]].fields if row and row.get(key) not in EMPTY), None)
    return in_words(join(row_path, first), row[first]) if first else ""
