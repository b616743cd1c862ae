"""Finding a code as people say it: synonyms, misspellings, families, likely codes first."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from ror.reference.copying import bundled_rows
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from ror.reference.search import EMPTY_WORDS
from ror.reference.synonyms import families, readings
from ror.reference.text import normalise
from ror.reference.widgets import Suggestion

pytestmark = pytest.mark.django_db

SEARCHED = ("J16", "J17", "J18", "J19", "J33", "J35", "J186", "J238")


@pytest.mark.parametrize(
    ("value_set", "text", "label"),
    [
        ("J17", "kiné", "Kinésithérapie"),
        ("J17", "ergoterapie", "Ergothérapie"),
        ("J17", "soins palliatifs", "Soins palliatifs"),
        ("J17", "soin paliatif", "Soins palliatifs"),
        ("J17", "dentiste", "Chirurgie dentaire"),
        ("J17", "psy", "Psychiatrie adulte"),
        ("J17", "réa", "Réanimation polyvalente"),
        ("J17", "ssr", "Réadaptation polyvalente"),
        ("J17", "scan", "Imagerie par scanner (TDM)"),
        ("J17", "opthalmo", "Ophtalmologie"),
        ("J17", "méthadone", ""),
        ("J16", "méthadone", "Délivrance de traitement de substitution aux opiacés"),
        ("J19", "had", "Hospitalisation à domicile (HAD)"),
        ("J186", "kiné", "Masseur-Kinésithérapeute"),
        ("J238", "usld", "Unité de Soins de Longue Durée (USLD)"),
        ("J238", "ssr polyvalent", "Soins Médicaux et de Réadaptation (SMR) polyvalent"),
        ("J17", "SOINS  de  readaptation", "Réadaptation polyvalente"),
    ],
)
def test_each_is_found_in_the_first_five(value_set, text, label):
    codes = nomenclature()
    found = [codes.label(key) for key in codes.search(value_set, text, 5)]
    assert label in found if label else not found


def test_every_synonym_says_something_of_the_nomenclature():
    labels = [
        normalise(label).split() for value_set in SEARCHED for label in nomenclature().members(value_set).values()
    ]
    for row in bundled_rows("synonyms.csv"):
        wanted = [word for word in normalise(row["means"]).split() if word not in EMPTY_WORDS]
        known = any(all(any(said.startswith(word) for said in label) for word in wanted) for label in labels)
        assert known, f"{row['typed']} → {row['means']}"


def test_every_family_has_codes_by_each_of_its_beginnings():
    for value_set in {row["value_set"] for row in bundled_rows("families.csv")}:
        labels = [f"{normalise(label)} " for label in nomenclature().members(value_set).values()]
        for family, beginnings in families(value_set).items():
            for beginning in beginnings:
                assert any(label.startswith(f"{beginning} ") for label in labels), (value_set, family, beginning)


def test_no_line_is_there_twice():
    for name in ("synonyms.csv", "families.csv"):
        rows = [tuple(row.values()) for row in bundled_rows(name)]
        assert len(rows) == len(set(rows))
        assert all(all(cell.strip() for cell in row) for row in rows)


def test_a_family_is_found_by_its_name():
    found = {nomenclature().label(key) for key in nomenclature().search("J17", "rééducation", 60)}
    assert {"Kinésithérapie", "Ergothérapie", "Orthophonie"} <= found
    assert nomenclature().family("J17", "R211:339") == "Rééducation"


def test_a_synonym_is_read_within_a_longer_text():
    assert "reanimation polyvalente" in readings("rea polyvalente")
    assert len(readings("psy psy psy psy psy psy")) <= 8


def test_preferred_codes_come_first_without_hiding_the_others():
    plain = nomenclature().search("J17", "chirurgie", 20)
    wanted = plain[15]
    preferred = nomenclature().search("J17", "chirurgie", 20, first=[wanted, "R211:339", "rien"])
    assert preferred[0] == wanted
    assert "R211:339" not in preferred
    assert set(plain[:15]) < set(preferred)
    assert nomenclature().search("J17", "", 3, first=[wanted])[0] == wanted
    assert nomenclature().search("J17", "Soins palliatifs", 3, first=["R211:563"])[0] == "R211:170"


def test_the_address_takes_the_preferred_codes_and_says_the_family(client):
    address = reverse("reference:code_search", args=["J17"])
    first = client.get(address, {"q": "kine", "d-abord": "R211:427,<script>"}).json()[0]
    assert first == {"key": "R211:427", "label": "Kinésithérapie orientation Sport", "hint": "Rééducation"}


def test_likely_codes_are_offered_before_anything_is_typed():
    field = CodeChoiceField("J17")
    field.widget.suggested = (Suggestion("R211:339", "déjà utilisé ici"), Suggestion("R211:999", "inconnu"))
    html = field.widget.render("activity", None, {"id": "id_activity"})
    assert '<option value="Kinésithérapie">déjà utilisé ici</option>' in html
    assert "R211:999" not in html
    assert "Kinésithérapie" not in CodeChoiceField("J17").widget.render("activity", None, {"id": "id_activity"})


def test_the_nearest_values_can_be_picked_without_script():
    field = CodeChoiceField("J17")
    html = field.widget.render("activity", "soins paliatif", {"id": "id_activity"})
    assert '<input type="radio" name="activity-proche" value="Soins palliatifs"' in html
    sent = QueryDict("activity=soins paliatif&activity-proche=Soins palliatifs")
    assert field.clean(field.widget.value_from_datadict(sent, {}, "activity")) == "R211:170"


def test_the_nearest_of_several_replace_what_was_typed():
    field = CodeSetChoiceField("J17")
    sent = QueryDict("acts=R211:339&acts-ajout=ergoterapie&acts-proche=Ergothérapie")
    assert field.clean(field.widget.value_from_datadict(sent, {}, "acts")) == ["R211:339", "R211:558"]
