"""Real workers, killed where it hurts: what the next one leaves is what an undisturbed run leaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections

from confidentiality.viewer import Viewer
from ror.imports import jobs, locks, progress
from ror.imports.models import Channel, ImportJob, Mode, State
from ror.imports.sheets.layout import KEY_TITLE
from ror.imports.uploading import receive
from ror.spreadsheets import csv_lines
from structures import records
from structures.models import Offer
from tests.database.commands import PATIENCE, ROOT, environment
from tests.factories import GeographicEntityFactory, describer, published_offer
from tests.imports.running import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NAME = "Nom de l'offre"
STAGES = [State.READING, State.CHECKING, State.APPLYING, State.REPORTING]


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def person(hospital):
    return describer(hospital)


@pytest.fixture
def start(settings) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts a worker in a process of its own, over the database of the tests."""
    asked = connection.get_connection_params()
    address = f"postgres://{asked['user']}:{asked['password']}@{asked['host']}:{asked['port']}/{asked['dbname']}"
    started: list[subprocess.Popen] = []

    def begin(*command: str) -> subprocess.Popen:
        worker = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment(settings.DATA_DIR, DATABASE_URL=address),
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.kill()
        worker.communicate(timeout=PATIENCE)


def uploaded(person, **names: str) -> ImportJob:
    """An import that gives these offers these names."""
    lines = csv_lines([KEY_TITLE, NAME], [[key, name] for key, name in names.items()])
    file = SimpleUploadedFile("offres.csv", "".join(lines).encode())
    return receive(file, Viewer(person), channel=Channel.IMPORT)


def looked_at(person, **names: str) -> ImportJob:
    job = uploaded(person, **names)
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.PREVIEWED, job.problems
    return job


def come_to(job: ImportJob, state: State) -> None:
    for _ in range(PATIENCE * 10):
        job.refresh_from_db()
        if job.state == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"the import stays {job.state}: {job.problems}")


def left(job: ImportJob, offers: list[Offer]) -> tuple:
    """All that an import leaves, but the dates and keys that the database gives."""
    job.refresh_from_db()
    said = (job.state, job.new, job.changed, job.unchanged, job.refused, job.problems, job.remarks, job.tries)
    lines = list(job.lines.values_list("number", "outcome", "typed", "changes", "problems"))
    documents = [records.read_document(each)["name"] for each in offers]
    versions = [list(each.versions.order_by("number").values_list("number", "channel")) for each in offers]
    return said, lines, documents, versions, job.files.count()


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_at_each_stage_leaves_what_an_undisturbed_run_leaves(stage, person, hospital, start):
    calm_offers, offers = ([published_offer(hospital, name=name) for name in ("Une", "Deux")] for _ in range(2))
    calm = looked_at(person, **{each.identifier: f"{each.name} bis" for each in calm_offers})
    job = uploaded(person, **{each.identifier: f"{each.name} bis" for each in offers})
    if stage in (State.APPLYING, State.REPORTING):
        run_jobs()
        job.refresh_from_db()
        assert jobs.apply(job, Mode.ALL, Viewer(person))
    dying = start("-m", "tests.imports.stalling", stage)
    assert dying.stdout.readline() == "stalled\n"
    job.refresh_from_db()
    assert (job.state, job.tries) == (stage, 1)
    dying.kill()
    dying.wait(PATIENCE)
    start("manage.py", "run_worker")
    if stage in (State.READING, State.CHECKING):
        come_to(job, State.PREVIEWED)
        assert left(job, offers) == left(calm, calm_offers)
        assert jobs.apply(job, Mode.ALL, Viewer(person))
    come_to(job, State.APPLIED)
    assert jobs.apply(calm, Mode.ALL, Viewer(person))
    come_to(calm, State.APPLIED)
    assert left(job, offers) == left(calm, calm_offers)
    assert left(job, offers)[2:] == (["Une bis", "Deux bis"], [[(1, "command"), (2, "import")]] * 2, 1)


def test_a_worker_killed_while_it_undoes_leaves_what_an_undisturbed_run_leaves(person, hospital, start):
    calm_offers, offers = ([published_offer(hospital, name=name) for name in ("Une", "Deux")] for _ in range(2))
    calm, job = (
        looked_at(person, **{each.identifier: f"{each.name} bis" for each in several})
        for several in (calm_offers, offers)
    )
    for each in (calm, job):
        assert jobs.apply(each, Mode.ALL, Viewer(person))
        run_jobs()
        each.refresh_from_db()
        assert jobs.undo(each, Viewer(person))
        if each is calm:
            run_jobs()
    dying = start("-m", "tests.imports.stalling", State.UNDOING)
    assert dying.stdout.readline() == "stalled\n"
    dying.kill()
    dying.wait(PATIENCE)
    start("manage.py", "run_worker")
    come_to(job, State.UNDONE)
    assert left(job, offers) == left(calm, calm_offers)
    assert left(job, offers)[2] == ["Une", "Deux"]


