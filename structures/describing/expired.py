"""What happens to a form sent with an expired token."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.csrf import csrf_failure as plain_csrf_failure

from structures.describing.access import keep_unsent


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An expired form (signed in again from another tab). What was typed in a description is shown again, not saved."""
    if not _is_step(request.path):
        return plain_csrf_failure(request, reason)
    keep_unsent(request)
    return redirect(request.path)


def _is_step(path: str) -> bool:
    try:
        return resolve(path).view_name == "describing:step"
    except Resolver404:
        return False
