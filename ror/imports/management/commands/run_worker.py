"""`manage.py run_worker`: advance the imports, in the foreground, until told to stop."""

import asyncio
import contextlib
import gc
import os
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.jobs import Status

from ror.imports import jobs
from ror.imports.progress import stopping

AT_ONCE = 2  # imports advanced together: a small one does not wait behind a big one
GRACE = 10  # seconds left to a step to give up; the database undoes what it had not committed
WATCH = 1  # seconds between two looks at the parent
# A step makes millions of small objects that all go with it: looked at as often as Python does by default, they cost
# a third of its time (8,000 offers compared: 5.5 s, then 3.5 s).
COLLECTED_AFTER = (100_000, 50, 100)


class Command(BaseCommand):
    """Advance the imports. Killed at any moment, it leaves each in a state that the next worker goes on from."""

    help = (
        "Fait avancer les imports de tableurs, au premier plan, jusqu'à Ctrl-C. « serve » en lance un de lui-même ; "
        "en production, confiez cette commande à un service à part : un ou plusieurs, sur la même base."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--parent", type=int, help="s'arrêter quand ce processus, qui l'a lancé, n'est plus là")

    def handle(self, *args, parent: int | None, **options) -> None:
        spare_the_collector()
        jobs.sweep()
        asyncio.run(_work(parent))
        connections.close_all()


def spare_the_collector() -> None:
    """Leave what is loaded for good out of the collections, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


async def _work(parent: int | None) -> None:
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4)
    with app.replace_connector(connector):
        async with app.open_async():
            await _bury_the_dead()
            options = {"concurrency": AT_ONCE, "delete_jobs": "always", "install_signal_handlers": False}
            working = asyncio.ensure_future(app.run_worker_async(**options))
            _stop_on_signals(working)
            watching = asyncio.ensure_future(_watch(parent, working))
            with contextlib.suppress(asyncio.CancelledError):  # that is how it is told to stop
                await working
            watching.cancel()


async def _bury_the_dead() -> None:
    """Forget what the queue believes a dead worker to be doing: the sweep has said again what there is to do."""
    for task in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(task, status=Status.ABORTED, delete_job=True)


def _stop_on_signals(working: asyncio.Future) -> None:
    for order in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(order, _stop, working)


def _stop(working: asyncio.Future) -> None:
    """Have the steps at work give up, then the worker end; end without them when they take too long."""
    if stopping.is_set():
        return
    stopping.set()
    clock = threading.Timer(GRACE, os._exit, (1,))
    clock.daemon = True
    clock.start()
    working.cancel()


async def _watch(parent: int | None, working: asyncio.Future) -> None:
    """Stop when the process that started this one is gone, even killed."""
    while parent is not None:
        if os.getppid() != parent:
            _stop(working)
            return
        await asyncio.sleep(WATCH)
