"""Communes as people type them, and as registers of other years code them."""

import pytest

from ror.reference.models import Commune, Department, Region
from ror.reference.territories import (
    CommuneNotFound,
    commune_text,
    present_code,
    present_codes,
    resolve_commune,
    search_communes,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Rennes", "35238"),
        ("35238", "35238"),
        ("35000 Rennes", "35238"),
        ("rennes 35700", "35238"),
        ("  RENNES (35)  ", "35238"),
        ("Rennes (35238)", "35238"),
        ("l'hay-les-roses", "94038"),
        ("St Malo", "35288"),
        ("saint malo", "35288"),
        ("Ajaccio", "2A004"),
        ("2a004", "2A004"),
        ("Paris", "75056"),
        ("75011 Paris", "75111"),
        ("Marseille 13005", "13205"),
        ("69003 Lyon", "69383"),
        ("Paris 11e Arrondissement", "75111"),
        ("97150 Saint-Martin", "97801"),
        ("Saint-Denis (974)", "97411"),
        ("Nouméa", "98818"),
        ("35209", "35069"),  # Ossé, now a part of Châteaugiron
        ("Chatillon en michaille", "01033"),  # a part of Valserhône, by its name
        ("20004", "2A004"),  # Ajaccio before 1976
    ],
)
def test_what_people_type(typed, code):
    assert resolve_commune(typed) == code


@pytest.mark.parametrize("typed", ["Saint-Denis", "Saint-Martin", "14800"])
def test_what_names_several_communes_is_refused_with_proposals_that_are_understood(typed):
    with pytest.raises(CommuneNotFound) as refused:
        resolve_commune(typed)
    assert refused.value.ambiguous
    assert 2 <= len(refused.value.proposals) <= 5
    for proposal in refused.value.proposals:
        assert commune_text(Commune.objects.get(pk=resolve_commune(proposal))) == proposal


def test_five_figures_that_are_a_code_and_a_postcode_are_not_guessed():
    with pytest.raises(CommuneNotFound) as refused:
        resolve_commune("35310")  # Saint-Sauveur-des-Landes by its code, Mordelles by its postcode
    assert refused.value.ambiguous
    assert "Saint-Sauveur-des-Landes (35310)" in refused.value.proposals


@pytest.mark.parametrize("typed", ["", "Xyzzyville", "99999", "35000 Marseille", "(35)", "😀", "'; DROP TABLE"])
def test_what_names_no_commune(typed):
    with pytest.raises(CommuneNotFound) as refused:
        resolve_commune(typed)
    assert not refused.value.ambiguous


def test_a_misspelled_commune_is_proposed():
    with pytest.raises(CommuneNotFound) as refused:
        resolve_commune("Renes")
    assert "Rennes (35238)" in refused.value.proposals


def test_codes_of_the_past_and_of_today():
    assert present_code("35238") == "35238"
    assert present_code("35209") == "35069"
    assert present_code("75111") == "75111"
    assert present_code("00000") is None


def test_all_codes_at_once_say_the_same(django_assert_num_queries):
    with django_assert_num_queries(2):
        codes = present_codes()
    for code in ("35238", "35209", "75111", "20004", "97801"):
        assert codes[code] == present_code(code)
    assert "00000" not in codes


def test_search_puts_the_exact_name_first():
    assert search_communes("rennes", 3)[0].pk == "35238"
    assert search_communes("bor", 3)[0].name == "Bordeaux"  # the most populated of those that begin so
    assert {commune.name for commune in search_communes("35310")} >= {"Mordelles", "Cintré"}
    assert len(search_communes("saint", 20)) == 20
    assert search_communes("") == []
    assert "Saint-Malo" in {commune.name for commune in search_communes("st mal")}
    assert "Guichen" in {commune.name for commune in search_communes("gichen")}


@pytest.mark.parametrize("code", ["975", "977", "978", "986", "987", "988"])
def test_overseas_collectivities_are_their_own_department_and_region(code):
    department = Department.objects.get(pk=code)
    assert department.region == Region.objects.get(pk=code)
    assert department.communes.exists()


def test_every_finess_department_is_known():
    finess = {f"{number:02}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}
    finess |= {"9A", "9B", "9C", "9D", "9E", "9F", "9J"}
    assert set(Department.objects.exclude(finess_code=None).values_list("finess_code", flat=True)) == finess
