"""What the script of a step asks: save what is typed as it is typed, tell who else is there."""

from typing import Any

from django.contrib.auth.mixins import AccessMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.views import View

from structures.describing import drafts, unsent
from structures.describing.access import draft_or_404, open_organizations
from structures.describing.models import Draft
from structures.describing.saving import presence
from structures.describing.saving.merged import AsTyped, save_as_typed, settled
from structures.describing.steps import Step, step_named, typed
from structures.describing.wording import Words
from structures.document import Document
from structures.merging import GONE, Conflict

GONE_MESSAGE = (
    "Ce brouillon n'est plus là : il a été publié ou supprimé, ou ne vous est plus confié. Votre saisie reste dans "
    "cette page : copiez-la avant de la quitter."
)
SOMEONE_ELSE = (
    "Une autre personne s'est connectée dans ce navigateur : votre saisie n'est pas enregistrée sous son nom."
)
NOT_OURS = "Cette page ne peut plus enregistrer d'elle-même : utilisez le bouton « Enregistrer »."
SOMEONE = "Quelqu'un"
NAMED = 3  # data that a colleague changed, named one by one


class _Asked(AccessMixin, View):
    """Asked by a script: what it cannot have is said with a status and a state, never by another page."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.viewer.is_authenticated:
            return JsonResponse({"state": "expired", "kept": unsent.keep(request)}, status=401)
        try:
            return super().dispatch(request, *args, **kwargs)
        except (Http404, drafts.DraftGone):
            return JsonResponse({"state": "gone", "message": GONE_MESSAGE}, status=404)


class Autosave(_Asked):
    """Save one step as it is typed."""

    def post(self, request: HttpRequest, pk, step: str) -> HttpResponse:
        asked = _step_or_404(step)
        page = unsent.opened(request.POST, pk)
        if page is None:
            return JsonResponse({"state": "refused", "message": NOT_OURS}, status=400)
        if page["user"] != request.user.pk:
            return JsonResponse({"state": "refused", "message": SOMEONE_ELSE}, status=403)
        draft = draft_or_404(request, pk)
        who = _colleague(request, draft)
        start = settled(page["part"], page.get("seen", {}), request.POST.getlist("keep"))
        done = save_as_typed(draft, asked, typed(asked, request.POST), start, request.user)
        unsent.forget(request)
        if done.conflicts or done.elsewhere:
            request.viewer.note_disclosure("Draft", str(draft.pk), 3)
        return JsonResponse(_answer(request, draft, asked, done, who))


class Present(_Asked):
    """Still here: who else is, and how far the draft has come."""

    def post(self, request: HttpRequest, pk, step: str) -> HttpResponse:
        draft = draft_or_404(request, pk)
        others = presence.arrive(draft, request.user, _step_or_404(step))
        return JsonResponse({"state": "here", "revision": draft.revision, "present": others})


def _answer(request: HttpRequest, draft: Draft, step: Step, done: AsTyped, who: str) -> dict[str, Any]:
    values = [value for conflict in done.conflicts for value in (conflict.mine, conflict.theirs)]
    words = Words(values, organizations=_organizations(request, draft, done.conflicts))
    seen = {conflict.path: conflict.theirs for conflict in done.conflicts}
    return {
        "state": "saved",
        "at": date_format(timezone.localtime(), r"G \h i"),
        "revision": draft.revision,
        "started_from": unsent.sign(draft.pk, request.user, done.started_from, seen),
        "conflicts": [_in_words(words, conflict, draft.document, who) for conflict in done.conflicts],
        "elsewhere": {"paths": done.elsewhere, "message": _changed(words, done.elsewhere, who)},
        "present": presence.arrive(draft, request.user, step),
    }


def _in_words(words: Words, conflict: Conflict, document: Document, who: str) -> dict[str, str]:
    told = words.conflict_in_words(conflict, document)
    did = "a retiré cette ligne" if conflict.theirs == GONE else f"a enregistré «\u00a0{told['theirs']}\u00a0»"
    message = f"{who} {did}. Votre saisie : «\u00a0{told['mine']}\u00a0»."
    return {"path": conflict.path, "label": told["label"], "message": message}


def _organizations(request: HttpRequest, draft: Draft, conflicts: list[Conflict]) -> dict[str, str]:
    """Their names, when one of them is disputed."""
    if all(conflict.path != "internal_organization" for conflict in conflicts):
        return {}
    return open_organizations(request.viewer, draft.geographic_entity)


def _changed(words: Words, paths: list[str], who: str) -> str:
    """Which data a colleague changed: their names only, each once."""
    if not paths:
        return ""
    names = list(dict.fromkeys(words.label_of(path) for path in paths))
    more = len(names) - NAMED
    others = "" if more < 1 else " et une autre donnée" if more == 1 else f" et {more} autres données"
    return f"{who} a changé entre-temps : {' ; '.join(names[:NAMED])}{others}."


def _colleague(request: HttpRequest, draft: Draft) -> str:
    """Who saved before this page: the last one to have, when it was someone else."""
    return SOMEONE if draft.updated_by_id == request.user.pk else str(draft.updated_by)


def _step_or_404(slug: str) -> Step:
    step = step_named(slug)
    if step is None:
        raise Http404
    return step
