"""From one state of an import to the next, however often the worker is killed on the way.

The queue (procrastinate) only says « advance import N ». A step commits its result and the next state together, or
nothing: what is left of a dead worker is an import in the state where it was, that `sweep` puts back in the queue.
While a worker advances an import it holds a lock of its own on it, which the database lets go when the worker dies.
"""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from confidentiality.governed import governance
from confidentiality.viewer import Viewer
from ror.imports import applying, reporting, staging, undoing
from ror.imports.access import ENDED as RIGHTS_ENDED
from ror.imports.access import RightsEnded
from ror.imports.locks import alone_on, is_held, lock_perimeter
from ror.imports.models import ENDED, KEPT, MOST_TRIES, ImportFile, ImportJob, Mode, Progress, StagedLine, State
from ror.imports.progress import Progressing, Stopping
from ror.imports.reading import Refused
from ror.reference import nomenclature

ADVANCE = "imports.advance"  # the task of the queue
PAUSE = 5  # seconds before a step that failed is tried again; twice as many the second time
UNEXPECTED = "Une erreur inattendue a interrompu cette étape : rien n'en est gardé, elle sera reprise d'elle-même."
STUCK = (
    "Cette étape n'a pas abouti, même reprise {} fois. Rien n'en est gardé. Vous pouvez la reprendre plus tard, "
    "ou abandonner cet import et signaler l'incident au support."
)
RESULTS = ("remarks", "sheets", "new", "changed", "unchanged", "refused")  # what a step says on the job's own row
logger = logging.getLogger(__name__)

Step = Callable[[ImportJob, Progressing], None]


class _Overtaken(Exception):
    """The import left its state while a step was at work: the step keeps nothing."""


def queue(pk, *, later: int = 0) -> None:
    """Have a worker advance the import once what is being written is committed, `later` seconds after."""
    transaction.on_commit(lambda: _defer(str(pk), later))


def sweep() -> None:
    """Put back in the queue what a dead worker held, and forget what nobody applied in time."""
    forget_old()
    for pk in ImportJob.objects.working().values_list("pk", flat=True):
        if not is_held(pk):
            queue(pk)
    for job in ImportJob.objects.given_up():
        if not is_held(job.pk):
            _failed(job)


def advance(pk) -> None:
    """Take the import as far as it goes without its owner. Does nothing when another worker is at it."""
    with alone_on(pk) as alone:
        if not alone:
            return
        token = nomenclature.open_request()
        try:
            with governance():
                while _step(pk):
                    logger.debug("Import %s goes on", pk)
        finally:
            nomenclature.close_request(token)


def abandon(job: ImportJob) -> bool:
    """End the import without writing anything; False when it is too late."""
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if not held.is_cancellable:
            return False
        held.end(State.ABANDONED)
    return True


def forget_old() -> None:
    """Abandon what nobody applied in time, with all that it kept; and files given back a week ago."""
    week_ago = timezone.now() - KEPT
    gone = Q(job__ended_at__lte=week_ago) | Q(job__created_at__lte=week_ago - KEPT)  # an undoing that never ends, too
    ImportFile.objects.filter(gone, kind=ImportFile.Kind.REPORT).delete()
    StagedLine.objects.filter(gone).exclude(changes=[]).update(changes=[])
    for job in ImportJob.objects.old():
        abandon(job)


def apply(job: ImportJob, mode: Mode, viewer: Viewer) -> bool:
    """Have what was looked at applied, as its owner chose; False when it is too late."""
    return job.is_waiting and _resumed(job, State.APPLYING, viewer, mode=mode)


def check_again(job: ImportJob, viewer: Viewer) -> bool:
    """Have the file compared with the record as it is now; False when it is too late."""
    return job.is_waiting and _resumed(job, State.CHECKING, viewer)


def undo(job: ImportJob, viewer: Viewer) -> bool:
    """Have what it wrote undone; False when it is too late."""
    return job.is_undoable and _resumed(job, State.UNDOING, viewer)


def retry(job: ImportJob, viewer: Viewer) -> bool:
    """Have the step that failed too often tried again; False when it did not."""
    return job.is_stuck and _resumed(job, job.state, viewer)


def _read(job: ImportJob, progress: Progressing) -> None:
    staging.read_file(job)


def _apply(job: ImportJob, progress: Progressing) -> None:
    lock_perimeter(job)
    applying.apply(job, job.mode, progress)


def _report(job: ImportJob, progress: Progressing) -> None:
    """What is kept of an import once applied, for a week: the file with what came of it, and what undoing puts back."""
    reporting.keep(job)
    job.lines.update(typed={})
    job.files.filter(kind=ImportFile.Kind.UPLOADED).delete()


def _undo(job: ImportJob, progress: Progressing) -> None:
    lock_perimeter(job)
    undoing.undo(job, progress)


STEPS: dict[str, tuple[Step, State]] = {
    State.READING: (_read, State.CHECKING),
    State.CHECKING: (staging.check, State.PREVIEWED),
    State.APPLYING: (_apply, State.REPORTING),
    State.REPORTING: (_report, State.APPLIED),
    State.UNDOING: (_undo, State.UNDONE),
}
BACK = {State.APPLYING: State.PREVIEWED, State.UNDOING: State.APPLIED}  # where a step that writes nothing leaves it


def _step(pk) -> bool:
    """One step of the import. Whether there is another one to do at once."""
    job = ImportJob.objects.working().select_related("owner").filter(pk=pk).first()
    if job is None:
        return False
    if job.state == State.RECEIVED:
        return _moved(job, State.READING)
    ImportJob.objects.filter(pk=pk).update(
        tries=F("tries") + 1, problems=[]
    )  # before the step, which may kill the worker
    Progress.objects.filter(job=pk).update(done=0, total=0)
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
    except (applying.NotApplied, undoing.NotUndone) as refusal:
        _moved(job, BACK[job.state], problems=list(refusal.problems))
        return False
    except Stopping:  # the worker was asked to end: another one goes on
        ImportJob.objects.filter(pk=pk, state=job.state).update(tries=F("tries") - 1)
        return False
    except Exception:
        logger.exception("Import %s: its step « %s » failed", job.pk, job.state)
        _failed(job)
        return False
    return True


def _failed(job: ImportJob) -> None:
    """Say it, and have the step tried again, as often as it may."""
    stuck = job.tries >= MOST_TRIES
    said = STUCK.format(MOST_TRIES) if stuck else UNEXPECTED
    ImportJob.objects.filter(pk=job.pk, state=job.state).update(problems=[said])
    if not stuck:
        queue(job.pk, later=PAUSE * job.tries)


def _resumed(job: ImportJob, state: State, viewer: Viewer, **said) -> bool:
    """Whether its owner sent the import on from where it waited, with what their session has proven."""
    proven, practises = getattr(viewer, "proven", False), getattr(viewer, "practises", False)
    if not _moved(job, state, proven=proven, practises=practises, **said):
        return False
    queue(job.pk)
    return True


def _defer(key: str, later: int) -> None:
    task = app.configure_task(name=ADVANCE, queueing_lock=f"{ADVANCE} {key}", schedule_in={"seconds": later})
    try:
        with transaction.atomic():
            task.defer(job=key)
    except AlreadyEnqueued:
        logger.debug("Import %s is in the queue already", key)


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
