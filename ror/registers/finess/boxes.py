"""Lieu-dit and postal box, which the register writes in one field (`lieuditbp`)."""

import re

# Boîte postale, course spéciale, tri service arrivée.
BOX = r"(?:(?:B\.? ?P|C\.? ?S|T\.? ?S\.? ?A)\b\.?|(?:BP|CS|TSA)(?=[0-9]))"
NUMBER_SIGN = r"(?:N ?° ?)?"
PLAIN_NUMBER = rf"{BOX} ?{NUMBER_SIGN}(?:[0-9]+|[0-9]{{2}} [0-9]{{3}})"

# « BP 139 », « B.P. 80557 », « CS 10 067 », « BP 30-139 », « BP A2 », « BP 217 C », « BP ».
ONLY_BOX = re.compile(rf"\W*({BOX}(?:[ -]?{NUMBER_SIGN}[A-Z]?[0-9][0-9 -]*(?: ?[A-Z]| BIS)?| [A-Z])?)", re.IGNORECASE)
# « QUARTIER DE LA DIME - BP 301 », « ZI DE MONTPLAIN BP 4 ».
PLACE_THEN_BOX = re.compile(rf"(.*\w.*?)[\s/,-]\s*({PLAIN_NUMBER})", re.IGNORECASE)
# « BP 519 - PUILBOREAU », « CS 55015 SAINT-MICHEL »; a place begins with a letter, or it may be more of the number.
BOX_THEN_PLACE = re.compile(rf"({PLAIN_NUMBER})(?: ?[/,-] ?| )([^\W\d_].*)", re.IGNORECASE)
NO_PLACE = re.compile(rf"{BOX} ?[0-9]|\bCEDEX\b|^.$", re.IGNORECASE)


def place_and_box(text: str) -> tuple[str, str]:
    """The lieu-dit and the postal box, apart; either may be empty.

    Where it is not sure which part is which (« BP 35 03103 MONTLUÇON CEDEX »), the text stays whole, as a lieu-dit.
    """
    only = ONLY_BOX.fullmatch(text)
    if only is not None:
        return "", only[1]
    place, box = _parts(text)
    place = place.strip(" -/,")
    if not place or NO_PLACE.search(place):
        return text, ""
    return place, box


def _parts(text: str) -> tuple[str, str]:
    found = PLACE_THEN_BOX.fullmatch(text)
    if found is not None:
        return found[1], found[2]
    found = BOX_THEN_PLACE.fullmatch(text)
    return (found[2], found[1]) if found is not None else ("", "")
