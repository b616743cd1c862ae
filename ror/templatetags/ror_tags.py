"""Filters that every page may use: a code by its label, a date and a phone number as they are read."""

import datetime

from django import template

from ror.dates import display_date
from ror.phones import display_phone
from ror.reference.nomenclature import nomenclature

register = template.Library()


@register.filter
def code_label(key: object) -> str:
    """The label of a code, closed or not; nothing for no code."""
    return nomenclature().label(str(key)) if key else ""


@register.filter
def french_date(value: object) -> str:
    """« 1er mars 2026 »; nothing for what is no date."""
    return display_date(value)


@register.filter
def phone(value: object) -> str:
    """A number by pairs of digits."""
    return display_phone(str(value)) if value else ""


@register.filter
def in_minutes(duration: datetime.timedelta) -> int:
    """Whole minutes, rounded up."""
    return -(-int(duration.total_seconds()) // 60)