def test_a_worker_told_to_end_ends(person, hospital, start):
    offer = published_offer(hospital)
    worker = start("manage.py", "run_worker")
    job = uploaded(person, **{offer.identifier: "Autre nom"})
    come_to(job, State.PREVIEWED)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_a_worker_ends_with_the_process_that_started_it(start):
    parent = start(
        "-c",
        "import subprocess, sys; p = subprocess.Popen([sys.executable, 'manage.py', 'run_worker', "
        "'--parent', str(__import__('os').getpid())]); print(p.pid, flush=True); p.wait()",
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait(PATIENCE)
    for _ in range(PATIENCE * 10):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the worker outlives its parent")


def test_cancelling_while_a_step_is_at_work_keeps_nothing_of_it(person, hospital, start):
    job = uploaded(person, **{published_offer(hospital).identifier: "Autre nom"})
    start("-m", "tests.imports.stalling", State.CHECKING)
    come_to(job, State.CHECKING)
    assert jobs.abandon(job)
    start("manage.py", "run_worker")
    time.sleep(2)
    job.refresh_from_db()
    assert (job.state, job.lines.count(), job.files.count()) == (State.ABANDONED, 0, 0)


def test_the_sweep_leaves_alone_what_a_worker_is_at(person, hospital):
    job = uploaded(person, **{published_offer(hospital).identifier: "Autre nom"})
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [locks.WORK, str(job.pk)])
    jobs.sweep()
    assert not waiting_in_the_queue(job)
    jobs.advance(job.pk)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    job.refresh_from_db()
    assert job.state == State.RECEIVED
    for _ in range(2):  # twice in the queue is once
        jobs.sweep()
    assert waiting_in_the_queue(job) == 1


def waiting_in_the_queue(job: ImportJob) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'job' = %s", [str(job.pk)])
        return cursor.fetchone()[0]


def test_how_far_a_step_is_shows_before_it_ends(person, hospital, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0)
    step, following = jobs.STEPS[State.CHECKING]
    seen = []

    def look(job, tell) -> None:
        step(job, tell)
        tell(3, 10)
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT done, total FROM imports_progress WHERE job_id = %s", [job.pk])
            seen.append(cursor.fetchone())
        other.close()

    monkeypatch.setitem(jobs.STEPS, State.CHECKING, (look, following))
    looked_at(person, **{published_offer(hospital).identifier: "Autre nom"})
    assert seen == [(3, 10)]


def test_two_imports_of_one_perimeter_at_once_equal_one_after_the_other(person, hospital, monkeypatch):
    first, second, both = (published_offer(hospital, name=name) for name in ("Une", "Deux", "Trois"))
    early = looked_at(person, **{first.identifier: "Une bis", both.identifier: "Trois bis"})
    late = looked_at(person, **{second.identifier: "Deux bis", both.identifier: "Trois ter"})
    step, following = jobs.STEPS[State.APPLYING]
    began = threading.Event()

    def apply(job, progress) -> None:
        step(job, progress)
        if job.pk == early.pk:
            began.set()
            wait_for_somebody_to_wait()

    monkeypatch.setitem(jobs.STEPS, State.APPLYING, (apply, following))
    for job in (early, late):
        assert jobs.apply(job, Mode.ALL, Viewer(person))
    threads = [threading.Thread(target=advance, args=[job.pk]) for job in (early, late)]
    threads[0].start()
    assert began.wait(PATIENCE)
    threads[1].start()
    for thread in threads:
        thread.join(PATIENCE)
    for job in (early, late):
        job.refresh_from_db()
    names = [records.read_document(each)["name"] for each in (first, second, both)]
    assert (early.state, late.state, names) == (State.APPLIED, State.PREVIEWED, ["Une bis", "Deux", "Trois bis"])
    assert both.identifier in late.problems[0]


def advance(pk) -> None:
    jobs.advance(pk)
    connections.close_all()


def wait_for_somebody_to_wait() -> None:
    """Until another connection waits for a lock of the perimeter."""
    for _ in range(PATIENCE * 10):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("nobody waits for the lock")
