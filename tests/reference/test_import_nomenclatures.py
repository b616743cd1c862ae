"""`import_nomenclatures` on small invented resources: what is shown, asked, applied."""

import zipfile
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ror.reference.models import CodeSystem, Concept, Edition, ValueSet, ValueSetMember
from ror.reference.nomenclature import nomenclature
from tests.reference.distribution import bundle, concept, including, system, value_set, write

pytestmark = pytest.mark.django_db
APPLE, PEACH, PEAR = concept("01", "Pomme"), concept("02", "Pêche"), concept("03", "Poire")
NEXT = "20261001120000"


def run(path: Path, **options) -> str:
    output = StringIO()
    call_command("import_nomenclatures", str(path), stdout=output, **options)
    return output.getvalue()


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]


@pytest.fixture
def imported(tmp_path) -> Path:
    """Three fruits and a value set of two of them are in the base; gives the folder for the files of the test."""
    run(
        write(
            tmp_path / "first.json",
            bundle(system([APPLE, PEACH, PEAR]), value_set({"include": [including(("01", "Pomme"), ("02", "Pêche"))]})),
        )
    )
    return tmp_path


def test_a_new_system_and_a_new_value_set(imported):
    held = CodeSystem.objects.get(pk="X77")
    assert (held.name, held.oid, held.version) == ("TRE_X77-Fruit", "1.2.3.77", "20260901120000")
    assert Concept.objects.get(pk="X77:02").label == "Pêche"
    value = ValueSet.objects.get(pk="J777")
    assert (value.name, value.effective_from, value.complete) == ("JDV_J777-Fruit-ROR", date(2026, 1, 31), True)
    assert list(nomenclature().members("J777").values()) == ["Pomme", "Pêche"]


def test_importing_again_changes_nothing(imported):
    assert last_line(run(imported / "first.json")) == "ajoutés=0 renommés=0 fermés=0 rouverts=0 ignorés=0"


def test_added_relabelled_and_closed_are_shown_then_applied(imported):
    changed = system([concept("01", "Pomme reinette"), PEACH, concept("04", "Coing")], version=NEXT)
    output = run(write(imported / "next.json", changed), yes=True)
    assert "+ ajouté   X77:04 Coing" in output
    assert "~ renommé  X77:01 « Pomme » → « Pomme reinette »" in output
    assert "- fermé    X77:03 Poire" in output
    assert last_line(output) == "ajoutés=1 renommés=1 fermés=1 rouverts=0 ignorés=0"
    assert Concept.objects.get(pk="X77:03").valid_to == date(2026, 10, 1)
    assert nomenclature().label("X77:01") == "Pomme reinette"
    assert nomenclature().label("X77:03") == "Poire"


def test_a_dry_run_shows_and_writes_nothing(imported):
    number = Edition.objects.get().number
    output = run(write(imported / "next.json", system([concept("01", "Autre")], version=NEXT)), dry_run=True)
    assert "~ renommé  X77:01 « Pomme » → « Autre »" in output
    assert "rien n'a été modifié" in output
    assert Edition.objects.get().number == number


def test_closing_many_codes_wants_yes(imported):
    path = write(imported / "next.json", system([APPLE], version=NEXT))
    with pytest.raises(CommandError, match=r"TRE_X77-Fruit : 2 sur 3.*--yes"):
        run(path)
    assert Concept.objects.filter(system="X77", valid_to=None).count() == 3
    run(path, yes=True)
    assert Concept.objects.filter(system="X77", valid_to=None).count() == 1


def test_closing_few_codes_of_many_does_not_ask(tmp_path):
    codes = [concept(f"{number:03}", f"Fruit {number}") for number in range(200)]
    run(write(tmp_path / "first.json", system(codes)))
    output = run(write(tmp_path / "next.json", system(codes[3:], version=NEXT)))
    assert "fermés=3" in last_line(output)


@pytest.mark.parametrize(
    ("closed", "day"),
    [
        (concept("03", "Poire", dateFin="2026-08-15T12:00:00+02:00"), date(2026, 8, 15)),
        (concept("03", "Poire", deprecationDate="2026-08-16"), date(2026, 8, 16)),
        (concept("03", "Poire", status="deprecated"), date(2026, 10, 1)),
        (concept("03", "Poire", inactive=True), date(2026, 10, 1)),
    ],
)
def test_a_code_closed_by_its_properties(imported, closed, day):
    run(write(imported / "next.json", system([APPLE, PEACH, closed], version=NEXT)), yes=True)
    assert Concept.objects.get(pk="X77:03").valid_to == day


def test_a_code_that_comes_back_is_reopened(imported):
    run(write(imported / "next.json", system([APPLE, PEACH], version=NEXT)), yes=True)
    output = run(write(imported / "later.json", system([APPLE, PEACH, PEAR], version="20261101120000")))
    assert "rouverts=1" in last_line(output)
    assert Concept.objects.get(pk="X77:03").valid_to is None


def test_a_code_that_leaves_a_value_set_stays_known(imported):
    run(write(imported / "next.json", value_set({"include": [including(("01", "Pomme"))]}, version=NEXT)), yes=True)
    codes = nomenclature()
    assert list(codes.members("J777")) == ["X77:01"]
    assert codes.is_known("J777", "X77:02")
    assert ValueSetMember.objects.get(value_set="J777", concept="X77:02").valid_to == date(2026, 10, 1)


