"""Phone numbers as people in France write them, overseas and short numbers included."""

import re

import phonenumbers
from phonenumbers import shortnumberinfo

NATIONAL = re.compile(r"0[1-9][0-9]{8}")
SEPARATORS = re.compile(r"[\s.\-/()]")
LONGEST = 30


def is_phone(value: str) -> bool:
    """Whether `value` can be dialled from France: ten digits, +33…, or a short number (15, 3646, 116117).

    Ranges are not checked: a number attributed yesterday must not be refused to a hospital. Overseas numbers have the
    same ten digits.
    """
    if len(value) > LONGEST:
        return False
    digits = SEPARATORS.sub("", value)
    if NATIONAL.fullmatch(digits):
        return True
    return _possible_abroad(digits) if digits.startswith("+") else _short(digits)


def phone_problem(value: str) -> str | None:
    """What to say of a number that cannot be dialled; None when it can."""
    if is_phone(str(value)):
        return None
    return f"« {value} » n'est pas un numéro de téléphone : écrivez-le avec ses dix chiffres, ou avec +33."


def display_phone(value: str) -> str:
    """The number by pairs of digits, as read aloud in France; unchanged when it is not ten digits."""
    digits = SEPARATORS.sub("", value)
    if not NATIONAL.fullmatch(digits):
        return value
    return " ".join(digits[start : start + 2] for start in range(0, 10, 2))


def _possible_abroad(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits, None))
    except phonenumbers.NumberParseException:
        return False


def _short(digits: str) -> bool:
    try:
        number = phonenumbers.parse(digits, "FR")
    except phonenumbers.NumberParseException:
        return False
    return shortnumberinfo.is_valid_short_number_for_region(number, "FR")
