"""What a model answers at the start of a draft: in sight of the describer, and never over what they typed."""

from typing import Any

from structures.describing.entry_models.content import Content
from structures.describing.entry_models.model import EntryModel
from structures.document import Document, new_id
from structures.fields import EMPTY
from structures.models.geographic_entity import LegalKind
from structures.schema import OFFER, Rows

LEAST_LEVEL = 2  # RG_EXP_032, 033: of a contact as of a way of reaching it
USUAL = {"age_min": 0, "age_min_unit": "a", "age_max": 120, "age_max_unit": "a", "publics": []}
ADDRESSED = "places"  # the list whose first row is already there: the establishment's address


def beginning(legal_kind: str, place: Document, model: EntryModel | None) -> Document:
    """What a new offer says before anyone wrote a word: the answers of the model, the usual ones, one place."""
    document: Document = dict.fromkeys(OFFER.fields) | {name: [] for name in OFFER.rows}
    document |= {"sensitive": None if legal_kind == LegalKind.HEALTH else False, "places": [place]}
    if model is not None:
        fill(document, model)
    return document | {name: value for name, value in USUAL.items() if document[name] is None}


def fill(document: Document, model: EntryModel) -> None:
    """Make `document` follow `model`: its name, and its defaults where nothing is said."""
    document["entry_model"] = model.key
    for name, value in model.read().defaults.items():
        if name == ADDRESSED and document.get(name):
            _complete(document[name][0], value[0] if value else {})
        elif name in OFFER.rows and not document.get(name):
            document[name] = [_new_row(OFFER.rows[name], row) for row in value]
        elif name in OFFER.fields and document.get(name) in EMPTY:
            document[name] = value


def follow(document: Document, model: EntryModel | None, before: EntryModel | None) -> None:
    """Follow another model, or none: the answers of the one before that nobody touched go with it."""
    for name, value in (before.read().defaults if before else {}).items():
        if name == ADDRESSED:
            continue
        if name in OFFER.rows:
            document[name] = [row for row in document.get(name) or [] if not _is_one_of(row, value)]
        elif document.get(name) == value:
            document[name] = [] if isinstance(value, list) else None
    document["entry_model"] = None
    if model is not None:
        fill(document, model)


def rename(document: Document, model: EntryModel | None) -> None:
    """Follow another model, or none, without any answer of its own: the offer is published already."""
    document["entry_model"] = model.key if model else None


def is_default(content: Content | None, path: str, value: Any) -> bool:
    """Whether `value` at `path` (without ids) is what the model answered."""
    if content is None or value in EMPTY:
        return False
    name, *below = path.split(".")
    found = [content.defaults.get(name)]
    for step in below:
        found = [row.get(step) for rows in found for row in (rows or [])]
    return value in found


def _new_row(schema: Rows, row: Document) -> Document:
    made = {"id": new_id()} | {name: row.get(name) for name in schema.fields}
    for name, child in schema.rows.items():
        made[name] = [_new_row(child, below) for below in row.get(name) or []]
    if "level" in schema.fields and made["level"] is None:
        made["level"] = LEAST_LEVEL
    return made


def _complete(row: Document, defaults: Document) -> None:
    for name, value in defaults.items():
        if name != "id" and not isinstance(value, list) and row.get(name) in EMPTY:
            row[name] = value


def _is_one_of(row: Document, defaults: list[Document]) -> bool:
    return any(_said(row) == _said(default) for default in defaults)


def _said(row: Document) -> Any:
    """What a row says, without ids, levels and what is empty."""
    return {
        name: [_said(below) for below in value] if _is_rows(value) else value
        for name, value in row.items()
        if name not in ("id", "level") and value not in EMPTY
    }


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
