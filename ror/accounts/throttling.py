"""Which account django-axes counts a failed sign-in for."""

from django.http import HttpRequest

LONGEST_ADDRESS = 254


def account_tried(request: HttpRequest | None, credentials: dict | None = None) -> str | None:
    """The address typed, in one form whatever its case, so that « A@… » is no second set of attempts.

    allauth names it « email » in the credentials and « login » in the form; axes alone would find neither and count
    all accounts of one network as one.
    """
    typed = (credentials or {}).get("email") or (request.POST.get("login") if request is not None else None)
    return str(typed).strip().lower()[:LONGEST_ADDRESS] if typed else None
