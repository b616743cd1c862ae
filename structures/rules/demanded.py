"""What the entry model of an offer needs besides the table: the portal's own rule, each with the model that says so."""

from collections.abc import Iterator

from structures.document import Document, join
from structures.fields import EMPTY
from structures.findings import Finding
from structures.rules.book import DEMANDED, Facts, rule


@rule(int(DEMANDED))
def demanded_by_the_entry_model(document: Document, facts: Facts) -> Iterator[Finding]:
    for demand in facts.demands:
        for path in _missing(document, demand.path.split("."), ""):
            yield Finding(path, demand.message, demand.basis, demand.effect, DEMANDED)


def _missing(row: Document, steps: list[str], path: str) -> Iterator[str]:
    """The paths where nothing is said: of the datum or list itself, or of that column in each row of its list."""
    name, *below = steps
    if not below:
        if row.get(name) in EMPTY:
            yield join(path, name)
        return
    for child in row.get(name) or []:
        yield from _missing(child, below, join(path, f"{name}.{child['id']}"))
