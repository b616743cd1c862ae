"""Pages that copy: hours or contacts into a draft, a whole offer for another unit or establishment."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from confidentiality.disclosure import Disclosed, disclose
from structures.describing import copying
from structures.describing.access import (
    DescriberMixin,
    back_to,
    draft_or_404,
    establishment_or_404,
    offer_or_404,
    open_organizations,
)
from structures.describing.copying import CONTACTS, HOURS, Source
from structures.describing.drafts import DraftGone
from structures.describing.pages import frame
from structures.describing.steps import REVIEW
from structures.models import GeographicEntity, InternalOrganization, Offer
from structures.presenting import present_contacts, present_line, present_weeks, rows_of
from structures.reading import brief_subject, establishment_subject, read_offer

LIST_LIMIT = 200
REPLACE = "remplacer"


class CopyRows(DescriberMixin, View):
    """Choose a source, see what it says and what the draft says, then copy. Nothing is published."""

    name: str
    step: str
    template: str

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        found = copying.sources(request.viewer, draft, self.name)
        chosen = _chosen(found, request.GET.get("source"))
        context = {"page": frame(draft), "sources": found, "source": chosen, "step": self.step}
        if chosen is not None:
            said = copying.read_source(request.viewer, draft, chosen)
            context |= self.shown(said, "theirs") | self.shown(draft.document, "mine")
        request.viewer.note_disclosure("Draft", str(draft.pk), 3)
        return render(request, self.template, context)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        chosen = _chosen(copying.sources(request.viewer, draft, self.name), request.POST.get("source"))
        if chosen is None:
            raise Http404
        said = copying.read_source(request.viewer, draft, chosen)
        rows = copying.copied_rows(said, self.name, self.wanted(request))
        replacing = request.POST.get("comment") == REPLACE
        if not rows and not (replacing and said.get("always_open")):
            messages.warning(request, "Rien n'a été copié : choisissez au moins une ligne.")
            return redirect(f"{request.path}?source={chosen.key}")
        try:
            copying.take(draft, self.name, rows, request.user, replacing=replacing, always_open=said.get("always_open"))
        except DraftGone:
            raise Http404 from None
        messages.success(
            request, f"Copié depuis « {chosen.name} » dans ce brouillon. Relisez : chaque ligne peut être retirée."
        )
        return back_to(request, draft, self.step, "etape")

    def wanted(self, request: HttpRequest) -> list[str] | None:
        """The rows chosen, by id; None for all of them."""
        return None

    def shown(self, said: dict, prefix: str) -> dict:
        """What one side says, for the page: each list says its own rows."""
        raise NotImplementedError  # a page without it would show nothing of what it copies


class CopyHours(CopyRows):
    name, step, template = HOURS, "horaires", "describing/copy_hours.html"

    def shown(self, said: dict, prefix: str) -> dict:
        return {
            f"{prefix}_weeks": present_weeks(rows_of(said, HOURS), timezone.localdate()),
            f"{prefix}_always_open": said.get("always_open") is True,
        }


class CopyContacts(CopyRows):
    name, step, template = CONTACTS, "contacts", "describing/copy_contacts.html"

    def wanted(self, request: HttpRequest) -> list[str]:
        return request.POST.getlist("ligne")

    def shown(self, said: dict, prefix: str) -> dict:
        rows = rows_of(said, CONTACTS)
        presented = present_contacts({CONTACTS: rows})
        return {
            f"{prefix}_contacts": [{"id": row["id"], **contact} for row, contact in zip(rows, presented, strict=True)]
        }


class Duplicate(DescriberMixin, View):
    """An offer again, for another unit or establishment: choose which, then go on in a draft."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug)
        target = self._target(request, request.GET.get("vers"), offer.geographic_entity)
        context = {
            "offer": present_line(disclose(request.viewer, brief_subject(offer))),
            "from": offer.geographic_entity.id_nat_struct,
            "target": disclose(request.viewer, establishment_subject(target)),
            "same": target.pk == offer.geographic_entity_id,
            "organizations": open_organizations(request.viewer, target),
            "targets": self._targets(request),
            "limit": LIST_LIMIT,
        }
        return render(request, "describing/duplicate.html", context)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug)
        target = self._target(request, request.POST.get("vers"), offer.geographic_entity)
        draft = copying.duplicate(
            _said(request, slug),
            offer.geographic_entity,
            target,
            self._organization(request, target),
            request.user,
            contacts="contacts" in request.POST,
        )
        messages.success(
            request, "Voici le brouillon d'une nouvelle offre, copie de la précédente : relisez-le avant de le publier."
        )
        return back_to(request, draft, REVIEW)

    def _targets(self, request: HttpRequest) -> list[dict]:
        """The establishments that the viewer describes, by name."""
        mine = GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, "describe_offer")
        rows = mine.select_related("commune").order_by("name", "pk")[:LIST_LIMIT]
        return [disclose(request.viewer, establishment_subject(entity)) for entity in rows]

    def _target(self, request: HttpRequest, identifier: str | None, default: GeographicEntity) -> GeographicEntity:
        return establishment_or_404(request, identifier or default.id_nat_struct)

    def _organization(self, request: HttpRequest, target: GeographicEntity) -> InternalOrganization | None:
        """The unit chosen, one of those that the viewer knows there; 404 for any other."""
        identifier = request.POST.get("unite", "")
        if not identifier:
            return None
        if identifier not in open_organizations(request.viewer, target):
            raise Http404
        return InternalOrganization.objects.visible_to(request.viewer).get(identifier=identifier)


def _said(request: HttpRequest, slug: str) -> Disclosed:
    """What the offer says to the viewer; 404 when pages do not show it any more (closed for good)."""
    try:
        return read_offer(request.viewer, slug)
    except Offer.DoesNotExist:
        raise Http404 from None


def _chosen(found: list[Source], key: str | None) -> Source | None:
    """The source named; the only one there is when none is."""
    if not key and len(found) == 1:
        return found[0]
    return next((source for source in found if source.key == key), None)
