"""The link of an invitation: signed, dated, and of no use once the invitation is accepted, sent again or over."""

from django.core import signing

from structures.colleagues.models import INVITATION_LASTS, Invitation

SALT = "structures.colleagues.invitation"


def token_of(invitation: Invitation) -> str:
    return signing.dumps({"invitation": str(invitation.pk), "nonce": invitation.nonce}, salt=SALT)


def invitation_of(token: str, *, locked: bool = False) -> Invitation | None:
    """The pending invitation that a token opens; None for any other token, whatever the reason.

    `locked`: the row is kept from others until the end of the transaction.
    """
    try:
        said = signing.loads(token, salt=SALT, max_age=INVITATION_LASTS)
    except signing.BadSignature:
        return None
    rows = Invitation.objects.pending().filter(pk=said["invitation"], nonce=said["nonce"])
    if locked:
        rows = rows.select_for_update()
    return rows.first()
