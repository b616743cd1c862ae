"""Pages of a review: what the establishment submits and takes back, what the region reads, publishes or returns."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from confidentiality.disclosure import Disclosed, disclose
from confidentiality.profiles import EVERYONE
from confidentiality.session import waits_for_second_factor
from confidentiality.viewer import Viewer
from ror.dates import display_date
from structures.describing import drafts
from structures.describing.access import (
    DescriberMixin,
    back_to,
    draft_or_404,
    establishment_or_404,
    open_organizations,
)
from structures.describing.models import Draft
from structures.describing.pages import PROFESSIONAL_RIGHTS, conflict_page, review_page
from structures.describing.reviewing import moves, remarks
from structures.describing.reviewing.deciders import prepared, to_review
from structures.describing.reviewing.gate import charter_of
from structures.describing.reviewing.models import DECIDE, OWN_RULE, State, Submission
from structures.describing.reviewing.rounds import rounds_of
from structures.describing.reviewing.telling import tell_decided, tell_submitted
from structures.describing.steps import REVIEW
from structures.describing.wording import Words
from structures.differences import differences
from structures.document import Document
from structures.findings import NotPublishable
from structures.presenting import present_offer
from structures.publishing import Conflicting
from structures.reading import draft_subject

PER_PAGE = 20
LONGEST_COMMENT = 2000
SUBMITTED = "Votre offre est soumise à la relecture régionale. Sans réponse, elle sera publiée d'elle-même le {}."
NOBODY = "Aucun relecteur n'a pu être prévenu par courriel : il la trouvera dans « À relire »."
CHANGED = "Ce brouillon a changé depuis votre relecture : relisez-le avant de le soumettre."
ALREADY_SUBMITTED = "Ce brouillon est déjà soumis à la relecture : rien n'a changé."
NO_REVIEW = "Votre région ne demande pas de relecture pour ce changement : vous pouvez publier."
TAKEN_BACK = "Vous avez repris la main : l'offre n'est plus à relire. Soumettez-la de nouveau quand elle est prête."
STUCK = (
    "Cette offre ne peut plus être publiée telle quelle : les règles ou l'offre publiée ont changé depuis. "
    "Retournez-la : l'établissement verra ce qui est à corriger."
)
SAY_WHAT = "Dites ce qui est à reprendre : un commentaire, ou une remarque sur une donnée."
TOO_LONG = f"Un commentaire a {LONGEST_COMMENT} caractères au plus, une remarque {remarks.LONGEST} : raccourcissez."
DECIDED = {
    State.WITHDRAWN: "L'établissement a repris la main sur cette offre : elle n'est plus à relire.",
    State.RETURNED: "Cette offre vient d'être retournée à l'établissement : elle n'est plus à relire.",
    State.PUBLISHED: "Cette offre vient d'être publiée : elle n'est plus à relire.",
}


class Submit(DescriberMixin, View):
    """« Soumettre à la relecture régionale »."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = _own_draft_or_404(request, pk)
        if drafts.opens_sensitive(draft) and "open_sensitive" not in request.POST:
            return review_page(request, draft, status=422)
        try:
            submission = moves.submit(draft, request.user, _number(request.POST.get("revision")))
        except NotPublishable as refusal:
            return review_page(request, draft, refusal.findings, status=422)
        except Conflicting as clash:
            return conflict_page(request, draft, clash)
        except (drafts.DraftChanged, moves.AlreadySubmitted, moves.NothingToReview) as refusal:
            said = {drafts.DraftChanged: CHANGED, moves.AlreadySubmitted: ALREADY_SUBMITTED}
            messages.warning(request, said.get(type(refusal), NO_REVIEW))
            return back_to(request, draft, REVIEW)
        except drafts.DraftGone:
            messages.info(request, "Ce brouillon vient d'être publié ou supprimé : voici où en est l'établissement.")
            return redirect("describing:establishment", draft.geographic_entity.id_nat_struct)
        told = tell_submitted(submission, request.build_absolute_uri)
        messages.success(request, SUBMITTED.format(display_date(submission.due_at)))
        if not told:
            messages.info(request, NOBODY)
        return back_to(request, draft, REVIEW)

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return back_to(request, draft_or_404(request, pk), REVIEW)


