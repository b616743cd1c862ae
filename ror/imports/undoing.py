"""What an import wrote, undone: all of it while nothing was edited since, line by line otherwise.

An offer that it changed is published again as it was before. One that it created is closed for good: an identifier is
never used twice, and no history is erased. A draft that it made goes. What someone changed since stays, and is named.
"""

from collections.abc import Sequence

from django.utils import timezone

from confidentiality.viewer import Viewer
from ror import sets
from ror.history import writing
from ror.imports import beside
from ror.imports.access import offers_of, published_by, viewer_of
from ror.imports.comparing import by_hundreds, give_entities
from ror.imports.models import UNDOABLE, ImportJob, Result, StagedLine
from ror.imports.progress import Progressing
from structures import records
from structures.closing import ClosingError, close
from structures.describing.models import Draft
from structures.document import Document, upgraded
from structures.models import Offer, OfferVersion
from structures.models.base import DEFINITIVE
from structures.publishing import WHOLE_DESCRIPTIONS, Description, Refused, publish_all

TOGETHER = 1000  # offers published by one set of queries
REASON = "imports: what its owner may describe was checked"
WHY = "Annulation de l'import du {:%d/%m/%Y à %H:%M}"
EDITED = "Ligne {} : l'offre {} a changé depuis l'import. Elle reste comme elle est : voyez son historique."
NOT_ALLOWED = "Ligne {} : vous ne pouvez plus publier l'offre {}. Elle reste comme elle est."
REFUSED = (
    "Ligne {} : l'offre {} ne peut pas être publiée comme elle était (relecture demandée, ou règle plus récente). "
    "Elle reste comme elle est : reprenez-la depuis son historique."
)
NOT_CLOSED = "Ligne {} : l'offre {}, créée par l'import, n'a pas pu être fermée. {}"
DRAFT_EDITED = "Ligne {} : le brouillon a été repris depuis l'import. Il reste comme il est."
NOTHING = "Rien n'a pu être annulé."


