"""How figures of beds and places are said: what is counted, and how old it is, in words before colours."""

import datetime
import re

from django.utils import timezone

from ror.reference.nomenclature import nomenclature
from structures.beds import BED, PLACE, Key
from structures.models.capacity import (
    AVAILABLE,
    CLOSED,
    CURRENT,
    INSTALLED,
    NO_ASSIGNMENT,
    OCCUPIED,
    RESERVED,
    SUPPLEMENTARY,
)

# What is counted every day first; the number installed, that hardly changes, at the end.
ORDER = (AVAILABLE, OCCUPIED, RESERVED, CLOSED, SUPPLEMENTARY, INSTALLED)
NATURES = {BED: "Lits", PLACE: "Places"}
SOCIAL_NATURES = {BED: "Places (lits)", PLACE: "Places"}
# For each status, the participle for beds (masculine) and for places (feminine).
STATUSES = {
    AVAILABLE: ("disponibles", "disponibles"),
    OCCUPIED: ("occupés", "occupées"),
    RESERVED: ("réservés", "réservées"),
    CLOSED: ("fermés", "fermées"),
    SUPPLEMENTARY: ("supplémentaires", "supplémentaires"),
    INSTALLED: ("installés", "installées"),
}
WORDS = {
    "R332:01": "femmes",
    "R332:02": "hommes",
    "R332:04": "genre indéterminé",
    "R333:01": "que l'on peut rouvrir",
    "R333:02": "que l'on ne peut pas rouvrir",
    "R333:03": "réouverture indéterminée",
}

FRESH, OLDER, STALE, MISSING = "fresh", "older", "stale", "missing"
DAY = datetime.timedelta(days=1)
# A figure is fresh, then older, then stale (the portal's choice). Critical care is expected once a day; what is
# installed once a year (RE1.2).
LIMITS = {INSTALLED: (90 * DAY, 365 * DAY)}
USUAL_LIMITS = (DAY, 7 * DAY)

CODE = re.compile(r"R\d{1,4}:\w{1,8}")
SEPARATOR = "."


def label(key: Key, *, social: bool) -> str:
    """« Lits disponibles », « Places fermées »; in social care one counts places, even those that are beds."""
    natures = SOCIAL_NATURES if social else NATURES
    nature = natures.get(key.nature) or nomenclature().label(key.nature)
    masculine, feminine = STATUSES.get(key.status, (nomenclature().label(key.status).lower(),) * 2)
    return f"{nature} {masculine if nature == NATURES[BED] else feminine}"


def details(key: Key) -> str:
    """What distinguishes figures of the same status: gender, closing, crisis, horizon, assignment."""
    codes = [key.gender, key.closing_type, key.supplementary_type, key.crisis_type]
    said = [WORDS.get(code) or nomenclature().label(code) for code in codes if code]
    if key.temporality != CURRENT:
        said.append(nomenclature().label(key.temporality).lower())
    if key.temporary_assignment != NO_ASSIGNMENT:
        said.append(nomenclature().label(key.temporary_assignment))
    return ", ".join(said)


def order(key: Key) -> tuple:
    """Where a figure stands in its unit."""
    rank = ORDER.index(key.status) if key.status in ORDER else len(ORDER)
    return (key.temporary_assignment, key.nature, key.temporality, rank, *(code or "" for code in key[4:]))


def age(counted_at: datetime.datetime, now: datetime.datetime) -> str:
    """« à l'instant », « il y a 3 h », « hier », « il y a 6 jours »."""
    seconds = max(0, int((now - counted_at).total_seconds()))
    days = (timezone.localdate(now) - timezone.localdate(counted_at)).days
    if seconds < 60:
        return "à l'instant"
    if seconds < 3600:
        return f"il y a {seconds // 60} min"
    if days < 1:
        return f"il y a {seconds // 3600} h"
    return "hier" if days == 1 else f"il y a {days} jours"


def freshness(status: str, counted_at: datetime.datetime, now: datetime.datetime) -> str:
    """How a figure of that age is shown."""
    older, stale = LIMITS.get(status, USUAL_LIMITS)
    elapsed = now - counted_at
    if elapsed < older:
        return FRESH
    return OLDER if elapsed < stale else STALE


def code_of(key: Key) -> str:
    """A figure as a page names it in its fields."""
    return SEPARATOR.join(code or "" for code in key)


def key_of(text: str) -> Key | None:
    """The figure that a field names; None when it names none."""
    codes = text.split(SEPARATOR)
    if len(codes) != len(Key._fields) or not all(not code or CODE.fullmatch(code) for code in codes):
        return None
    if not all(codes[:4]):
        return None
    return Key(*codes[:4], *(code or None for code in codes[4:]))
