"""Choosing the entry model: of a new offer, then of its draft."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.disclosure import disclose
from structures.describing import drafts
from structures.describing.access import DescriberMixin, back_to, draft_or_404, establishment_or_404
from structures.describing.entry_models.choosing import Choices, choices_for
from structures.describing.entry_models.model import EntryModel
from structures.describing.pages import frame
from structures.describing.steps import STEPS
from structures.reading import establishment_subject

NOT_OFFERED = "Ce modèle n'est plus proposé : choisissez-en un autre, ou aucun."
ANCHOR = "etape"


class NewOffer(DescriberMixin, View):
    """« Nouvelle offre »: choose a model, the best one being chosen already, then describe."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = establishment_or_404(request, identifier)
        choices = choices_for(entity)
        context = {
            "establishment": disclose(request.viewer, establishment_subject(entity)),
            "choices": _shown(choices, choices.best.key if choices.best else ""),
        }
        return render(request, "describing/new_offer.html", context)

    def post(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = establishment_or_404(request, identifier)
        key = request.POST.get("model", "")
        model = choices_for(entity).named(key) if key else None
        if key and model is None:
            messages.warning(request, NOT_OFFERED)
            return redirect("describing:new", entity.id_nat_struct)
        return back_to(request, drafts.start(entity, request.user, model), STEPS[0].slug, ANCHOR)


class DraftModel(DescriberMixin, View):
    """Another model for a draft, its newer version, or none: what was typed stays."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        said, choices = draft.followed, choices_for(draft.geographic_entity)
        chosen = said.newer or said.model if said else None
        if chosen is not None and choices.named(chosen.key) is None:
            choices.fitting.append(chosen)  # retired since: this draft may go on with it
        context = {"page": frame(draft), "choices": _shown(choices, chosen.key if chosen else "")}
        return render(request, "describing/draft_model.html", context)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        key = request.POST.get("model", "")
        kept = draft.followed.model if draft.followed and draft.followed.model.key == key else None
        model = kept or (choices_for(draft.geographic_entity).named(key) if key else None)
        if key and model is None:
            messages.warning(request, NOT_OFFERED)
            return redirect("describing:draft_model", draft.pk)
        if model != (draft.followed.model if draft.followed else None):
            drafts.follow_model(draft, model, request.user)
            messages.success(request, _done(model))
        return back_to(request, draft, STEPS[0].slug, ANCHOR)


def _shown(choices: Choices, chosen: str) -> dict[str, Any]:
    """The choices as the page lists them; « sans modèle » is chosen when no listed model is."""
    fitting = [_line(model, chosen) for model in choices.fitting]
    others = [_line(model, chosen) for model in choices.others]
    return {"fitting": fitting, "others": others, "none_chosen": not any(line["chosen"] for line in fitting + others)}


def _line(model: EntryModel, chosen: str) -> dict[str, Any]:
    return {
        "key": model.key,
        "title": model.title,
        "summary": model.read().summary,
        "number": model.number,
        "chosen": model.key == chosen,
    }


def _done(model: EntryModel | None) -> str:
    if model is None:
        return "Ce brouillon ne suit plus de modèle : toutes les données sont proposées. Votre saisie est gardée."
    return f"Ce brouillon suit le modèle « {model.title} ». Votre saisie est gardée."
