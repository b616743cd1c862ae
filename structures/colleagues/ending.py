"""Ending roles: one, or all those of a colleague who leaves. Nothing is deleted: the history stays whole."""

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.models import Assignment
from ror.accounts.models import User
from ror.history import writing
from structures.colleagues.inviting import cancel, changeable, shown_to

INSTANT = datetime.timedelta(milliseconds=1)


def end(delegation: Delegation, assignments: QuerySet[Assignment], reason: str = "") -> int:
    """End now those of these assignments that the viewer may end; how many there were.

    One that had not begun is written as over before it began to matter: the database wants an end after the start.
    """
    with writing(delegation.viewer.user, "form", reason):
        lines = list(assignments.filter(pk__in=delegation.endable().values("pk")).select_for_update(of=("self",)))
        now = timezone.now()
        for line in lines:
            line.starts_at, line.ends_at = min(line.starts_at, now - INSTANT), now
        Assignment.objects.bulk_update(lines, ["starts_at", "ends_at"])
    return len(lines)


def remove(delegation: Delegation, colleague: User, reason: str = "") -> int:
    """End everything that a leaving colleague holds where the viewer manages accounts, pending invitations included."""
    sent = [invitation for invitation in shown_to(delegation) if invitation.email == colleague.email]
    mine = changeable(delegation, sent)
    for invitation in sent:
        if invitation.pk in mine:
            cancel(invitation)
    return end(delegation, delegation.assignments().filter(user=colleague), reason)