class Withdraw(DescriberMixin, View):
    """« Reprendre la main »: the draft is nobody's to review any more."""

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        draft = _own_draft_or_404(request, pk)
        waiting = rounds_of(draft.pk).waiting().first()
        try:
            if waiting is not None:
                moves.withdraw(waiting, request.user)
                messages.success(request, TAKEN_BACK)
        except moves.AlreadyDecided:
            messages.info(request, "La relecture vient de se terminer : voici où en est l'offre.")
        return redirect("describing:review", draft.pk)

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return back_to(request, draft_or_404(request, pk), REVIEW)


class ReviewerMixin(DescriberMixin):
    """Whoever still owes a second factor proves it first: the link of a mail must lead somewhere."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if waits_for_second_factor(request.viewer):
            return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.path})}")
        return super().dispatch(request, *args, **kwargs)


class ToReview(ReviewerMixin, View):
    """« À relire »: what waits on the territory of the reviewer, what is due first at the top."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.viewer.may(DECIDE):
            raise Http404
        rows = to_review(request.viewer).waiting().defer("base").order_by("due_at", "pk")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        lines = [_line(request, row) for row in page]
        return render(request, "describing/reviewing/list.html", {"page": page, "lines": lines, "rule": OWN_RULE})


class Round(ReviewerMixin, View):
    """One round: what changed and what each reader will see, then « Publier » or « Retourner »."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        submission = _round_or_404(request, pk)
        return _taken_back(request) if submission.state == State.WITHDRAWN else _round_page(request, submission)

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        submission = _round_or_404(request, pk)
        if prepared(request.user, submission):
            raise Http404
        try:
            return self._decide(request, submission)
        except moves.AlreadyDecided as late:
            messages.info(request, DECIDED[State(late.submission.state)])
            return redirect("describing:to_review")

    def _decide(self, request: HttpRequest, submission: Submission) -> HttpResponse:
        if "return" in request.POST:
            return self._send_back(request, submission)
        try:
            moves.accept(submission, request.user)
        except (NotPublishable, Conflicting):
            messages.error(request, STUCK)
            return _round_page(request, submission, status=409)
        _tell(request, submission)
        messages.success(request, "L'offre est publiée. L'établissement en est prévenu.")
        return redirect("describing:to_review")

    def _send_back(self, request: HttpRequest, submission: Submission) -> HttpResponse:
        comment = request.POST.get("comment", "").replace("\x00", "").strip()
        said = _remarks_of(request, submission)
        if not comment and not said:
            return _round_page(request, submission, SAY_WHAT, status=422)
        if len(comment) > LONGEST_COMMENT or any(len(remark["text"]) > remarks.LONGEST for remark in said):
            return _round_page(request, submission, TOO_LONG, status=422)
        moves.send_back(submission, request.user, comment, said)
        _tell(request, submission)
        messages.success(request, "L'offre est retournée avec vos remarques. L'établissement en est prévenu.")
        return redirect("describing:to_review")


def _own_draft_or_404(request: HttpRequest, pk) -> Draft:
    """The draft, when the viewer publishes there: who prepares under a mandate neither submits nor takes back."""
    draft = draft_or_404(request, pk)
    identifier = draft.geographic_entity.id_nat_struct
    draft.geographic_entity = establishment_or_404(request, identifier, "publish_offer")
    return draft


def _round_or_404(request: HttpRequest, pk) -> Submission:
    found = to_review(request.viewer).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _taken_back(request: HttpRequest) -> HttpResponse:
    """What the establishment took back is its own draft again."""
    messages.info(request, DECIDED[State.WITHDRAWN])
    return redirect("describing:to_review")


def _tell(request: HttpRequest, submission: Submission) -> None:
    decided = to_review(request.viewer).get(pk=submission.pk)
    tell_decided(decided, request.build_absolute_uri)


def _round_page(request: HttpRequest, submission: Submission, problem: str = "", status: int = 200) -> HttpResponse:
    own = _as_reviewer(request.viewer, submission)
    public = disclose(Viewer.public(), _subject(submission, submission.document, EVERYONE))
    context = {
        "round": _line(request, submission),
        "may_decide": submission.is_waiting and not prepared(request.user, submission),
        "changes": _changes(request, submission),
        "public": present_offer(public),
        "professional": present_offer(own),
        "earlier": _earlier(submission),
        "others": remarks.other_data(),
        "other": request.POST.get("other", ""),
        "other_text": request.POST.get("other_text", ""),
        "comment": request.POST.get("comment", ""),
        "problem": problem,
        "rule": OWN_RULE,
        "charter": charter_of(request.viewer, submission.geographic_entity),
    }
    return render(request, "describing/reviewing/round.html", context, status=status)


def _line(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """What lists and pages say of a round."""
    request.viewer.note_disclosure("Submission", str(submission.pk), 2)
    public = disclose(Viewer.public(), _subject(submission, submission.document, EVERYONE))
    return {
        "pk": submission.pk,
        "name": public.get("name") or "Offre sans nom",
        "establishment": str(submission.geographic_entity),
        "establishment_id": submission.geographic_entity.id_nat_struct,
        "is_new": submission.offer_id is None,
        "number": submission.round,
        "by": str(submission.submitted_by),
        "at": submission.submitted_at,
        "due": submission.due_at,
        "waits": submission.is_waiting,
        "state": submission.get_state_display(),
        "decided_by": str(submission.decided_by or ""),
        "decided_at": submission.decided_at,
    }


def _as_reviewer(viewer: Viewer, submission: Submission, document: Document | None = None) -> Disclosed:
    """A document as a reviewer reads it: what professionals do, whatever else the person holds."""
    rights = submission.rights & PROFESSIONAL_RIGHTS | EVERYONE
    return disclose(viewer, _subject(submission, submission.document if document is None else document, rights))


def _subject(submission: Submission, document: Document, rights: int):
    name = submission.offer.identifier if submission.offer_id else f"relecture {submission.pk}"
    return draft_subject(document, submission.geographic_entity, rights, name)


def _changes(request: HttpRequest, submission: Submission) -> list[dict[str, str]]:
    """What publishing would change, each with the path that a remark is attached to, and what was typed there."""
    before = _as_reviewer(request.viewer, submission, submission.base or {}) if submission.base else Disclosed()
    after = _as_reviewer(request.viewer, submission)
    organizations = open_organizations(request.viewer, submission.geographic_entity)
    words = Words([before, after], organizations=organizations)
    return [
        {
            **words.difference_in_words(found, before, after),
            "path": found.path,
            "typed": request.POST.get(f"remark:{found.path}", ""),
        }
        for found in differences(before, after)
    ]


def _remarks_of(request: HttpRequest, submission: Submission) -> list[dict[str, str]]:
    """The remarks typed, on data that the page showed or that anyone may name."""
    known = {change["path"] for change in _changes(request, submission)}
    typed = [(f"remark:{path}", path) for path in sorted(known)]
    if request.POST.get("other") in remarks.nameable():
        typed.append(("other_text", request.POST["other"]))
    said = [(path, request.POST.get(name, "").replace("\x00", "").strip()) for name, path in typed]
    return [{"path": path, "text": text} for path, text in said if text]


def _earlier(submission: Submission) -> list[dict[str, Any]]:
    """What reviewers said in the rounds before; what the delay found may speak of data that they do not read."""
    rows = rounds_of(submission.draft_key).filter(round__lt=submission.round, decided_by__isnull=False)
    rows = rows.filter(state=State.RETURNED).select_related("decided_by").defer("document", "base").order_by("-round")
    return [
        {
            "by": str(row.decided_by),
            "at": row.decided_at,
            "comment": row.comment,
            "remarks": remarks.in_words(row.remarks),
        }
        for row in rows
    ]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
