"""The rounds of a draft, and how one ends."""

from typing import Any

from django.utils import timezone

from ror.accounts.models import User
from structures.describing.reviewing.models import State, Submission, SubmissionQuerySet

REASON = "review: the rights were checked by the page"


def rounds_of(draft_key: Any) -> SubmissionQuerySet:
    return Submission.objects.trusted(REASON).filter(draft_key=draft_key)


def decide(submission: Submission, state: State, **said: Any) -> Submission:
    """End the round, whose lock is held. The database refuses a second decision."""
    said |= {"state": state, "decided_at": timezone.now()}
    for name, value in said.items():
        setattr(submission, name, value)
    submission.save(update_fields=list(said))
    return submission


def forget(draft_key: Any, author: User | None = None) -> None:
    """The draft, whose lock is held, goes away: what was submitted of it and waits is withdrawn with it."""
    for submission in rounds_of(draft_key).waiting().select_for_update(of=("self",)):
        decide(submission, State.WITHDRAWN, decided_by=author)
