"""Disclosed data as pages show them: plain texts and links.

`present_offer` feeds the template `structures/offer_body.html`, for the public page and for the review of a
description. What was not disclosed is absent; what a draft holds but is not valid is left out, never an error.
"""

from structures.presenting.contacts import present_contacts, present_mailboxes, present_telecoms
from structures.presenting.hours import present_weeks
from structures.presenting.offers import present_line, present_offer
from structures.presenting.places import address_lines, position
from structures.presenting.words import (
    NARROW_SPACE,
    closing_words,
    commune_names,
    decimal_of,
    label,
    labels,
    mark,
    number_words,
    rows_of,
    text_of,
    yes_or_no,
)

__all__ = [
    "NARROW_SPACE",
    "address_lines",
    "closing_words",
    "commune_names",
    "decimal_of",
    "label",
    "labels",
    "mark",
    "number_words",
    "position",
    "present_contacts",
    "present_line",
    "present_mailboxes",
    "present_offer",
    "present_telecoms",
    "present_weeks",
    "rows_of",
    "text_of",
    "yes_or_no",
]
