"""The links that persons receive: signed, dated, of one use each (proving an address, following, reading)."""

import datetime

from django.core import signing
from django.utils import timezone

from ror.persons.models import ENDED, PersonRequest

CONFIRM, FOLLOW, READ = "confirm", "follow", "read"
LASTS = {
    CONFIRM: datetime.timedelta(days=3),
    FOLLOW: datetime.timedelta(days=400),
    READ: datetime.timedelta(days=30),
}
REASON = "a person's own request, through the signed link sent to the address that they gave"


def token_of(request: PersonRequest, use: str) -> str:
    nonce = request.access_nonce if use == READ else request.nonce
    return signing.dumps({"request": str(request.pk), "nonce": nonce}, salt=_salt(use))


def request_of(token: str, use: str, *, locked: bool = False) -> PersonRequest | None:
    """The request that a token opens for this use; None for any other token, whatever the reason.

    `locked`: the row is kept from others until the end of the transaction.
    """
    try:
        said = signing.loads(token, salt=_salt(use), max_age=LASTS[use])
    except signing.BadSignature:
        return None
    rows = PersonRequest.objects.trusted(REASON).select_related("geographic_entity").filter(pk=said["request"])
    if locked:
        rows = rows.select_for_update(of=("self",))
    found = rows.first()
    return found if found is not None and said["nonce"] and _opens(found, use, said["nonce"]) else None


def reads(request: PersonRequest) -> bool:
    """Whether some personal link opens what is held, now: that of a request that is over does so until its date."""
    return request.access_until is not None and request.access_until > timezone.now()


def _opens(request: PersonRequest, use: str, nonce: str) -> bool:
    if use == READ:
        return reads(request) and nonce == request.access_nonce
    return nonce == request.nonce and (use == FOLLOW or request.status not in ENDED)


def _salt(use: str) -> str:
    return f"ror.persons.{use}"
