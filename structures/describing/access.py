"""Who may describe, and how nothing typed is lost when the sign-in has expired."""

from django.contrib.auth.mixins import AccessMixin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from structures.describing import unsent
from structures.describing.models import Draft
from structures.models import GeographicEntity, Offer
from structures.reading import identifier_of


class DescriberMixin(AccessMixin):
    """Signed-in people only. What a signed-out person posts is kept in the session until they sign in again."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.viewer.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            unsent.keep(request)
        return redirect_to_login(request.get_full_path())


def establishment_or_404(request: HttpRequest, identifier: str, permission: str = "describe_offer") -> GeographicEntity:
    """The establishment, when the viewer holds `permission` there; 404 otherwise, as if it did not exist."""
    found = (
        GeographicEntity.objects.visible_to(request.viewer)
        .permitted(request.viewer, permission)
        .filter(id_nat_struct=identifier)
        .select_related("crisis_answer")
        .first()
    )
    if found is None:
        raise Http404
    return found


def offer_or_404(request: HttpRequest, slug: str) -> Offer:
    """The published offer, when the viewer may describe it; 404 otherwise."""
    found = (
        Offer.objects.visible_to(request.viewer)
        .permitted(request.viewer, "describe_offer")
        .filter(identifier=identifier_of(slug))
        .first()
    )
    if found is None:
        raise Http404
    return found


def draft_or_404(request: HttpRequest, pk) -> Draft:
    """The draft, when the viewer may describe there; 404 otherwise."""
    found = (
        Draft.objects.visible_to(request.viewer)
        .select_related("geographic_entity", "offer", "updated_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def back_to(request: HttpRequest, draft: Draft, slug: str, anchor: str = "") -> HttpResponse:
    """To another page of the same draft, at the place that matters."""
    name = "describing:review" if slug == "relecture" else "describing:step"
    arguments = [draft.pk] if slug == "relecture" else [draft.pk, slug]
    response = redirect(name, *arguments)
    if anchor:
        response["Location"] += f"#{anchor}"
    return response
