"""Data and values in words, for the people who compare them."""

from typing import Any

from ror.reference.nomenclature import nomenclature
from structures.document import EMPTY, OFFER
from structures.merging import GONE, Conflict

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
        return ", ".join(in_words(path, item) for item in value)
    if isinstance(value, dict):
        said = [in_words(path, item) for key, item in value.items() if key != "id" and item not in (*EMPTY, False)]
        return " ; ".join(said)
    return nomenclature().label(str(value))


def conflict_in_words(conflict: Conflict) -> dict[str, str]:
    """A conflict for the page: the datum, what was typed, what was published since."""
    return {
        "path": conflict.path,
        "label": label_of(conflict.path),
        "mine": in_words(conflict.path, conflict.mine),
        "theirs": in_words(conflict.path, conflict.theirs),
    }
