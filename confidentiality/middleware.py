"""Every request has a viewer, no governed row is read without one, and what was disclosed is kept in the journal."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from confidentiality import journal
from confidentiality.governed import governance
from confidentiality.session import viewer_of


class ViewerMiddleware:
    """Sets `request.viewer`, forbids caches to keep an answer to a signed-in viewer, and keeps the access journal.

    An answer whose record cannot be written is not given.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: viewer_of(request))
        with governance():
            response = self.get_response(request)
        if request.viewer.is_authenticated or request.viewer.disclosed:
            response.headers["Cache-Control"] = "private, no-store"
        if getattr(response, "streaming", False):
            response.streaming_content = _governed(request, response.streaming_content)
        elif request.viewer.disclosed:
            _keep_record(request, journal.PAGE)
        return response


def _governed(request: HttpRequest, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A streamed answer is read after the middleware has returned: the guard holds while each chunk is made.

    Its record is kept when it ends, even if the reader leaves before.
    """
    remaining = iter(chunks)
    try:
        while True:
            with governance():
                chunk = next(remaining, None)
            if chunk is None:
                return
            yield chunk
    finally:
        if request.viewer.disclosed:
            _keep_record(request, journal.FILE)


def _keep_record(request: HttpRequest, channel: str) -> None:
    match = request.resolver_match
    if match is not None and match.app_name == "admin":
        channel = journal.ADMIN
    journal.record(request.viewer, channel=channel, view=match.view_name if match else "")
