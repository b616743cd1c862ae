"""Forgetting requests: those that ended, or whose address nobody proved, once older than the delay set."""

import datetime

import pgtrigger
from django.db import transaction
from django.db.models import Q

from ror.persons.models import PersonRequest, PersonRequestQuerySet, RequestStep, Status

REASON = "retention: the command erases what is older than the delay set by the data controller"


def count_before(limit: datetime.datetime) -> int:
    return _before(limit).count()


@transaction.atomic
def erase_before(limit: datetime.datetime) -> int:
    """How many were erased, with their trail. The traces of old values blanked stay: they hold nothing of the person.

    A request that someone changes at this very moment is kept.
    """
    keys = [request.pk for request in _before(limit).select_for_update(skip_locked=True)]
    with pgtrigger.ignore(f"{RequestStep._meta.label}:append_only"):
        RequestStep.objects.trusted(REASON).filter(request__in=keys).delete_rows()
    return PersonRequest.objects.trusted(REASON).filter(pk__in=keys).delete_rows()


def _before(limit: datetime.datetime) -> PersonRequestQuerySet:
    unproven = Q(status=Status.RECEIVED, created_at__lt=limit)
    return PersonRequest.objects.trusted(REASON).filter(Q(ended_at__lt=limit) | unproven).order_by("pk")
