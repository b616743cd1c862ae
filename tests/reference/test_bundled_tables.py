"""The tables that the project bundles beside the nomenclatures: complete, and in the words that pages may use."""

import csv
import re
from pathlib import Path

import pytest
from django.conf import settings

from ror.reference.copying import bundled_rows

BASIS = re.compile(
    r"(demandé par l'arrêté du 26 décembre 2023|norme ANS RG_EXP_\d{3}(, RG_EXP_\d{3})*|règle du portail)"
    r"( ; (norme ANS RG_EXP_\d{3}(, RG_EXP_\d{3})*|règle du portail))*"
)


def rows(app: str, name: str) -> list[dict[str, str]]:
    return bundled_rows(name, Path(settings.BASE_DIR) / app / "data")


def test_mandatory_data_name_their_basis_in_the_agreed_words():
    table = rows("structures", "mandatory_data.csv")
    assert [int(row["number"]) for row in table] == list(range(1, 25))
    assert all(BASIS.fullmatch(row["basis_label_fr"]) for row in table)
    assert all("art." not in row["basis_label_fr"] for row in table)


def test_roles_are_the_nineteen_known_ones_and_the_mandate():
    table = rows("confidentiality", "roles.csv")
    assert [int(row["number"]) for row in table] == list(range(1, 21))
    assert len({row["code"] for row in table}) == 20
    assert table[-1]["code"] == "mandated"
    kinds = {"nation", "region", "department", "legal_entity", "geographic_entity", "internal_organization"}
    assert all(set(row["perimeter_kinds"].split()) <= kinds for row in table)


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("R66:355", "I-1"),
        ("R66:156", "I-1"),
        ("R66:500", "I-2"),
        ("R66:354", "I-2"),
        ("R66:603", "I-3"),
        ("R66:604", "I-3"),
        ("R66:124", "I-3"),
        ("R02:SA07", "I-3"),
        ("R66:606", "I-4"),
        ("R66:620", ""),
        ("R66:300", ""),
    ],
)
def test_legal_kind_of_a_category(category, kind):
    table = {row["concept"]: row["legal_kind"] for row in rows("structures", "establishment_categories.csv")}
    assert table[category] == kind


def test_every_category_of_the_value_set_has_its_row():
    members = {row["concept"] for row in bundled_rows("members.csv") if row["value_set"] == "J55"}
    assert {row["concept"] for row in rows("structures", "establishment_categories.csv")} == members


def test_the_dictionary_is_whole(shared_data):
    official = shared_data.parent / "reference" / "dictionary.csv"
    with official.open(encoding="utf-8", newline="") as lines:
        assert bundled_rows("dictionary.csv") == list(csv.DictReader(lines))


def test_every_bundled_row_has_its_source_and_version():
    assert all(row["source"] and row["version"] for row in bundled_rows("concepts.csv"))
    assert all(row["source"] for row in bundled_rows("systems.csv"))
    complete = [row for row in bundled_rows("value_sets.csv") if row["complete"] == "1"]
    assert len(complete) == 74
    assert all(row["version"] and row["source"] and row["oid"] for row in complete)
