"""From staged lines to the record: all the valid ones, in one transaction, or none."""

from django.db import IntegrityError, OperationalError, transaction

from ror.accounts.models import User
from ror.imports.models import ImportJob, Outcome, StagedLine, State
from structures import records
from structures.findings import NotPublishable, blocking
from structures.models import Offer
from structures.publishing import Conflicting, publish

CHANNEL = "admin"
ENDED = "Cet import est déjà terminé, ou trop ancien : déposez de nouveau le fichier."
NOTHING = "Aucune ligne ne change quoi que ce soit : il n'y a rien à appliquer."
CHANGED_SINCE = (
    "Ligne {} : l'offre {} a changé depuis la vérification. Rien n'a été appliqué : déposez de nouveau le fichier."
)
AT_ONCE = "Quelqu'un d'autre écrivait au même endroit. Rien n'a été appliqué : recommencez."


class NotApplied(Exception):
    """Nothing was written: `problems`, one French sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def apply(job: ImportJob, author: User, offers) -> int:
    """Publish what the valid lines of the import change in `offers`, those that the author may correct today.

    Returns how many offers changed. Raises `NotApplied`.
    """
    try:
        with transaction.atomic():
            return _apply(ImportJob.objects.select_for_update().get(pk=job.pk), author, offers)
    except (IntegrityError, OperationalError) as error:
        raise NotApplied(AT_ONCE) from error


def abandon(job: ImportJob) -> None:
    """End the import without writing anything."""
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.state == State.PREVIEWED:
            held.end(State.ABANDONED)


def _apply(job: ImportJob, author: User, offers) -> int:
    if not job.is_waiting:
        raise NotApplied(ENDED)
    lines = list(job.lines.filter(outcome=Outcome.CHANGED).order_by("offer"))
    if not lines:
        raise NotApplied(NOTHING)
    keys = [line.offer_id for line in lines]
    held = {offer.pk: offer for offer in offers.filter(pk__in=keys).select_related("geographic_entity")}
    stale = [line for line in lines if line.offer_id not in held or held[line.offer_id].version != line.version]
    if stale:
        raise NotApplied(*(CHANGED_SINCE.format(line.number, line.identifier) for line in stale))
    documents = records.read_documents(keys)
    for line in lines:
        _publish(line, held[line.offer_id], documents[line.offer_id], author, job.reason)
    job.end(State.APPLIED)
    return len(lines)


def _publish(line: StagedLine, offer: Offer, base: dict, author: User, reason: str) -> None:
    said = {"entity": offer.geographic_entity, "author": author, "channel": CHANNEL, "reason": reason}
    try:
        publish(base | line.typed, offer=offer, base=base, **said)
    except NotPublishable as refusal:
        found = [f"Ligne {line.number} : {finding.message}" for finding in blocking(refusal.findings)]
        raise NotApplied(*dict.fromkeys(found)) from refusal
    except Conflicting as conflict:
        raise NotApplied(CHANGED_SINCE.format(line.number, line.identifier)) from conflict
