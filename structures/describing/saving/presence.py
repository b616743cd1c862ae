"""Who else has the same draft open. A page says so when it opens, then every `BEAT_SECONDS` by its script.

Presence expires by itself: nobody says goodbye, and what has expired is erased by whoever arrives next on any draft.
"""

import datetime

from django.utils import timezone

from ror.accounts.models import User
from structures.describing.models import Draft
from structures.describing.saving.models import Presence
from structures.describing.steps import Step, step_named

BEAT_SECONDS = 40
LASTS = datetime.timedelta(minutes=2)  # who has no script is seen that long after opening a page
RENEWED_AFTER = datetime.timedelta(seconds=15)  # a save every other second is not a write each


def arrive(draft: Draft, user: User, step: Step) -> list[str]:
    """Note that `user` has this step open now; who else has the draft open, in words.

    Two queries, three for who was not there yet. The draft was read for `user` before.
    """
    now = timezone.now()
    found = Presence.objects.filter(draft=draft.pk, seen_at__gt=now - LASTS).select_related("user").order_by("since")
    here = list(found)
    own = next((presence for presence in here if presence.user_id == user.pk), None)
    if own is None:
        _enter(draft, user, step, now)
    elif own.step != step.slug or now - own.seen_at > RENEWED_AFTER:
        Presence.objects.filter(pk=own.pk).update(step=step.slug, seen_at=now)
    return [_in_words(presence, now) for presence in here if presence is not own]


def _enter(draft: Draft, user: User, step: Step, now: datetime.datetime) -> None:
    """Two pages opened at once by one person are one presence."""
    Presence.objects.filter(seen_at__lte=now - LASTS).delete()
    Presence.objects.bulk_create(
        [Presence(draft=draft.pk, user=user, step=step.slug, since=now, seen_at=now)],
        update_conflicts=True,
        unique_fields=["draft", "user"],
        update_fields=["step", "seen_at"],
    )


def _in_words(presence: Presence, now: datetime.datetime) -> str:
    step = step_named(presence.step)
    where = f", étape «\u00a0{step.title}\u00a0»" if step else ""
    return f"{presence.user} a ce brouillon ouvert{where}, {_since(now - presence.since)}."


def _since(lasted: datetime.timedelta) -> str:
    minutes = int(lasted.total_seconds() // 60)
    if minutes < 1:
        return "depuis moins d'une minute"
    if minutes < 60:
        return "depuis 1 minute" if minutes == 1 else f"depuis {minutes} minutes"
    return "depuis 1 heure" if minutes < 120 else f"depuis {minutes // 60} heures"
