"""Filters that every page may use."""

import datetime

from django import template

register = template.Library()


@register.filter
def in_minutes(duration: datetime.timedelta) -> int:
    """Whole minutes, rounded up."""
    return -(-int(duration.total_seconds()) // 60)
