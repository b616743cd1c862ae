"""National FINESS file: first load ≤ 60 s, unchanged reload ≤ 20 s, 500 MB, beside a bare COPY of the same lines."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import connection

FILE = settings.BASE_DIR.parent / "shared" / "data" / "finess" / "national-cs1100507-20210108.csv.gz"
CHUNK = 1024 * 1024


class Measure(NamedTuple):
    """One command: seconds, those of its own processor time, most memory held in MB, last line that it printed."""

    seconds: float
    processor: float
    megabytes: float
    last_line: str


def run() -> None:
    """Print time, memory and ratio of the two loads; say so when the file is not on this machine."""
    if not FILE.is_file():
        print("Le fichier national FINESS (../shared/data/finess) n'est pas sur cette machine : rien n'est mesuré.")
        return
    bare = bare_copy(FILE)
    print(f"COPY des mêmes lignes dans une table de texte : {bare:.1f} s")
    for name, budget in (("premier chargement", 60), ("rechargement sans changement", 20)):
        measure = import_once(FILE)
        print(
            f"{name} : {measure.seconds:.1f} s dont {measure.processor:.1f} de calcul (budget {budget} s), "
            f"{measure.megabytes:.0f} Mo (budget 500 Mo), "
            f"{measure.seconds / bare:.0f} x le COPY — {measure.last_line}"
        )


def bare_copy(path: Path) -> float:
    """Seconds to unzip the file and copy its lines, unread, into a table of one text column."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_lines (line text)")
        # No delimiter nor quote of a text file: each line is one value.
        with (
            gzip.open(path) as content,
            cursor.copy(r"COPY bench_lines FROM STDIN WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')") as copy,
        ):
            while chunk := content.read(CHUNK):
                copy.write(chunk.decode("cp1252").encode())
        cursor.execute("DROP TABLE bench_lines")
    return time.perf_counter() - started


def import_once(path: Path) -> Measure:
    """Run the command in a process of its own, as an administrator does."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_finess", str(path), "--scope", "nation"]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "DATABASE_URL": database_url()}
    )
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise RuntimeError(f"import_finess ended with {process.returncode}")
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed.splitlines()[-1])


def database_url() -> str:
    """Address of the throw-away database, embedded server or not."""
    parameters = connection.get_connection_params()
    password, user = (
        quote(str(parameters.get("password", "")), safe=""),
        quote(str(parameters.get("user", "")), safe=""),
    )
    host, port = quote(str(parameters.get("host", "")), safe=""), parameters.get("port", "")
    return f"postgres://{user}:{password}@{host}:{port}/{parameters['dbname']}"
