"""`disclose`: from a whole document to what one viewer may read of it.

Templates, exports and messages receive the result, never a governed model instance.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from confidentiality import policy
from confidentiality.levels import Level
from confidentiality.profiles import allowed_level, knows_sensitive
from confidentiality.viewer import Viewer

# Child rows of a document, and the model whose lines of the policy apply to them.
CHILDREN = {
    "activities": "OfferActivity",
    "hours": "OpeningHours",
    "contacts": "Contact",
    "telecoms": "Telecom",
    "places": "Place",
    "mailboxes": "SecureMailbox",
    "housing": "HousingCapacity",
    "equipment": "SpecificEquipment",
    "limits": "EquipmentLimit",
    "capacities": "CareCapacity",
    "beds": "BedCapacity",
    "tariffs": "Tariff",
}
ROW_ID = "id"
DESCRIPTION = "description"

# The same, where a parent has rows of its own under a name that others use too.
CHILDREN_OF = {
    "OperationalSituation": CHILDREN
    | {
        "hours": "SituationHours",
        "telecoms": "SituationTelecom",
        "mailboxes": "ProfessionalMailbox",
        "qualifications": "Qualification",
    },
}

LISTS_OF_ROWS = frozenset(CHILDREN).union(*CHILDREN_OF.values())


@dataclass(frozen=True)
class Subject:
    """A document to disclose, and what its levels depend on.

    `rights` is the integer annotated by `visible_to` on the row; `sensitive` whether it belongs to a sensitive unit;
    `origin` the channel that its description came by, when it is not the structure's own word.
    """

    model: str
    identifier: str
    values: dict[str, Any]
    rights: int
    legal_kind: str
    social: bool = False
    sensitive: bool = False
    origin: str = ""

    @cached_property
    def terms(self) -> "Terms":
        restricted_origin = self.origin in policy.restricted_origins()
        return Terms(self.rights, self.legal_kind, self.social, self.sensitive, restricted_origin)


class Terms(NamedTuple):
    """All that the levels of a subject, and who reads them, depend on."""

    rights: int
    legal_kind: str
    social: bool
    sensitive: bool
    restricted_origin: bool


class Disclosed(dict):
    """What may be shown. A key that is absent was not disclosed, or does not exist: templates cannot tell."""


def disclose(viewer: Viewer, subject: Subject) -> Disclosed:
    """The data of `subject` that `viewer` may read. Nothing at all of a sensitive unit it may not know."""
    if subject.sensitive and not knows_sensitive(subject.rights):
        return Disclosed()
    highest = [0]
    result = _row(subject, subject.model, subject.values, highest)
    if highest[0] > Level.PUBLIC:
        viewer.note_disclosure(subject.model, subject.identifier, highest[0])
    return result


def readable(subject: Subject, model: str, field: str, stored_level: int | None = None) -> bool:
    """Whether one field may be read, for screens that show fields one by one (the admin)."""
    line = policy.policy().get((model, field))
    return line is not None and _may_read(subject.terms, line, stored_level)


def _row(subject: Subject, model: str, values: dict[str, Any], highest: list[int]) -> Disclosed:
    levels = levels_read(subject.terms, model, values.get("level"))
    children = CHILDREN_OF.get(model, CHILDREN)
    result = Disclosed()
    for key, value in values.items():
        if key in children:
            result[key] = _rows(subject, children[key], value, highest)
            continue
        level = levels.get(key)
        if level is None:
            continue
        result[key] = value
        if level > highest[0] and value not in (None, "", [], False):
            highest[0] = level
    return result


@lru_cache(maxsize=4096)  # twenty thousand rows of a file have a few dozen sets of terms between them
def levels_read(terms: Terms, model: str, stored_level: int | None) -> dict[str, int]:
    """The data that may be read in a row, by the key they have there, each with its level."""
    levels = {}
    for key, line in policy.by_document_key(model).items():
        level = _level(terms, line, stored_level)
        if level > _allowed(terms, line.category):
            continue
        levels[key] = level
    return levels


def _rows(subject: Subject, model: str, rows: list[dict[str, Any]], highest: list[int]) -> list[Disclosed]:
    """The rows of which something may be read. What a row that is not shown would have disclosed is not noted."""
    shown = []
    for row in rows or []:
        if not _row_readable(subject, model, row):
            continue
        within = [0]
        disclosed = _row(subject, model, row, within)
        if _says_something(disclosed):
            shown.append(disclosed)
            highest[0] = max(highest[0], *within)
    return shown


def _says_something(row: Disclosed) -> bool:
    """Whether something is left of a row besides its id and empty lists: otherwise not even its existence is shown."""
    return any(key != ROW_ID and (key not in LISTS_OF_ROWS or value) for key, value in row.items())


def _row_readable(subject: Subject, model: str, row: dict[str, Any]) -> bool:
    """A row with a stored level is shown whole or not at all."""
    line = policy.policy().get((model, "level"))
    return line is None or _may_read(subject.terms, line, row.get("level"))


def _may_read(terms: Terms, line: policy.Datum, stored_level: int | None) -> bool:
    return _allowed(terms, line.category) >= _level(terms, line, stored_level)


def _allowed(terms: Terms, category: str) -> int:
    return allowed_level(category, terms.rights, social=terms.social)


def _level(terms: Terms, line: policy.Datum, stored_level: int | None) -> int:
    if terms.sensitive:
        return Level.CRISIS
    level = line.level(terms.legal_kind, stored_level)
    if line.category == DESCRIPTION and level < Level.PROFESSIONAL and terms.restricted_origin:
        return Level.PROFESSIONAL
    return level
