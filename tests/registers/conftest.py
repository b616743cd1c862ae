import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from structures.models import GeographicEntity
from tests.registers.lines import HEADER

Importer = Callable[..., str]


@pytest.fixture
def finess_file(tmp_path) -> Callable[..., Path]:
    """Write a file with these lines after its header; returns its path."""

    def write(*lines: str, encoding: str = "utf-8", header: str = HEADER, name: str = "finess.csv") -> Path:
        path = tmp_path / name
        content = "\n".join([header, *lines, ""]).encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.fixture
def run(db) -> Importer:
    """Run import_finess on a path; returns what it printed."""

    def run_command(path: Path, *options: str) -> str:
        out = io.StringIO()
        call_command("import_finess", str(path), *options, stdout=out)
        return out.getvalue()

    return run_command


@pytest.fixture
def load(run, finess_file) -> Importer:
    """Import invented lines; returns what the command printed."""

    def load_lines(*lines: str, options: tuple[str, ...] = (), **writing: str) -> str:
        return run(finess_file(*lines, **writing), *options)

    return load_lines


@pytest.fixture
def refusal(run) -> Callable[[Path], str]:
    """The message of the command on a file that it must refuse; nothing may have been applied."""

    def refused(path: Path, *options: str) -> str:
        before = GeographicEntity.objects.count()
        with pytest.raises(CommandError) as caught:
            run(path, *options)
        assert caught.value.returncode == 1
        assert GeographicEntity.objects.count() == before
        return str(caught.value)

    return refused
