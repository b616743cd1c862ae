"""What a room above asks of a description besides the rule book: the entry model that an offer follows.

The rule book stays the only one: a demand is a fact that its rule 107 reads, so that the form, imports and the API say
the same.
"""

from collections.abc import Callable, Iterable
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


Asker = Callable[[Document], Iterable[Demand]]
_askers: list[Asker] = []


def demanding(asker: Asker) -> Asker:
    """Declare what a room above demands of a document."""
    _askers.append(asker)
    return asker


def demands_on(document: Document) -> tuple[Demand, ...]:
    """Everything that is demanded of this document."""
    return tuple(demand for asker in _askers for demand in asker(document))
