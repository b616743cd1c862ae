"""Identifiers of structures and persons: what makes them right, in Python and in the database.

Each `validate_…` raises a ValidationError whose French message says what is wrong and what to do. Keys are checked with
Luhn's rule; in a FINESS number of Corsica the A of 2A counts 1 and the B of 2B counts 2.
"""

import re

from django.core.exceptions import ValidationError
from django.db import models
from stdnum.fr import siren, siret

from ror.reference.functions import Luhn

FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
FINESS_SQL = r"^[0-9][0-9AB][0-9]{7}$"
LUHN_VALUES = str.maketrans("AB", "12")

FINESS_SHAPE = "« %(value)s » n'est pas un numéro FINESS : il compte 9 chiffres (2A ou 2B au début en Corse)."
SIREN_SHAPE = "« %(value)s » n'est pas un numéro SIREN : il compte 9 chiffres."
SIRET_SHAPE = "« %(value)s » n'est pas un numéro SIRET : il compte 14 chiffres."
RPPS_SHAPE = "« %(value)s » n'est pas un numéro RPPS : il compte 11 chiffres."
RPPS_RANK_SHAPE = "« %(value)s » n'est pas un identifiant RPPS-rang : il compte 14 chiffres."
ADELI_RANK_SHAPE = "« %(value)s » n'est pas un identifiant ADELI-rang : il compte 11 caractères, lettres ou chiffres."
WRONG_KEY = "« %(value)s » : la clé de contrôle est fausse. Vérifiez la saisie, un chiffre est sans doute erroné."


def luhn_is_valid(text: str) -> bool:
    """Whether the last figure of `text` is the Luhn key of the others (A counts 1, B counts 2)."""
    digits = text.translate(LUHN_VALUES)
    return digits.isascii() and digits.isdigit() and _luhn_sum(digits) % 10 == 0


def finess_key(first8: str) -> str:
    """The key (one figure) of a FINESS number of which the first eight characters are given."""
    digits = first8.translate(LUHN_VALUES)
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"not the first eight characters of a FINESS number: {first8!r}")
    return str(-_luhn_sum(digits + "0") % 10)


def validate_finess(value: str) -> None:
    """FINESS number of a legal or geographic entity: nine characters, Luhn."""
    if not FINESS.fullmatch(value):
        raise _refusal(FINESS_SHAPE, value)
    if not luhn_is_valid(value):
        raise _refusal(WRONG_KEY, value)


def validate_siren(value: str) -> None:
    """SIREN number of a legal entity: nine figures, Luhn."""
    if not _has_figures(value, 9):
        raise _refusal(SIREN_SHAPE, value)
    if not siren.is_valid(value):
        raise _refusal(WRONG_KEY, value)


def validate_siret(value: str) -> None:
    """SIRET number of an establishment: fourteen figures, Luhn; those of La Poste follow a rule of their own."""
    if not _has_figures(value, 14):
        raise _refusal(SIRET_SHAPE, value)
    if not siret.is_valid(value):
        raise _refusal(WRONG_KEY, value)


def validate_rpps(value: str) -> None:
    """RPPS number of a professional: eleven figures, Luhn."""
    if not _has_figures(value, 11):
        raise _refusal(RPPS_SHAPE, value)
    if not luhn_is_valid(value):
        raise _refusal(WRONG_KEY, value)


def validate_rpps_rang(value: str) -> None:
    """RPPS-rang of an office: RPPS number (11), rank (2) and a Luhn key, fourteen figures in all."""
    if not _has_figures(value, 14):
        raise _refusal(RPPS_RANK_SHAPE, value)
    if not (luhn_is_valid(value) and luhn_is_valid(value[:11])):
        raise _refusal(WRONG_KEY, value)


def validate_adeli_rang(value: str) -> None:
    """ADELI-rang of an office: ADELI number (9) and rank (2). No key is published: only the shape is checked."""
    if not re.fullmatch(r"[0-9A-Z]{9}[0-9]{2}", value):
        raise _refusal(ADELI_RANK_SHAPE, value)


def finess_check(field: str) -> models.Q:
    """Condition of a CheckConstraint: the column holds a right FINESS number, or NULL."""
    return models.Q(**{f"{field}__regex": FINESS_SQL}) & models.Q(Luhn(field))


def _luhn_sum(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return total


def _has_figures(value: str, number: int) -> bool:
    return len(value) == number and value.isascii() and value.isdigit()


def _refusal(message: str, value: str) -> ValidationError:
    return ValidationError(message, code="invalid", params={"value": value})
