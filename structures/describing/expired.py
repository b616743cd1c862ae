"""What happens to a form sent with an expired token."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.csrf import csrf_failure as plain_csrf_failure

from structures.describing import unsent


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Signed in again from another tab: what was typed in a description is shown again, not saved.

    A form that the portal did not make (another site) gets the plain refusal, and leaves nothing behind.
    """
    return redirect(request.path) if unsent.keep(request) else plain_csrf_failure(request, reason)
