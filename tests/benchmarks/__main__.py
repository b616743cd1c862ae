"""`python -m tests.benchmarks [name…]`: measure, in a throw-away database, what the budget of the project fixes.

Each `bench_<name>.py` of this folder has a `run()` that prints its measures, each with its ratio to the plain way.
"""

import importlib
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PREFIX = "bench_"


def main(names: list[str]) -> int:
    """Exit code: 0 measured, 2 unknown name."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in FOLDER.glob(f"{PREFIX}*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"Mesure inconnue : {', '.join(unknown)}. Mesures possibles : {', '.join(known)}.", file=sys.stderr)
        return 2
    measure(names or known)
    return 0


def measure(names: list[str]) -> None:
    """Run the benchmarks one after the other, each in its own database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
    import django

    django.setup()
    for name in names:
        print(f"== {name}", flush=True)
        in_throwaway_database(importlib.import_module(f"tests.benchmarks.{PREFIX}{name}").run)


def in_throwaway_database(run) -> None:
    """Call `run` over a new database filled with the reference data, then drop it."""
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.settings_dict.setdefault("TEST", {})["NAME"] = f"bench_{name}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        call_command("load_reference", verbosity=0)
        run()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
