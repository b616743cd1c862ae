"""What the pages show of an import: where it is, then its lines, as whoever looks may read them today."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone

from confidentiality.disclosure import disclose
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from ror.imports import beside
from ror.imports.access import establishments_of, offers_of, published_by
from ror.imports.models import ImportJob, Mode, Outcome, StagedLine, State
from ror.imports.sheets import read_by
from structures import records
from structures.describing.wording import Words
from structures.differences import differences
from structures.models import Offer
from structures.reading import brief_subject

LINES_PER_PAGE = 50
EVERY_LINE = "toutes"
LONG = 120  # seconds in the queue after which the person is told that something may be wrong
WORDS = {
    State.RECEIVED: "Le fichier attend son tour.",
    State.READING: "Le fichier est lu.",
    State.CHECKING: "Chaque ligne est comparée au répertoire.",
    State.APPLYING: "Les changements sont écrits.",
    State.REPORTING: "Le compte rendu est préparé.",
    State.UNDOING: "Les changements sont annulés.",
}
# The steps that the person sees go by, and the states of each.
STEPS = (
    ("Dépôt", {State.RECEIVED}),
    ("Lecture", {State.READING}),
    ("Vérification", {State.CHECKING}),
    ("Votre accord", {State.PREVIEWED}),
    ("Application", {State.APPLYING, State.REPORTING, State.APPLIED, State.UNDOING, State.UNDONE}),
)
MODES = {
    Mode.VALID: ("Appliquer les lignes valables", "Les lignes refusées ne changent rien : corrigez-les à part."),
    Mode.DRAFTS: (
        "Appliquer les lignes valables, garder les autres en brouillons",
        "Vous finirez ces descriptions dans le portail : rien de ce que le fichier en dit n'est perdu.",
    ),
}
NOWHERE = (
    "Sauf les lignes dont l'offre ou l'établissement n'est pas connu ({}), qui ne peuvent être gardées nulle part."
)


def progress_of(job: ImportJob) -> dict[str, Any]:
    """How far a worker is, for the page and for the script that follows it."""
    progress = getattr(job, "progress", None)
    waiting = job.state == State.RECEIVED and (timezone.now() - job.created_at).total_seconds() > LONG
    return {
        "state": job.state,
        "words": WORDS.get(job.state, ""),
        "done": progress.done if progress else 0,
        "total": progress.total if progress else 0,
        "late": waiting,
        "stuck": job.is_stuck,
    }


def context_of(job: ImportJob, viewer: Viewer, asked: str, number: str | None) -> dict[str, Any]:
    """All that a page shows of an import. As many queries for 20,000 lines as for one."""
    page = Paginator(_lines(job, asked), LINES_PER_PAGE).get_page(number)
    gone = job.is_over or job.state == State.UNDONE
    reached = next(rank for rank, (_, states) in enumerate(STEPS) if job.state in states) if not gone else -1
    return {
        "job": job,
        "progress": progress_of(job),
        "step": reached + 1,
        "steps": len(STEPS),
        "step_title": STEPS[reached][0],
        "next_title": STEPS[reached + 1][0] if 0 <= reached < len(STEPS) - 1 else "",
        "shown": asked,
        "page": page,
        "lines": _shown(job, viewer, page),
        "modes": _modes(job),
        "drafted": _drafted(job, viewer) if job.is_waiting else 0,
        "has_report": job.has_report,
        "undoable": job.is_undoable,
        "applicable": job.new + job.changed,
    }


def _lines(job: ImportJob, asked: str) -> QuerySet[StagedLine]:
    """Those asked for; else those that one has to look at."""
    if asked in Outcome.values:
        return job.lines.filter(outcome=asked)
    return job.lines.all() if asked == EVERY_LINE else job.lines.exclude(outcome=Outcome.UNCHANGED)


def _shown(job: ImportJob, viewer: Viewer, page: Page) -> list[dict[str, Any]]:
    """The lines of a page, each with the name of its offer. What rights that have ended do not show is hidden."""
    keys = {line.offer_id for line in page if line.offer_id}
    known = offers_of(job, viewer).filter(pk__in=keys).select_related("geographic_entity", "sensitive_unit")
    offers = {offer.pk: offer for offer in known} if keys else {}
    changes = _changes(viewer, [line for line in page if line.typed], offers)
    waiting = [line for line in page if line.changes and line.offer_id in offers and job.ended_at is None]
    kept = {offers[line.offer_id]: line.changes for line in waiting}
    also = beside.in_words(viewer, kept) if kept else {}
    shown = []
    for line in page:
        offer = offers.get(line.offer_id)
        hidden = line.offer_id is not None and offer is None
        changed = changes.get(line.pk, []) + also.get(line.offer_id, [])
        if offer and changed:
            viewer.note_disclosure("Offer", line.identifier, Level.CRISIS)
        name = disclose(viewer, brief_subject(offer)).get("name", "") if offer else line.typed.get("name") or ""
        said = {"name": "" if hidden else name, "changes": changed, "hidden": hidden}
        shown.append({"line": line, "offer": offer, **said})
    return shown


def _changes(viewer: Viewer, lines: list[StagedLine], offers: dict[int, Offer]) -> dict[int, list[dict[str, str]]]:
    """What each line changes, in words, beside what `viewer` reads of its offer today; all that a new one says."""
    compared = [offers[line.offer_id] for line in lines if line.offer_id in offers]
    named = {name for line in lines for name in line.typed}
    documents = records.read_documents([offer.pk for offer in compared], named) if compared else {}
    read = read_by(viewer, compared, documents)
    pairs = {}
    for line in lines:
        if line.offer_id in offers or line.offer_id is None:
            before = read.get(line.offer_id, {})
            pairs[line.pk] = (before, before | line.typed)
    found = {key: list(differences(before, after)) for key, (before, after) in pairs.items()}
    words = Words([value for several in found.values() for each in several for value in (each.before, each.after)])
    return {key: [words.difference_in_words(each, *pairs[key]) for each in several] for key, several in found.items()}


def _modes(job: ImportJob) -> list[tuple[str, str, str]]:
    """What the person chooses between: nothing when no line is refused, for all of them are then applied or none."""
    if not job.refused or not job.is_waiting:
        return []
    nowhere = job.lines.filter(outcome=Outcome.REFUSED, geographic_entity=None).count()
    offered = []
    if job.new + job.changed:
        offered.append((Mode.VALID.value, *MODES[Mode.VALID]))
    if nowhere < job.refused:
        title, hint = MODES[Mode.DRAFTS]
        offered.append((Mode.DRAFTS.value, title, f"{hint} {NOWHERE.format(nowhere)}" if nowhere else hint))
    return offered


def _drafted(job: ImportJob, viewer: Viewer) -> int:
    """How many lines would make drafts only, since whoever looks publishes nothing there."""
    if not establishments_of(job, viewer).exists():
        return 0
    own = published_by(job, viewer).values("pk")
    return job.lines.filter(outcome__in=(Outcome.NEW, Outcome.CHANGED)).exclude(geographic_entity__in=own).count()
