"""The data of the embedded server: made once, and the options with which it is always started."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .programs import Programs, ServerError

USER = "ror"
HOST = "127.0.0.1"
CTYPE = "C.UTF-8"
MEBIBYTE = 1024 * 1024
COMFORTABLE_MEMORY = 2048 * MEBIBYTE
LAST_LINES = 12


def initialise(programs: Programs, password: str) -> None:
    """Make the data folder, in UTF-8 whatever the locale of the machine; interrupted, it leaves nothing usable."""
    draft = programs.data.with_name(f"data-{secrets.token_hex(4)}.new")
    _forget_interrupted(programs.data.parent)
    with _password_file(programs, password) as password_file:
        arguments = [
            f"--pgdata={draft}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            f"--builtin-locale={CTYPE}",
            "--no-instructions",
        ]
        # pg_trgm reads letters through LC_CTYPE: with plain C it drops every accented letter.
        result = _initdb(programs, [*arguments, f"--lc-ctype={CTYPE}"])
        if result.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            result = _initdb(programs, arguments)  # machines without that locale
    if result.returncode:
        raise ServerError(
            f"La base de données n'a pas pu être créée dans {programs.data.parent} : {last_lines(result.stderr)}\n"
            "Vérifiez la place disponible, ou indiquez un serveur PostgreSQL par DATABASE_URL."
        )
    draft.rename(programs.data)


def options(programs: Programs, port: int) -> list[str]:
    """Command line of the server: this machine only, no socket file, logs without any value typed by anybody."""
    values = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 100,
        "shared_buffers": "256MB" if _memory() >= COMFORTABLE_MEMORY else "64MB",
        "work_mem": "16MB",
        "random_page_cost": 1.1,  # no spinning disk: an index in order beats a sort of the whole table
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        # Parallel plans need /dev/shm, often 64 MB in a container, and two processors gain nothing from them.
        "max_parallel_workers_per_gather": 0,
        "jit": "off",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": 0,
    }
    if os.environ.get("ROR_DATABASE_FSYNC") == "0":  # throw-away machines only: a power cut loses the base
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings = [word for name, value in values.items() for word in ("-c", f"{name}={value}")]
    return ["-D", str(programs.data), *settings]


def last_lines(text: str) -> str:
    """The end of a program's output, to be shown in an error."""
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])


def _initdb(programs: Programs, arguments: list[str]) -> subprocess.CompletedProcess:
    if os.environ.get("ROR_DATABASE_FSYNC") == "0":
        arguments = [*arguments, "--no-sync"]
    return subprocess.run(
        programs.command("initdb", *arguments),
        cwd=programs.data.parent,
        env=programs.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        start_new_session=True,
        **programs.identity(),
    )


@contextmanager
def _password_file(programs: Programs, password: str) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(dir=programs.data.parent)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(password + "\n")
        if programs.account is not None:
            os.chown(path, programs.account, programs.account)
        yield path
    finally:
        path.unlink()


def _forget_interrupted(folder: Path) -> None:
    for draft in folder.glob("data-*.new"):
        shutil.rmtree(draft)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
