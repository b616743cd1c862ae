"""What happens to a form sent with an expired token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.csrf import csrf_failure as plain_csrf_failure

from structures.describing import unsent


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Signed in again from another tab: what was typed in a description is shown again, not saved.

    A form that the portal did not make (another site) gets the plain refusal, and leaves nothing behind. A script that
    saves as one types takes a new token, and sends again.
    """
    if not unsent.keep(request):
        return plain_csrf_failure(request, reason)
    if request.accepts("text/html"):
        return redirect(request.path)
    return JsonResponse({"state": "expired", "kept": True}, status=403)
