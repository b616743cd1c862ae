"""The embedded PostgreSQL: start it or join it, count its users, stop it when the last one leaves.

Three lock files, in the server's folder, say everything; the kernel drops a lock when its holder dies, so nothing
here depends on a process that ended well:

* `gate.lock`, exclusive: held while deciding to start or to stop;
* `users.lock`, shared: held by every process that uses the server, for as long as it lives;
* `server.lock`, exclusive: held by the keeper and inherited by every process of PostgreSQL. Free, it proves that
  nothing of a former server runs, whatever postmaster.pid says.
"""

import atexit
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .cluster import HOST, USER, initialise, last_lines
from .files import is_locked, locked, open_private, private_folder, private_text
from .programs import ServerError, data_folder, find_programs, major_version

GATE = "gate.lock"
USERS = "users.lock"
RUNNING = "server.lock"
LOG = "server.log"
PATIENCE = 120  # seconds: recovery after a power cut can be long
STOP_PATIENCE = 30
PAUSE = 0.01
STARTS = 5  # a free port may be taken by another program before PostgreSQL opens it
PID_LINE, PORT_LINE, STATUS_LINE = 0, 3, 7  # of postmaster.pid


@dataclass(frozen=True)
class Address:
    """How to reach the server."""

    port: int
    password: str
    host: str = HOST
    user: str = USER


class Membership:
    """What this process holds: its place among the users, and the keeper that it started, if it did."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.places: dict[Path, int] = {}
        self.keepers: list[subprocess.Popen] = []

    def enter(self, home: Path) -> None:
        """Count this process among the users, once."""
        if home not in self.places:
            self.places[home] = _take_place(home)

    def leave(self, home: Path) -> None:
        """Forget this process."""
        os.close(self.places.pop(home))

    def reap(self) -> None:
        """Bury the keepers that ended, so that no zombie stays."""
        for keeper in self.keepers:
            keeper.wait(timeout=STOP_PATIENCE)
        self.keepers.clear()

    def after_fork(self) -> None:
        """In a child: take a place of one's own (the one inherited is the parent's)."""
        self.guard = threading.Lock()
        self.keepers = []
        inherited, self.places = self.places, {}
        for home, descriptor in inherited.items():
            self.enter(home)
            os.close(descriptor)


membership = Membership()
os.register_at_fork(after_in_child=membership.after_fork)


def home_of(data_dir: Path) -> Path:
    """Folder of the server's files; named by major version, since data made by another one cannot be read."""
    return data_dir / f"postgres-{major_version()}"


def join(data_dir: Path) -> Address:
    """Start the server or join it; this process counts as a user until it ends. ServerError says why it cannot."""
    try:
        home = private_folder(home_of(data_dir))
        with membership.guard, _gate(home):
            if not membership.places:
                atexit.register(leave)
            membership.enter(home)
            port = _running_port(home) or _start(home)
            return Address(port, private_text(home / "password"))
    except PermissionError as error:
        raise ServerError(
            f"Les fichiers de la base de données appartiennent à un autre compte ({error.filename}). Lancez la "
            "commande sous ce compte, donnez un autre dossier par ROR_DATA_DIR ou indiquez DATABASE_URL."
        ) from error


def leave() -> None:
    """Stop using the server; the last user stops it."""
    with membership.guard:
        for home in list(membership.places):
            if not home.is_dir():
                continue  # removed under our feet; the keeper ends by itself
            with _gate(home):
                membership.leave(home)
                if not is_locked(home / USERS):
                    stop_running(home)
                    membership.reap()


def stop(data_dir: Path) -> bool:
    """Stop the server whoever uses it; False if it did not run."""
    home = home_of(data_dir)
    if not home.is_dir():
        return False
    with _gate(home):
        return stop_running(home)


def status(data_dir: Path) -> int | None:
    """Port of the running server, None if it does not run."""
    home = home_of(data_dir)
    if not home.is_dir():
        return None
    with _gate(home):
        return _running_port(home)


