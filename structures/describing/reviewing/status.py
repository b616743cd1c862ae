"""Where a draft stands with the review of its region, for those who describe it."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from structures.describing.models import Draft
from structures.describing.reviewing import remarks
from structures.describing.reviewing.gate import rules_of
from structures.describing.reviewing.models import OWN_RULE, State, Submission
from structures.describing.reviewing.moves import would_wait
from structures.describing.reviewing.rounds import REASON

SAID = {State.WAITING: "En relecture", State.RETURNED: "Retournée par la relecture"}


def with_review(rows: QuerySet[Draft]) -> QuerySet[Draft]:
    """The same drafts, each with the state of its last round as `review_state` (None without any)."""
    last = Submission.objects.trusted(REASON).filter(draft_key=OuterRef("pk")).order_by("-round")
    return rows.annotate(review_state=Subquery(last.values("state")[:1]))


def said_of(draft: Draft) -> str:
    """What a list says of a draft read by `with_review`."""
    return SAID.get(draft.review_state, "")


def status_of(draft: Draft) -> dict[str, Any]:
    """What the page of a draft says of its review. Two queries."""
    rules = rules_of(draft.geographic_entity)
    last = remarks.last_round(draft.pk)
    asked = rules is not None and rules.review and would_wait(draft)
    waiting = last is not None and last.is_waiting
    return {
        "asked": asked,
        "days": rules.review_days if rules else None,
        "rule": OWN_RULE,
        "charter": rules.charter if rules else "",
        "waiting": _waiting(last, draft) if waiting else None,
        "returned": _returned(last) if last is not None and last.state == State.RETURNED else None,
        "may_submit": asked and not waiting,
        "may_publish": not asked,
    }


def _waiting(last: Submission, draft: Draft) -> dict[str, Any]:
    return {
        "by": str(last.submitted_by),
        "at": last.submitted_at,
        "due": last.due_at,
        "edited_since": draft.revision != last.revision,
    }


def _returned(last: Submission) -> dict[str, Any]:
    return {
        "by": str(last.decided_by) if last.decided_by else "",
        "at": last.decided_at,
        "comment": last.comment,
        "remarks": remarks.in_words(last.remarks, last.draft_key),
    }
