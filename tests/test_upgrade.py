"""`make demo` over the base that the previous commit left: brought up to date, nothing lost."""

import subprocess
import sys

import pytest

from tests.database.commands import ROOT, environment, run

pytestmark = pytest.mark.slow

DEMO_STEPS = [("migrate", "--noinput", "--verbosity", "0"), ("load_reference",), ("load_demonstration",)]

# What people would miss: the written rows, by table.
ROWS_SCRIPT = """
from django.db import connection
with connection.cursor() as cursor:
    for table in ("structures_legalentity", "structures_geographicentity", "structures_offer", "accounts_user"):
        cursor.execute(f"SELECT id FROM {table}")
        for row in sorted(cursor.fetchall()):
            print(table, row[0])
"""


@pytest.fixture
def previous(tmp_path):
    """The tree of the previous commit."""
    archive = subprocess.run(["git", "archive", "HEAD~1"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("le commit précédent n'est pas dans ce dépôt")
    folder = tmp_path / "previous"
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--file=-", f"--directory={folder}"], input=archive.stdout, check=True)
    if not list(folder.glob("**/load_demonstration.py")):
        pytest.skip("le commit précédent ne sait pas encore charger la démonstration")
    return folder


def test_the_demonstration_of_the_previous_commit_is_brought_up_to_date(previous, tmp_path):
    data_dir = tmp_path / "data"
    prepare(previous, data_dir)
    before = rows(data_dir)
    assert before
    prepare(ROOT, data_dir)
    assert before - rows(data_dir) == set()


def test_a_second_run_changes_nothing(tmp_path):
    data_dir = tmp_path / "data"
    prepare(ROOT, data_dir)
    before = rows(data_dir)
    prepare(ROOT, data_dir)
    assert rows(data_dir) == before


def prepare(tree, data_dir) -> None:
    for words in DEMO_STEPS:
        result = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=tree,
            env=environment(data_dir, PYTHONPATH=str(tree), ROR_DEMONSTRATION="1"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr


def rows(data_dir) -> set[str]:
    result = run(data_dir, ROWS_SCRIPT)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines())
