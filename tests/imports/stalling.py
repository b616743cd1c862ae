"""A worker that never ends one step: `python -m tests.imports.stalling applying`. For tests that kill it there.

It does all that the step does, says so, then waits with its transaction open: the worst moment to die.
"""

import os
import sys
import threading


def main(state: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from ror.imports import jobs

    step, following = jobs.STEPS[state]

    def stalled(job, progress) -> None:
        step(job, progress)
        print("stalled", flush=True)
        threading.Event().wait()

    jobs.STEPS[state] = stalled, following
    call_command("run_worker")


if __name__ == "__main__":
    main(sys.argv[1])
