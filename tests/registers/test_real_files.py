"""The real public files, when they are on this machine."""

import pytest

from structures.models import GeographicEntity
from tests.registers.lines import last

UNCHANGED = "créés=0 modifiés=0 inchangés={0} disparus=0 refusés=0"


@pytest.fixture
def real(shared_data):
    return shared_data / "finess"


def test_department(run, real):
    path = real / "departement-35-cs1100507-20210108.csv"
    assert last(run(path, "--scope", "35")) == "créés=1695 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert last(run(path, "--scope", "35")) == UNCHANGED.format(1695)
    assert not GeographicEntity.objects.exclude(department="35", region="53").exists()


def test_lines_of_2026(run, real):
    path = real / "lines-cs1100502-20260512.csv"
    assert last(run(path)) == "créés=14 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert last(run(path)) == UNCHANGED.format(14)
    assert not GeographicEntity.objects.filter(commune=None).exists()


def test_sample_of_every_category(run, real):
    path = real / "sample-cs1100507-20210108.csv"
    assert last(run(path, "--scope", "nation")) == "créés=3276 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert last(run(path, "--scope", "nation")) == UNCHANGED.format(3276)


def test_locations_of_2016_have_no_header(refusal, real):
    assert "l'en-tête" in refusal(real / "lines-geolocalisation-2016-2026.csv")


@pytest.mark.slow
def test_nation(run, real):
    path = real / "national-cs1100507-20210108.csv.gz"
    assert last(run(path, "--scope", "nation")) == "créés=95333 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert last(run(path, "--scope", "nation")) == UNCHANGED.format(95333)
