"""The tables of the demonstration, and the identifiers that its structures bear.

FINESS numbers are taken in a range that the register does not use, SIREN numbers start with zeros as none does; their
keys are right all the same.
"""

import csv
from functools import cache
from pathlib import Path

from stdnum import luhn

from ror.reference.identifiers import finess_key

DATA = Path(__file__).parent / "data"
LEGAL_RANGE, GEOGRAPHIC_RANGE = "350998", "350999"

Line = dict[str, str]


@cache
def table(name: str) -> tuple[Line, ...]:
    """The lines of one table, in order."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def by_key(name: str) -> dict[str, Line]:
    """The lines of one table by their first column."""
    lines = table(name)
    key = next(iter(lines[0]))
    return {line[key]: line for line in lines}


def legal_finess(line: Line) -> str:
    return _finess(LEGAL_RANGE, line["number"])


def geographic_finess(line: Line) -> str | None:
    """The FINESS number of an establishment; offices have none."""
    return None if is_office(line) else _finess(GEOGRAPHIC_RANGE, line["number"])


def siren(line: Line) -> str:
    """The SIREN number of an office."""
    first = f"000000{line['number']}"
    return first + luhn.calc_check_digit(first)


def siret(line: Line) -> str:
    """The SIRET number of an office; "" for the other establishments."""
    if not is_office(line):
        return ""
    first = f"{siren(line)}0001"
    return first + luhn.calc_check_digit(first)


def is_office(line: Line) -> bool:
    """Whether an establishment is an office, its own legal entity, known by its SIRET and unknown to FINESS."""
    return not line["legal_entity"]


def legal_identifier(line: Line) -> str:
    """The national identifier of a legal entity: 1 and FINESS, or 2 and SIREN for that of an office."""
    return f"2{siren(line)}" if "legal_entity" in line else f"1{legal_finess(line)}"


def geographic_identifier(line: Line) -> str:
    """The national identifier of an establishment: 1 and FINESS, or 3 and SIRET for an office."""
    return f"3{siret(line)}" if is_office(line) else f"1{geographic_finess(line)}"


def _finess(serial: str, number: str) -> str:
    first = serial + number
    return first + finess_key(first)
