"""What a room above asks of a description besides the rule book: the entry model that an offer follows.

The rule book stays the only one: a demand is a fact that its rule 107 reads, so that the form, imports and the API say
the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from structures.document import Document
from structures.findings import Effect


@dataclass(frozen=True)
class Demand:
    """A datum or a list (path without ids) that must not be empty; what to say when it is, and on which basis."""

    path: str
    message: str
    basis: str
    effect: Effect


Asker = Callable[[Sequence[Document]], Iterable[Iterable[Demand]]]
_askers: list[Asker] = []


def demanding(asker: Asker) -> Asker:
    """Declare what a room above demands of documents: for each, in their order."""
    _askers.append(asker)
    return asker


def demands_on(documents: Sequence[Document]) -> list[tuple[Demand, ...]]:
    """Everything that is demanded of each of these documents."""
    asked = [list(asker(documents)) for asker in _askers]
    return [tuple(demand for each in asked for demand in each[at]) for at in range(len(documents))]
