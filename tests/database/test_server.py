"""The embedded server, as several commands meet it."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from tests.database.commands import Person, ask, modes, processes, run, wait_for

# Slow by nature: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

HOME = "postgres-18"

FORK_SCRIPT = """
import os, sys
from django.db import connection
connection.ensure_connection()
connection.close()
child = os.fork()
if child == 0:
    connection.ensure_connection()
    sys.exit(0)
os.waitpid(child, 0)
with connection.cursor() as cursor:
    cursor.execute("SELECT inet_server_port()")
    print(cursor.fetchone()[0], flush=True)
sys.stdin.readline()
"""

ORPHAN_SCRIPT = """
import os, sys
from django.db import connection
connection.ensure_connection()
connection.close()
if os.fork() == 0:
    sys.stdin.readline()
    with connection.cursor() as cursor:
        cursor.execute("SELECT inet_server_port()")
        print(cursor.fetchone()[0], flush=True)
"""

TAKEN_PORT_SCRIPT = """
import socket
from django.db import connection
from ror.database import server
other = socket.create_server(("127.0.0.1", 0))
free, taken = server._free_port, [other.getsockname()[1]]
server._free_port = lambda: taken.pop() if taken else free()
connection.ensure_connection()
assert not taken
"""

TOOLS_SCRIPT = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW server_encoding")
    print(cursor.fetchone()[0])
    for extension in ("pg_trgm", "unaccent", "btree_gist"):
        cursor.execute(f"CREATE EXTENSION {extension}")
    cursor.execute("SELECT lower('ÉÀÇ'), unaccent('hôpital'), cardinality(show_trgm('é'))")
    print(*cursor.fetchone())
"""


def test_the_last_user_stops_the_server(data_dir):
    first, second = Person(data_dir), Person(data_dir)
    assert first.port() == second.port()
    first.end()
    assert ask(data_dir, "status").returncode == 0
    second.end()
    assert ask(data_dir, "status").returncode == 3
    assert not processes(data_dir)


def test_commands_that_cross_at_the_first_start_share_one_server(data_dir):
    people = [Person(data_dir) for _ in range(4)]
    assert len({person.port() for person in people}) == 1
    for person in people:
        person.end()
    assert not processes(data_dir)


@pytest.mark.slow
def test_a_command_may_start_while_another_stops_the_server(data_dir):
    Person(data_dir).end()
    for _ in range(5):
        leaving = Person(data_dir)
        leaving.port()
        coming = Person(data_dir)
        leaving.end()
        assert coming.port()
        coming.end()
    assert not processes(data_dir)


def test_a_killed_user_leaves_no_server_behind(data_dir):
    person = Person(data_dir)
    person.port()
    person.kill()
    wait_for(lambda: not processes(data_dir))


def test_a_command_survives_the_death_of_the_server(data_dir):
    person = Person(data_dir)
    person.port()
    kill_all(data_dir)
    assert person.again()
    person.end()
    assert not processes(data_dir)


def test_the_server_is_stopped_by_its_last_user_when_its_keeper_was_killed(data_dir):
    person = Person(data_dir)
    person.port()
    for pid in [pid for pid, words in processes(data_dir).items() if "ror.database.keeper" in words]:
        os.kill(pid, signal.SIGKILL)
    assert person.again()
    person.end()
    assert not processes(data_dir)


def test_everything_was_killed_then_the_number_of_the_server_became_another_program_s(data_dir):
    person = Person(data_dir)
    person.port()
    person.process.kill()
    kill_all(data_dir)
    person.kill()
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        pid_file = data_dir / HOME / "data" / "postmaster.pid"
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        pid_file.write_text("\n".join([str(innocent.pid), *lines[1:]]) + "\n", encoding="utf-8")
        newcomer = Person(data_dir)
        assert newcomer.port()
        newcomer.end()
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_the_server_ends_when_its_folder_is_removed(data_dir):
    person = Person(data_dir)
    person.port()
    shutil.rmtree(data_dir)
    wait_for(lambda: not processes(data_dir))
    assert person.again()
    person.end()
    assert not processes(data_dir)


