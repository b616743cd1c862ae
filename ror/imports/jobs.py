"""From one state of an import to the next, however often the worker is killed on the way.

A step commits its result and the next state together, or nothing: what is left of a dead worker is an import in the
state where it was, that `sweep` puts back in the queue. While a worker advances an import it holds a lock of its own on
it, which the database lets go when the worker dies.
"""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from confidentiality.governed import governance
from confidentiality.viewer import Viewer
from ror.imports import applying, staging
from ror.imports.access import ENDED as RIGHTS_ENDED
from ror.imports.access import RightsEnded
from ror.imports.locks import alone_on, lock_perimeter
from ror.imports.models import CANCELLABLE, ENDED, MOST_TRIES, ImportJob, Mode, State
from ror.imports.progress import Progressing
from ror.imports.reading import Refused
from ror.reference import nomenclature

UNEXPECTED = "Une erreur inattendue a interrompu cette étape : rien n'en est gardé, elle sera reprise d'elle-même."
STUCK = (
    "Cette étape n'a pas abouti, même reprise {} fois. Rien n'en est gardé. Vous pouvez la reprendre plus tard, "
    "ou abandonner cet import et signaler l'incident au support."
)
RESULTS = ("remarks", "new", "changed", "unchanged", "refused")  # what a step says on the job's own row
logger = logging.getLogger(__name__)

Step = Callable[[ImportJob, Progressing], None]


class _Overtaken(Exception):
    """The import left its state while a step was at work: the step keeps nothing."""


def advance(pk) -> None:
    """Take the import as far as it goes without its owner. Does nothing when another worker is at it."""
    with alone_on(pk) as alone:
        if not alone:
            return
        token = nomenclature.open_request()
        try:
            with governance():
                while _step(pk):
                    pass
        finally:
            nomenclature.close_request(token)


def abandon(job: ImportJob) -> bool:
    """End the import without writing anything; False when it is too late."""
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.state not in CANCELLABLE:
            return False
        held.end(State.ABANDONED)
    return True


def forget_old() -> None:
    """Abandon what nobody applied in time, with all that it kept."""
    for job in ImportJob.objects.old():
        abandon(job)


def apply(job: ImportJob, mode: Mode, viewer: Viewer) -> bool:
    """Have what was looked at applied, as its owner chose; False when it is too late."""
    proven, practises = getattr(viewer, "proven", False), getattr(viewer, "practises", False)
    return job.is_waiting and _moved(job, State.APPLYING, mode=mode, proven=proven, practises=practises)


def _read(job: ImportJob, progress: Progressing) -> None:
    staging.read_file(job)


def _apply(job: ImportJob, progress: Progressing) -> None:
    lock_perimeter(job)
    applying.apply(job, job.mode, progress)


def _report(job: ImportJob, progress: Progressing) -> None:
    """What is kept of an import once applied."""
    job.lines.update(changes=[], typed={})
    job.files.all().delete()


STEPS: dict[str, tuple[Step, State]] = {
    State.READING: (_read, State.CHECKING),
    State.CHECKING: (staging.check, State.PREVIEWED),
    State.APPLYING: (_apply, State.REPORTING),
    State.REPORTING: (_report, State.APPLIED),
}


def _step(pk) -> bool:
    """One step of the import. Whether there is another one to do at once."""
    job = ImportJob.objects.working().select_related("owner").filter(pk=pk).first()
    if job is None:
        return False
    if job.state == State.RECEIVED:
        return _moved(job, State.READING)
    ImportJob.objects.filter(pk=pk).update(tries=F("tries") + 1)  # before the step, which may kill the worker
    job.tries += 1
    step, following = STEPS[job.state]
    try:
        with Progressing(job) as progress, transaction.atomic():
            step(job, progress)
            if not _moved(job, following, **{name: getattr(job, name) for name in RESULTS}):
                raise _Overtaken
    except _Overtaken:
        return False
    except Refused as refusal:
        return _ended(job, State.REFUSED, str(refusal))
    except RightsEnded:
        return _ended(job, State.ABANDONED, RIGHTS_ENDED)
    except applying.NotApplied as refusal:
        _moved(job, State.PREVIEWED, problems=list(refusal.problems))
        return False
    except Exception:
        logger.exception("Import %s: its step « %s » failed", job.pk, job.state)
        said = STUCK.format(MOST_TRIES) if job.tries >= MOST_TRIES else UNEXPECTED
        ImportJob.objects.filter(pk=pk, state=job.state).update(problems=[said])
        return job.tries < MOST_TRIES
    return True


def _moved(job: ImportJob, state: State, **said) -> bool:
    """Whether the import went from the state that `job` remembers to `state`, an ended one with its date."""
    said = {"problems": [], **said}
    ended_at = timezone.now() if state in ENDED else None
    held = ImportJob.objects.filter(pk=job.pk, state=job.state)
    return bool(held.update(state=state, ended_at=ended_at, tries=0, **said))


def _ended(job: ImportJob, state: State, sentence: str) -> bool:
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().filter(pk=job.pk, state=job.state).first()
        if held is not None:
            held.problems = [sentence]
            held.save(update_fields=["problems"])
            held.end(state)
    return False
