"""The one rule book of a description: every rule of the table of mandatory data that a document can meet or break.

Forms, imports, API and `publish()` all ask `findings(document, facts)`; the rules are in the modules beside this one.
"""

from structures.rules import demanded, establishment, offer, places  # noqa: F401  each declares its rules
from structures.rules.book import ESTABLISHMENT, OFFER, Facts, communes_of, facts_of, findings, mandatory_basis
from structures.rules.contacts import MAIL_CHANNELS, PHONE_CHANNELS, contact_minimum, telecom_minimum
from structures.rules.offer import CLOSED_SLOT_TYPES

__all__ = [
    "CLOSED_SLOT_TYPES",
    "ESTABLISHMENT",
    "MAIL_CHANNELS",
    "OFFER",
    "PHONE_CHANNELS",
    "Facts",
    "communes_of",
    "contact_minimum",
    "facts_of",
    "findings",
    "mandatory_basis",
    "telecom_minimum",
]
