"""Dates as they are read in French: « 1er mars 2026 »."""

import datetime

from django.utils import timezone
from django.utils.dates import MONTHS


def read_date(value: object) -> datetime.date | None:
    """The day that `value` says (a date, a moment, or their ISO text), in the time zone of the portal; else None."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime.datetime):
        return timezone.localdate(value) if timezone.is_aware(value) else value.date()
    return value if isinstance(value, datetime.date) else None


def display_date(value: object) -> str:
    """« 1er mars 2026 »; empty when `value` is no date."""
    day = read_date(value)
    if day is None:
        return ""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month]} {day.year}"
