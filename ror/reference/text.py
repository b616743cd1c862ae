"""Text made comparable: the Python twin of the SQL function `ror_normalise`."""

import re
import unicodedata

_EXPANDED = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def normalise(text: str) -> str:
    """Lower case, without accents, everything but letters and digits squeezed into one space."""
    plain = unicodedata.normalize("NFKD", text.translate(_EXPANDED))
    return _SEPARATORS.sub(" ", plain.encode("ascii", "ignore").decode().lower()).strip()
