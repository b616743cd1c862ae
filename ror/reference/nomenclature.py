"""Labels and memberships of codes, from one immutable map per process: no query per field.

`nomenclature()` gives the map. It is compared with the database at most once per request (a single row), and read again
when something changed. Outside a request it is compared when it is older than `OUTSIDE_REQUEST_SECONDS`, or at once
after `renew()`.
"""

import threading
import time
from collections.abc import Collection, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from django.db import connection

from ror.reference.models import Concept, Edition, ValueSetMember
from ror.reference.search import SearchIndex
from ror.reference.synonyms import family_of

OUTSIDE_REQUEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Code:
    """A concept as everyone reads it. `valid_to` is the first day when it is no longer in force."""

    key: str
    system: str
    code: str
    label: str
    definition: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Member:
    """A concept's place in a value set: the period is the membership's, cut to the concept's own."""

    key: str
    valid_from: date | None
    valid_to: date | None

    def is_current(self, on: date) -> bool:
        if self.valid_from is not None and on < self.valid_from:
            return False
        return self.valid_to is None or on < self.valid_to


class Nomenclature:
    """One state of the nomenclatures. Never changed once built, so shared by all threads."""

    def __init__(self, number: int, concepts: Mapping[str, Code], members: Mapping[str, Mapping[str, Member]]):
        self.number = number
        self._concepts = concepts
        self._members = members
        self._current: dict[tuple[str, date], Mapping[str, str]] = {}
        self._indexes: dict[tuple[str, date], SearchIndex] = {}

    def label(self, key: str) -> str:
        """The label of a concept, closed or not; the key itself when it is unknown or has no label."""
        concept = self._concepts.get(key)
        return concept.label if concept is not None and concept.label else key

    def code(self, key: str) -> str:
        """The code within its system: « 28 » for « R213:28 »."""
        return key.partition(":")[2] or key

    def concept(self, key: str) -> Code | None:
        """The concept of that key, closed or not, or None."""
        return self._concepts.get(key)

    def knows_set(self, value_set: str) -> bool:
        """Whether the value set has at least one code, current or closed."""
        return value_set in self._members

    def members(self, value_set: str, on: date | None = None) -> Mapping[str, str]:
        """Key → label of the codes in force on that day (today), in the order of the value set."""
        day = on or date.today()
        found = self._current.get((value_set, day))
        if found is None:
            members = self._members.get(value_set, {}).values()
            found = MappingProxyType({m.key: self.label(m.key) for m in members if m.is_current(day)})
            self._remember(self._current, (value_set, day), found)
        return found

    def is_current(self, value_set: str, key: str, on: date | None = None) -> bool:
        """Whether the code may be chosen on that day (today)."""
        member = self._members.get(value_set, {}).get(key)
        return member is not None and member.is_current(on or date.today())

    def is_known(self, value_set: str, key: str) -> bool:
        """Whether the code belongs, or once belonged, to the value set: what the database accepts."""
        return key in self._members.get(value_set, {})

    def display(self, value_set: str, key: str) -> str:
        """The text that names a code without doubt in its set: its label, and its code when the label is not unique."""
        label = self.label(key)
        if label == key:
            return key
        if self._index(value_set).is_unique(label):
            return label
        return f"{label} ({self.code(key)})"

    def search(self, value_set: str, text: str, limit: int = 20, first: Collection[str] = ()) -> list[str]:
        """Keys of current codes, best first: exact code, label by words and synonyms, family, near spellings.

        `first` are keys to put before others found as well: those of a model, those used before.
        """
        return self._index(value_set).search(text, limit, first)

    def family(self, value_set: str, key: str) -> str:
        """The family of a code among those of the portal's own list; empty when it has none."""
        return family_of(value_set, self.label(key))

    def find(self, value_set: str, text: str) -> list[str]:
        """Keys of the current codes that `text` names exactly, by key, code, label or `display`; [] when none does."""
        typed = text.strip()
        if self.is_current(value_set, typed):
            return [typed]
        return self._index(value_set).exact(typed)

    def _index(self, value_set: str) -> SearchIndex:
        day = date.today()
        found = self._indexes.get((value_set, day))
        if found is None:
            labels = self.members(value_set)
            families = {key: family for key, label in labels.items() if (family := family_of(value_set, label))}
            found = SearchIndex(((key, self.code(key), label) for key, label in labels.items()), families)
            self._remember(self._indexes, (value_set, day), found)
        return found

    @staticmethod
    def _remember(cache: dict, place: tuple[str, date], value: object) -> None:
        """Keep one more computed value; days asked for once (history pages) must not pile up."""
        if len(cache) > 500:
            cache.clear()
        cache[place] = value


_lock = threading.Lock()
_shared: Nomenclature | None = None
_checked_at = 0.0
# None outside a request; inside one, a list holding the map once it was compared with the database.
_request: ContextVar[list[Nomenclature] | None] = ContextVar("nomenclature_of_request", default=None)


def nomenclature() -> Nomenclature:
    """The map of all codes, as fresh as the current request."""
    held = _request.get()
    if held:
        return held[0]
    current = _compared() if held is not None else _compared_now_and_then()
    if held is not None:
        held.append(current)
    return current


def renew() -> None:
    """Compare with the database at the next use, at once and also within the current request."""
    global _checked_at
    _checked_at = 0.0
    held = _request.get()
    if held:
        held.clear()


def open_request() -> Token:
    """Start of a request: the map will be compared once, at its first use. Returns what `close_request` wants."""
    return _request.set([])


def close_request(token: Token) -> None:
    _request.reset(token)


def _compared_now_and_then() -> Nomenclature:
    if _shared is not None and time.monotonic() - _checked_at < OUTSIDE_REQUEST_SECONDS:
        return _shared
    return _compared()


def _compared() -> Nomenclature:
    global _shared, _checked_at
    current = _shared
    if current is not None and connection.needs_rollback:
        return current  # a broken transaction refuses every query; what is already known is enough to report it
    # The number is read before the rest: a change in between is seen at the next comparison.
    number = Edition.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    if current is None or current.number != number:
        with _lock:
            if _shared is None or _shared.number != number:
                _shared = _read(number)
            current = _shared
    _checked_at = time.monotonic()
    return current


def _read(number: int) -> Nomenclature:
    columns = ("key", "system_id", "code", "label", "definition", "parent_id", "valid_from", "valid_to")
    concepts = {row[0]: Code(*row) for row in Concept.objects.order_by().values_list(*columns)}
    members: dict[str, dict[str, Member]] = {}
    rows = ValueSetMember.objects.order_by("value_set_id", "position", "concept_id")
    for value_set, key, start, end in rows.values_list("value_set_id", "concept_id", "valid_from", "valid_to"):
        concept = concepts[key]
        members.setdefault(value_set, {})[key] = Member(
            key, _latest(start, concept.valid_from), _earliest(end, concept.valid_to)
        )
    return Nomenclature(number, concepts, members)


def _latest(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _earliest(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


__all__ = ["Code", "Member", "Nomenclature", "nomenclature", "renew"]
