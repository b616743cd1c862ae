"""The pages of a draft: a step, the review, the conflicts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.profiles import BIT, EVERYONE
from confidentiality.viewer import Viewer
from structures import rules
from structures.completeness import PATHS, completeness_of
from structures.describing import drafts, unsent
from structures.describing.access import open_organizations
from structures.describing.copying import COPY_PAGES
from structures.describing.entry_models.demands import demands_in
from structures.describing.models import Draft
from structures.describing.prefilling import proposals
from structures.describing.questions import Surroundings, group_of
from structures.describing.reviewing import remarks
from structures.describing.reviewing.status import status_of
from structures.describing.saving.page import saving_of
from structures.describing.steps import REVIEW, STEPS, Step, step_of
from structures.describing.suggesting import suggestions, value_sets_in
from structures.describing.wording import Words, changes_in_words
from structures.document import Document, canonical, join, walk
from structures.fields import EMPTY
from structures.findings import Finding, blocking
from structures.models import GeographicEntity
from structures.models.completeness import CRITERIA
from structures.presenting import present_offer
from structures.publishing import Conflicting
from structures.reading import draft_subject
from structures.schema import OFFER

DESCRIBER_RIGHTS = BIT["OWN"] | EVERYONE
PROFESSIONAL_RIGHTS = BIT["P2"] | EVERYONE


def step_page(
    request: HttpRequest,
    draft: Draft,
    step: Step,
    said: Document | None = None,
    extra: list[Finding] | None = None,
    started_from: str = "",
) -> HttpResponse:
    """The page of a step. `said` is what was typed and not saved yet, `extra` what a colleague saved otherwise.

    `started_from` is the signed start of the page on which `said` was typed; by default what is stored now.
    """
    _, found = drafts.examined(draft)
    clean, formats = canonical(said) if said else ({}, [])
    document = {**draft.document, **(step.part(clean) if said else {})}
    shown = [finding for finding in found if finding.rule == "format" or "verifier" in request.GET] + (extra or [])
    shown += [finding for finding in formats if finding not in shown]
    shown += remarks.findings_on(draft)
    position = STEPS.index(step)
    context = {
        "page": frame(draft),
        "step": step,
        "group": group_of(step, document, shown, _surroundings(request.viewer, draft, step)),
        "problems": [{**_link(draft, it), "url": f"#id_{it.path}"} for it in shown if step.holds(it.path)],
        "steps": _progress(draft, found, step.slug),
        "meter": meter_of(draft, document),
        "started_from": started_from or unsent.sign(draft.pk, request.user, step.part(draft.document)),
        "previous": STEPS[position - 1].slug if position else None,
        "next": STEPS[position + 1].slug if position + 1 < len(STEPS) else REVIEW,
        "proposals": proposals(step, draft.document, draft.geographic_entity),
        "checking": "verifier" in request.GET,
        "copying": COPY_PAGES[step.slug][1] if step.slug in COPY_PAGES else "",
        "may_copy": draft.offer_id is not None and any(name in step.fields for name in drafts.INVARIABLE),
        "saving": saving_of(request, draft, step, found_again=bool(started_from), disputed=bool(extra)),
    }
    request.viewer.note_disclosure("Draft", str(draft.pk), 3)
    return render(request, "describing/step.html", context, status=409 if extra else 200)


def review_page(
    request: HttpRequest, draft: Draft, found: list[Finding] | None = None, status: int = 200
) -> HttpResponse:
    document, problems = drafts.examined(draft)
    found = sorted(problems if found is None else found, key=_in_page_order)
    public = disclose(Viewer.public(), _subject(draft, document, EVERYONE))
    professional = disclose(Viewer.public(), _subject(draft, document, PROFESSIONAL_RIGHTS))
    own = disclose(request.viewer, _subject(draft, document, DESCRIBER_RIGHTS))
    review = status_of(draft)
    context = {
        "page": frame(draft),
        "steps": _progress(draft, found, REVIEW),
        "meter": meter_of(draft, document),
        "blocking": [_link(draft, finding) for finding in blocking(found)],
        "warnings": [_link(draft, finding) for finding in found if finding not in blocking(found)],
        "public": present_offer(public),
        "professional": present_offer(professional),
        "own": present_offer(own),
        "changes": _changes(request, draft, own),
        "hidden_from_public": not public,
        "opens_sensitive": drafts.opens_sensitive(draft),
        "refused": status != 200,
        "may_publish": may_publish(request.viewer, draft.geographic_entity),
        "review": review,
        "charter": review["charter"],
    }
    return render(request, "describing/review.html", context, status=status)


def may_publish(viewer: Viewer, entity: GeographicEntity) -> bool:
    """Whether the viewer publishes there: someone who prepares drafts under a mandate does not."""
    rows = GeographicEntity.objects.visible_to(viewer).permitted(viewer, "publish_offer")
    return rows.filter(pk=entity.pk).exists()


def _subject(draft: Draft, document: Document, rights: int) -> Subject:
    name = draft.offer.identifier if draft.offer_id else f"brouillon {draft.pk}"
    return draft_subject(document, draft.geographic_entity, rights, name)


def _changes(request: HttpRequest, draft: Draft, own: Disclosed) -> list[dict[str, str]]:
    """What publishing would change in the published offer, as it was when the draft started from it."""
    if not draft.base:
        return []
    published = disclose(request.viewer, _subject(draft, draft.base, DESCRIBER_RIGHTS))
    return changes_in_words(published, own, open_organizations(request.viewer, draft.geographic_entity))


def conflict_page(request: HttpRequest, draft: Draft, clash: Conflicting) -> HttpResponse:
    """What was typed and what was published since, side by side; the describer chooses."""
    values = [value for conflict in clash.conflicts for value in (conflict.mine, conflict.theirs)]
    words = Words([*values, draft.document], organizations=open_organizations(request.viewer, draft.geographic_entity))
    context = {
        "page": frame(draft),
        "steps": _progress(draft, [], REVIEW),
        "conflicts": [words.conflict_in_words(conflict, draft.document) for conflict in clash.conflicts],
        "version": clash.version,
    }
    request.viewer.note_disclosure("Draft", str(draft.pk), 3)
    return render(request, "describing/conflicts.html", context, status=409)


def gone_page(request: HttpRequest, step: Step, said: dict) -> HttpResponse:
    """What was described is not there (any more) for this person: what was typed is given back, to be copied."""
    part = step.part(canonical(said, step.root)[0])
    words = Words([part], step.root)
    lines = [
        {"label": words.label_of(join(path, name)), "value": words.in_words(join(path, name), row.get(name))}
        for path, schema, row in walk(part, step.schema)
        for name in schema.fields
        if row.get(name) not in EMPTY
    ]
    return render(
        request, "describing/gone.html", {"step": step, "lines": lines, "is_draft": step.root is OFFER}, status=404
    )


def frame(draft: Draft) -> dict:
    """What the top of each page of a draft says."""
    return {
        "pk": draft.pk,
        "name": draft.document.get("name") or "Nouvelle offre",
        "establishment": str(draft.geographic_entity),
        "establishment_id": draft.geographic_entity.id_nat_struct,
        "is_new": draft.offer_id is None,
        "revision": draft.revision,
        "model": draft.followed,
        "saved_at": draft.updated_at,
        "saved_by": str(draft.updated_by),
    }


def meter_of(draft: Draft, document: Document) -> dict:
    """How far the description has come by the criteria of the national follow-up, and where to say what is missing."""
    found = completeness_of(document, draft.geographic_entity.category_id)
    missing = [
        {"label": CRITERIA[name], "url": f"{_address(draft, PATHS[name])}#id_{PATHS[name]}"} for name in found.unmet
    ]
    return {"met": found.met, "asked": len(found.asked), "status": found.status, "missing": missing}


def draft_line(draft: Draft, name: str | None) -> dict:
    return {
        "pk": draft.pk,
        "name": name or "Offre sans nom",
        "is_new": draft.offer_id is None,
        "saved_at": draft.updated_at,
        "saved_by": str(draft.updated_by),
    }


def _progress(draft: Draft, found: list[Finding], current: str) -> list[dict]:
    """The steps, each with the number of data that still block publication there."""
    lines = [
        {
            "slug": step.slug,
            "title": step.title,
            "url": reverse("describing:step", args=[draft.pk, step.slug]),
            "missing": sum(1 for finding in blocking(found) if step.holds(finding.path)),
            "current": step.slug == current,
        }
        for step in STEPS
    ]
    url = reverse("describing:review", args=[draft.pk])
    return [
        *lines,
        {"slug": REVIEW, "title": "Relecture et publication", "url": url, "missing": 0, "current": current == REVIEW},
    ]


def _in_page_order(finding: Finding) -> tuple[int, int]:
    """Findings are listed in the order of the pages where they are mended, what belongs to no page last."""
    step, head = step_of(finding.path), finding.path.split(".", 1)[0]
    asked = [*step.schema.fields, *step.schema.rows]
    return STEPS.index(step), asked.index(head) if head in asked else len(asked)


def _link(draft: Draft, finding: Finding) -> dict:
    """A finding with the address of the place where it is mended."""
    if finding.path.startswith("establishment."):
        url = reverse("describing:crisis", args=[draft.geographic_entity.id_nat_struct])
        return {"message": finding.message, "basis": finding.basis, "url": f"{url}#id_{finding.path.split('.')[1]}"}
    url = f"{_address(draft, finding.path)}?verifier=1#id_{finding.path}"
    return {"message": finding.message, "basis": finding.basis, "url": url}


def _address(draft: Draft, path: str) -> str:
    """The page of the step where the datum at `path` is asked."""
    return reverse("describing:step", args=[draft.pk, step_of(path).slug])


def _surroundings(viewer: Viewer, draft: Draft, step: Step) -> Surroundings:
    demands = demands_in(draft.followed.model) if draft.followed else ()
    facts = rules.facts_of(draft.geographic_entity, None, timezone.localdate(), draft.base, demands=demands)
    organizations = {}
    if "internal_organization" in step.fields:
        organizations = open_organizations(viewer, draft.geographic_entity)
    published = draft.base or {}
    same = (name for name in drafts.INVARIABLE if published.get(name) and draft.document.get(name) == published[name])
    model = draft.followed.model.read() if draft.followed else None
    likely = suggestions(viewer, draft, value_sets_in(step.schema))
    return Surroundings(facts, organizations, frozenset(same), model, likely)
