"""Who may describe, and how nothing typed is lost when the sign-in has expired."""

from django.contrib.auth.mixins import AccessMixin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from confidentiality.disclosure import Subject, disclose
from confidentiality.viewer import Viewer
from ror.reference.nomenclature import nomenclature
from structures.describing import unsent
from structures.describing.models import Draft
from structures.models import GeographicEntity, InternalOrganization, Offer
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


def offer_or_404(request: HttpRequest, slug: str, permission: str = "describe_offer") -> Offer:
    """The published offer, when the viewer holds `permission` there; 404 otherwise."""
    found = (
        Offer.objects.visible_to(request.viewer)
        .permitted(request.viewer, permission)
        .filter(identifier=identifier_of(slug))
        .select_related("geographic_entity", "sensitive_unit")
        .first()
    )
    if found is None:
        raise Http404
    return found


def draft_or_404(request: HttpRequest, pk) -> Draft:
    """The draft, when the viewer may describe there; 404 otherwise."""
    found = (
        Draft.objects.visible_to(request.viewer)
        .select_related("geographic_entity__crisis_answer", "offer", "updated_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def open_organizations(viewer: Viewer, entity: GeographicEntity) -> dict[str, str]:
    """The open internal organisations of `entity` that the viewer knows: name and type, by identifier. One query."""
    rows = InternalOrganization.objects.visible_to(viewer).open().filter(geographic_entity=entity)
    subjects = [
        Subject(
            model="InternalOrganization",
            identifier=row.identifier,
            values={"identifier": row.identifier, "name": row.name, "type": row.type_id},
            rights=row.rights,
            legal_kind=entity.legal_kind,
        )
        for row in rows
    ]
    known = [disclose(viewer, subject) for subject in subjects]
    return {row["identifier"]: f"{row['name']} ({nomenclature().label(row['type'])})" for row in known if "name" in row}


def back_to(request: HttpRequest, draft: Draft, slug: str, anchor: str = "") -> HttpResponse:
    """To another page of the same draft, at the place that matters."""
    name = "describing:review" if slug == "relecture" else "describing:step"
    arguments = [draft.pk] if slug == "relecture" else [draft.pk, slug]
    response = redirect(name, *arguments)
    if anchor:
        response["Location"] += f"#{anchor}"
    return response
