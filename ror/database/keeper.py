"""Parent of the embedded PostgreSQL: `python -m ror.database.keeper HOME PORT`, started by `server.py` only.

It stops a server that nobody uses any more, even when its last user was killed without a chance to do it, and keeps
the journal small. It imports no Django: it must start at once and weigh little.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from .cluster import options
from .files import is_locked, open_private, try_lock
from .programs import find_programs
from .server import GATE, LOG, RUNNING, USERS

ROUND = 1.0  # seconds between two looks at the users
LOG_LIMIT = 5 * 1024 * 1024  # bytes


def main(home: Path, port: int) -> int:
    """Run the server until it ends; the exit code is its own."""
    running = open_private(home / RUNNING)
    if not try_lock(running):
        return 1
    programs = find_programs(home)
    server = subprocess.Popen(
        programs.command("postgres", *options(programs, port)),
        cwd=programs.data,
        env=programs.environment(),
        stdin=subprocess.DEVNULL,
        pass_fds=[running],
        **programs.identity(),
    )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    while True:
        try:
            return server.wait(ROUND)
        except subprocess.TimeoutExpired:
            look(home, server)


def look(home: Path, server: subprocess.Popen) -> None:
    """What has to be done at each round."""
    if not home.is_dir():
        server.send_signal(signal.SIGQUIT)  # somebody removed the whole folder: nothing is left to close properly
        return
    shorten(home / LOG)
    stop_if_unused(home, server)


def stop_if_unused(home: Path, server: subprocess.Popen) -> None:
    """Stop the server if no process uses it; at another round if somebody is starting or stopping it."""
    gate = open_private(home / GATE)
    try:
        if try_lock(gate) and not is_locked(home / USERS):
            server.send_signal(signal.SIGINT)
            server.wait()
    finally:
        os.close(gate)


def shorten(log: Path) -> None:
    """Empty a journal that grew too long; PostgreSQL appends to it, so it goes on from the start."""
    if log.stat().st_size > LOG_LIMIT:
        os.truncate(log, 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
