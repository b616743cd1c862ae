"""Public pages: search, establishment, offer, and the pages that the law asks for."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from confidentiality.disclosure import Disclosed, disclose
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from professionals.presenting import present_situations
from professionals.reading import situations_of
from ror.publication.forms import SearchForm
from ror.publication.organizations import (
    above,
    grouped_lines,
    nested,
    present_organization,
    present_tree,
    read_tree,
    with_those_below,
)
from ror.publication.presenting import (
    present_establishment,
    present_establishment_line,
    present_establishments,
    present_legal_entity,
    present_offers,
    read_legal_entity_of,
)
from ror.publication.search import CappedPaginator, Criteria, find_establishments, find_offers
from structures.describing.counting import may_report
from structures.models import GeographicEntity, InternalOrganization, LegalEntity, Offer
from structures.presenting import present_offer
from structures.reading import (
    establishment_subject,
    identifier_of,
    offers_of,
    organizations_of,
    read_establishment,
    read_legal_entity,
    read_offer,
)

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
    tree = present_tree(read_tree(request.viewer, identifier))
    lines = grouped_lines([offer for offer in offers_of(request.viewer, identifier) if offer], tree)
    context = {
        "establishment": present_establishment(disclosed, read_legal_entity_of(request.viewer, identifier)),
        "organizations": nested(tree),
        "organization_count": len(tree),
        "page": Paginator(lines, OFFERS_PER_PAGE).get_page(request.GET.get("page")),
        "may_describe": _may_describe(request.viewer, identifier),
        "show_levels": request.viewer.is_authenticated,
    }
    return render(request, "publication/establishment.html", context)


@require_safe
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    """One internal organisation: how to reach it, what is below it, and its offers."""
    viewer, identifier = request.viewer, identifier_of(slug)
    entities = GeographicEntity.objects.visible_to(viewer).filter(
        organizations__in=InternalOrganization.objects.visible_to(viewer).filter(identifier=identifier)
    )
    establishments = present_establishments(viewer, list(entities))
    if not establishments:
        raise Http404
    found = {row["identifier"]: row for row in organizations_of(viewer, establishments[0]["id"])}
    tree = present_tree(found.values())
    own = with_those_below(tree, identifier)
    names = {row["identifier"] for row in own}
    offers = [
        offer
        for offer in offers_of(viewer, establishments[0]["id"])
        if offer and offer.get("internal_organization") in names
    ]
    context = {
        "establishment": establishments[0],
        "organization": present_organization(found[identifier], own[0]),
        "chain": above(tree, identifier)[:-1],
        "organizations": nested(own[1:], own[0]["depth"] + 1),
        "organization_count": len(own) - 1,
        "page": Paginator(grouped_lines(offers, own, own[0]["depth"] + 1), OFFERS_PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "show_levels": viewer.is_authenticated,
    }
    return render(request, "publication/organization.html", context)


@require_safe
def legal_entity(request: HttpRequest, identifier: str) -> HttpResponse:
    """One legal entity, how to reach it, and its establishments."""
    try:
        disclosed = read_legal_entity(request.viewer, identifier)
    except LegalEntity.DoesNotExist as error:
        raise Http404 from error
    establishments = GeographicEntity.objects.visible_to(request.viewer).filter(
        legal_entity__id_nat_struct=identifier, gone_since=None
    )
    page = Paginator(establishments.order_by("search", "pk"), OFFERS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "entity": present_legal_entity(disclosed),
        "page": page,
        "establishments": present_establishments(request.viewer, list(page.object_list)),
        "show_levels": request.viewer.is_authenticated,
    }
    return render(request, "publication/legal_entity.html", context)


@require_safe
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """One offer, as the reader may know it, or as the public does (`?vue=public`)."""
    if request.viewer.is_authenticated and request.GET.get("vue") == PUBLIC_VIEW:
        return _offer_as_public(request, slug)
    disclosed = _offer(request.viewer, slug)
    if disclosed is None:
        raise Http404
    context = _offer_context(request.viewer, slug, disclosed)
    sees_more = any(level > Level.PUBLIC for level in request.viewer.disclosed.values())
    context |= {
        "sees_more": sees_more,
        "show_levels": request.viewer.is_authenticated,
        "may_report": may_report(request.viewer, identifier_of(slug)),
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


def _offer_as_public(request: HttpRequest, slug: str) -> HttpResponse:
    """The page that anyone sees; when there is none, say so to those who know the offer, and to nobody else."""
    disclosed = _offer(Viewer.public(), slug)
    if disclosed is not None:
        context = _offer_context(Viewer.public(), slug, disclosed) | {"as_public": True}
        return render(request, "publication/offer.html", context)
    if _offer(request.viewer, slug) is None:
        raise Http404
    return render(request, "publication/offer_unseen.html", {"slug": slug})


def _offer(viewer: Viewer, slug: str) -> Disclosed | None:
    try:
        return read_offer(viewer, slug) or None
    except Offer.DoesNotExist:
        return None


def _offer_context(viewer: Viewer, slug: str, disclosed: Disclosed) -> dict[str, Any]:
    establishment = _establishment_of(viewer, slug)
    kind = establishment["legal_kind"]
    return {
        "offer": present_offer(disclosed, legal_kind=kind),
        "slug": slug,
        "establishment": establishment,
        "chain": _chain(viewer, establishment["id"], disclosed.get("internal_organization")),
        "professionals": present_situations(situations_of(viewer, slug), kind),
    }


def _chain(viewer: Viewer, establishment: str, organization: str | None) -> list[dict[str, Any]]:
    """The internal organisation of an offer after those above it."""
    return above(present_tree(read_tree(viewer, establishment)), organization) if organization else []


def _establishment_of(viewer: Viewer, slug: str) -> dict[str, Any]:
    """The line of the establishment of an offer that the viewer may know, without its commune. One query."""
    offers = Offer.objects.visible_to(viewer).filter(identifier=identifier_of(slug))
    entities = GeographicEntity.objects.visible_to(viewer).filter(pk__in=offers.values("geographic_entity"))
    return present_establishment_line(disclose(viewer, establishment_subject(entities.get())), {})


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
