"""What an establishment says of itself: two pages, published at once, checked as a whole."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from confidentiality.disclosure import disclose
from structures import records, rules
from structures.describing import unsent
from structures.describing.access import DescriberMixin, establishment_or_404
from structures.describing.pages import gone_page
from structures.describing.questions import Surroundings, group_of
from structures.describing.steps import ESTABLISHMENT_STEPS, Step, add_row, remove_row, step_named, typed
from structures.describing.wording import Words
from structures.document import Document, canonical
from structures.establishments import describe_establishment
from structures.findings import Finding, NotPublishable, blocking
from structures.merging import GONE, merge
from structures.models import GeographicEntity
from structures.publishing import Conflicting
from structures.reading import establishment_subject
from structures.schema import ESTABLISHMENT

COLLEAGUE = "Une autre personne a enregistré entre-temps : « {} ». {}"
TYPED = "Enregistrez de nouveau pour garder votre saisie, ou recopiez la sienne."
REMOVED = "La ligne est revenue : retirez-la de nouveau si vous n'en voulez pas."


class DescribeEstablishment(DescriberMixin, View):
    """One page of the description. Nothing is written before « Enregistrer »; the other buttons give the page back."""

    def get(self, request: HttpRequest, identifier: str, step: str) -> HttpResponse:
        entity, step = establishment_or_404(request, identifier, "publish_offer"), _step_or_404(step)
        stored = records.read_establishment_document(entity)
        waiting = unsent.find(request, unsent.establishment_page(identifier))
        if waiting is None:
            return _page(request, entity, step, stored, stored)
        messages.warning(request, "Voici votre saisie, pas encore enregistrée : relisez-la, puis enregistrez.")
        base = unsent.opened(waiting, unsent.establishment_page(identifier))["part"]
        return _page(request, entity, step, base, {**base, **typed(step, waiting)})

    def post(self, request: HttpRequest, identifier: str, step: str) -> HttpResponse:
        step = _step_or_404(step)
        try:
            entity = establishment_or_404(request, identifier, "publish_offer")
        except Http404:
            return gone_page(request, step, typed(step, request.POST))
        opened = unsent.opened(request.POST, unsent.establishment_page(identifier))
        base = opened["part"] if opened else records.read_establishment_document(entity)
        said = {**base, **canonical(typed(step, request.POST), step.schema)[0]}
        focus = None
        if "remove" in request.POST:
            remove_row(said, request.POST["remove"], ESTABLISHMENT)
        if "add" in request.POST:
            focus = add_row(said, request.POST["add"], ESTABLISHMENT)
        if "remove" in request.POST or "add" in request.POST:
            return _page(request, entity, step, base, said, focus=focus)
        return _save(request, entity, step, base, said)


def _save(request: HttpRequest, entity: GeographicEntity, step: Step, base: Document, said: Document) -> HttpResponse:
    try:
        warnings = describe_establishment(said, entity=entity, author=request.user, channel="form", base=base)
    except NotPublishable as refusal:
        return _page(request, entity, step, base, said, refusal.findings, status=422)
    except Conflicting:
        return _conflict(request, entity, step, base, said)
    unsent.forget(request)
    messages.success(request, "La description de l'établissement est enregistrée et publiée.")
    for warning in warnings:
        messages.warning(request, warning.message)
    return redirect("describing:establishment", entity.id_nat_struct)


def _conflict(
    request: HttpRequest, entity: GeographicEntity, step: Step, base: Document, said: Document
) -> HttpResponse:
    """Both sides' changes, one's own where they differ: pressing « Enregistrer » again keeps them."""
    stored = records.read_establishment_document(entity)
    merged, conflicts = merge(base, canonical(said, ESTABLISHMENT)[0], stored, ESTABLISHMENT)
    words = Words([conflict.theirs for conflict in conflicts], ESTABLISHMENT)
    for conflict in conflicts:
        if conflict.mine == GONE:
            _put_back(merged, conflict.path, conflict.theirs)
    found = [
        Finding(
            conflict.path,
            COLLEAGUE.format(
                words.in_words(conflict.path, conflict.theirs), REMOVED if conflict.mine == GONE else TYPED
            ),
            "",
            rule="colleague",
        )
        for conflict in conflicts
    ]
    return _page(request, entity, step, stored, merged, found, status=409)


def _put_back(document: Document, path: str, row: Document) -> None:
    """A row removed here and changed by someone else shows again, so that it can be removed again."""
    parts = path.split(".")
    parent = document
    while len(parts) > 2:
        name, identifier, *parts = parts
        parent = next(child for child in parent[name] if child["id"] == identifier)
    parent[parts[0]] = [*parent[parts[0]], row]


def _page(
    request: HttpRequest,
    entity: GeographicEntity,
    step: Step,
    base: Document,
    said: Document,
    found: list[Finding] | None = None,
    *,
    focus: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with what was typed (`said`), which started from `base`, and what is wrong there."""
    clean, formats = canonical(said, ESTABLISHMENT)
    shown = formats if found is None else found
    facts = rules.facts_of(entity, None, timezone.localdate())
    context = {
        "establishment": disclose(request.viewer, establishment_subject(entity)),
        "step": step,
        "steps": ESTABLISHMENT_STEPS,
        "group": group_of(step, clean, shown, Surroundings(facts), focus),
        "problems": [_link(entity, step, finding) for finding in shown],
        "refused": bool(found) and bool(blocking(shown)),
        "typed_before": said != base,
        "started_from": unsent.sign(unsent.establishment_page(entity.id_nat_struct), request.user, base),
    }
    request.viewer.note_disclosure("GeographicEntity", entity.id_nat_struct, 3)
    return render(request, "describing/describe.html", context, status=status)


def _link(entity: GeographicEntity, step: Step, finding: Finding) -> dict[str, str]:
    """A finding with the address of its place, on this page or on the other one."""
    asked = next((each for each in ESTABLISHMENT_STEPS if each.holds(finding.path)), step)
    page = "" if asked is step else reverse("describing:describe", args=[entity.id_nat_struct, asked.slug])
    return {"message": finding.message, "basis": finding.basis, "url": f"{page}#id_{finding.path}"}


def _step_or_404(slug: str) -> Step:
    step = step_named(slug, ESTABLISHMENT_STEPS)
    if step is None:
        raise Http404
    return step
