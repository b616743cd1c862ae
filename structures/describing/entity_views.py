"""Pages of those who describe: their establishments, what hangs there, the crisis questions."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.disclosure import disclose
from ror.history import writing
from structures.completeness import asked_of
from structures.describing.access import DescriberMixin, establishment_or_404
from structures.describing.confirming_views import recency, stale_in
from structures.describing.counting import establishments_of, may_report_in
from structures.describing.forms import CrisisForm
from structures.describing.models import Draft
from structures.describing.pages import draft_line
from structures.describing.reviewing.gate import charter_of
from structures.describing.reviewing.status import said_of, with_review
from structures.models import CrisisAnswer, GeographicEntity, Offer
from structures.models.completeness import CRITERIA
from structures.models.geographic_entity import LegalKind
from structures.presenting import present_line
from structures.reading import brief_subject, establishment_subject
from structures.rules import mandatory_basis

LIST_LIMIT = 200


class Mine(DescriberMixin, View):
    """« Mes établissements et services »."""

    def get(self, request: HttpRequest) -> HttpResponse:
        described = GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, "describe_offer")
        found: dict[int, dict[str, Any]] = {}
        for entities, right in ((described, "may_describe"), (establishments_of(request.viewer), "may_count")):
            for entity in entities.select_related("commune")[:LIST_LIMIT]:
                if entity.pk not in found:
                    found[entity.pk] = dict(disclose(request.viewer, establishment_subject(entity)))
                found[entity.pk][right] = True
        for pk, said in stale_in(request.viewer, [pk for pk, row in found.items() if "may_describe" in row]).items():
            found[pk] |= said
        context = {
            "establishments": list(found.values()),
            "limit": LIST_LIMIT,
            "may_import": request.viewer.may("describe_offer"),
            "may_change_many": request.viewer.may("publish_offer"),
        }
        return render(request, "describing/mine.html", context)


class Establishment(DescriberMixin, View):
    """One of my establishments: its offers, its drafts, its crisis questions."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = establishment_or_404(request, identifier)
        offers = (
            Offer.objects.visible_to(request.viewer)
            .filter(geographic_entity=entity)
            .select_related("geographic_entity", "sensitive_unit")
            .with_completeness()
        )
        in_progress = (
            Draft.objects.visible_to(request.viewer)
            .filter(geographic_entity=entity)
            .select_related("updated_by")
            .defer("document", "base")
            .annotate(said_name=KeyTextTransform("name", "document"))
        )
        in_progress = with_review(in_progress)
        context = {
            "establishment": disclose(request.viewer, establishment_subject(entity)),
            "offers": _lines(request, offers),
            "drafts": [draft_line(draft, draft.said_name) | {"review": said_of(draft)} for draft in in_progress],
            "may_count": may_report_in(request.viewer, entity),
            "may_publish": _may_publish(request, entity),
            "asks_crisis": entity.legal_kind == LegalKind.HEALTH,
            "charter": charter_of(request.viewer, entity),
            "crisis_missing": entity.legal_kind == LegalKind.HEALTH and not _crisis_answered(entity),
        }
        return render(request, "describing/establishment.html", context)


class CrisisQuestions(DescriberMixin, View):
    """ORSAN and landing zone, asked of health establishments."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = self._entity(request, identifier)
        return self._page(request, entity, CrisisForm(instance=_crisis(entity)))

    def post(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = self._entity(request, identifier)
        answer = _crisis(entity)
        seen, form = _stamp(answer), CrisisForm(request.POST, instance=answer)
        if not form.is_valid():
            return self._page(request, entity, form)
        if request.POST.get("seen", seen) != seen:
            messages.warning(request, "Ces réponses ont changé entre-temps. Enregistrez de nouveau pour les remplacer.")
            return self._page(request, entity, form, status=409)
        with writing(request.user, "form"):
            form.save()
        messages.success(request, "Vos réponses sont enregistrées.")
        return redirect("describing:establishment", entity.id_nat_struct)

    def _entity(self, request: HttpRequest, identifier: str) -> GeographicEntity:
        """The questions are those of health establishments only."""
        entity = establishment_or_404(request, identifier, "answer_crisis_questions")
        if entity.legal_kind != LegalKind.HEALTH:
            raise Http404
        return entity

    def _page(
        self, request: HttpRequest, entity: GeographicEntity, form: CrisisForm, status: int = 200
    ) -> HttpResponse:
        request.viewer.note_disclosure("CrisisAnswer", entity.id_nat_struct, 3)
        establishment = disclose(request.viewer, establishment_subject(entity))
        context = {
            "form": form,
            "establishment": establishment,
            "basis": mandatory_basis(18),
            "seen": _stamp(_crisis(entity)),
        }
        return render(request, "describing/crisis.html", context, status=status)


def _may_publish(request: HttpRequest, entity: GeographicEntity) -> bool:
    """Whoever prepares drafts under a mandate does not describe the establishment itself."""
    mine = GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, "publish_offer")
    return mine.filter(pk=entity.pk).exists()


def _lines(request: HttpRequest, offers: QuerySet[Offer]) -> list[dict[str, Any]]:
    """What the list says of each offer, and whether the viewer may close it."""
    closable = set(offers.permitted(request.viewer, "publish_offer").values_list("pk", flat=True))
    return [
        present_line(disclose(request.viewer, brief_subject(offer)))
        | {"may_close": offer.pk in closable, "criteria": _criteria(offer)}
        | recency(offer)
        for offer in offers
    ]


def _criteria(offer: Offer) -> dict[str, int]:
    """How many of the criteria of the national follow-up the offer meets, of those that concern it."""
    asked = len(asked_of(offer.geographic_entity.category_id))
    return {"met": offer.completeness - len(CRITERIA) + asked, "asked": asked}


def _crisis(entity: GeographicEntity) -> CrisisAnswer:
    return getattr(entity, "crisis_answer", None) or CrisisAnswer(geographic_entity=entity)


def _stamp(answer: CrisisAnswer) -> str:
    """When the stored answers were last changed; empty when there are none yet."""
    return "" if answer._state.adding else answer.updated_at.isoformat()


def _crisis_answered(entity: GeographicEntity) -> bool:
    answer = getattr(entity, "crisis_answer", None)
    return bool(answer and answer.orsan_answer and answer.landing_zone is not None)
