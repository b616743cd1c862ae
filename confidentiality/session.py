"""What a signed-in person holds in this very session: less until a second factor is proven, more with a card.

A second factor is asked of whoever reads the level 3 of others or administers (`roles.md`, design §5); never for one's
own establishments and beds. Until it is proven, level 3 of others is not shown and the administration is closed.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest

from confidentiality.levels import Level
from confidentiality.profiles import BIT, allowed_level
from confidentiality.viewer import DEPARTMENT, NATION, REGION, Viewer
from ror.accounts.second_factor import proven
from ror.accounts.session_roles import practises

if TYPE_CHECKING:
    from confidentiality.models import Assignment

TERRITORIES = (NATION, REGION, DEPARTMENT)
OWN = "OWN"
REDUCED = "P2"  # all but level 3, and nothing of sensitive units
# Rights over one's own establishments. Managing accounts is one of them there, and administering on a territory. Any
# right that is not named here waits for the second factor.
OWN_RIGHTS = frozenset({"describe_offer", "publish_offer", "answer_crisis_questions", "report_capacity"})
MANAGE_ACCOUNTS = "manage_accounts"
PROFESSIONAL = "health_professional"
MANDATED, TEAM = "mandated", frozenset({"grades", "regional_quality_manager"})


class SessionViewer(Viewer):
    """`proven`: a second factor was given in this session; `practises`: a card said that the person practises."""

    def __init__(self, user=None, *, proven: bool, practises: bool = False) -> None:
        super().__init__(user)
        self.proven = proven
        self.practises = practises

    @cached_property
    def assignments(self) -> "list[Assignment]":
        """A mandate counts while its holder belongs to a regional team."""
        held = super().assignments
        if any(line.role_id in TEAM for line in held):
            return held
        return [line for line in held if line.role_id != MANDATED]

    @cached_property
    def grants(self) -> list[tuple[str, str, str | int, str]]:
        held = super().grants
        if not self.proven:
            held = [(REDUCED if needs_second_factor(profile) else profile, *rest) for profile, *rest in held]
        # roles.md, row 2: by Pro Santé Connect with an active practice, for the session, without assignment.
        return [*held, ("P2", NATION, None, PROFESSIONAL)] if self.practises and self.is_authenticated else held

    @cached_property
    def asks_second_factor(self) -> bool:
        """Whether something that the person holds needs a second factor."""
        by_profile = any(needs_second_factor(line.role.profile) for line in self.assignments)
        return by_profile or any(
            not self._own(permission, kind, assignment) for permission, kind, _, assignment in self._rights
        )

    @property
    def withholds(self) -> bool:
        """Whether rights wait for the second factor."""
        return self.is_authenticated and not self.proven and self.asks_second_factor

    def _counts(self, permission: str, kind: str, assignment: int) -> bool:
        if assignment not in self._held:
            return False
        return self.proven or self._own(permission, kind, assignment)

    def _own(self, permission: str, kind: str, assignment: int) -> bool:
        """Whether a right is over one's own establishments: neither on a territory nor held for someone else."""
        if permission == MANAGE_ACCOUNTS:
            return kind not in TERRITORIES
        return permission in OWN_RIGHTS and assignment not in self._of_others

    @cached_property
    def _held(self) -> frozenset[int]:
        return frozenset(line.pk for line in self.assignments)

    @cached_property
    def _of_others(self) -> frozenset[int]:
        """The assignments that read the level 3 of others."""
        return frozenset(line.pk for line in self.assignments if needs_second_factor(line.role.profile))


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer of a request."""
    if not request.user.is_authenticated:
        return Viewer.public()
    return SessionViewer(request.user, proven=proven(request), practises=practises(request))


def waits_for_second_factor(viewer: Viewer) -> bool:
    """Whether rights of the viewer wait for a second factor."""
    return isinstance(viewer, SessionViewer) and viewer.withholds


def needs_second_factor(profile: str) -> bool:
    """Whether a profile reads the level 3 of others. « Own » is one's own; a role without profile reads nothing."""
    if profile == OWN or profile not in BIT:
        return False
    return allowed_level("*", BIT[profile], social=True) == Level.CRISIS
