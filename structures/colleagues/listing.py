"""Who holds what where the viewer manages accounts, ready for the page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.models import Assignment
from ror.accounts.models import User
from ror.dates import display_date
from structures.colleagues.models import AccessRequest, Invitation


def lasting(delegation: Delegation) -> QuerySet[Assignment]:
    """The assignments of those perimeters that are not over."""
    return delegation.assignments().filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


def colleagues(delegation: Delegation, words: str = "") -> QuerySet[User]:
    """The people who hold something there, by name; those whose name or address has all of `words`."""
    held = lasting(delegation).order_by().filter(user=OuterRef("pk"))
    people = User.objects.filter(Exists(held)).order_by("last_name", "first_name", "email")
    for word in words.split():
        people = people.filter(Q(email__icontains=word) | Q(last_name__icontains=word) | Q(first_name__icontains=word))
    return people


def lines_of(delegation: Delegation, people: Iterable[User]) -> list[Assignment]:
    """What these people hold there, each line with `may_end`: whether the viewer may end it. One query."""
    mine = Q(user=delegation.viewer.user)
    may_end = Case(When(delegation.outranked() & ~mine, then=Value(True)), default=Value(False))
    lines = lasting(delegation).filter(user__in=[person.pk for person in people]).annotate(may_end=may_end)
    return list(lines.select_related("role", "perimeter", "given_by").order_by("role__number", "perimeter"))


def rows_of(delegation: Delegation, people: list[User], lines: list[Assignment], names: dict[int, str]) -> list[dict]:
    """One row per person, with each role, its place, its dates, and what the viewer may do about it."""
    held: dict[int, list[dict[str, Any]]] = {person.pk: [] for person in people}
    for line in lines:
        held[line.user_id].append(describe(line, names) | {"may_end": line.may_end})
    return [
        {
            "id": person.pk,
            "name": str(person),
            "email": person.own_address or "Se connecte par Pro Santé Connect",
            "is_active": person.is_active,
            "is_oneself": person.pk == delegation.viewer.user.pk,
            "roles": held[person.pk],
            "may_remove": any(line["may_end"] for line in held[person.pk]),
        }
        for person in people
    ]


def describe(line: Assignment, names: dict[int, str]) -> dict[str, Any]:
    """One role as the page says it."""
    return {
        "id": line.pk,
        "role": line.role.label,
        "place": names[line.perimeter_id],
        "since": display_date(line.starts_at),
        "begun": line.starts_at <= timezone.now(),
        "until": display_date(line.ends_at),
        "given_by": str(line.given_by) if line.given_by else "",
        "reason": line.reason,
    }


def request_line(asked: AccessRequest, names: dict[int, str]) -> dict[str, Any]:
    """One pending request as the page says it."""
    return {
        "id": asked.pk,
        "name": str(asked.user),
        "email": asked.user.own_address,
        "role": asked.role.label,
        "place": names[asked.perimeter_id],
        "reason": asked.reason,
        "since": display_date(asked.created_at),
    }


def invitation_line(invitation: Invitation, names: dict[int, str], changeable: set) -> dict[str, Any]:
    """One pending invitation as the page says it, and whether the viewer may cancel it or send it again."""
    return {
        "may_change": invitation.pk in changeable,
        "id": invitation.pk,
        "email": invitation.email,
        "invited_by": str(invitation.invited_by),
        "expires": display_date(invitation.expires_at),
        "roles": [f"{line.role.label} : {names[line.perimeter_id]}" for line in invitation.roles.all()],
    }
