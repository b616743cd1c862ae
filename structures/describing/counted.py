"""What a page of figures says, as typed, and how it is kept: row by row, so that one refused keeps the others."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils import timezone

from confidentiality.profiles import allowed_level
from ror.accounts.models import User
from structures.beds import Figure, FigureErrors, Key, Report, Stored, report
from structures.describing.counting import level_of
from structures.describing.counting_words import key_of
from structures.models import Place

CHANNEL = "form"
ALL = "all"
NUMBER, SHOWN, AGE = "number:", "shown:", "age:"
DIGITS = re.compile(r"[0-9]{1,9}")
OLDEST = datetime.timedelta(days=2)  # how long ago a figure sent now may have been counted
MOST_ROWS = 500
NOT_A_NUMBER = "Indiquez un nombre entier, par exemple 0 ou 12."
UNKNOWN = "Ce chiffre n'est pas de cette unité. Rechargez la page."
TOO_MANY = "Trop de chiffres à la fois. Rechargez la page."


@dataclass
class Typed:
    """One row as it was sent: the figure, what was typed, what the page showed, and since when it waits."""

    key: Key
    text: str
    shown: int | None
    counted_at: datetime.datetime | None

    @property
    def number(self) -> int | None:
        return _number(self.text)

    @property
    def figure(self) -> Figure:
        return Figure(**self.key._asdict(), number=self.number or 0, counted_at=self.counted_at)


@dataclass
class Outcome:
    """What became of the rows: written, refused and why, or changed by someone else since they were read."""

    written: set[Key] = field(default_factory=set)
    refused: dict[Key, str] = field(default_factory=dict)
    overtaken: dict[Key, Stored] = field(default_factory=dict)
    numbers: dict[Key, int] = field(default_factory=dict)


def typed_rows(data: QueryDict) -> list[Typed]:
    """The rows that are to be written: those that say another number than shown, and those said to be unchanged."""
    unchanged = data.get("unchanged", "")
    rows = []
    for name in data:
        if not name.startswith(NUMBER):
            continue
        code = name.removeprefix(NUMBER)
        key = key_of(code)
        if key is None:
            continue
        text, shown = data[name].strip(), data.get(SHOWN + code, "").strip()
        if unchanged == code:
            text = shown
        renewed = unchanged in (code, ALL) and text != ""
        if renewed or text != shown:
            rows.append(Typed(key, text, _number(shown), _counted_at(data.get(AGE + code, ""))))
    return rows


def save(place: Place, rows: list[Typed], author: User) -> Outcome:
    """Write these rows of `place`, that `visible_to` annotated with the rights of the author.

    A row that the author may not read is refused as one that does not exist.
    """
    outcome = Outcome(refused=dict(_unreadable(place, rows)))
    if len(rows) > MOST_ROWS:
        outcome.refused = {row.key: TOO_MANY for row in rows}
    kept = [row for row in rows if row.key not in outcome.refused]
    while kept:
        try:
            _tell(outcome, kept, _report(place, kept, author))
            break
        except FigureErrors as refusal:
            outcome.refused |= {kept[error.index].key: error.message for error in refusal.errors}
            kept = [row for row in kept if row.key not in outcome.refused]
    return outcome


def may_read(place: Place, key: Key) -> bool:
    """Whether the reader of `place` reads figures of that status there."""
    return level_of(key) <= allowed_level("capacity", place.rights, social=False)


def _unreadable(place: Place, rows: list[Typed]) -> Iterator[tuple[Key, str]]:
    for row in rows:
        if not may_read(place, row.key):
            yield row.key, UNKNOWN
        elif row.number is None:
            yield row.key, NOT_A_NUMBER


def _report(place: Place, rows: list[Typed], author: User) -> Report:
    figures = [row.figure for row in rows]
    return report(place, figures, author=author, channel=CHANNEL, shown={row.key: row.shown for row in rows})


def _tell(outcome: Outcome, rows: list[Typed], kept: Report) -> None:
    outcome.overtaken = kept.overtaken
    outcome.written = {row.key for row in rows if row.key not in kept.overtaken}
    outcome.numbers = kept.numbers


def _number(text: str) -> int | None:
    return int(text) if DIGITS.fullmatch(text) else None


def _counted_at(age: str) -> datetime.datetime | None:
    """When a figure was counted that waited `age` seconds in the browser; None for one sent at once."""
    seconds = _number(age)
    if not seconds:
        return None
    return timezone.now() - min(datetime.timedelta(seconds=min(seconds, 10**7)), OLDEST)
