"""The moves of a review: submit, withdraw, publish, return; and what happens when nobody answers.

The draft is locked first, then the round, then the offer, by everyone. What was submitted is frozen in the round: the
draft beside it may go on changing, and nothing of that is published with it. Whoever calls has checked the rights, and
sends the mails once the move is written (`telling`).
"""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ror.accounts.models import User
from structures import records
from structures.describing.drafts import DraftChanged, DraftGone
from structures.describing.models import Draft
from structures.describing.reviewing.gate import asked_in, at_once, waits
from structures.describing.reviewing.models import RegionSettings, State, Submission
from structures.describing.reviewing.rounds import REASON, decide, rounds_of
from structures.document import canonical
from structures.findings import NotPublishable, blocking
from structures.merging import merge, same_row
from structures.models import Offer
from structures.publishing import Conflicting, Publication, publish

AT_ONCE = "Publié sans attendre la relecture"
OVERDUE = "délai de relecture dépassé"
RETURNED_OVERDUE = (
    "Le délai de relecture est passé sans réponse, mais l'offre ne peut plus être publiée telle quelle : "
    "corrigez ce qui suit, puis soumettez-la de nouveau."
)
CONFLICT_OVERDUE = "Cette donnée a changé entre-temps dans l'offre publiée : choisissez la bonne valeur."


class AlreadySubmitted(Exception):
    """This draft, or another state of it, waits for a review already."""


class NothingToReview(Exception):
    """The region asks for no review of this change: it is published at once."""


