"""Data put into words: labels of codes, levels, dates that are felt (« il y a 3 heures »), names of communes."""

import datetime
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from confidentiality import policy
from confidentiality.levels import Level
from ror.dates import display_date, read_date
from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import INSEE_CODE

MINUTE, HOUR, DAY = 60, 3600, 86_400
OLDEST_IN_WORDS = 31 * DAY  # beyond, the date says more
MOST_DIGITS = 20  # what is typed in a draft may be anything
NARROW_SPACE = "\u202f"


def label(key: Any) -> str:
    """The label of a code; nothing for no code."""
    return nomenclature().label(str(key)) if key else ""


def labels(keys: Any) -> list[str]:
    """The labels of a set of codes, in their order."""
    return [label(key) for key in keys if key] if isinstance(keys, (list, tuple)) else []


def rows_of(row: dict, name: str) -> list:
    """A list of a document; an empty one when it was not disclosed."""
    found = row.get(name)
    return found if isinstance(found, list) else []


def joined(parts: Iterable[Any]) -> str:
    """The parts that say something, by spaces."""
    return " ".join(str(part) for part in parts if part)


def text_of(value: Any) -> str:
    """A value as text; nothing for no value."""
    return "" if value in (None, "", [], {}) else str(value)


def yes_or_no(value: Any) -> str:
    """« oui » or « non »; nothing when the question has no answer."""
    return {True: "oui", False: "non"}.get(value, "") if isinstance(value, bool) else ""


def row_level(row: dict) -> str:
    """Who sees a row that stores its level, in words."""
    level = row.get("level")
    return Level(level).label if level in Level.values else ""


def mark(model: str, key: str, legal_kind: str | None) -> str:
    """Who sees a datum that the public does not; nothing for public data, or when the kind of structure is not told."""
    line = policy.by_document_key(model).get(key)
    if legal_kind is None or line is None:
        return ""
    level = line.level(legal_kind)
    return Level(level).label if level > Level.PUBLIC else ""


def commune_names(rows: Iterable[dict], codes: Iterable[Any] = ()) -> dict[str, str]:
    """The names of the communes of these addresses and of these codes, in one query (none when there are none)."""
    wanted = {str(code) for code in [*(row.get("commune") for row in rows), *codes] if INSEE_CODE.fullmatch(str(code))}
    if not wanted:
        return {}
    return dict(Commune.objects.filter(pk__in=wanted).order_by().values_list("pk", "name"))


def closing_words(row: dict, closed: str = "fermée") -> str:
    """« fermée depuis le 1er mars 2026 (provisoire), réouverture prévue le 1er mai 2026 »; nothing when open.

    `closed` is the participle that agrees with what is closed.
    """
    if not row.get("closing_type"):
        return ""
    date = row.get("closing_date")
    day = read_date(date)
    text = "fermeture prévue le" if day and day > timezone.localdate() else f"{closed} depuis le"
    text = f"{text} {display_date(date)}" if day else closed
    text += f" ({label(row['closing_type']).lower()})"
    reopening = display_date(row.get("reopening_date"))
    return f"{text}, réouverture prévue le {reopening}" if reopening else text


def ago(value: Any, now: datetime.datetime) -> str:
    """« il y a 3 heures », or « le 1er mars 2026 » beyond a month; nothing when `value` is no moment."""
    moment = _moment(value)
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    if seconds < 0 or seconds > OLDEST_IN_WORDS:
        return f"le {display_date(moment)}"
    if seconds < MINUTE:
        return "à l'instant"
    for unit, name in ((DAY, "jour"), (HOUR, "heure"), (MINUTE, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"il y a {count} {name}{'s' if count > 1 else ''}"
    return ""


def number_words(value: Any) -> str:
    """A number as it is written in French: « 1 250 », « 12,5 »; nothing when it is none."""
    number = decimal_of(value)
    if number is None:
        return ""
    text = f"{number:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", NARROW_SPACE).replace(".", ",")


def decimal_of(value: Any) -> Decimal | None:
    """The number that a value says, in a document or typed in a draft."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS else None


def _moment(value: Any) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(moment, datetime.datetime):
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
