"""Runs the process that opens an uploaded file, and never waits for it longer than agreed."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ror.imports.reading.kinds import SAVE_AS
from ror.imports.reading.limits import Limits, Refused

MODULE = "ror.imports.reading.child"
ROOT = Path(__file__).resolve().parents[3]
STARTING = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")  # what Python may need to start, and nothing else
LINE = 64 * 1024 * 1024  # bytes of one line of the child: far above any batch of rows
MEMORY_SIGNALS = {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGKILL}
TOO_BIG = "Ce fichier dépasse {} Mo. Partagez-le en plusieurs fichiers."
TOO_GREEDY = (
    "Ce fichier demande trop de mémoire pour être lu : une cellule est remplie très loin des autres, ou un texte est "
    "répété sans fin. Copiez les lignes utiles dans un modèle vierge et déposez-le."
)
TOO_SLOW = (
    "Ce fichier est trop long à lire. Copiez les lignes utiles dans un modèle vierge, "
    "ou partagez-le en plusieurs fichiers."
)
UNREADABLE = f"Ce fichier n'a pas pu être lu. {SAVE_AS}"
logger = logging.getLogger(__name__)


@contextmanager
def child_messages(
    path: Path, name: str, sheets: Iterable[str], headers: Iterable[str], limits: Limits
) -> Iterator[Iterator[dict | list]]:
    """What the child says of the file (see `child`), line by line. The child is gone when the context ends.

    Refused, with a French sentence, when the file is too big, when the child refuses it, and when it dies of it.
    """
    if path.stat().st_size > limits.size:
        raise Refused(TOO_BIG.format(limits.size // (1024 * 1024)))
    config = {"path": str(path.resolve()), "name": name, "sheets": sorted(sheets), "headers": sorted(headers)}
    with child_says(MODULE, config, limits) as lines:
        yield lines


@contextmanager
def child_says(module: str, config: dict, limits: Limits) -> Iterator[Iterator[dict | list]]:
    """What a limited process says, line by line, of the file that it opens. It is gone when the context ends.

    Refused, with a French sentence, when it refuses the file or dies of it.
    """
    with tempfile.TemporaryFile() as errors:
        child = _start(module, {**config, "limits": asdict(limits)}, errors)
        late = threading.Event()
        clock = threading.Timer(limits.seconds, _stop, (child, late))
        clock.start()
        try:
            yield _lines(child, late, errors)
        finally:
            clock.cancel()
            child.kill()
            child.stdout.close()
            child.wait()


def _start(module: str, config: dict, errors: BinaryIO) -> subprocess.Popen:
    """The child, without our environment: it opens what anybody uploads, and needs none of our secrets."""
    environment = {name: os.environ[name] for name in STARTING if name in os.environ}
    child = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", module],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
    )
    try:
        child.stdin.write(json.dumps(config).encode())
        child.stdin.close()
    except BrokenPipeError:
        logger.warning("The reading child died before reading its task.")  # its end says the rest
    return child


def _stop(child: subprocess.Popen, late: threading.Event) -> None:
    late.set()
    child.kill()


def _lines(child: subprocess.Popen, late: threading.Event, errors: BinaryIO) -> Iterator[dict | list]:
    while line := child.stdout.readline(LINE):
        if not line.endswith(b"\n"):
            break  # died in the middle, or says too much
        message = json.loads(line)
        if isinstance(message, dict) and "refused" in message:
            raise Refused(message["refused"])
        yield message
    else:
        if child.wait() == 0:
            return
    child.kill()
    raise Refused(_why(child.wait(), late, errors))


def _why(status: int, late: threading.Event, errors: BinaryIO) -> str:
    errors.seek(0)
    # The last line alone may tell values of the file; the others tell places in our code.
    told = errors.read(20_000).decode(errors="replace").splitlines()
    kind = told[-1].partition(":")[0] if told else ""
    if late.is_set() or status == -signal.SIGXCPU:
        return TOO_SLOW
    if kind == "MemoryError" or -status in MEMORY_SIGNALS:
        return TOO_GREEDY
    logger.error("The reading child ended with %s: %s", status, "\n".join([*told[:-1], kind]))
    return UNREADABLE
