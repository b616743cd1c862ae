"""The table of guards stays true: each guard is where it says, and the tests that it names exist."""

import ast

import pytest

from tests.mutants.__main__ import PROJECT
from tests.mutants.catalogue import Mutant, Stale, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_guard_stands_once_and_its_tests_exist(mutant):
    source = (PROJECT / mutant.file).read_text(encoding="utf-8")
    without = mutant.applied_to(source)
    assert without != source
    ast.parse(without)
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (PROJECT / path).read_text(encoding="utf-8"), test


def test_there_are_enough_guards_each_with_its_own_name():
    names = [mutant.name for mutant in mutants()]
    assert len(names) == len(set(names)) >= 15


@pytest.mark.parametrize("source", ["rien", "garde garde"])
def test_a_guard_that_moved_is_said(source):
    with pytest.raises(Stale, match=r"accounts\.py"):
        Mutant("essai", "accounts.py", "garde", ()).applied_to(source)
