"""Asking for a role, and answering: once, by someone who may give it."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from confidentiality import viewer as kinds
from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.models import Assignment, Perimeter, Role
from ror.accounts.models import User
from ror.history import writing
from structures.colleagues.inviting import Offered, is_held
from structures.colleagues.models import AccessRequest
from structures.models import GeographicEntity, InternalOrganization

REASON = "colleagues: who manages the accounts of a place is told that someone asks for a role there"


class AlreadyAsked(Exception):
    """The same person has asked for the same role at the same place, and waits for the answer."""


class AlreadyAnswered(Exception):
    """Someone else answered, or the viewer may not."""


def ask(user: User, role: Role, perimeter: Perimeter, reason: str) -> AccessRequest:
    """A new request. Raises `AlreadyAsked`."""
    try:
        with transaction.atomic():
            return AccessRequest.objects.create(user=user, role=role, perimeter=perimeter, reason=reason)
    except IntegrityError as error:
        raise AlreadyAsked from error


def shown_to(delegation: Delegation) -> QuerySet[AccessRequest]:
    """The pending requests that the viewer may answer: never one's own."""
    pending = AccessRequest.objects.pending().filter(delegation.givable(), user__is_active=True)
    pending = pending.exclude(user=delegation.viewer.user)
    return pending.select_related("user", "role", "perimeter")


def approve(delegation: Delegation, pk: int, offered: Offered) -> AccessRequest:
    """Give what is asked, from and until the days of `offered`. Raises `AlreadyAnswered`.

    Two approvals at once: the second finds the request answered, and gives nothing.
    """
    with writing(delegation.viewer.user, "form"):
        request = _decided(delegation, pk, approved=True)
        if is_held(request.user, request, offered.ends_at):
            return request
        Assignment.objects.create(
            user=request.user,
            role=request.role,
            perimeter=request.perimeter,
            starts_at=max(timezone.now(), offered.starts_at or timezone.now()),
            ends_at=offered.ends_at,
            given_by=delegation.viewer.user,
            reason=request.reason,
        )
    return request


@transaction.atomic
def refuse(delegation: Delegation, pk: int, answer: str) -> AccessRequest:
    """Give nothing, and say why. Raises `AlreadyAnswered`."""
    return _decided(delegation, pk, approved=False, answer=answer)


def answerers(perimeter: Perimeter, role: Role) -> Iterable[User]:
    """Whom to tell of a request: those who manage the accounts of the structure; failing them, of its territory."""
    structures, territories = _around(perimeter)
    held = Assignment.objects.in_force().filter(
        role__rank__lt=role.rank, role__permissions__codename=PERMISSION, user__is_active=True
    )
    for where in (structures, territories, Q(perimeter__kind=kinds.NATION)):
        found = User.objects.filter(pk__in=held.filter(where).values("user")).order_by("pk")
        if found:
            return found
    return []


def _around(perimeter: Perimeter) -> tuple[Q, Q]:
    """The conditions on assignments: on the structure and those above it, and on its territories."""
    if perimeter.kind == kinds.INTERNAL_ORGANIZATION:
        unit = InternalOrganization.objects.trusted(REASON).filter(perimeter=perimeter)
        entities = GeographicEntity.objects.trusted(REASON).filter(pk__in=unit.values("geographic_entity"))
    else:
        entities = GeographicEntity.objects.trusted(REASON).filter(perimeter=perimeter)
    entity = entities.select_related("legal_entity").first()
    if entity is None:
        return Q(perimeter=perimeter), Q(pk__in=[])
    above = [perimeter.pk, entity.perimeter_id, *([entity.legal_entity.perimeter_id] if entity.legal_entity else [])]
    territory = Q(perimeter__kind=kinds.REGION, perimeter__code=entity.region_id) | Q(
        perimeter__kind=kinds.DEPARTMENT, perimeter__code=entity.department_id
    )
    return Q(perimeter__in=above), territory


def _decided(delegation: Delegation, pk: int, *, approved: bool, answer: str = "") -> AccessRequest:
    request = shown_to(delegation).filter(pk=pk).select_for_update(of=("self",)).first()
    if request is None:
        raise AlreadyAnswered
    request.decided_at, request.decided_by = timezone.now(), delegation.viewer.user
    request.approved, request.answer = approved, answer
    request.save(update_fields=["decided_at", "decided_by", "approved", "answer"])
    return request
