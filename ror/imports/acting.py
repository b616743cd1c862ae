"""What the owner of an import may have done with it, from the portal or from the administration."""

from collections.abc import Callable, Mapping

from confidentiality.viewer import Viewer
from ror.imports import jobs
from ror.imports.models import ImportJob, Mode

TOO_LATE = "Cet import est déjà terminé, ou trop ancien : déposez de nouveau le fichier."
NO_MODE = "Choisissez ce qui est fait des lignes refusées."
ABANDONED = "L'import est abandonné : rien n'a été écrit."
UNDOING = "L'annulation commence : la page dira ce qui est annulé."
STARTED = "L'import reprend."
SAID = {"abandon": ABANDONED, "undo": UNDOING}


def act(job: ImportJob, said: Mapping[str, str], viewer: Viewer) -> tuple[bool, str]:
    """Whether what was pressed was done, and the sentence for the person."""
    if (said.get("quoi") or "apply") == "apply" and said.get("mode") not in Mode.values:
        return False, NO_MODE
    done = _ACTIONS.get(said.get("quoi") or "apply", _nothing)(job, said, viewer)
    if not done:
        return False, TOO_LATE
    return True, SAID.get(said.get("quoi", ""), STARTED)


def _apply(job: ImportJob, said: Mapping[str, str], viewer: Viewer) -> bool:
    return jobs.apply(job, Mode(said["mode"]), viewer)


def _nothing(job: ImportJob, said: Mapping[str, str], viewer: Viewer) -> bool:
    return False


_ACTIONS: dict[str, Callable[[ImportJob, Mapping[str, str], Viewer], bool]] = {
    "apply": _apply,
    "abandon": lambda job, said, viewer: jobs.abandon(job),
    "check": lambda job, said, viewer: jobs.check_again(job, viewer),
    "undo": lambda job, said, viewer: jobs.undo(job, viewer),
    "retry": lambda job, said, viewer: jobs.retry(job, viewer),
}
