"""Rows below rows in a document, at any depth: what is left of each, and nothing of those of which nothing is left."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from confidentiality import policy
from confidentiality.disclosure import CHILDREN, Subject, disclose
from confidentiality.profiles import BIT
from confidentiality.viewer import Viewer
from tests.confidentiality.policy_caches import forget_policy

# (model, field) and its level; the telecoms of a place keep the levels of their rows.
LEVELS = {
    ("Place", "id"): 1,
    ("Place", "locality"): 1,
    ("SpecificEquipment", "id"): 1,
    ("SpecificEquipment", "kind"): 2,
    ("EquipmentLimit", "id"): 1,
    ("EquipmentLimit", "nature"): 1,
    ("EquipmentLimit", "value"): 2,
    ("Tariff", "id"): 2,
    ("Tariff", "amount"): 3,
}


@pytest.fixture(autouse=True)
def lines(monkeypatch) -> Iterator[None]:
    model_line = policy.datum("Offer", "name")
    table = {key: line for key, line in policy.policy().items() if key[0] in ("Offer", "Contact", "Telecom")}
    for (model, field), level in LEVELS.items():
        levels = dict.fromkeys(policy.KINDS, level)
        name = f"{model}.{field}"
        table[model, field] = replace(model_line, model=model, field=field, document_key=name, levels=levels)
    monkeypatch.setattr(policy, "policy", lambda: table)
    forget_policy()
    yield
    forget_policy()


def place(**rows) -> dict:
    return {"id": "p", "locality": "RENNES", **rows}


def read(rights: int, viewer: Viewer | None = None, **values) -> dict:
    subject = Subject("Offer", "53/1", {"name": "N", **values}, rights, "I-1")
    return disclose(viewer or Viewer.public(), subject)


PUBLIC, PROFESSIONAL = BIT["P0"], BIT["P2"]


def test_rows_are_disclosed_at_any_depth():
    limit = {"id": "l", "nature": "poids", "value": 250}
    whole = place(
        equipment=[{"id": "e", "kind": "lit", "limits": [limit]}],
        telecoms=[{"id": "t1", "address": "0261910101", "level": 1}, {"id": "t2", "address": "0261910202", "level": 2}],
    )
    assert read(PROFESSIONAL, places=[whole])["places"] == [whole]
    assert read(PUBLIC, places=[whole])["places"] == [
        place(
            equipment=[{"id": "e", "limits": [{"id": "l", "nature": "poids"}]}],
            telecoms=[{"id": "t1", "address": "0261910101", "level": 1}],
        )
    ]


@pytest.mark.parametrize(
    "equipment",
    [
        {"id": "e", "kind": "lit"},
        {"id": "e", "kind": "lit", "limits": []},
        {"id": "e", "kind": "lit", "limits": [{"id": "l", "value": 250}]},
        {"id": "e", "kind": "lit", "unknown": 1, "limits": [{"id": "l", "value": 250, "limits": []}]},
    ],
)
def test_a_row_of_which_only_the_id_is_left_is_not_there(equipment):
    assert read(PUBLIC, places=[place(equipment=[equipment])])["places"] == [place(equipment=[])]
    assert read(PROFESSIONAL, places=[place(equipment=[equipment])])["places"][0]["equipment"][0]["kind"] == "lit"


def test_a_row_that_is_not_shown_is_not_noted_as_disclosed():
    viewer = Viewer.public()
    assert read(PROFESSIONAL, viewer, tariffs=[{"id": "t", "amount": 12}])["tariffs"] == []
    assert viewer.disclosed == {}
    read(PROFESSIONAL, viewer, places=[place(equipment=[{"id": "e", "kind": "lit"}])])
    assert viewer.disclosed == {("Offer", "53/1"): 2}


def test_the_rows_of_a_model_that_nobody_classified_are_never_shown():
    everything = sum(BIT.values())
    for name, model in CHILDREN.items():
        if not policy.data_of(model):
            assert read(everything, **{name: [{"id": "1", "name": "x"}]})[name] == []
