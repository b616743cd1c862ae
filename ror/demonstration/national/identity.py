"""Invented numbers with right keys, in ranges that no register gives.

No department has the number 00, so that no FINESS, ADELI nor SIREN number starts with it (the demonstration takes the
SIREN that start with 000); no RPPS number starts with 99.
"""

from stdnum import luhn

from ror.reference.identifiers import finess_key

FIRST_SIREN, AFTER_LAST_SIREN = "001", "01"  # as text: what starts so was invented here
ESTABLISHMENTS = 500_000  # serials of establishments start here, those of legal entities at 1
RPPS, ADELI, FINESS = "99", "00", "00"


def finess(serial: int) -> str:
    first = f"{FINESS}{serial:06}"
    return first + finess_key(first)


def siren(serial: int) -> str:
    """SIREN of the legal entity of that serial (below 900,000)."""
    first = f"00{100_000 + serial:06}"
    return first + luhn.calc_check_digit(first)


def siret(siren_number: str, rank: int) -> str:
    first = f"{siren_number}{rank:04}"
    return first + luhn.calc_check_digit(first)


def rpps(serial: int) -> str:
    first = f"{RPPS}{serial:08}"
    return first + luhn.calc_check_digit(first)


def adeli(serial: int) -> str:
    return f"{ADELI}{serial:07}"


def office_rank(serial: int, rank: int) -> str:
    """RPPS-rang, or ADELI-rang for one in ten, of an invented office."""
    if serial % 10 == 0:
        return f"{adeli(serial)}{rank:02}"
    first = f"{rpps(90_000_000 + serial)}{rank:02}"
    return first + luhn.calc_check_digit(first)


def national(finess_number: str | None, siret_or_siren: str, rank: str, *, prefix: str) -> str:
    """idNat_Struct as the database gives it: practice rank, else FINESS, else INSEE number (RG_EXP_004, 005, 037)."""
    if rank:
        return f"4{rank}" if len(rank) == 14 else f"0{rank}"
    return f"1{finess_number}" if finess_number else f"{prefix}{siret_or_siren}"
