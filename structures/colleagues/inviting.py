"""Inviting a colleague by e-mail, and accepting: the roles are given at that moment, by the same rule as everywhere."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.models import Assignment, Perimeter, Role
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from ror.history import writing
from structures.colleagues.links import invitation_of
from structures.colleagues.models import AccessRequest, Invitation, InvitedRole, end_of_validity, new_nonce


class NoLongerValid(Exception):
    """The invitation is over (accepted, cancelled, sent again, expired), or nothing of it may still be given."""


class AddressTaken(Exception):
    """An account already signs in with this address."""


class NotAddressed(Exception):
    """The invitation was sent to another address than that of the account."""


@dataclass(frozen=True)
class Offered:
    """What is offered, and when it is held."""

    roles: tuple[tuple[Role, Perimeter], ...]
    reason: str
    starts_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None


@transaction.atomic
def invite(giver: User, email: str, offered: Offered) -> Invitation:
    """A new invitation. The same for an address that has an account and for one that has none."""
    invitation = Invitation.objects.create(
        email=User.objects.normalize_email(email),
        reason=offered.reason,
        starts_at=offered.starts_at,
        ends_at=offered.ends_at,
        invited_by=giver,
    )
    InvitedRole.objects.bulk_create(
        InvitedRole(invitation=invitation, role=role, perimeter=perimeter) for role, perimeter in offered.roles
    )
    return invitation


def renew(invitation: Invitation) -> Invitation:
    """Good for as long again, under a new link: the older one opens nothing more."""
    invitation.nonce, invitation.expires_at = new_nonce(), end_of_validity()
    invitation.save(update_fields=["nonce", "expires_at"])
    return invitation


def cancel(invitation: Invitation) -> None:
    Invitation.objects.pending().filter(pk=invitation.pk).update(cancelled_at=timezone.now())


def shown_to(delegation: Delegation) -> Iterable[Invitation]:
    """The pending invitations whose every place is one where the viewer manages accounts."""
    elsewhere = InvitedRole.objects.exclude(perimeter__in=delegation.perimeters().order_by().values("pk"))
    pending = Invitation.objects.pending().exclude(pk__in=elsewhere.values("invitation"))
    offered = InvitedRole.objects.select_related("role", "perimeter")
    return pending.select_related("invited_by").prefetch_related(Prefetch("roles", offered))


def changeable(delegation: Delegation, invitations: Iterable[Invitation]) -> set:
    """The keys of those that the viewer may cancel or send again: each role offered is one that they could offer."""
    offered = {each.pk: {line.pk for line in each.roles.all()} for each in invitations}
    rows = InvitedRole.objects.filter(delegation.givable(), invitation__in=offered)
    mine = set(rows.values_list("pk", flat=True))
    return {pk for pk, lines in offered.items() if lines <= mine}


def accept(token: str, user: User) -> list[Assignment]:
    """Give `user`, who signed in, what the invitation offers. Raises `NoLongerValid`, `NotAddressed`.

    An account opened by a card, without an address of its own, takes that of the invitation: its link proves it.
    """
    with writing(user, "form"):
        invitation = _locked(token)
        if not addressed_to(invitation, user):
            raise NotAddressed
        if not user.own_address:
            user.email = invitation.email
            user.save(update_fields=["email"])
        return _give(invitation, user)


def open_account(token: str, *, first_name: str, last_name: str, password: str) -> User:
    """Open the account of the address invited, and give it what is offered. Raises `NoLongerValid`, `AddressTaken`.

    An account opened by the administration and never used gets its password here: who holds the link reads the mail.
    """
    with transaction.atomic():
        invitation = _locked(token)
        user = User.objects.select_for_update().filter(email=invitation.email).first() or User(email=invitation.email)
        if user.pk and (_is_used(user) or not user.is_active):
            raise AddressTaken
        user.first_name, user.last_name = first_name, last_name
        user.set_password(password)
        user.save()
        with writing(user, "form"):
            _give(invitation, user)
    return user


def addressed_to(invitation: Invitation, user: User) -> bool:
    """Whether `user` is whom the invitation is for, or has no address yet when nobody has that one."""
    if user.own_address:
        return invitation.email == user.email
    return not User.objects.filter(email=invitation.email).exists()


def _is_used(user: User) -> bool:
    """Whether someone signs in with the account already, by password or by card."""
    return user.has_usable_password() or user.last_login is not None or bool(user.national_id)


def _locked(token: str) -> Invitation:
    """Two acceptances at once: the second finds the invitation accepted."""
    invitation = invitation_of(token, locked=True)
    if invitation is None:
        raise NoLongerValid
    return invitation


def _give(invitation: Invitation, user: User) -> list[Assignment]:
    """What the giver may still give today; a role held as long already is not given twice."""
    now = timezone.now()
    giver = Delegation(Viewer(invitation.invited_by))
    if invitation.ends_at is not None and invitation.ends_at <= now:
        raise NoLongerValid
    lines = [
        line
        for line in invitation.roles.select_related("role", "perimeter")
        if giver.viewer.is_authenticated and giver.may_give(user, line.role, line.perimeter)
    ]
    if not lines:
        raise NoLongerValid
    starts_at = max(now, invitation.starts_at or now)
    given = Assignment.objects.bulk_create(
        Assignment(
            user=user,
            role=line.role,
            perimeter=line.perimeter,
            starts_at=starts_at,
            ends_at=invitation.ends_at,
            given_by=invitation.invited_by,
            reason=invitation.reason,
        )
        for line in lines
        if not is_held(user, line, invitation.ends_at)
    )
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return given


def is_held(user: User, line: InvitedRole | AccessRequest, until: datetime.datetime | None) -> bool:
    """Whether `user` holds the role of `line` at its place already, until then at least."""
    held = user.assignments.in_force().filter(role=line.role, perimeter=line.perimeter)
    return any(each.ends_at is None or (until is not None and each.ends_at >= until) for each in held)
