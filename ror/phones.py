"""Phone numbers as people in France write them, overseas and short numbers included."""

import phonenumbers
from phonenumbers import shortnumberinfo

# Numbers of these regions are not valid as metropolitan ones, though they are dialled alike.
REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF")
SHORTEST, LONGEST = 2, 20


def is_phone(value: str) -> bool:
    """Whether `value` can be dialled from France: ten digits, +33…, or a short number (15, 3646, 116117)."""
    digits = value.strip()
    if not SHORTEST <= len(digits) <= LONGEST:
        return False
    return any(_valid(digits, region) for region in REGIONS)


def phone_problem(value: str) -> str | None:
    """What to say of a number that cannot be dialled; None when it can."""
    if is_phone(str(value)):
        return None
    return f"« {value} » n'est pas un numéro de téléphone : écrivez-le avec ses dix chiffres, ou avec +33."


def display_phone(value: str) -> str:
    """The number by pairs of digits, as read aloud in France; unchanged when it is not ten digits."""
    digits = "".join(character for character in value if character.isdigit())
    if len(digits) == 10 and digits.startswith("0") and not value.strip().startswith("+"):
        return " ".join(digits[start : start + 2] for start in range(0, 10, 2))
    return value


def _valid(value: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) or shortnumberinfo.is_valid_short_number_for_region(number, region)