def stop_running(home: Path) -> bool:
    """Close the sessions and stop the server cleanly, at once if it does not obey; the gate must be held."""
    for order in (signal.SIGINT, signal.SIGQUIT):
        if not is_locked(home / RUNNING):
            return order is signal.SIGQUIT
        if pid := _postmaster(home):
            os.kill(pid, order)
        if _freed(home, STOP_PATIENCE):
            return True
    raise ServerError(f"PostgreSQL ne s'arrête pas ; son journal est {home / LOG}.")


@contextmanager
def _gate(home: Path) -> Iterator[None]:
    try:
        with locked(home / GATE, PATIENCE):
            yield
    except TimeoutError as error:
        raise ServerError(
            f"Une autre commande démarre ou arrête la base de données depuis plus de {PATIENCE} secondes. "
            f"Réessayez ; le journal est {home / LOG}."
        ) from error


def _take_place(home: Path) -> int:
    descriptor = open_private(home / USERS)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _running_port(home: Path) -> int | None:
    limit = time.monotonic() + PATIENCE
    while is_locked(home / RUNNING):
        if port := _ready_port(home):
            return port
        if time.monotonic() > limit:
            raise ServerError(f"PostgreSQL ne répond pas ; son journal est {home / LOG}.")
        time.sleep(PAUSE)
    return None


def _start(home: Path) -> int:
    programs = find_programs(home)
    if not programs.data.is_dir():
        initialise(programs, private_text(home / "password"))
    programs.data.chmod(0o700)  # PostgreSQL refuses a copy or a restored folder that others may read
    for _ in range(STARTS):
        # server.lock is free: the former server is dead, and its number may be another program's by now.
        (programs.data / "postmaster.pid").unlink(missing_ok=True)
        keeper = _launch_keeper(home, _free_port())
        if port := _wait_ready(home, keeper):
            membership.keepers.append(keeper)
            return port
        keeper.wait()
    raise ServerError(
        f"PostgreSQL n'a pas démarré. Fin de son journal ({home / LOG}) :\n{_log_end(home)}\n"
        "Corrigez la cause, ou indiquez un serveur PostgreSQL par DATABASE_URL."
    )


def _launch_keeper(home: Path, port: int) -> subprocess.Popen:
    # Its own session: Ctrl-C in the terminal must reach the command, which stops the server properly.
    # It finds the same modules as we do, wherever they come from.
    sources = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
    with os.fdopen(open_private(home / LOG, os.O_WRONLY | os.O_APPEND), "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ror.database.keeper", str(home), str(port)],
            cwd=home,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sources)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_ready(home: Path, keeper: subprocess.Popen) -> int | None:
    limit = time.monotonic() + PATIENCE
    while keeper.poll() is None and time.monotonic() < limit:
        if port := _ready_port(home):
            return port
        time.sleep(PAUSE)
    keeper.terminate()
    return None


def _ready_port(home: Path) -> int | None:
    lines = _pid_lines(home)
    if len(lines) <= STATUS_LINE or lines[STATUS_LINE].strip() != "ready" or _postmaster(home) is None:
        return None
    return int(lines[PORT_LINE])


def _postmaster(home: Path) -> int | None:
    lines = _pid_lines(home)
    if not lines or not lines[PID_LINE].strip().isdigit():
        return None
    pid = int(lines[PID_LINE])
    return pid if str(data_folder(home)) in _command_line(pid) else None


def _pid_lines(home: Path) -> list[str]:
    try:
        return (data_folder(home) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _freed(home: Path, patience: float) -> bool:
    limit = time.monotonic() + patience
    while is_locked(home / RUNNING):
        if time.monotonic() > limit:
            return False
        time.sleep(PAUSE)
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _log_end(home: Path) -> str:
    return last_lines((home / LOG).read_text(encoding="utf-8", errors="replace"))
