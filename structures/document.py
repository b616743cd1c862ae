"""The document of an offer: what a draft holds, what a version keeps, what every channel hands to `publish()`.

A document is JSON: its keys are the policy's datum names, and each child row carries a stable id (a UUID). What it may
hold is said by `structures.schema`; an establishment's own description has a document too, of another schema.
"""

import datetime
import math
import re
import uuid
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ror.reference.forms import StoredCommuneField
from ror.reference.territories import present_among
from structures.fields import EMPTY, is_many
from structures.findings import Finding
from structures.schema import OFFER, Rows

FORMAT = 2
MAX_ROWS = 200
ROW_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as the portal writes it
# What stands in old versions for a value erased since, at the request of the person whom it named.
BLANKED = "[valeur effacée]"
NAME_TODAY = "Cette valeur a été effacée à la demande d'une personne. Indiquez celle d'aujourd'hui, ou videz la ligne."
Document = dict[str, Any]
OF_ANY_SHAPE = object()  # no portal writes such a value: it is read each time
PLAIN = frozenset({type(None), bool, int})  # what is the same in JSON


def new_id() -> str:
    return str(uuid.uuid4())


def canonical(document: Document, schema: Rows = OFFER) -> tuple[Document, list[Finding]]:
    """The same document with every valid value in its canonical form, and a finding for each value that is not valid.

    What is not valid stays as it was typed, so that nothing is lost. Unknown keys are findings too: no channel may
    write what the document does not declare.
    """
    return canonical_all([document], schema)[0]


def canonical_all(documents: Collection[Document], schema: Rows = OFFER) -> list[tuple[Document, list[Finding]]]:
    """The same for many: communes are asked for once, and a value that comes again in the same datum is read once."""
    communes = present_among({code for document in documents for code in _commune_codes(document, schema)})
    reader = _Reader(communes)
    return [reader.whole(document, schema) for document in documents]


