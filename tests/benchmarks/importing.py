"""`python -m tests.benchmarks.importing BASE IMPORT`: one import from its file to its report, as the worker does it.

Prints one line of JSON: seconds to read and validate, to apply and to report, commits included; peak memory in MB.
"""

import json
import os
import re
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path


def main(base: str, pk: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict["NAME"] = base
    advance(pk)


def advance(pk: str) -> None:
    from confidentiality.governed import governance
    from ror.imports import jobs
    from ror.imports.management.commands.run_worker import spare_the_collector
    from ror.imports.models import ImportJob, Mode, State

    spare_the_collector()
    spent: dict[str, float] = defaultdict(float)
    with governance():
        while (job := ImportJob.objects.get(pk=pk)).state not in (State.APPLIED, State.REFUSED):
            if job.state == State.PREVIEWED:
                if job.problems or not jobs.apply(job, Mode.ALL, _viewer(job)):
                    break
                continue
            started = time.perf_counter()
            jobs._step(pk)
            spent[job.state] += time.perf_counter() - started
    print(
        json.dumps(
            {
                "validating": spent[State.RECEIVED] + spent[State.READING] + spent[State.CHECKING],
                "applying": spent[State.APPLYING],
                "reporting": spent[State.REPORTING],
                "applied": job.new + job.changed if job.state == State.APPLIED else 0,
                "refused": job.refused,
                "problems": job.problems[:3],
                "memory": _own_peak(),
                "reader": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
            }
        )
    )


def _viewer(job):
    from ror.imports.access import viewer_of

    return viewer_of(job)


def _own_peak() -> int:
    """MB. What getrusage says of a process begins with the memory of the one that launched it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
