"""What a channel that holds a whole document calls (imports, software): published, or submitted where it must be."""

from django.db import transaction

from ror.accounts.models import User
from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.reviewing import moves
from structures.describing.reviewing.gate import ReviewNeeded
from structures.describing.reviewing.models import Submission
from structures.document import Document
from structures.models import GeographicEntity, Offer
from structures.publishing import Publication, publish

REASON = "review: the right to publish was checked by the channel"


class DraftInTheWay(Exception):
    """Someone is describing the offer: what they typed is never written over."""


@transaction.atomic
def propose(
    document: Document,
    *,
    entity: GeographicEntity,
    author: User,
    channel: str,
    offer: Offer | None = None,
    base: Document | None = None,
    reason: str = "",
) -> Publication | Submission:
    """Publish `document` or, where the region reviews it first, submit it from a draft of its own.

    Raises what `publish` raises but `ReviewNeeded`, and `DraftInTheWay`. The caller tells the reviewers of a submission
    once it is written (`telling.tell_submitted`).
    """
    said = {"entity": entity, "author": author, "channel": channel, "offer": offer, "base": base, "reason": reason}
    try:
        with transaction.atomic():
            return publish(document, **said)
    except ReviewNeeded:
        return moves.submit(_draft(document, entity, author, offer, base), author, channel=channel)


def _draft(
    document: Document, entity: GeographicEntity, author: User, offer: Offer | None, base: Document | None
) -> Draft:
    if offer is not None and Draft.objects.trusted(REASON).filter(offer=offer).exists():
        raise DraftInTheWay
    draft = drafts.start(entity, author) if offer is None else drafts.beside(offer, author)
    draft.document, draft.base = document, base
    draft.save(update_fields=["document", "base", "updated_at"])
    return draft
