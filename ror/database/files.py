"""Files that only their owner may read, and locks between the processes of the portal."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_PAUSE = 0.02  # seconds between two tries


def private_folder(path: Path) -> Path:
    """Make the folder with mode 0700 when it is missing; an existing folder keeps its permissions."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def private_text(path: Path) -> str:
    """The content of a file readable by its owner only, made with a random secret when missing.

    Two processes that cross get the same secret.
    """
    if content := _content(path):
        return content
    folder = private_folder(path.parent)
    with _folder_locked(folder):
        return _content(path) or _create(path, secrets.token_urlsafe(50))


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """A descriptor on the file, made with mode 0600 when missing; not inherited by other programs."""
    return os.open(path, flags | os.O_CREAT, 0o600)


def try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock if nobody holds it against us; the kernel drops it when the last copy of the descriptor closes."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether another process holds this lock file."""
    descriptor = open_private(path)
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file alone; TimeoutError after `patience` seconds."""
    descriptor = open_private(path)
    limit = time.monotonic() + patience
    try:
        while not try_lock(descriptor):
            if time.monotonic() > limit:
                raise TimeoutError(path)
            time.sleep(LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _create(path: Path, content: str) -> str:
    # Written beside then renamed: a process killed halfway leaves no truncated secret under the final name.
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return content
