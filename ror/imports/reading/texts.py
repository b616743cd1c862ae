"""Texts of cells as people meant them: what cannot be seen in a spreadsheet makes no difference."""

import re
import unicodedata

SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Nothing to see: controls, soft hyphen, zero widths, directions, byte-order mark, what a workbook cannot hold.
INVISIBLE = [
    *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xAD,
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFE, 0xFFFF,
]  # fmt: skip
SEEN = dict.fromkeys(INVISIBLE) | dict.fromkeys(map(ord, SPACES), " ") | {0x2028: "\n", 0x2029: "\n"}
ODD = re.compile("[" + "".join(map(re.escape, map(chr, [*SEEN, 0x0D]))) + "]")


def clean_text(text: str) -> str:
    """The text without what cannot be seen: no-break and thin spaces are spaces, zero-width characters and controls
    are nothing, every end of line is a line feed, and nothing stands around.

    Cleaning twice changes nothing. Whoever compares a cell with what is recorded cleans both.
    """
    if ODD.search(text):
        text = text.translate(SEEN).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def fold(text: str) -> str:
    """The letters and figures alone, without accents or case: how names of columns and of sheets are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())
