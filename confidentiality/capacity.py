"""Who reads the beds and places of one's own units in order to report them (roles.md, row 16, profile « capacity »).

A bed manager reads the names and the capacities of the units of a perimeter, sensitive ones included, and nothing
else. No table of levels says that: a name is a datum like the others of an offer. So the role gives nothing beyond P0
anywhere, and counts as one's own in the one room that reads nothing but names and capacities.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from confidentiality.viewer import Viewer

if TYPE_CHECKING:
    from confidentiality.models import Assignment

PERMISSION = "report_capacity"
CAPACITY, OWN = "capacity", "OWN"


class CapacityViewer(Viewer):
    """The viewer of a request, where only names and capacities are read. What it discloses is the request's own."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer.user)
        self._viewer = viewer
        self.disclosed = viewer.disclosed

    @property
    def name(self) -> str:
        return f"{self._viewer.name}, capacities"

    @cached_property
    def assignments(self) -> "list[Assignment]":
        return self._viewer.assignments

    @cached_property
    def grants(self) -> list[tuple[str, str, str | int, str]]:
        return [(OWN if profile == CAPACITY else profile, *rest) for profile, *rest in self._viewer.grants]

    @cached_property
    def _permissions(self) -> dict[str, set[tuple[str, str | int]]]:
        return self._viewer._permissions
