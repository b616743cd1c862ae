"""How far a step is, told while its transaction is open: written on a connection of its own, at most twice a second."""

import threading
import time
from typing import Self

from django.db import connection

from ror.imports.models import ImportJob, Progress

EVERY = 0.5  # seconds between two writings
TABLE = Progress._meta.db_table
stopping = threading.Event()  # set when the worker is asked to end


class Stopping(Exception):
    """The worker ends: the step is given up, to be done again by another one."""


class Progressing:
    """Called by a step with what is done and what there is to do; closed with it. A quick step writes nothing.

    Raises `Stopping` when the worker is asked to end.
    """

    def __init__(self, job: ImportJob) -> None:
        self.key = job.pk
        self.next = time.monotonic() + EVERY
        self.own = None

    def __call__(self, done: int, total: int) -> None:
        if stopping.is_set():
            raise Stopping
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + EVERY
        if self.own is None:
            self.own = connection.copy()
        with self.own.cursor() as cursor:
            cursor.execute(f"UPDATE {TABLE} SET done = %s, total = %s WHERE job_id = %s", [done, total, self.key])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised) -> None:
        if self.own is not None:
            self.own.close()
