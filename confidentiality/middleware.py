"""Every request has a viewer, and no governed row is read without one."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from confidentiality.governed import governance
from confidentiality.viewer import Viewer


class ViewerMiddleware:
    """Sets `request.viewer`, and forbids caches to keep an answer to a signed-in viewer."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: Viewer(request.user))
        with governance():
            response = self.get_response(request)
        if request.viewer.is_authenticated or request.viewer.disclosed:
            response.headers["Cache-Control"] = "private, no-store"
        if getattr(response, "streaming", False):
            response.streaming_content = _governed(response.streaming_content)
        return response


def _governed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A streamed answer is read after the middleware has returned: the guard holds while each chunk is made."""
    remaining = iter(chunks)
    while True:
        with governance():
            chunk = next(remaining, None)
        if chunk is None:
            return
        yield chunk
