"""Pages of an offer being described: its start, its steps, the review before publication."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.disclosure import disclose
from ror.accounts.models import User
from structures.describing import drafts, prefilling, unsent
from structures.describing.access import (
    DescriberMixin,
    back_to,
    draft_or_404,
    establishment_or_404,
    offer_or_404,
)
from structures.describing.copying import COPY_PAGES, GO_COPYING
from structures.describing.models import Draft
from structures.describing.pages import conflict_page, draft_line, frame, gone_page, review_page, step_page
from structures.describing.reviewing.gate import ReviewNeeded
from structures.describing.saving.merged import take_theirs
from structures.describing.steps import REVIEW, STEPS, Step, add_row, remove_row, step_named, typed
from structures.describing.wording import Words
from structures.findings import Finding, NotPublishable
from structures.merging import GONE
from structures.models import GeographicEntity, Offer
from structures.publishing import Conflicting
from structures.reading import brief_subject


class EditOffer(DescriberMixin, View):
    """Start, or take up again, the draft beside a published offer."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        return back_to(request, drafts.beside(offer_or_404(request, slug), request.user), REVIEW)

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug)
        return render(request, "describing/edit.html", {"offer": disclose(request.viewer, _brief(request, offer))})


class StepPage(DescriberMixin, View):
    """One step of the form. Every button saves first."""

    def get(self, request: HttpRequest, pk, step: str) -> HttpResponse:
        step = _step_or_404(step)
        waiting = unsent.find(request, pk)
        if waiting is None:
            return step_page(request, draft_or_404(request, pk), step)
        said = typed(step, waiting)
        try:
            draft = draft_or_404(request, pk)
        except Http404:
            return gone_page(request, step, said)
        return step_page(request, draft, step, said, started_from=waiting["started_from"])

    def post(self, request: HttpRequest, pk, step: str) -> HttpResponse:
        step = _step_or_404(step)
        said = typed(step, request.POST)
        try:
            return self._save(request, draft_or_404(request, pk), step, said)
        except (Http404, drafts.DraftGone):
            return gone_page(request, step, said)

    def _save(self, request: HttpRequest, draft: Draft, step: Step, said: dict) -> HttpResponse:
        page = unsent.opened(request.POST, draft.pk)
        started_from = page["part"] if page else step.part(draft.document)
        pressed = Pressed(request.POST, draft.geographic_entity, started_from)
        saved = drafts.save_step(
            draft, step, said, started_from, request.user, removing=pressed.removing, adding=pressed.adding
        )
        unsent.forget(request)
        if saved.conflicts:
            return step_page(request, draft, step, saved.part, _seen_by_colleague(draft, saved.conflicts, request.user))
        if "copy" in request.POST:
            return _copy(request, draft)
        if pressed.anchor:
            return back_to(request, draft, step.slug, pressed.anchor)
        target = request.POST.get("goto", "")
        if target == GO_COPYING and step.slug in COPY_PAGES:
            return redirect(COPY_PAGES[step.slug][0], draft.pk)
        if target == REVIEW or step_named(target):
            return back_to(request, draft, target, "etape")
        messages.success(request, "Votre saisie est enregistrée.")
        return back_to(request, draft, step.slug)


