"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict:
    """`demonstration`: whether the data shown is invented; `viewer`: who reads the page."""
    return {"demonstration": settings.DEMONSTRATION, "viewer": getattr(request, "viewer", None)}
