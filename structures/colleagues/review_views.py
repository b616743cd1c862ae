"""« Rôles à revoir »: those given more than a year ago."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.delegation import Delegation
from structures.colleagues import listing, places, reviewing
from structures.colleagues.access import ManagerMixin

LINES_PER_PAGE = 25


class Review(ManagerMixin, View):
    """The list, the oldest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found = reviewing.to_review(Delegation.of(request))
        page = Paginator(found, LINES_PER_PAGE).get_page(request.GET.get("page"))
        names = places.names_of(request.viewer, [line.perimeter for line in page])
        lines = [listing.describe(line, names) | {"name": str(line.user)} for line in page]
        return render(request, "colleagues/review.html", {"page": page, "lines": lines})


class Renew(ManagerMixin, View):
    """One more year, given by whoever renews."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = reviewing.renew(Delegation.of(request), pk)
        if line is None:
            messages.info(request, "Ce rôle n'est plus à revoir.")
        else:
            messages.success(request, f"Le rôle « {line.role} » de {line.user} est prolongé.")
        return redirect("colleagues:review")
