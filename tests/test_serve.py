"""`manage.py serve`: what `make demo` leaves in the foreground, and what it leaves behind (nothing)."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.database.commands import PATIENCE, ROOT, environment, processes, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve") / "data"
    manage(folder, "migrate", "--noinput", "--verbosity", "0")
    manage(folder, "load_reference", "--verbosity", "0")
    return folder


def manage(data_dir, *words: str) -> None:
    command = [sys.executable, "manage.py", *words]
    result = subprocess.run(command, cwd=ROOT, env=environment(data_dir), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Portal:
    """A served portal, in a session of its own like a terminal's."""

    def __init__(self, data_dir) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(data_dir, PORT=str(self.port), PYTHONUNBUFFERED=""),  # as in an ordinary shell
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        line = self.process.stdout.readline()
        assert f"Portail : http://localhost:{self.port}/" in line

    def status(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=PATIENCE) as answer:
            return answer.status

    def workers(self) -> list[int]:
        """The processes that advance imports for it."""
        return list(processes(f"run_worker --parent {self.process.pid} "))

    def end(self) -> None:
        self.process.communicate(timeout=PATIENCE)

    def anything_left(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_stop_leaves_nothing_behind(data_dir, order):
    portal = Portal(data_dir)
    assert portal.status() == 200
    os.killpg(portal.process.pid, order)
    portal.end()
    assert not portal.anything_left()
    assert not processes(data_dir)


def test_a_killed_portal_leaves_nothing_behind(data_dir):
    portal = Portal(data_dir)
    assert portal.status() == 200
    portal.process.kill()
    portal.end()
    wait_for(lambda: not portal.anything_left() and not processes(data_dir))


def test_a_worker_that_dies_is_replaced(data_dir):
    portal = Portal(data_dir)
    (first,) = portal.workers()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: portal.workers() not in ([], [first]))
    assert portal.status() == 200
    portal.process.terminate()
    portal.end()
    assert not portal.anything_left()


def test_a_taken_port_is_said_in_plain_words(data_dir):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(data_dir, PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert f"Le port {port}" in result.stderr
