"""`python -m tests.mutants [words…]`: remove each named guard in turn, and expect its tests to fail.

It works in a copy of the project, with a database of its own; nothing here is changed. With words, only the guards
whose name holds one of them. Exit code: 0 all killed, 1 one survived, 2 it could not be tried.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.mutants.catalogue import Mutant, Stale, mutants

PROJECT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")
PASSED, FAILED = 0, 1  # exit codes of pytest


def main(words: list[str]) -> int:
    """Try each mutant and print its verdict, then the figures."""
    chosen = [mutant for mutant in mutants() if not words or any(word.lower() in mutant.name.lower() for word in words)]
    if not chosen:
        print("Aucune garde ne porte ce nom.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ror-mutants-") as folder:
        copy = Path(folder) / "projet"
        copy_project(copy)
        environment = os.environ | {
            "ROR_DATA_DIR": str(Path(folder) / "donnees"),
            "PYTHONDONTWRITEBYTECODE": "1",  # two versions of a file may bear the same second and the same size
        }
        try:
            return try_all(chosen, copy, environment)
        except Stale as error:
            print(error, file=sys.stderr)
            return 2
        finally:
            stop = [sys.executable, "-m", "ror.database", "stop"]
            subprocess.run(stop, cwd=copy, env=environment, stdout=subprocess.DEVNULL, check=False)


def copy_project(copy: Path) -> None:
    """The project as it stands, without its environment, its history and its data."""
    shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)


def try_all(chosen: list[Mutant], copy: Path, environment: dict[str, str]) -> int:
    """Once with every guard in place, then without each of them."""
    tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
    before = run(tests, copy, environment, "--create-db")
    if before.returncode != PASSED:
        print(
            f"{before.stdout[-2000:]}\nLes tests échouent déjà, toutes gardes en place : corrigez d'abord.",
            file=sys.stderr,
        )
        return 2
    killed, remake = 0, False
    for mutant in chosen:
        verdict, remake = try_one(mutant, copy, environment, remake=remake), mutant.fresh
        killed += verdict == FAILED
        print(f"{WORDS.get(verdict, 'IMPOSSIBLE')} : {mutant.name}", flush=True)
    print(f"tués={killed} survivants={len(chosen) - killed}")
    return 0 if killed == len(chosen) else 1


WORDS = {FAILED: "tué", PASSED: "SURVIVANT"}


def try_one(mutant: Mutant, copy: Path, environment: dict[str, str], *, remake: bool) -> int:
    """The exit code of the tests without the guard; what they say is shown when they could not run at all.

    `remake`: the database was made without another guard.
    """
    file = copy / mutant.file
    source = file.read_text(encoding="utf-8")
    file.write_text(mutant.applied_to(source), encoding="utf-8")
    try:
        done = run(mutant.tests, copy, environment, "--create-db" if mutant.fresh or remake else "--reuse-db")
    finally:
        file.write_text(source, encoding="utf-8")
    if done.returncode not in (PASSED, FAILED):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode


def run(tests: Iterable[str], copy: Path, environment: dict[str, str], database: str) -> subprocess.CompletedProcess:
    """Run these tests in the copy."""
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "--reuse-db", database]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
