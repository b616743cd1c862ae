"""From staged lines to the record: all the valid ones, in one transaction, or none."""

from ror.imports.access import offers_of, viewer_now
from ror.imports.models import ImportJob, Mode, Outcome, StagedLine
from ror.imports.progress import Progressing
from structures import records
from structures.findings import NotPublishable, blocking
from structures.models import Offer
from structures.publishing import Conflicting, publish

NOT_ALL = "Des lignes sont refusées, et vous avez demandé tout ou rien : rien n'a été appliqué."
NOTHING = "Aucune ligne ne change quoi que ce soit : il n'y a rien à appliquer."
CHANGED_SINCE = (
    "Ligne {} : l'offre {} a changé depuis la vérification. Rien n'a été appliqué : déposez de nouveau le fichier."
)


class NotApplied(Exception):
    """Nothing was written: `problems`, one French sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def apply(job: ImportJob, mode: str, progress: Progressing) -> int:
    """Publish what the valid lines of the import change in the offers that its owner may change today.

    Returns how many offers changed. Raises `NotApplied` and `RightsEnded`. Its caller holds the transaction, and the
    lock of the perimeter.
    """
    viewer = viewer_now(job)
    if mode == Mode.ALL and job.refused:
        raise NotApplied(NOT_ALL)
    lines = list(job.lines.filter(outcome=Outcome.CHANGED).order_by("offer"))
    if not lines:
        raise NotApplied(NOTHING)
    keys = [line.offer_id for line in lines]
    held = {offer.pk: offer for offer in offers_of(job, viewer).filter(pk__in=keys).select_related("geographic_entity")}
    stale = [line for line in lines if line.offer_id not in held or held[line.offer_id].version != line.version]
    if stale:
        raise NotApplied(*(CHANGED_SINCE.format(line.number, line.identifier) for line in stale))
    documents = records.read_documents(keys)
    for done, line in enumerate(lines):
        progress(done, len(lines))
        _publish(line, held[line.offer_id], documents[line.offer_id], job)
    return len(lines)


def _publish(line: StagedLine, offer: Offer, base: dict, job: ImportJob) -> None:
    said = {"entity": offer.geographic_entity, "author": job.owner, "channel": job.channel, "reason": job.reason}
    try:
        publish(base | line.typed, offer=offer, base=base, **said)
    except NotPublishable as refusal:
        found = [f"Ligne {line.number} : {finding.message}" for finding in blocking(refusal.findings)]
        raise NotApplied(*dict.fromkeys(found)) from refusal
    except Conflicting as conflict:
        raise NotApplied(CHANGED_SINCE.format(line.number, line.identifier)) from conflict