def test_an_interrupted_creation_is_done_again(data_dir):
    unfinished = data_dir / HOME / "data-0123.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n", encoding="ascii")
    Person(data_dir).end()
    assert not unfinished.exists()


def test_a_child_leaves_the_server_to_its_parent(data_dir):
    parent = Person(data_dir, FORK_SCRIPT)
    assert parent.port()
    parent.end()
    assert not processes(data_dir)


def test_a_child_keeps_the_server_after_its_parent(data_dir):
    parent = Person(data_dir, ORPHAN_SCRIPT)
    parent.process.wait()
    assert parent.again()
    parent.end()
    wait_for(lambda: not processes(data_dir))


def test_a_port_taken_in_between_is_given_up_for_another(data_dir):
    result = run(data_dir, TAKEN_PORT_SCRIPT)
    assert result.returncode == 0, result.stderr


def test_the_base_is_in_utf8_and_has_what_searches_need(data_dir):
    result = run(data_dir, TOOLS_SCRIPT, LC_ALL="C", PGPORT="1", PGDATABASE="other")
    assert result.stdout.split() == ["UTF8", "éàç", "hopital", "2"], result.stderr


def test_only_the_owner_reads_the_files_and_no_folder_outside_changes(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = modes(closed)
    data_dir = closed / "data"
    person = Person(data_dir)
    person.port()
    assert modes(closed) == before
    assert not [path for path in data_dir.rglob("*") if path.stat().st_mode & 0o077]
    person.end()
    assert modes(closed) == before


def test_a_long_path(tmp_path):
    data_dir = tmp_path / "une-longue-arborescence" / ("a" * 90) / ("é" * 60) / "avec une espace"
    person = Person(data_dir)
    assert person.port()
    person.end()
    assert not processes(data_dir)


def test_help_starts_nothing(data_dir):
    script = "from django.core.management import execute_from_command_line as run; run(['manage.py', '--help'])"
    assert run(data_dir, script).returncode == 0
    assert not (data_dir / HOME).exists()


def test_database_url_wins(data_dir, tmp_path):
    person = Person(data_dir)
    port = person.port()
    password = (data_dir / HOME / "password").read_text(encoding="ascii").strip()
    url = f"postgres://ror:{password}@127.0.0.1:{port}/ror"
    other = tmp_path / "other"
    guest = Person(other, DATABASE_URL=url)
    assert guest.port() == port
    guest.end()
    assert not (other / HOME).exists()
    person.end()


def test_without_its_programs_the_message_names_database_url(data_dir):
    script = (
        "from ror.database import programs\n"
        "programs.WHEEL = 'absent'\n"
        "from django.db import connection\n"
        "connection.ensure_connection()"
    )
    result = run(data_dir, script)
    assert result.returncode == 1
    assert "ImproperlyConfigured" in result.stderr
    assert "DATABASE_URL" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="ne concerne que le compte root")
def test_root_without_namespaces_uses_private_copies(data_dir, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "unshare").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    (tools / "unshare").chmod(0o755)
    before = modes(tmp_path)
    path = f"{tools}:{os.environ['PATH']}"
    person = Person(data_dir, PATH=path)
    person.port()
    place = (data_dir / HOME / "elsewhere").read_text(encoding="utf-8")
    assert processes(place)
    person.end()
    assert not processes(place)
    again = Person(data_dir, PATH=path)
    assert again.port()
    again.end()
    assert modes(tmp_path) == before
    shutil.rmtree(place)


def kill_all(data_dir) -> None:
    """SIGKILL the keeper and the server at once, as a machine that runs out of memory may."""
    for pid in processes(data_dir):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not processes(data_dir))
