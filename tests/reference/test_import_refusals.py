"""`import_nomenclatures` given wrong or hostile files: a French sentence that names the file, and nothing written."""

import json
import struct
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ror.reference.importing import files
from ror.reference.models import Edition
from tests.reference.distribution import FRUIT_URL, concept, including, system, value_set, write

pytestmark = pytest.mark.django_db


def refusal(path: Path) -> str:
    """The message of the refusal, after checking that nothing was written and that the file is named."""
    number = Edition.objects.get().number
    with pytest.raises(CommandError) as refused:
        call_command("import_nomenclatures", str(path), yes=True)
    assert Edition.objects.get().number == number
    message = str(refused.value)
    assert path.name in message
    assert "Rien n'a été modifié" in message
    return message


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_missing_file(tmp_path):
    assert "n'existe pas" in refusal(tmp_path / "absent.json")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1, 2", b"\x00\x01\x02", b"pas du JSON", b'{"resourceType": ' + b"[" * 100_000, b"9" * 10_000],
)
def test_what_is_not_json(tmp_path, content):
    path = tmp_path / "faux.json"
    path.write_bytes(content)
    assert "JSON" in refusal(path) or "FHIR" in refusal(path)


def test_another_encoding(tmp_path):
    path = tmp_path / "latin.json"
    path.write_bytes(json.dumps(system([concept("01", "Pêche")]), ensure_ascii=False).encode("cp1252"))
    assert "UTF-8" in refusal(path)


@pytest.mark.parametrize("content", [[], 3, "texte", None, {}, {"resourceType": 3}, {"resourceType": "<script>"}])
def test_json_that_is_not_fhir(tmp_path, content):
    assert "FHIR" in refusal(write(tmp_path / "autre.json", content))


def test_another_resource(tmp_path):
    assert "ressource Patient" in refusal(write(tmp_path / "patient.json", {"resourceType": "Patient"}))


@pytest.mark.parametrize(
    "wrong",
    [
        system([], url=None),
        system([], url="pas une adresse"),
        system([], url=["liste"]),
        system([], concept="texte"),
        system([{"display": "sans code"}]),
        system([{"code": 3, "display": "nombre"}]),
        system([{"code": "", "display": "vide"}]),
        system([{"code": "a\nb", "display": "retour"}]),
        system([{"code": "x" * 200, "display": "long"}]),
        system([{"code": "01", "display": {"a": 1}}]),
        system([{"code": "01", "display": "nul\x00"}]),
        system([{"code": "01", "display": "x" * 10_000}]),
        system([{"code": "01", "property": {"code": "status"}}]),
        value_set({"include": [{"concept": [{"code": "01"}]}]}),
        value_set({"include": [including(("", "vide"))]}),
        value_set({}, expansion={"contains": [{"system": FRUIT_URL}]}),
    ],
)
def test_malformed_resources(tmp_path, wrong):
    refusal(write(tmp_path / "mal-forme.json", wrong))


def test_concepts_nested_too_deep(tmp_path):
    deep: dict = {"code": "fond"}
    for number in range(200):
        deep = {"code": str(number), "concept": [deep]}
    assert "profonde" in refusal(write(tmp_path / "profond.json", system([deep])))


def test_bundles_within_bundles(tmp_path):
    resource: dict = system([])
    for _ in range(20):
        resource = {"resourceType": "Bundle", "entry": [{"resource": resource}]}
    assert "emboîtés" in refusal(write(tmp_path / "poupees.json", resource))


def test_one_wrong_file_refuses_the_whole_folder(tmp_path):
    folder = tmp_path / "distribution"
    folder.mkdir()
    write(folder / "a.json", system([concept("01", "Pomme")]))
    (folder / "b.json").write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match=r"« b\.json » n'est pas du JSON valable"):
        call_command("import_nomenclatures", str(folder))


@pytest.mark.parametrize("name", ["vide", "sans-json"])
def test_a_folder_without_json(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    if name == "sans-json":
        (folder / "lisez-moi.txt").write_text("rien", encoding="utf-8")
    assert "aucun fichier .json" in refusal(folder)


def test_a_zip_without_json(tmp_path):
    assert "aucun fichier .json" in refusal(zipped(tmp_path / "vide.zip", {"a.txt": b"rien"}))


def test_a_damaged_zip(tmp_path):
    path = zipped(tmp_path / "abime.zip", {"a.json": json.dumps(system([])).encode() * 50})
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    path.write_bytes(content)
    assert "zip abîmée" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    path = zipped(tmp_path / "bombe.zip", {"a.json": b" " * (60 * files.MEGABYTE)})
    assert path.stat().st_size < files.MEGABYTE
    assert "anormalement compressé" in refusal(path)


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    path = zipped(tmp_path / "menteur.zip", {"a.json": b" " * (2 * files.MEGABYTE)})
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 100)
    path.write_bytes(content)
    refusal(path)


def test_too_many_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_ENTRIES", 3)
    path = zipped(tmp_path / "foule.zip", {f"{number}.txt": b"" for number in range(4)})
    assert "contient 4 fichiers" in refusal(path)


def test_too_many_documents(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_DOCUMENTS", 3)
    path = zipped(tmp_path / "foule.zip", {f"{number}.json": b"{}" for number in range(4)})
    assert "4 fichiers JSON" in refusal(path)


def test_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_DOCUMENT", files.MEGABYTE)
    path = tmp_path / "gros.json"
    path.write_bytes(b" " * (files.MEGABYTE + 1))
    assert "dépasse 1 Mo" in refusal(path)


def test_too_large_once_unzipped(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_TOTAL", files.MEGABYTE)
    path = zipped(tmp_path / "gros.zip", {"a.json": b"1" * (2 * files.MEGABYTE)}, zipfile.ZIP_STORED)
    assert "une fois ouvert" in refusal(path)


def test_an_unusual_compression(tmp_path):
    path = zipped(tmp_path / "rare.zip", {"a.json": b"{}"}, zipfile.ZIP_LZMA)
    assert "compressé d'une façon inhabituelle" in refusal(path)


def test_a_protected_zip(tmp_path):
    path = zipped(tmp_path / "secret.zip", {"a.json": b"{}"})
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    content[6] |= 1
    path.write_bytes(content)
    assert "mot de passe" in refusal(path)
