"""« À vérifier »: someone who follows the quality asks an establishment to check what it published.

The request is an anomaly of its own rule, whose text is the reason given: it is shown, counted and late as the others
are, and known of by those who know of the offer. It ends when the establishment publishes the offer anew or says that
it is still exact, and by hand otherwise.
"""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from ror.accounts.models import User
from ror.history import writing
from ror.quality.models import ACCURACY, CORRECTED, TO_TREAT, Anomaly
from structures.models import GeographicEntity, Offer
from structures.publishing import WHOLE_DESCRIPTIONS, Publication, follow

REASON = "to check: what an establishment was asked for, and has answered"
TO_CHECK = "à vérifier"


class AlreadyAsked(Exception):
    """The same check is asked for already, and waits."""


def ask(row: Offer | GeographicEntity, *, author: User, channel: str, reason: str) -> Anomaly:
    """Ask for a check of an offer, or of what an establishment says of itself. Raises `AlreadyAsked`."""
    offer = row if isinstance(row, Offer) else None
    entity = row.geographic_entity_id if isinstance(row, Offer) else row.pk
    with writing(author, channel, reason=reason):
        if asked().open().filter(geographic_entity=entity, offer=offer).exists():
            raise AlreadyAsked
        return Anomaly.objects.trusted(REASON).create(
            geographic_entity_id=entity,
            offer=offer,
            rule=TO_CHECK,
            theme_id=ACCURACY,
            status_id=TO_TREAT,
            description=reason,
            requester=author,
            deadline=timezone.localdate() + datetime.timedelta(days=settings.ROR_ANOMALY_DAYS),
        )


def asked():
    """Every check that was asked for, open or ended."""
    return Anomaly.objects.trusted(REASON).filter(rule=TO_CHECK)


@follow
def end_when_published(publications: Sequence[Publication]) -> None:
    """The establishment said its whole offer again; a correction by the administration is no answer of its own."""
    own = [each.offer.pk for each in publications if each.channel in WHOLE_DESCRIPTIONS]
    if own:
        _end(asked().open().filter(offer__in=own))


def end_when_confirmed() -> int:
    """End the checks of offers said to be still exact since they were asked for; how many. Inside `writing`."""
    return _end(asked().open().filter(offer__confirmed_at__gt=F("created_at")))


def _end(rows) -> int:
    return rows.update(status=CORRECTED, ended_at=timezone.now())
