"""The mails of a review: each holds a link, and no name at all. To be sent once the move is written."""

from collections.abc import Callable

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from ror.accounts.mails import deliver
from structures.describing.reviewing.deciders import addresses_of_reviewers
from structures.describing.reviewing.models import State, Submission

Address = Callable[[str], str]  # the whole address of a page of the portal, from its path


def tell_submitted(submission: Submission, address: Address) -> int:
    """To the reviewers of the region: something waits. How many messages left."""
    link = address(reverse("describing:round", args=[submission.pk]))
    return sum(_send("submitted", to, link=link) for to in addresses_of_reviewers(submission))


def tell_decided(submission: Submission, address: Address) -> bool:
    """To who submitted it: it is published, by a reviewer or by the delay, or returned. Whether the message left."""
    if submission.state == State.RETURNED:
        link = address(reverse("describing:review", args=[submission.draft_key]))
        return _send("returned", submission.submitted_by.email, link=link)
    link = address(reverse("publication:offer", args=[submission.offer.slug]))
    return _send("published", submission.submitted_by.email, link=link, overdue=submission.decided_by_id is None)


def _send(kind: str, to: str, **context: object) -> bool:
    subject, body = render_to_string(f"describing/reviewing/mails/{kind}.txt", context).strip().split("\n", 1)
    return deliver(EmailMessage(subject, f"{body.strip()}\n", to=[to]))
