"""Tests here change nomenclatures inside transactions that are rolled back: the shared map is renewed around each."""

from collections.abc import Iterator

import pytest

from ror.reference.models import CodeSystem, Concept, ValueSet, ValueSetMember
from ror.reference.nomenclature import renew


@pytest.fixture(autouse=True)
def fresh_nomenclature() -> Iterator[None]:
    renew()
    yield
    renew()


@pytest.fixture
def invented_set(db) -> str:
    """A value set of three codes of an invented system; the last one was closed in 2020. Returns its key."""
    system = CodeSystem.objects.create(key="X1", name="TRE_X1-Fruit", url="https://example.test/NOS/TRE_X1-Fruit")
    value_set = ValueSet.objects.create(key="J19000", name="JDV_J19000-Fruit")
    for position, (code, label, closed) in enumerate(
        [("01", "Pomme", None), ("02", "Pêche de vigne", None), ("03", "Coing", "2020-01-01")], 1
    ):
        concept = Concept.objects.create(key=f"X1:{code}", system=system, code=code, label=label)
        ValueSetMember.objects.create(value_set=value_set, concept=concept, position=position, valid_to=closed)
    renew()
    return value_set.key
