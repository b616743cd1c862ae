"""One comparison of the nomenclature with the database per request, at its first use and not before."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ror.reference import nomenclature


class NomenclatureMiddleware:
    """Gives each request its own view of the shared map (see `ror.reference.nomenclature`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = nomenclature.open_request()
        try:
            return self.get_response(request)
        finally:
            nomenclature.close_request(token)
