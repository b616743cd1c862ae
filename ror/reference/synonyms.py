"""The words that people use and that no label has, and the families that help to find one's way among long lists.

Both are the portal's own words, in `data/synonyms.csv` and `data/families.csv`: no official list gives them.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from ror.reference.copying import bundled_rows
from ror.reference.text import normalise

MOST_READINGS = 8  # of one text: several of its words may have synonyms


@cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """What people type → what the nomenclature calls so; all in the form that `normalise` gives."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in bundled_rows("synonyms.csv"):
        found[normalise(row["typed"])].append(normalise(row["means"]))
    return {typed: tuple(means) for typed, means in found.items()}


@cache
def families(value_set: str) -> Mapping[str, tuple[str, ...]]:
    """Family → how the labels of its codes begin, normalised; in the order of the file."""
    return {
        row["family"]: tuple(normalise(beginning) for beginning in row["beginnings"].split("|"))
        for row in bundled_rows("families.csv")
        if row["value_set"] == value_set
    }


def family_of(value_set: str, label: str) -> str:
    """The family of a code: the one whose beginning says most of its label; empty when there is none."""
    plain = f"{normalise(label)} "
    best, longest = "", 0
    for family, beginnings in families(value_set).items():
        for beginning in beginnings:
            if len(beginning) > longest and plain.startswith(f"{beginning} "):
                best, longest = family, len(beginning)
    return best


def readings(plain: str) -> list[str]:
    """Other ways to say the normalised text `plain`, each with one of its words or phrases replaced by a synonym."""
    known = synonyms()
    words = plain.split()
    found: dict[str, None] = {}
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            for means in known.get(" ".join(words[start:end]), ()):
                found[" ".join([*words[:start], means, *words[end:]])] = None
    return list(found)[:MOST_READINGS]
