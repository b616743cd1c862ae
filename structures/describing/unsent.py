"""What was typed on a step and could not be received: the sign-in, or the form, had expired.

It waits in the session and its page shows it again; only the person who opened the page sees it, and nothing is saved
without them. What a page started from is signed with its reader: a form that the portal did not make is never kept,
so that no other site can leave a text here, nor a session.

Steps only: the crisis answers (level 3) are two clicks, and are not left in the session of a shared browser.
"""

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from structures.document import Document

KEY = "unsent"
ENTRIES = 5  # pages kept at once for one browser
LIMIT = 2_000_000  # characters; a step of 200 contacts is well below


def sign(draft_pk, user, part: Document) -> str:
    """What the page of a step starts from, for one reader of one draft."""
    return signing.dumps({"user": user.pk, "part": part}, salt=str(draft_pk), compress=True)


def opened(data: QueryDict, draft_pk) -> dict | None:
    """What the posted page had started from, and its reader; None when the portal did not make the form."""
    try:
        return signing.loads(data.get("started_from", ""), salt=str(draft_pk))
    except signing.BadSignature:
        return None


def keep(request: HttpRequest) -> bool:
    """Keep what was posted to a step; say whether it was."""
    pk = _draft_of(request.path)
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    encoded = data.urlencode()
    if pk is None or opened(data, pk) is None or len(encoded) > LIMIT:
        return False
    kept = {path: text for path, text in request.session.get(KEY, {}).items() if path != request.path}
    request.session[KEY] = dict([*kept.items(), (request.path, encoded)][-ENTRIES:])
    return True


def find(request: HttpRequest, draft_pk) -> QueryDict | None:
    """What the person signed in had typed on this page and could not send; it stays until the step is saved."""
    encoded = request.session.get(KEY, {}).get(request.path)
    if encoded is None:
        return None
    data = QueryDict(encoded)
    page = opened(data, draft_pk)
    return data if page and page["user"] == request.user.pk else None


def forget(request: HttpRequest) -> None:
    """The step is saved: nothing waits for this page any more."""
    kept = request.session.get(KEY, {})
    if kept.pop(request.path, None) is not None:
        request.session[KEY] = kept


def _draft_of(path: str):
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match.kwargs["pk"] if match.view_name == "describing:step" else None
