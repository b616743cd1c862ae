"""Invitations and requests that are over: the addresses of people who may never have come."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from structures.colleagues.models import AccessRequest, Invitation


def count_before(limit: datetime) -> int:
    return _invitations(limit).count() + _requests(limit).count()


@transaction.atomic
def erase_before(limit: datetime) -> int:
    """Erase them; the assignments that followed stay, with their history."""
    count = count_before(limit)
    _invitations(limit).delete()
    _requests(limit).delete()
    return count


def _invitations(limit: datetime) -> QuerySet[Invitation]:
    over = Q(accepted_at__lt=limit) | Q(cancelled_at__lt=limit) | Q(expires_at__lt=limit)
    return Invitation.objects.filter(over)


def _requests(limit: datetime) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(decided_at__lt=limit)
