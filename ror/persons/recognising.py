"""Which contacts are a person's: those that the officer recognised, as long as they bear the name recognised.

The row of a contact is kept for the successor, with another name and another number: its key alone says nothing of who
it is. What is kept is a digest of the name, not the name: nothing is left to erase when an old value is blanked. It
depends on the secret key of the portal: with another key, or another name, the officer recognises the person again.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils.crypto import salted_hmac

from ror.reference.text import normalise
from structures.models import Contact

Recognised = Mapping[UUID, str]  # the key of each contact, and the digest of the name that it bore
SALT = "ror.persons.recognised"


def digest_of(name: str) -> str:
    """The same for the same name, whatever its case and accents."""
    return salted_hmac(SALT, normalise(name), algorithm="sha256").hexdigest()


def still_borne(contacts: Iterable[Contact], recognised: Recognised) -> list[Contact]:
    """Those that still bear the name recognised."""
    return [each for each in contacts if recognised.get(each.pk) == digest_of(each.name)]
