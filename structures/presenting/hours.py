"""Hours as tables: one per type of slot and period."""

import datetime
from itertools import groupby
from typing import Any

from ror.dates import display_date, read_date
from structures.models.hours import Weekday
from structures.presenting.words import label
from structures.rules import CLOSED_SLOT_TYPES

DAYS = dict(Weekday.choices)
EVERY_DAY = "tous les jours"
WHOLE_WEEK = frozenset({"R252:01", "R252:02"})  # opening hours: a day without any says something too


def present_weeks(rows: list[dict], today: datetime.date) -> list[dict[str, Any]]:
    """One table per type of slot and period, those that are over left out (RG_EXP_018)."""
    kept = [row for row in rows if row.get("slot_type") and _day(row) in (None, *DAYS) and not _is_over(row, today)]
    ordered = sorted(kept, key=_group)
    return [_week(group, list(slots)) for group, slots in groupby(ordered, key=_group)]


def _group(row: dict) -> tuple[str, str, str]:
    return str(row.get("period_start") or ""), str(row.get("period_end") or ""), str(row["slot_type"])


def _day(row: dict) -> Any:
    """The number of the day, None for every day."""
    return row.get("weekday") or None


def _is_over(row: dict, today: datetime.date) -> bool:
    end = read_date(row.get("period_end"))
    return end is not None and end < today


def _week(group: tuple[str, str, str], slots: list[dict]) -> dict[str, Any]:
    start, end, slot_type = group
    by_day: dict[Any, list[str]] = {}
    for slot in sorted(slots, key=lambda row: str(row.get("opens_at") or "")):
        by_day.setdefault(_day(slot), []).append(_range(slot))
    days = [
        {"day": name, "ranges": ", ".join(by_day.get(number, ()))}
        for number, name in [(None, EVERY_DAY), *DAYS.items()]
        if number in by_day or (number and slot_type in WHOLE_WEEK and by_day.keys() & DAYS.keys())
    ]
    return {"title": label(slot_type), "period": _period(start, end), "days": days}


def _range(slot: dict) -> str:
    if slot.get("opens_at") and slot.get("closes_at"):
        return f"{slot['opens_at']}–{slot['closes_at']}"
    return "toute la journée" if str(slot["slot_type"]) in CLOSED_SLOT_TYPES else "heures non précisées"


def _period(start: str, end: str) -> str:
    first, last = display_date(start), display_date(end)
    if first and last:
        return f"du {first} au {last}"
    return f"à partir du {first}" if first else f"jusqu'au {last}" if last else ""
