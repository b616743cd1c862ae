"""Commands of the portal run apart, as a person would run them, over a data folder of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

PATIENCE = 60  # seconds
ROOT = Path(settings.BASE_DIR)

# Connects, says the port, then obeys what it reads: "again" connects anew, anything else ends it.
USER_SCRIPT = """
import sys
from django.db import connection
while True:
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT inet_server_port()")
        print(cursor.fetchone()[0], flush=True)
    if sys.stdin.readline().strip() != "again":
        break
"""


def environment(data_dir: Path, **others: str) -> dict[str, str]:
    """The environment of a command whose files are in `data_dir`; no power cut is to be feared in a test."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ror.settings",
        "PYTHONPATH": str(ROOT),
        "ROR_DATA_DIR": str(data_dir),
        "ROR_DATABASE_FSYNC": "0",
        "DATABASE_URL": "",
        **others,
    }


def run(data_dir: Path, script: str, **others: str) -> subprocess.CompletedProcess:
    """Run a Python script to its end."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment(data_dir, **others),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def ask(data_dir: Path, word: str) -> subprocess.CompletedProcess:
    """Run `python -m ror.database <word>`."""
    return run(data_dir, f"import sys; from ror.database.__main__ import main; sys.exit(main(['{word}']))")


class Person:
    """A command that uses the database until it is told to end."""

    def __init__(self, data_dir: Path, script: str = USER_SCRIPT, **others: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            env=environment(data_dir, **others),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def port(self) -> int:
        """The port on which it is connected; the error it met otherwise."""
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return int(line)

    def again(self) -> int:
        """Connect anew."""
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self.port()

    def end(self) -> None:
        """Let it finish normally."""
        _, errors = self.process.communicate("end\n", timeout=PATIENCE)
        assert self.process.returncode == 0, errors

    def kill(self) -> None:
        """SIGKILL: it can do nothing more."""
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


def processes(named: Path | str) -> dict[int, str]:
    """Living processes, by number, whose command line names it: for a data folder, the server and its keeper."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(named) in words:
            found[int(entry.name)] = words
    return found


def wait_for(condition) -> None:
    """Wait until something that another process does is done; fails if it never is."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "never happened"
        time.sleep(0.02)


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Permissions and owner of a folder and of all those above it."""
    return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in [folder, *folder.parents]}
