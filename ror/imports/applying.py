"""From staged lines to the record, in one transaction: the valid ones, or all of them, or none.

Where the owner of the import publishes, what passes is published, or submitted to the review that the region asks for;
where they only describe, and for what does not pass when they chose to keep it, drafts are made.
"""

from collections.abc import Iterable, Sequence

from confidentiality.viewer import Viewer
from ror import sets
from ror.history import writing
from ror.imports import beside
from ror.imports.access import establishments_of, offers_of, published_by, viewer_now
from ror.imports.comparing import by_hundreds, give_entities, whole
from ror.imports.models import ImportJob, Mode, Outcome, Result, StagedLine
from ror.imports.progress import Progressing
from ror.imports.sheets import read_by
from structures import publishing
from structures.describing.models import Draft
from structures.describing.reviewing.gate import ReviewNeeded
from structures.describing.reviewing.proposing import DraftInTheWay, propose
from structures.document import Document
from structures.findings import NotPublishable, blocking
from structures.models import GeographicEntity, Offer
from structures.publishing import Conflicting, Description, Publication, Refused, publish_all
from structures.schema import OFFER

TOGETHER = 1000  # offers published by one set of queries
REASON = "imports: what its owner may describe was checked"
NOT_ALL = "Des lignes sont refusées, et vous avez demandé tout ou rien : rien n'a été appliqué."
NOTHING = "Aucune ligne ne change quoi que ce soit : il n'y a rien à appliquer."
CHANGED_SINCE = (
    "Ligne {} : l'offre {} a changé depuis la vérification. Rien n'a été appliqué : déposez de nouveau le fichier."
)
DRAFT_IN_THE_WAY = (
    "Ligne {} : quelqu'un décrit l'offre {} dans un brouillon, que l'import ne remplace pas. Rien n'a été appliqué : "
    "publiez ou abandonnez ce brouillon, ou ôtez la ligne du fichier."
)


