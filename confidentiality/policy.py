"""The declared policy: the level of every datum, by legal kind, with its basis, as a table that a lawyer can read.

`data/policy.csv` has one line per field or relation of each governed model. Levels are those of the arrêté du
26 décembre 2023, article 2, as it stands; « ligne » means the level stored on the row (contacts and telecoms).
The basis is one of *texte lu* (article 2 only), *texte cité par un tiers*, *norme ANS*, *déduit*.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from confidentiality.levels import Level

DATA = Path(__file__).parent / "data"
STORED = "ligne"
KINDS = ("I-1", "I-2", "I-3", "I-4")
CATEGORIES = ("identification", "description", "contact", "person", "capacity", "crisis", "history", "draft")
BASES = ("texte lu", "texte cité par un tiers", "norme ANS", "déduit")
# Channels of `ror.history` by which a description may come without its structure entering it manually.
AUTOMATIC_ORIGINS = ("register", "software")


KNOWN_LEVELS = frozenset(Level.values)


@dataclass(frozen=True)
class Datum:
    """One line of the policy. `levels` has one entry per legal kind, or none when the row stores its level."""

    model: str
    field: str
    document_key: str
    label: str
    category: str
    levels: dict[str, int]
    basis: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.model}.{self.field}"

    @property
    def stored(self) -> bool:
        return not self.levels

    def level(self, legal_kind: str, stored_level: int | None = None) -> int:
        """The level of the datum; for an unknown kind the strictest, for a stored level the row's (unknown: 3)."""
        if self.stored:
            return stored_level if stored_level in KNOWN_LEVELS else Level.CRISIS
        return self.levels.get(legal_kind) or max(self.levels.values())


def datum(model: str, field: str) -> Datum:
    """The line of one field. Raises KeyError when the policy does not know it: what is not classified is not shown."""
    return policy()[model, field]


def data_of(model: str) -> list[Datum]:
    """The lines of one model, in the order of the table."""
    return [line for line in policy().values() if line.model == model]


def restricted_origins() -> frozenset[str]:
    """The origins whose description the nation reads at level 2 (setting RESTRICTED_ORIGINS); none by default.

    Article 2, 3° opens the description « saisie manuellement par les structures ». What a register or a software feeds
    is outside its letter: level 1 is deduced (law.md §2.1), so the nation may choose otherwise, origin by origin.
    Identification data and installed capacity stay at level 1 whatever their origin.
    """
    return frozenset(settings.RESTRICTED_ORIGINS)


@cache
def least_levels(model: str) -> dict[str, int]:
    """The least level among the data of a model in each legal kind; the strictest for a model without lines.

    A stored level counts as 1: the row itself says more.
    """
    lines = data_of(model)
    return {
        kind: min((Level.PUBLIC if line.stored else line.levels[kind] for line in lines), default=Level.CRISIS)
        for kind in KINDS
    }


@cache
def by_document_key(model: str) -> dict[str, Datum]:
    """The lines of the data that a document of `model` may carry, by the key they have there.

    A key is the field's own name, unless the table names another document (« Offer.sensitive »).
    """
    return {
        line.document_key.removeprefix(f"{model}."): line
        for line in policy().values()
        if line.document_key.split(".")[0] == model
    }


@cache
def policy() -> dict[tuple[str, str], Datum]:
    """The whole table, by model and field."""
    with (DATA / "policy.csv").open(encoding="utf-8", newline="") as lines:
        data = [_datum(line) for line in csv.DictReader(lines, delimiter=";")]
    return {(line.model, line.field): line for line in data}


def _datum(line: dict[str, str]) -> Datum:
    stored = line["I-1"] == STORED
    return Datum(
        model=line["model"],
        field=line["field"],
        document_key=line["document_key"] or f"{line['model']}.{line['field']}",
        label=line["label"],
        category=line["category"],
        levels={} if stored else {kind: int(line[kind]) for kind in KINDS},
        basis=line["basis"],
        source=line["source"],
    )