def test_a_fragment_closes_nothing(imported):
    output = run(write(imported / "part.json", system([APPLE], version=NEXT, content="fragment")))
    assert "fermés=0" in last_line(output)


def test_a_value_set_of_a_whole_system_less_a_few_codes(imported):
    compose = {
        "include": [{"system": system([])["url"]}],
        "exclude": [including(("02", "Pêche"))],
    }
    run(write(imported / "next.json", value_set(compose, number=778)))
    assert list(nomenclature().members("J778")) == ["X77:01", "X77:03"]


def test_a_value_set_given_by_its_expansion(imported):
    url = system([])["url"]
    contains = [
        {"system": url, "code": "03", "display": "Poire", "contains": [{"system": url, "code": "01"}]},
        {"system": url, "code": "02", "inactive": True},
        {"system": url, "code": "99", "display": "Groupe", "abstract": True},
    ]
    compose = {"include": [{"system": url, "filter": [{"property": "a", "op": "=", "value": "b"}]}]}
    run(write(imported / "next.json", value_set(compose, number=778, expansion={"total": 2, "contains": contains})))
    assert list(nomenclature().members("J778")) == ["X77:03", "X77:01"]


def test_a_value_set_without_its_content_is_left_aside_and_told(imported):
    compose = {"include": [{"valueSet": ["https://example.test/autre"]}]}
    output = run(write(imported / "b.json", bundle(value_set(compose, number=778), system([APPLE, PEACH, PEAR]))))
    assert "Ignoré — b.json : jeu de valeurs défini par un filtre ou par un autre jeu" in output
    assert "ignorés=1" in last_line(output)


def test_codes_of_a_system_known_by_its_value_sets_only(tmp_path):
    url = "https://mos.esante.gouv.fr/NOS/TRE_X78-Legume/FHIR/TRE-X78-Legume"
    run(write(tmp_path / "first.json", value_set({"include": [including(("A", "Navet"), system=url)]})))
    assert CodeSystem.objects.get(pk="X78").version == ""
    relabelled = value_set({"include": [including(("A", "Navet boule d'or"), system=url)]}, version=NEXT)
    assert "renommés=1" in last_line(run(write(tmp_path / "next.json", relabelled)))
    assert nomenclature().label("X78:A") == "Navet boule d'or"


def test_the_label_of_a_system_wins_over_the_label_of_a_value_set(imported):
    output = run(write(imported / "next.json", value_set({"include": [including(("01", "POMME"), ("02", "x"))]})))
    assert "renommés=0" in last_line(output)
    assert nomenclature().label("X77:01") == "Pomme"


def test_an_older_version_is_left_aside(imported):
    output = run(write(imported / "old.json", system([concept("01", "Vieux")], version="20200101120000")), yes=True)
    assert "antérieure à celle du portail" in output
    assert nomenclature().label("X77:01") == "Pomme"


def test_nested_and_declared_parents(tmp_path):
    nested = {"code": "0", "display": "Fruits", "concept": [APPLE]}
    run(
        write(
            tmp_path / "tree.json", system([nested, concept("02", "Pêche", parent="0"), concept("9", "?", parent="8")])
        )
    )
    parents = dict(Concept.objects.filter(system="X77").values_list("code", "parent_id"))
    assert parents == {"0": None, "01": "X77:0", "02": "X77:0", "9": None}


def test_the_newest_of_two_files_wins(tmp_path):
    write(tmp_path / "a.json", system([concept("01", "Récent")], version=NEXT))
    write(tmp_path / "b.json", system([concept("01", "Ancien")]))
    run(tmp_path)
    assert nomenclature().label("X77:01") == "Récent"


def test_a_folder_with_other_resources(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path / "sub" / "system.json", system([APPLE]))
    write(tmp_path / "guide.json", {"resourceType": "ImplementationGuide"})
    write(tmp_path / "package.json", {"name": "un.paquet"})
    output = run(tmp_path)
    assert "Ignoré — guide.json : ressource ImplementationGuide" in output
    assert "ajoutés=1" in last_line(output)


def test_a_zip(tmp_path):
    source = write(tmp_path / "system.json", system([APPLE, PEACH]))
    archive = tmp_path / "nos.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.write(source, "NOS/system.json")
        zipped.writestr("NOS/lisez-moi.txt", "rien")
    assert "ajoutés=2" in last_line(run(archive))


def test_long_lists_are_cut_unless_asked(tmp_path):
    path = write(tmp_path / "many.json", system([concept(f"{n:03}", f"Fruit {n}") for n in range(50)]))
    short = run(path, dry_run=True)
    assert "et 30 autres" in short
    assert run(path, dry_run=True, details=True).count("+ ajouté") == 50


def test_the_bundled_data_do_not_undo_an_import(imported):
    run(
        write(
            imported / "care.json",
            {
                **system([], version="20991231120000"),
                "url": "https://mos.esante.gouv.fr/NOS/TRE_R213-ModePriseEnCharge/FHIR/TRE-R213-ModePriseEnCharge",
                "content": "fragment",
                "concept": [concept("28", "Hospitalisation complète renommée")],
            },
        )
    )
    Edition.objects.update(bundle_digest="")
    call_command("load_reference", stdout=StringIO())
    assert Concept.objects.get(pk="R213:28").label == "Hospitalisation complète renommée"
    assert ValueSet.objects.get(pk="J777").members.count() == 2