def to_json(value: Any) -> Any:
    """The JSON form of a cleaned value."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return value or None
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def to_json_all(values: Iterable[Any]) -> list[Any]:
    """The JSON form of many values, without a call for those that have it already: most of them."""
    return [
        (value or None) if type(value) is str else value if type(value) in PLAIN else to_json(value) for value in values
    ]


def upgraded(document: Document, stored_format: int) -> Document:
    """A document stored in an older format, in today's. Raises ValueError for a format that nobody wrote.

    Format 2 only added data to format 1, and `canonical` gives what is absent its empty form.
    """
    if stored_format not in (1, FORMAT):
        raise ValueError(f"unknown document format {stored_format}")
    return document if stored_format == FORMAT else canonical(document)[0]


def walk(document: Document, schema: Rows = OFFER, path: str = "") -> Iterator[tuple[str, Rows, Document]]:
    """Each row of the document with its path and its schema, the document itself first."""
    yield path, schema, document
    for name, child in schema.rows.items():
        for row in document.get(name) or []:
            yield from walk(row, child, join(path, f"{name}.{row['id']}"))


def value_at(document: Document, path: str) -> Any:
    """What the document says at `path`: a value, a row, a list of rows; None when there is nothing."""
    found: Any = document
    for part in path.split("."):
        if isinstance(found, list):
            found = next((row for row in found if row.get("id") == part), None)
        elif isinstance(found, dict):
            found = found.get(part)
    return found


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class _Reader:
    """Reads documents whole, and keeps what is wrong. `communes` are those they name, asked once for all.

    For each datum it remembers what each value was read as: twenty thousand documents say few different things.
    """

    def __init__(self, communes: dict[str, str]) -> None:
        self.communes = communes
        self.findings: list[Finding] = []
        self.data: dict[Rows, tuple[Collection[str], list[tuple[str, forms.Field, dict]]]] = {}

    def whole(self, document: Document, schema: Rows) -> tuple[Document, list[Finding]]:
        self.findings = []
        return self.rows(schema, document, ""), self.findings

    def rows(self, schema: Rows, row: Document, path: str) -> Document:
        result: Document = {"id": row["id"]} if "id" in row else {}
        expected, data = self._data_of(schema)
        if not row.keys() <= expected:
            for name in row.keys() - expected:
                self.remark(join(path, str(name)), f"« {name} » n'est pas une donnée de cette description.")
        for name, datum, read in data:
            value = row.get(name)
            key = value if value is None or type(value) is str else _key_of(value)
            known = read.get(key)
            if known is None:
                known = self._read(datum, _shaped(datum, value))
                if key is not OF_ANY_SHAPE:
                    read[key] = known
            said, message = known
            result[name] = list(said) if type(said) is list else said
            if message:
                self.remark(join(path, name), message)
        for name, child in schema.rows.items():
            result[name] = self.lists(child, row.get(name) or [], join(path, name))
        return result

    def _data_of(self, schema: Rows) -> tuple[Collection[str], list[tuple[str, forms.Field, dict]]]:
        """What a row of the schema may say, then its data, each with what its values were read as."""
        if schema not in self.data:
            expected = {"id", *schema.fields, *schema.rows}
            self.data[schema] = expected, [(name, datum, {}) for name, datum in schema.fields.items()]
        return self.data[schema]

    def _read(self, datum: forms.Field, value: Any) -> tuple[Any, str]:
        if isinstance(value, str) and BLANKED in value:
            return value, NAME_TODAY
        if isinstance(datum, StoredCommuneField) and value and self.communes.get(value) == value:
            return value, ""
        try:
            return to_json(datum.clean(value)), ""
        except ValidationError as error:
            return value, " ".join(error.messages)

    def lists(self, schema: Rows, rows: Any, path: str) -> list[Document]:
        if not isinstance(rows, list):
            self.remark(path, "Une liste est attendue ici.")
            return []
        if len(rows) > MAX_ROWS:
            self.remark(path, f"Cette liste a plus de {MAX_ROWS} lignes : retirez-en.")
        result, seen = [], set()
        for row in rows:
            identifier = _row_id(row)
            if identifier is None or identifier in seen:
                identifier = new_id()  # kept as a row of its own: nothing typed is dropped
                self.remark(f"{path}.{identifier}", f"Vérifiez cette ligne ({schema.label}).")
            seen.add(identifier)
            content = {**(row if isinstance(row, dict) else {}), "id": identifier}
            result.append(self.rows(schema, content, f"{path}.{identifier}"))
        return result

    def remark(self, path: str, message: str) -> None:
        self.findings.append(Finding(path, message, ""))


def _key_of(value: Any) -> Any:
    """What the reading of a value that is no text is remembered by: True, 1 and « 1 » are three values."""
    kind = type(value)
    if kind is list:
        return ("", *value) if all(type(item) is str for item in value) else OF_ANY_SHAPE
    return OF_ANY_SHAPE if kind is dict else (kind, value)


def _commune_codes(row: Any, schema: Rows) -> Iterator[str]:
    """What the document gives as communes, whatever its shape."""
    if not isinstance(row, dict):
        return
    own, below = _with_communes(schema)
    for name in own:
        if isinstance(row.get(name), str):
            yield row[name]
    for name in below:
        for child in row[name] if isinstance(row.get(name), list) else ():
            yield from _commune_codes(child, schema.rows[name])


@cache
def _with_communes(schema: Rows) -> tuple[list[str], list[str]]:
    """The data of a row that are communes, and its lists where there are some."""
    own = [name for name, datum in schema.fields.items() if isinstance(datum, StoredCommuneField)]
    return own, [name for name, child in schema.rows.items() if any(_with_communes(child))]


def _shaped(datum: forms.Field, value: Any) -> Any:
    """The value in the one shape that its field, the rules and the pages hold: a list of texts for a set, else no list.

    What is written by hand in a file or sent by a program may have any shape; no text of the database holds NUL.
    """
    if is_many(datum):
        items = value if isinstance(value, list) else [value]
        return [_text(item) for item in items if item not in EMPTY]
    if isinstance(value, float) and not math.isfinite(value):
        return _text(value)  # JSON has no such number
    return value if value is None or isinstance(value, (bool, int, float)) else _text(value)


def _text(value: Any) -> str:
    return str(value).replace("\x00", "")


def _row_id(row: Any) -> str | None:
    try:
        given = str(row["id"])
        return given if ROW_ID.fullmatch(given) else str(uuid.UUID(given))
    except (KeyError, TypeError, ValueError):
        return None