class AlreadyDecided(Exception):
    """Someone else decided first, or the establishment took it back."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission.state)
        self.submission = submission


@transaction.atomic
def submit(draft: Draft, author: User, revision: int | None = None, channel: str = "form") -> Submission:
    """Freeze what the draft says for a reviewer, and publish at once what never waits.

    `revision` is the one that the page showed. Raises what `publish` would, `DraftChanged`, `DraftGone`,
    `AlreadySubmitted`, `NothingToReview`.
    """
    stored = _locked_draft(draft.pk)
    if stored is None:
        raise DraftGone
    if revision is not None and stored.revision != revision:
        raise DraftChanged
    if rounds_of(stored.pk).waiting().exists():
        raise AlreadySubmitted
    rules = asked_in(stored.geographic_entity)
    if rules is None or not would_wait(stored):
        raise NothingToReview
    _refuse_unpublishable(stored, author, channel)
    _publish_what_never_waits(stored, author, channel)
    return _freeze(stored, author, channel, rules)


@transaction.atomic
def withdraw(submission: Submission, author: User) -> Submission:
    """« Reprendre la main »: nobody reviews it any more; the draft stays. Raises `AlreadyDecided`."""
    _locked_draft(submission.draft_key)
    return decide(_waiting(submission), State.WITHDRAWN, decided_by=author)


@transaction.atomic
def accept(submission: Submission, reviewer: User) -> Publication:
    """Publish what was submitted, under the name of who submitted it. Raises `AlreadyDecided`, or as `publish` does."""
    return _publish(submission, reviewer, f"Relecture régionale : {reviewer}")


@transaction.atomic
def send_back(submission: Submission, reviewer: User, comment: str, remarks: list[dict[str, str]]) -> Submission:
    """Return it with what is to be mended: a comment, remarks on data ({path, text}). Raises `AlreadyDecided`."""
    _locked_draft(submission.draft_key)
    return decide(_waiting(submission), State.RETURNED, decided_by=reviewer, comment=comment, remarks=remarks)


def overdue(now: datetime.datetime) -> list[Submission]:
    """The rounds that nobody answered within the delay, the oldest first."""
    rows = Submission.objects.trusted(REASON).waiting().filter(due_at__lte=now)
    return list(rows.select_related("geographic_entity", "offer", "submitted_by").order_by("due_at", "pk"))


def settle_overdue(submission: Submission) -> Submission:
    """Publish it, or return it with the findings when the rules refuse it now. Raises `AlreadyDecided`."""
    try:
        with transaction.atomic():
            _publish(submission, None, OVERDUE)
    except NotPublishable as refusal:
        remarks = [{"path": finding.path, "text": finding.message} for finding in blocking(refusal.findings)]
        return _return_overdue(submission, remarks)
    except Conflicting as clash:
        return _return_overdue(submission, [{"path": each.path, "text": CONFLICT_OVERDUE} for each in clash.conflicts])
    return Submission.objects.trusted(REASON).select_related("offer", "submitted_by").get(pk=submission.pk)


def would_wait(draft: Draft) -> bool:
    """Whether the draft changes something that a region may want to review first."""
    document = canonical(draft.document)[0]
    base = None if draft.base is None else canonical(draft.base)[0]
    return waits(base if draft.offer_id else None, document)


def _locked_draft(key: Any) -> Draft | None:
    rows = Draft.objects.trusted(REASON).select_for_update(of=("self",)).filter(pk=key)
    return rows.select_related("geographic_entity", "offer").first()


def _waiting(submission: Submission) -> Submission:
    """The round as it is once locked. Raises `AlreadyDecided`."""
    rows = Submission.objects.trusted(REASON).select_for_update(of=("self",))
    rows = rows.select_related("geographic_entity", "offer", "submitted_by", "decided_by")
    stored = rows.get(pk=submission.pk)
    if not stored.is_waiting:
        raise AlreadyDecided(stored)
    return stored


def _refuse_unpublishable(draft: Draft, author: User, channel: str) -> None:
    """Raise now what publishing would raise: a reviewer is not asked about what cannot be published."""
    with transaction.atomic():
        publish(
            draft.document,
            entity=draft.geographic_entity,
            author=author,
            channel=channel,
            offer=draft.offer,
            base=draft.base,
            approval=draft,
        )
        transaction.set_rollback(True)


def _publish_what_never_waits(draft: Draft, author: User, channel: str) -> None:
    """A stricter level and the sensitive flag take effect now; the draft then starts from what they made."""
    if draft.offer is None:
        return
    theirs = records.read_document(draft.offer)
    urgent = at_once(theirs, merge(draft.base or {}, canonical(draft.document)[0], theirs)[0])
    if same_row(urgent, theirs):
        return
    publish(
        urgent,
        entity=draft.geographic_entity,
        author=author,
        channel=channel,
        offer=draft.offer,
        base=theirs,
        reason=AT_ONCE,
    )
    draft.base = at_once(canonical(draft.base or {})[0], canonical(draft.document)[0])
    draft.save(update_fields=["base", "format"])


def _freeze(draft: Draft, author: User, channel: str, rules: RegionSettings) -> Submission:
    now = timezone.now()
    last = rounds_of(draft.pk).aggregate(last=Max("round"))["last"] or 0
    return Submission.objects.trusted(REASON).create(
        geographic_entity=draft.geographic_entity,
        offer=draft.offer,
        draft_key=draft.pk,
        round=last + 1,
        document=draft.document,
        base=draft.base,
        format=draft.format,
        revision=draft.revision,
        channel=channel,
        draft_started_at=draft.created_at,
        prepared_by_id=draft.created_by_id,
        saved_by_id=draft.updated_by_id,
        submitted_by=author,
        submitted_at=now,
        due_at=now + datetime.timedelta(days=rules.review_days),
    )


def _publish(submission: Submission, reviewer: User | None, reason: str) -> Publication:
    draft = _locked_draft(submission.draft_key)
    stored = _waiting(submission)
    publication = publish(
        stored.document,
        entity=stored.geographic_entity,
        author=stored.submitted_by,
        channel=stored.channel,
        offer=stored.offer,
        base=stored.base,
        reason=reason,
        approval=stored,
    )
    decide(stored, State.PUBLISHED, decided_by=reviewer, offer=publication.offer, version=publication.version)
    if draft is not None:
        _follow(draft, stored, publication.offer)
    return publication


def _follow(draft: Draft, submission: Submission, offer: Offer) -> None:
    """The draft goes with what it said; what was typed since it was submitted stays, beside the published offer."""
    if draft.revision == submission.revision:
        Draft.objects.trusted(REASON).filter(pk=draft.pk).delete_rows()
        return
    draft.offer, draft.base = offer, submission.document
    draft.revision += 1
    draft.save(update_fields=["offer", "base", "format", "revision"])


def _return_overdue(submission: Submission, remarks: list[dict[str, str]]) -> Submission:
    with transaction.atomic():
        _locked_draft(submission.draft_key)
        return decide(_waiting(submission), State.RETURNED, comment=RETURNED_OVERDUE, remarks=remarks)
