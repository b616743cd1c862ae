"""The review list: assignments older than a year, to renew or to end."""

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from confidentiality.delegation import MANDATED, Delegation
from confidentiality.models import Assignment
from ror.history import writing

AGE = datetime.timedelta(days=365)
RENEWED = "Prolongé : "
LONGEST_REASON = 300


def to_review(delegation: Delegation) -> QuerySet[Assignment]:
    """The assignments in force that began more than a year ago and that the viewer may end, the oldest first.

    Not the mandates, which have an end: another one is given instead.
    """
    old = Assignment.objects.in_force().filter(starts_at__lt=timezone.now() - AGE)
    lines = old.filter(pk__in=delegation.endable().values("pk")).exclude(role=MANDATED)
    return lines.select_related("user", "role", "perimeter", "given_by").order_by("starts_at", "pk")


def renew(delegation: Delegation, pk: int) -> Assignment | None:
    """The same role from now on, given by the viewer, in the place of the older line; None when it is not to review.

    Two renewals at once: the second finds nothing to renew.
    """
    with writing(delegation.viewer.user, "form"):
        line = to_review(delegation).filter(pk=pk).select_for_update(of=("self",)).first()
        if line is None:
            return None
        now, until = timezone.now(), line.ends_at
        line.ends_at = now
        line.save(update_fields=["ends_at"])
        return Assignment.objects.create(
            user=line.user,
            role=line.role,
            perimeter=line.perimeter,
            starts_at=now,
            ends_at=until,
            given_by=delegation.viewer.user,
            reason=f"{RENEWED}{line.reason.removeprefix(RENEWED)}"[:LONGEST_REASON],
        )
