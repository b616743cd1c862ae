"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def portal(request: HttpRequest) -> dict:
    """`demonstration`: whether the data shown is invented; `pro_sante_connect`: whether cards open accounts; `viewer`:
    who reads the page; `may_administer`: whether the administration is open to them, `may_manage_accounts`: whether
    they manage accounts somewhere, `may_review`: whether they review offers somewhere (asked of the database only by a
    page that uses them).
    """
    viewer = getattr(request, "viewer", None)
    return {
        "demonstration": settings.DEMONSTRATION,
        "pro_sante_connect": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "viewer": viewer,
        "may_administer": SimpleLazyObject(lambda: viewer is not None and viewer.may("enter_admin")),
        "may_review": SimpleLazyObject(lambda: viewer is not None and viewer.may("review_offer")),
        "may_manage_accounts": SimpleLazyObject(lambda: viewer is not None and viewer.may("manage_accounts")),
    }