class NotApplied(Exception):
    """Nothing was written: `problems`, one French sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def apply(job: ImportJob, mode: str, progress: Progressing) -> int:
    """Publish what the valid lines of the import say, in the establishments that its owner may describe today.

    Returns how many offers changed. Raises `NotApplied` and `RightsEnded`. Its caller holds the transaction, and the
    lock of the perimeter.
    """
    viewer = viewer_now(job)
    if mode == Mode.ALL and job.refused:
        raise NotApplied(NOT_ALL)
    published = set(published_by(job, viewer).values_list("pk", flat=True))
    keys = list(_lines(job, mode).values_list("pk", flat=True))
    if not keys:
        raise NotApplied(NOTHING)
    done = 0
    with writing(job.owner, job.channel, job.reason):
        for some in by_hundreds(keys, TOGETHER):
            lines = list(job.lines.filter(pk__among=some).defer("rows", "problems").order_by("offer", "number"))
            _apply(job, viewer, lines, published)
            done += len(some)
            progress(done, len(keys))
    return done


def _lines(job: ImportJob, mode: str):
    """What is to be applied, in the order in which offers are locked. Only what names an establishment may be kept."""
    wanted = [Outcome.NEW, Outcome.CHANGED]
    if mode == Mode.DRAFTS:
        wanted.append(Outcome.REFUSED)
    return job.lines.filter(outcome__in=wanted, geographic_entity__isnull=False).order_by("offer", "number")


def _apply(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine], published: set[int]) -> None:
    held = _held(job, viewer, lines)
    passing = [line for line in lines if line.outcome != Outcome.REFUSED and line.geographic_entity_id in published]
    _publish(job, [line for line in passing if line.typed], held)
    passed = {line.pk for line in passing}
    _keep_as_drafts(job, [line for line in lines if line.pk not in passed and line.typed], held)
    _write_beside(job, viewer, [line for line in lines if line.changes and line.geographic_entity_id in published])


class _Held:
    """What the lines are about, locked, as their owner may describe it today: `offers` and their `documents` by key,
    `entities` where offers are new.
    """

    def __init__(
        self, viewer: Viewer, offers: dict[int, Offer], entities: dict[int, GeographicEntity], record: publishing.Held
    ) -> None:
        self.viewer, self.offers, self.entities, self.record = viewer, offers, entities, record

    def stands(self, line: StagedLine) -> bool:
        """Whether what the line was compared with is as it was, and its owner may still describe it."""
        if line.offer_id is None:
            return line.geographic_entity_id in self.entities
        return line.offer_id in self.offers and self.offers[line.offer_id].version == line.version

    def said(self, lines: Sequence[StagedLine]) -> list[Description]:
        """The whole of what each line says, what its owner does not read of the offer included."""
        read = self._read(lines)
        found = []
        for line in lines:
            if line.offer_id is None:
                found.append(Description(_new(line.typed), self.entities[line.geographic_entity_id]))
                continue
            offer, base = self.offers[line.offer_id], self.record.documents[line.offer_id]
            document, _ = whole(base, read.get(line.offer_id, {}), line.typed)
            found.append(Description(document, offer.geographic_entity, offer, base))
        return found

    def _read(self, lines: Iterable[StagedLine]) -> dict[int, Document]:
        """What the owner reads of the lists that the lines change, by offer."""
        lists = {line.offer_id: line.typed.keys() & OFFER.rows.keys() for line in lines if line.offer_id}
        lists = {key: names for key, names in lists.items() if names}
        return read_by(self.viewer, [self.offers[key] for key in lists], self.record.documents, lists)


def _held(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine]) -> _Held:
    """Raises `NotApplied` for what changed since it was looked at."""
    named = {line.offer_id for line in lines if line.offer_id}
    record = publishing.hold({line.geographic_entity_id for line in lines}, named)
    rights = dict(offers_of(job, viewer).filter(pk__among=named).order_by().values_list("pk", "rights"))
    offers = {key: offer for key, offer in record.offers.items() if key in rights}
    for key, offer in offers.items():
        offer.rights = rights[key]
    give_entities(offers.values())
    entities = {line.geographic_entity_id for line in lines if not line.offer_id}
    found = establishments_of(job, viewer).select_related("crisis_answer").in_bulk(entities) if entities else {}
    held = _Held(viewer, offers, found, record)
    stale = [line for line in lines if not held.stands(line)]
    if stale:
        raise NotApplied(*(CHANGED_SINCE.format(line.number, line.identifier) for line in stale))
    return held


def _new(typed: Document) -> Document:
    return dict.fromkeys(OFFER.fields) | {name: [] for name in OFFER.rows} | typed


def _publish(job: ImportJob, lines: Sequence[StagedLine], held: _Held) -> None:
    said = {"author": job.owner, "channel": job.channel, "reason": job.reason}
    descriptions = held.said(lines)
    try:
        _said_published(lines, publish_all(descriptions, **said, held=held.record))
    except Refused as refusal:
        waiting = {at for at, reason in refusal.reasons.items() if isinstance(reason, ReviewNeeded)}
        _refuse(lines, {at: reason for at, reason in refusal.reasons.items() if at not in waiting})
        passing = [at for at in range(len(lines)) if at not in waiting]
        done = publish_all([descriptions[at] for at in passing], **said, held=held.record)
        _said_published([lines[at] for at in passing], done)
        for at in sorted(waiting):
            _submit(lines[at], descriptions[at], said)
        sets.update(StagedLine, ["result"], [[lines[at].pk, Result.SUBMITTED.value] for at in sorted(waiting)])


def _said_published(lines: Sequence[StagedLine], publications: Sequence[Publication]) -> None:
    """Keep on each line the version that it became, to say it and to undo it."""
    done = [
        [line.pk, Result.PUBLISHED.value, each.offer.pk, each.version]
        for line, each in zip(lines, publications, strict=True)
    ]
    sets.update(StagedLine, ["result", "offer", "published_version"], done)


def _refuse(lines: Sequence[StagedLine], reasons: dict[int, Exception]) -> None:
    problems = []
    for at, reason in sorted(reasons.items()):
        line = lines[at]
        if isinstance(reason, NotPublishable):
            problems += [f"Ligne {line.number} : {finding.message}" for finding in blocking(reason.findings)]
        elif isinstance(reason, Conflicting):
            problems.append(CHANGED_SINCE.format(line.number, line.identifier))
        else:
            raise reason
    if problems:
        raise NotApplied(*dict.fromkeys(problems))


def _submit(line: StagedLine, description: Description, said: dict) -> None:
    """To the review that the region asks for."""
    of = {"entity": description.entity, "offer": description.offer, "base": description.base}
    try:
        propose(description.document, **of, **said)
    except DraftInTheWay as held:
        raise NotApplied(DRAFT_IN_THE_WAY.format(line.number, line.identifier)) from held


def _keep_as_drafts(job: ImportJob, lines: Sequence[StagedLine], held: _Held) -> None:
    """What waits for someone to finish or publish it; what someone is typing is never written over."""
    named = [line.offer_id for line in lines if line.offer_id]
    busy = set(Draft.objects.trusted(REASON).filter(offer__in=named).values_list("offer", flat=True)) if named else ()
    in_the_way = [line for line in lines if line.offer_id in busy]
    if in_the_way:
        raise NotApplied(*(DRAFT_IN_THE_WAY.format(line.number, line.identifier) for line in in_the_way))
    drafts = [
        Draft(
            geographic_entity=each.entity,
            offer=each.offer,
            document=each.document,
            base=each.base,
            created_by=job.owner,
            updated_by=job.owner,
        )
        for each in held.said(lines)
    ]
    Draft.objects.trusted(REASON).bulk_create(drafts)
    made = [[line.pk, Result.DRAFT.value, draft.pk, draft.revision] for line, draft in zip(lines, drafts, strict=True)]
    sets.update(StagedLine, ["result", "draft", "draft_revision"], made)


def _write_beside(job: ImportJob, viewer: Viewer, lines: Sequence[StagedLine]) -> None:
    """Figures and professionals are written at once: never drafts, and no review waits for them."""
    if not lines:
        return
    offers = offers_of(job, viewer).in_bulk([line.offer_id for line in lines])
    problems = beside.write(job, viewer, {offers[line.offer_id]: line.changes for line in lines})
    if problems:
        raise NotApplied(*(f"{each['sheet']}, {each['cell']} : {each['message']}" for each in problems))
    job.lines.filter(pk__in=[line.pk for line in lines], result="").update(result=Result.BESIDE)
