"""Files refused as a whole, lines refused alone, hostile input: always a French reason and the line."""

import gzip
import os

import pytest

from ror.registers import files
from structures.models import GeographicEntity, LegalEntity
from tests.registers.lines import HEADER, OWNER, establishment, finess, last, legal_entity

GOOD = establishment(1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (establishment(2, nofinesset="350000011"), "la clé de contrôle est fausse"),
        (establishment(2, nofinesset=""), "numéro FINESS absent"),
        (establishment(2, nofinesset="35000000"), "n'est pas un numéro FINESS"),
        (establishment(2, nofinessej="350000011"), "entité juridique : « 350000011 »"),
        (establishment(2, nofinessej=""), "entité juridique : numéro FINESS absent"),
        (establishment(1, rs="LES ORMES"), "doublon de la ligne 2"),
        (establishment(2).rsplit(";", 1)[0], "ligne coupée : 31 champs au lieu de 32"),
        (establishment(2)[:30], "ligne coupée : 3 champs au lieu de 32"),
        ("struc", "ligne coupée : 1 champs au lieu de 32"),
    ],
)
def test_a_line_is_refused_alone(load, line, reason):
    printed = load(GOOD, line, establishment(3))
    assert last(printed) == "créés=2 modifiés=0 inchangés=0 disparus=0 refusés=1"
    assert reason in next(told for told in printed.splitlines() if "ligne 3 :" in told)
    assert GeographicEntity.objects.get(finess=finess(1)).name == "EHPAD LES TILLEULS 1"


def test_a_corsican_key_counts_a_as_1_and_b_as_2(load):
    numbers = [finess(1, "2A"), finess(1, "2B")]
    printed = load(*(establishment(nofinesset=number) for number in numbers))
    assert last(printed).startswith("créés=2 ")


def test_refused_legal_entities_are_told_apart(load):
    printed = load(GOOD, legal_entity(nofiness="350000011"), legal_entity(siren="123"))
    assert last(printed) == "créés=1 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert "1 refusées" in printed
    assert LegalEntity.objects.get(finess=OWNER).siren == ""


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([GOOD, establishment(2)], "Ligne 1 : l'en-tête « finess;etalab;flux;date » manque"),
        (["nofinesset;rs;commune", GOOD], "Ligne 1 : l'en-tête"),
        (["finess;etalab;93", GOOD], "Ligne 1 : l'en-tête"),
        (["finess;etalab;93;hier", GOOD], "Ligne 1 : l'en-tête porte une date illisible, « hier »"),
        ([HEADER], "ne contient ni établissement (structureet) ni entité juridique"),
        ([HEADER, GOOD.replace(";", ",")], "Ligne 2 : type d'enregistrement inconnu"),
        ([HEADER, GOOD, "equipement;350000063;1"], "Ligne 3 : type d'enregistrement inconnu, « equipement »"),
        ([HEADER, GOOD, establishment(2) + ";de trop"], "Ligne 3 : 33 champs au lieu de 32"),
        ([HEADER, GOOD[:60], establishment(2)[:50]], "Ligne 2 : ligne coupée"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(refusal, tmp_path, lines, reason):
    path = tmp_path / "finess.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    message = refusal(path)
    assert message.startswith("Fichier refusé, rien n'a été enregistré.")
    assert reason in message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Le fichier est vide"),
        (b"\n\n  \n", "l'en-tête"),
        (gzip.compress(b""), "Le fichier est vide"),
        (gzip.compress(HEADER.encode() * 50)[:-9], "La compression gzip est abîmée"),
        (b"\x1f\x8bnot gzip at all", "La compression gzip est abîmée"),
        (b"PK\x03\x04archive", "archive zip"),
        (f"{HEADER}\n{GOOD}\n".encode() + b"structureet;\0;\n", "Ligne 3 : Cette ligne contient des octets nuls"),
        (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "octets nuls"),
        (f"{HEADER}\n{GOOD}\n".encode() + b"a" * 30_000, "Ligne 3 : Cette ligne est beaucoup trop longue"),
        (b"a" * 3_000_000, "Ligne 1 : Cette ligne est beaucoup trop longue"),
        (os.urandom(5_000), "Fichier refusé"),
    ],
    # Names of their own: xdist compares them between workers, and two of the contents change at each run.
    ids=[
        "empty",
        "blank lines",
        "empty gzip",
        "cut gzip",
        "false gzip",
        "zip",
        "NUL bytes",
        "UTF-16",
        "long line",
        "one huge line",
        "noise",
    ],
)
def test_hostile_files(refusal, tmp_path, content, reason):
    path = tmp_path / "finess.csv"
    path.write_bytes(content)
    assert reason in refusal(path)


def test_a_gzip_bomb_is_not_unzipped_to_its_end(refusal, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 2_000_000)
    path = tmp_path / "finess.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n".encode() + b"\n" * 50_000_000))
    assert "dépasse" in refusal(path)


def test_a_folder_a_missing_file_a_pipe(refusal, tmp_path):
    assert "est un dossier" in refusal(tmp_path)
    assert "n'existe pas" in refusal(tmp_path / "absent.csv")
    assert "Fichier refusé" in refusal(tmp_path / ("a" * 5_000))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "n'est pas un fichier ordinaire" in refusal(pipe)


def test_control_characters_and_formulas_are_plain_text(load):
    load(
        establishment(
            rs="=CMD()|'/C calc'!A0\t\x07LES\x1bORMES", voie="'; DROP TABLE structures_offer; --".replace(";", ",")
        )
    )
    assert GeographicEntity.objects.get().name == "=CMD()|'/C calc'!A0 LES ORMES"


def test_bytes_that_no_encoding_knows(run, tmp_path):
    path = tmp_path / "finess.csv"
    path.write_bytes(f"{HEADER}\n".encode() + establishment(rs="LES \x81ORMES\x9d É").encode("latin-1"))
    assert last(run(path)).startswith("créés=1 ")
    assert GeographicEntity.objects.get().name == "LES ORMES É"


def test_every_field_may_be_absurdly_long(load):
    names = ["rs", "complrs", "compldistrib", "numvoie", "typvoie", "voie", "compvoie", "lieuditbp"]
    names += ["commune", "departement", "ligneacheminement", "telephone", "categetab", "libcategetab", "siret"]
    names += ["codesph", "dateouv", "datemaj", "numuai"]
    printed = load(establishment(**dict.fromkeys(names, "X1é " * 150)))
    assert last(printed) == "créés=1 modifiés=0 inchangés=0 disparus=0 refusés=0"