class NotUndone(Exception):
    """Nothing was undone: `problems`, one French sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def undo(job: ImportJob, progress: Progressing) -> None:
    """Undo what can be of the import; the rest is named in `job.remarks`.

    Raises `NotUndone` when nothing could be. Its caller holds the transaction, and the lock of the perimeter.
    """
    viewer = viewer_of(job)
    keys = list(job.lines.filter(UNDOABLE).order_by("offer", "number").values_list("pk", flat=True))
    left: list[str] = []
    done = undone = 0
    with writing(job.owner, job.channel, _why(job)):
        for some in by_hundreds(keys, TOGETHER):
            lines = list(job.lines.filter(pk__in=some).order_by("offer", "number"))
            going = _undo(job, viewer, lines, left)
            sets.update(StagedLine, ["result"], [[line.pk, Result.UNDONE.value] for line in going])
            undone += len(going)
            done += len(lines)
            progress(done, len(keys))
    if not undone:
        raise NotUndone(*(left or [NOTHING]))
    job.remarks = [*left, *job.remarks]


def _why(job: ImportJob) -> str:
    return WHY.format(timezone.localtime(job.created_at))


def _undo(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine], left: list[str]) -> list[StagedLine]:
    """The lines undone among these; `left` gets a sentence for each of the others."""
    written = _undo_beside(job, viewer, [line for line in lines if line.changes], left)
    drafts = _forget_drafts([line for line in lines if line.result == Result.DRAFT], left)
    published = [line for line in lines if line.result == Result.PUBLISHED]
    offers = _offers(job, viewer, published)
    standing = []
    for line in published:
        offer = offers.get(line.offer_id)
        if offer is None:
            left.append(NOT_ALLOWED.format(line.number, line.identifier))
        elif offer.version != line.published_version:
            left.append(EDITED.format(line.number, offer.identifier))
        else:
            standing.append(line)
    created = [line for line in standing if line.published_version == 1]
    changed = [line for line in standing if line.published_version != 1]
    return [*written, *drafts, *_close(job, created, offers, left), *_put_back(job, changed, offers, left)]


def _offers(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine]) -> dict[int, Offer]:
    """Those that the owner of the import may publish today."""
    own = published_by(job, viewer).values("pk")
    keys = [line.offer_id for line in lines]
    found = {offer.pk: offer for offer in offers_of(job, viewer).filter(pk__among=keys, geographic_entity__in=own)}
    give_entities(found.values())
    return found


def _undo_beside(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine], left: list[str]) -> list[StagedLine]:
    """Figures and professionals put back; the lines that say nothing else."""
    offers = _offers(job, viewer, lines)
    going = []
    for line in lines:
        offer = offers.get(line.offer_id)
        if offer is None:
            left.append(NOT_ALLOWED.format(line.number, line.identifier))
            continue
        problems = beside.undo(job, viewer, offer, line.changes, _why(job))
        left += [f"{each['sheet']}, {each['cell']} : {each['message']}" for each in problems]
        if not problems and line.result == Result.BESIDE:
            going.append(line)
    return going


def _forget_drafts(lines: Sequence[StagedLine], left: list[str]) -> list[StagedLine]:
    kept = dict(
        Draft.objects.trusted(REASON)
        .filter(pk__in=[line.draft for line in lines])
        .select_for_update(of=("self",))
        .values_list("pk", "revision")
    )
    going = []
    for line in lines:
        if kept.get(line.draft) == line.draft_revision:
            going.append(line)
        else:
            left.append(DRAFT_EDITED.format(line.number))
    Draft.objects.trusted(REASON).filter(pk__in=[line.draft for line in going]).delete()
    return going


def _close(job: ImportJob, lines: Sequence[StagedLine], offers: dict[int, Offer], left: list[str]) -> list[StagedLine]:
    going = []
    for line in lines:
        offer = offers[line.offer_id]
        try:
            if offer.closing_type_id is None:
                said = {"author": job.owner, "channel": job.channel, "reason": _why(job)}
                close(offer, DEFINITIVE, timezone.localdate(), **said)
        except ClosingError as error:
            left.append(NOT_CLOSED.format(line.number, offer.identifier, " ".join(error.problems)))
        else:
            going.append(line)
    return going


def _put_back(
    job: ImportJob, lines: Sequence[StagedLine], offers: dict[int, Offer], left: list[str]
) -> list[StagedLine]:
    before = _documents_before(lines)
    current = records.read_documents([line.offer_id for line in lines]) if lines else {}
    said = {"author": job.owner, "channel": job.channel, "reason": _why(job)}
    descriptions = []
    for line in lines:
        offer = offers[line.offer_id]
        descriptions.append(Description(before[offer.pk], offer.geographic_entity, offer, current[offer.pk]))
    going = list(lines)
    try:
        publish_all(descriptions, **said)
    except Refused as refusal:
        refused = [lines[at] for at in sorted(refusal.reasons)]
        left += [REFUSED.format(line.number, offers[line.offer_id].identifier) for line in refused]
        passing = [at for at in range(len(lines)) if at not in refusal.reasons]
        publish_all([descriptions[at] for at in passing], **said)
        going = [lines[at] for at in passing]
    _say_again_who_described(going)
    return going


def _say_again_who_described(lines: Sequence[StagedLine]) -> None:
    """The channel of the last whole description before the import: undoing it describes nothing."""
    numbers = {line.offer_id: line.published_version for line in lines}
    rows = OfferVersion.objects.trusted(REASON).filter(offer__in=list(numbers), channel__in=WHOLE_DESCRIPTIONS)
    origins = dict.fromkeys(numbers, "")
    for key, number, channel in rows.order_by("number").values_list("offer", "number", "channel"):
        if number < numbers[key]:
            origins[key] = channel
    sets.update(Offer, ["origin"], list(origins.items()))


def _documents_before(lines: Sequence[StagedLine]) -> dict[int, Document]:
    """What each offer said before the import, by its key."""
    wanted = {line.offer_id: line.published_version - 1 for line in lines}
    rows = OfferVersion.objects.trusted(REASON).filter(offer__in=list(wanted), number__in=set(wanted.values()))
    return {
        row.offer_id: upgraded(row.document, row.format)
        for row in rows.only("offer", "number", "document", "format").iterator(chunk_size=TOGETHER)
        if row.number == wanted[row.offer_id]
    }
