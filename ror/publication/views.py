"""Public pages: search, establishment, offer, and the pages that the law asks for."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from confidentiality.disclosure import Disclosed
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from ror.publication.forms import SearchForm
from ror.publication.presenting import (
    present_establishment,
    present_establishments,
    present_offers,
    read_legal_entity,
)
from ror.publication.search import CappedPaginator, Criteria, find_establishments, find_offers
from structures.models import GeographicEntity, Offer
from structures.presenting import present_line, present_offer
from structures.reading import offers_of, read_establishment, read_offer

ESTABLISHMENTS, OFFERS = "etablissements", "offres"
PUBLIC_VIEW = "public"
OFFERS_PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The search form; below it what was found, when something was searched for."""
    form = SearchForm(request.GET or None)
    criteria = form.criteria()
    context = {"form": form, "results": _results(request, criteria) if criteria else None}
    return render(request, "publication/home.html", context)


@require_safe
def establishment(request: HttpRequest, identifier: str) -> HttpResponse:
    """One establishment and its offers."""
    try:
        disclosed = read_establishment(request.viewer, identifier)
    except GeographicEntity.DoesNotExist as error:
        raise Http404 from error
    lines = [present_line(offer) for offer in offers_of(request.viewer, identifier) if offer]
    lines.sort(key=lambda line: line["is_closed"])
    context = {
        "establishment": present_establishment(disclosed, read_legal_entity(request.viewer, identifier)),
        "page": Paginator(lines, OFFERS_PER_PAGE).get_page(request.GET.get("page")),
        "may_describe": _may_describe(request.viewer, identifier),
    }
    return render(request, "publication/establishment.html", context)


@require_safe
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """One offer, as the reader may know it, or as the public does (`?vue=public`)."""
    disclosed = _offer_or_404(request.viewer, slug)
    as_public = request.viewer.is_authenticated and request.GET.get("vue") == PUBLIC_VIEW
    shown = _public_offer(slug) if as_public else disclosed
    if shown is None:
        return render(request, "publication/offer_unseen.html", {"slug": slug, "offer": present_line(disclosed)})
    context = {
        "offer": present_offer(shown),
        "slug": slug,
        "establishment": _establishment_of(request.viewer, slug),
        "as_public": as_public,
        "sees_more": request.viewer.disclosed.get(("Offer", disclosed["identifier"]), 0) > Level.PUBLIC,
        "show_levels": request.viewer.is_authenticated and not as_public,
    }
    return render(request, "publication/offer.html", context)


@require_safe
def legal_notice(request: HttpRequest) -> HttpResponse:
    """Mentions légales."""
    return render(request, "publication/legal_notice.html", _operator())


@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    """Données personnelles."""
    return render(request, "publication/personal_data.html", _operator())


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Accessibilité : non auditée."""
    return render(request, "publication/accessibility.html", _operator())


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """Plan du site."""
    return render(request, "publication/site_map.html")


def _results(request: HttpRequest, criteria: Criteria) -> dict[str, Any]:
    """The chosen list, its page and both counts; without a choice, the list that found something."""
    paginators = {
        ESTABLISHMENTS: CappedPaginator(find_establishments(request.viewer, criteria)),
        OFFERS: CappedPaginator(find_offers(request.viewer, criteria)),
    }
    chosen = request.GET.get("liste")
    if chosen not in paginators:
        order = [OFFERS, ESTABLISHMENTS] if criteria.activity else [ESTABLISHMENTS, OFFERS]
        chosen = next((name for name in order if paginators[name].count), order[0])
    page = paginators[chosen].get_page(request.GET.get("page"))
    present = present_offers if chosen == OFFERS else present_establishments
    return {
        "chosen": chosen,
        "page": page,
        "rows": present(request.viewer, list(page.object_list)),
        "lists": [
            {"name": ESTABLISHMENTS, "label": "Établissements", "paginator": paginators[ESTABLISHMENTS]},
            {"name": OFFERS, "label": "Offres", "paginator": paginators[OFFERS]},
        ],
    }


def _offer_or_404(viewer: Viewer, slug: str) -> Disclosed:
    try:
        disclosed = read_offer(viewer, slug)
    except Offer.DoesNotExist as error:
        raise Http404 from error
    if not disclosed:
        raise Http404
    return disclosed


def _public_offer(slug: str) -> Disclosed | None:
    """The offer as anyone sees it; None when it does not exist for the public."""
    try:
        return read_offer(Viewer.public(), slug) or None
    except Offer.DoesNotExist:
        return None


def _establishment_of(viewer: Viewer, slug: str) -> dict[str, Any]:
    """The line of the establishment of an offer that the viewer may know."""
    offers = Offer.objects.visible_to(viewer).filter(identifier=slug.replace("-", "/", 1))
    entities = GeographicEntity.objects.visible_to(viewer).filter(pk__in=offers.values("geographic_entity"))
    return present_establishments(viewer, list(entities))[0]


def _may_describe(viewer: Viewer, identifier: str) -> bool:
    if not viewer.is_authenticated:
        return False
    entities = GeographicEntity.objects.visible_to(viewer).permitted(viewer, "describe_offer")
    return entities.filter(id_nat_struct=identifier).exists()


def _operator() -> dict[str, str]:
    """What only the operator of the portal can say; empty until they do."""
    return {
        "publisher": settings.PUBLISHER,
        "hosting": settings.HOSTING,
        "contact": settings.CONTACT,
        "dpo_contact": settings.DPO_CONTACT,
    }
