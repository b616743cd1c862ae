"""The ground: commands, locked versions, and what no committed file may hold."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement

ROOT = Path(settings.BASE_DIR)
PROMISED = ["setup", "demo", "test", "test-slow", "bench", "lint"]
# Written in pieces, so that this very file does not hold one.
REGISTRIES = re.compile("|".join(["py" + "pi", "python" + "hosted", "registry[.]" + "npm" + "js", "yarn" + "pkg"]))
FORBIDDEN_LOCKS = ["uv.lock", "pylock.toml", "package-lock.json", "poetry.lock"]  # they record addresses


def committed_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("ce dossier n'est pas un dépôt git")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_registry():
    naming = []
    for path in committed_files():
        if REGISTRIES.search(path.read_bytes().decode("utf-8", errors="ignore")):
            naming.append(str(path.relative_to(ROOT)))
    assert naming == []


def test_no_lock_that_records_addresses_is_committed():
    assert [path for path in committed_files() if path.name in FORBIDDEN_LOCKS] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_version_has_its_hashes_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z])", text)[1:]
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?:|file:|index-url|find-links", text)


def test_the_locked_versions_are_those_that_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    check_locked(project["dependencies"], "requirements.txt")
    check_locked(project["dependencies"] + project["optional-dependencies"]["dev"], "requirements-dev.txt")


def test_the_two_locks_agree():
    development = locked_versions("requirements-dev.txt")
    assert {name: development.get(name) for name in locked_versions("requirements.txt")} == locked_versions(
        "requirements.txt"
    )


def test_make_without_anything_explains_each_command():
    result = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in PROMISED if not re.search(rf"make {name}\s+\S", result.stdout)] == []


def test_an_old_python_is_refused_in_plain_words(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    old.chmod(0o755)
    result = subprocess.run(["make", "setup", f"PYTHON={old}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "Python 3.11" in result.stderr


def test_an_unknown_benchmark_is_refused():
    command = [sys.executable, "-m", "tests.benchmarks", "inconnue"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "inconnue" in result.stderr


def test_continuous_integration_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def check_locked(asked: list[str], name: str) -> None:
    versions = locked_versions(name)
    wrong = [line for line in asked if not fits(Requirement(line), versions)]
    assert wrong == [], f"« make lock » remet {name} d'accord avec pyproject.toml"


def fits(requirement: Requirement, versions: dict[str, str]) -> bool:
    version = versions.get(requirement.name.lower())
    return version is not None and requirement.specifier.contains(version)


def locked_versions(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, flags=re.MULTILINE))
