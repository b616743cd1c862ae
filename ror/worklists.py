"""Work lists of the administration's home: what waits for the person who looks, each figure leading to its list.

Each room declares its own with `worklist`; one that says nothing to a viewer, or counts nothing, is not shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from confidentiality.viewer import Viewer


@dataclass(frozen=True)
class Work:
    """What waits: in words, how many, and the address of the list that has exactly these."""

    label: str
    count: int
    url: str


Source = Callable[[Viewer], Work | None]
_sources: list[Source] = []


def worklist(source: Source) -> Source:
    """Declare a work list. The source answers None to those whom it does not concern, without a query."""
    _sources.append(source)
    return source


def waiting_for(viewer: Viewer) -> list[Work]:
    """What waits for `viewer`, in the order that the rooms declared."""
    return [work for source in _sources if (work := source(viewer)) is not None and work.count]
