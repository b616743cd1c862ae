"""What was typed on a page and could not be received: the sign-in, or the form, had expired.

It waits in the session and its page shows it again; only the person who opened the page sees it, and nothing is saved
without them. What a page started from is signed with its reader: a form that the portal did not make is never kept,
so that no other site can leave a text here, nor a session.

The steps of a draft, the pages of an establishment, a change of many offers only: the crisis answers (level 3) are two
clicks, and are not left in the session of a shared browser. `page` below names one of them: the key of a draft,
`establishment_page()`, `MANY`.
What a script saves as it is typed waits for the page where it was typed.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse

from structures.document import Document

KEY = "unsent"
ENTRIES = 5  # pages kept at once for one browser
MANY = "change of many offers"  # the page where one change of many offers is typed
LIMIT = 2_000_000  # characters; a step of 200 contacts is well below


def establishment_page(identifier: str) -> str:
    """The name of the pages where an establishment is described."""
    return f"establishment {identifier}"


def sign(page, user, part: Document, seen: dict[str, Any] | None = None) -> str:
    """What a page starts from, for one reader; `seen` is what a colleague says at the paths still to settle."""
    return signing.dumps({"user": user.pk, "part": part, "seen": seen or {}}, salt=str(page), compress=True)


def opened(data: QueryDict, page) -> dict | None:
    """What the posted page had started from, and its reader; None when the portal did not make the form."""
    try:
        return signing.loads(data.get("started_from", ""), salt=str(page))
    except signing.BadSignature:
        return None


def keep(request: HttpRequest) -> bool:
    """Keep what was posted to a page that describes; say whether it was."""
    page, address = _page_of(request.path)
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    encoded = data.urlencode()
    if page is None or opened(data, page) is None or len(encoded) > LIMIT:
        return False
    kept = {path: text for path, text in request.session.get(KEY, {}).items() if path != address}
    request.session[KEY] = dict([*kept.items(), (address, encoded)][-ENTRIES:])
    return True


def find(request: HttpRequest, page) -> QueryDict | None:
    """What the person signed in had typed on this page and could not send; it stays until the page is saved."""
    encoded = request.session.get(KEY, {}).get(request.path)
    if encoded is None:
        return None
    data = QueryDict(encoded)
    start = opened(data, page)
    return data if start and start["user"] == request.user.pk else None


def forget(request: HttpRequest) -> None:
    """What was typed is saved: nothing waits for this page any more."""
    kept = request.session.get(KEY, {})
    if kept.pop(_page_of(request.path)[1], None) is not None:
        request.session[KEY] = kept


def _page_of(path: str) -> tuple[Any, str]:
    """What the page that posts to `path` describes, None when it describes nothing, and its own address."""
    try:
        match = resolve(path)
    except Resolver404:
        return None, path
    if match.view_name == "describing:describe":
        return establishment_page(match.kwargs["identifier"]), path
    if match.view_name == "describing:change_many":
        return MANY, path
    if match.view_name == "describing:autosave":
        return match.kwargs["pk"], reverse("describing:step", kwargs=match.kwargs)
    return (match.kwargs["pk"] if match.view_name == "describing:step" else None), path