class Review(DescriberMixin, View):
    """Everything before publication: what is missing, what each reader will see; then publish."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return review_page(request, draft_or_404(request, pk))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        entity = establishment_or_404(request, draft.geographic_entity.id_nat_struct, "publish_offer")
        draft.geographic_entity = entity
        try:
            if "settle" in request.POST and draft.offer_id:
                return self._settle(request, draft)
            if drafts.opens_sensitive(draft) and "open_sensitive" not in request.POST:
                return review_page(request, draft, status=422)
            publication = drafts.publish_draft(draft, request.user, _revision(request))
        except NotPublishable as refusal:
            return review_page(request, draft, refusal.findings, status=422)
        except Conflicting as clash:
            return conflict_page(request, draft, clash)
        except drafts.DraftChanged:
            messages.warning(request, "Ce brouillon a changé depuis votre relecture : relisez-le avant de publier.")
            return review_page(request, draft_or_404(request, pk), status=409)
        except drafts.DraftGone:
            return _already_gone(request, entity)
        except ReviewNeeded:
            messages.warning(request, "Votre région demande une relecture avant publication : soumettez ce brouillon.")
            return back_to(request, draft, REVIEW)
        messages.success(request, "L'offre est publiée.")
        for warning in publication.warnings:
            messages.warning(request, warning.message)
        return redirect("publication:offer", publication.offer.slug)

    def _settle(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        """Take the choices made on the conflict page, then show the review again."""
        chosen = {name.removeprefix("keep:") for name, value in request.POST.items() if value == "theirs"}
        version = _number(request.POST.get("version")) or 0
        drafts.settle(draft, version, chosen, request.user, _revision(request))
        messages.info(request, "Vos choix sont enregistrés : relisez, puis publiez.")
        return back_to(request, draft, REVIEW)


class Drop(DescriberMixin, View):
    """Throw a draft away, after a confirmation."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        return render(
            request,
            "describing/drop.html",
            {"draft": draft_line(draft, draft.document.get("name")), "page": frame(draft)},
        )

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = draft_or_404(request, pk)
        try:
            drafts.drop(draft, _revision(request), request.user)
        except drafts.DraftChanged:
            messages.warning(request, "Ce brouillon vient d'être modifié : vérifiez avant de le supprimer.")
            return redirect("describing:drop", draft.pk)
        except drafts.DraftGone:
            return _already_gone(request, draft.geographic_entity)
        messages.success(request, "Le brouillon est supprimé. L'offre publiée, s'il y en a une, n'a pas changé.")
        return redirect("describing:establishment", draft.geographic_entity.id_nat_struct)


class Pressed:
    """What the pressed button of a step asks for besides saving: a change of the document, and where to go then."""

    def __init__(self, data: QueryDict, entity: GeographicEntity, started_from: dict) -> None:
        names = ("add", "remove", "theirs", "propose")
        self.add, self.remove, self.theirs, self.proposed = (data.get(name, "") for name in names)
        self.anchor = "etape" if self.add or self.remove or self.proposed or self.theirs else ""
        self.entity, self.started_from = entity, started_from

    def removing(self, document: dict) -> None:
        """Take the row out of what was typed, or what a colleague said instead: the page started from that."""
        if self.remove:
            remove_row(document, self.remove)
        elif self.theirs:
            take_theirs(document, self.started_from, self.theirs)

    def adding(self, document: dict) -> None:
        """Add what is asked for to the whole."""
        if self.add:
            added = add_row(document, self.add)
            self.anchor = f"groupe-{added}" if added else "etape"
        elif self.proposed:
            prefilling.take(document, self.entity, self.proposed)


def _copy(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Go on with a new offer that says the same: what never changes in a published one is chosen anew there."""
    copied = drafts.copy_as_new(draft, request.user)
    messages.info(
        request,
        "Voici le brouillon d'une nouvelle offre, copie de la précédente : choisissez son champ d'activité et son mode "
        "de prise en charge. L'offre publiée n'a pas changé.",
    )
    return back_to(request, copied, STEPS[0].slug)


def _already_gone(request: HttpRequest, entity: GeographicEntity) -> HttpResponse:
    """Two presses of one button, or a colleague who was faster."""
    messages.info(request, "Ce brouillon vient d'être publié ou supprimé : voici où en est l'établissement.")
    return redirect("describing:establishment", entity.id_nat_struct)


def _revision(request: HttpRequest) -> int | None:
    """The revision that the page showed; None when it does not say."""
    return _number(request.POST.get("revision"))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


SOMEONE = "Quelqu'un"
TYPED = "Enregistrez de nouveau pour garder votre saisie, ou prenez la sienne."
REMOVED = "La ligne est revenue : retirez-la de nouveau si vous n'en voulez pas."


def _seen_by_colleague(draft: Draft, conflicts, user: User) -> list[Finding]:
    """A finding at each datum that a colleague changed while this page was open."""
    words = Words([conflict.theirs for conflict in conflicts])
    who = SOMEONE if draft.updated_by == user else str(draft.updated_by)
    return [
        Finding(
            conflict.path,
            f"{who} a enregistré autre chose : « {words.in_words(conflict.path, conflict.theirs)} ». "
            + (REMOVED if conflict.mine == GONE else TYPED),
            "règle du portail",
            rule="colleague",
        )
        for conflict in conflicts
    ]


def _brief(request: HttpRequest, offer: Offer):
    full = (
        Offer.objects.visible_to(request.viewer).select_related("geographic_entity", "sensitive_unit").get(pk=offer.pk)
    )
    return brief_subject(full)


def _step_or_404(slug: str) -> Step:
    step = step_named(slug)
    if step is None:
        raise Http404
    return step
