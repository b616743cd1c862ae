"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def portal(request: HttpRequest) -> dict:
    """`demonstration`: whether the data shown is invented; `viewer`: who reads the page; `may_administer`: whether
    the administration is open to them (asked of the database only by a page that uses it).
    """
    viewer = getattr(request, "viewer", None)
    return {
        "demonstration": settings.DEMONSTRATION,
        "viewer": viewer,
        "may_administer": SimpleLazyObject(lambda: viewer is not None and viewer.may("enter_admin")),
    }
