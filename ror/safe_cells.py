"""Texts that no spreadsheet computes, and the way back: one rule for all that leaves and for all that returns."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what makes a spreadsheet compute a text (CWE-1236)
# Phone numbers (« +33 1 40 41 42 43 », « +33(0)1.40 ») and negative figures: nothing in them can call anything.
HARMLESS = re.compile(r"\+[0-9 ][0-9 .()\u00a0\u202f]*|-[0-9]+([.,][0-9]+)?")
MARK = "'"


def safe_cell(value: object) -> str:
    """The value as a text that no spreadsheet computes (CWE-1236): an apostrophe stands before what it would.

    Phone numbers and negative figures are left as they are. A text that already has apostrophes before a formula takes
    one more, so that `typed_cell` gives back exactly what was there.
    """
    text = "" if value is None else str(value)
    return f"{MARK}{text}" if _computes(text.lstrip(MARK)) else text


def typed_cell(text: str) -> str:
    """What stood in the cell before `safe_cell`: `typed_cell(safe_cell(text)) == text` for any text."""
    return text[1:] if text.startswith(MARK) and _computes(text.lstrip(MARK)) else text


def _computes(text: str) -> bool:
    return text.startswith(FORMULA) and not HARMLESS.fullmatch(text)
