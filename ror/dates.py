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


def age_in_words(moment: datetime.datetime, now: datetime.datetime | None = None) -> str:
    """« aujourd'hui », « hier », « il y a 6 jours », « il y a 3 mois », « il y a 2 ans »."""
    days = _days_since(moment, now)
    if days < 2:
        return "hier" if days == 1 else "aujourd'hui"
    if days < 31:
        return f"il y a {days} jours"
    if days < 365:
        return f"il y a {days * 12 // 365} mois"
    years = days // 365
    return "il y a un an" if years == 1 else f"il y a {years} ans"


def is_older(moment: datetime.datetime, days: int, now: datetime.datetime | None = None) -> bool:
    """Whether `moment` was more than that many days ago."""
    return _days_since(moment, now) > days


def _days_since(moment: datetime.datetime, now: datetime.datetime | None) -> int:
    today = timezone.localdate(now) if now else timezone.localdate()
    return max(0, (today - timezone.localdate(moment)).days)
