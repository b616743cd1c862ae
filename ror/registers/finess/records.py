"""The records of the public FINESS file, under the register's own names. Nothing is interpreted here but their shape.

Source: format of the flows cs1100501, cs1100502 and cs1100507 of FINESS (ministère chargé de la santé), as published
from 2016 to 2026.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ror.registers.files import FileRefused

SEPARATOR = ";"
SPREADSHEET_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
OLD_LOCATION_FIELDS = 12  # in 2016 the source was spread over seven fields


class Header(NamedTuple):
    """First line: number of the flow, and the day of the data."""

    flow: str
    day: date


class EstablishmentLine(NamedTuple):
    """A `structureet` line."""

    record: str
    nofinesset: str
    nofinessej: str
    rs: str
    rslongue: str
    complrs: str
    compldistrib: str
    numvoie: str
    typvoie: str
    voie: str
    compvoie: str
    lieuditbp: str
    commune: str
    departement: str
    libdepartement: str
    ligneacheminement: str
    telephone: str
    telecopie: str
    categetab: str
    libcategetab: str
    categagretab: str
    libcategagretab: str
    siret: str
    codeape: str
    codemft: str
    libmft: str
    codesph: str
    libsph: str
    dateouv: str
    dateautor: str
    datemaj: str
    numuai: str


class LegalEntityLine(NamedTuple):
    """A `structureej` line."""

    record: str
    nofiness: str
    rs: str
    rslongue: str
    complrs: str
    numvoie: str
    typvoie: str
    voie: str
    compvoie: str
    compldistrib: str
    lieuditbp: str
    commune: str
    ligneacheminement: str
    departement: str
    libdepartement: str
    telephone: str
    statutjuridique: str
    libstatutjuridique: str
    categetab: str
    libcategetab: str
    siren: str
    codeape: str
    datecrea: str


class LocationLine(NamedTuple):
    """A `geolocalisation` line; `sourcecoordet` names the projection."""

    record: str
    nofinesset: str
    coordxet: str
    coordyet: str
    sourcecoordet: str
    datemaj: str


class TruncatedLine(NamedTuple):
    """A line that stops too early; `number` is its FINESS number when it was reached, else empty."""

    record: str
    number: str
    found: int
    expected: int


Record = EstablishmentLine | LegalEntityLine | LocationLine | TruncatedLine
SHAPES: dict[str, type] = {
    "structureet": EstablishmentLine,
    "structureej": LegalEntityLine,
    "geolocalisation": LocationLine,
}


def read_header(lines: Iterator[tuple[int, str]]) -> Header:
    """The first line, `finess;etalab;<flow>;<day>`; raises FileRefused when it is not that."""
    number, text = next(lines, (1, ""))
    fields = [field.strip() for field in split_fields(text)]
    if [field.lower() for field in fields[:2]] != ["finess", "etalab"] or len(fields) < 4:
        raise FileRefused(
            "l'en-tête « finess;etalab;flux;date » manque. Donnez le fichier tel que FINESS le publie.", number
        )
    day = read_day(fields[3])
    if day is None:
        raise FileRefused(f"l'en-tête porte une date illisible, « {fields[3][:30]} ». Elle s'écrit AAAA-MM-JJ.", number)
    return Header(fields[2][:20], day)


def read_records(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, Record]]:
    """Every line after the header, with its number; raises FileRefused at a line that no FINESS file holds."""
    for number, text in lines:
        yield number, _record(number, text)


def read_day(text: str) -> date | None:
    """A day as the register, or a spreadsheet after it, writes it; None when it is not one."""
    try:
        return date.fromisoformat(SPREADSHEET_DAY.sub(r"\3-\2-\1", text))
    except ValueError:
        return None


def split_fields(text: str) -> list[str]:
    """The fields of a line. A quote that is never closed is an ordinary character: it must not swallow its line."""
    plain = text.split(SEPARATOR)
    if '"' not in text:
        return plain
    quoted = next(csv.reader([text], delimiter=SEPARATOR))
    closed = text.count('"') % 2 == 0
    return quoted if closed else plain


def _record(number: int, text: str) -> Record:
    fields = split_fields(text)
    kind = fields[0].strip().lower()
    shape = SHAPES.get(kind)
    if shape is None:
        return _cut_in_its_first_word(number, fields, kind)
    if shape is LocationLine:
        fields = _one_source(fields)
    expected = len(shape._fields)
    if len(fields) < expected:
        return TruncatedLine(kind, fields[1].strip() if len(fields) > 1 else "", len(fields), expected)
    if any(field.strip() for field in fields[expected:]):
        raise FileRefused(
            f"{len(fields)} champs au lieu de {expected} pour « {kind} ». Vérifiez que le fichier n'a pas été modifié.",
            number,
        )
    fields[0] = kind
    return shape._make(fields[:expected])


def _cut_in_its_first_word(number: int, fields: list[str], kind: str) -> TruncatedLine:
    """A file cut in the middle may end in « struc »; any other unknown word is not of a FINESS file."""
    for known, shape in SHAPES.items():
        if len(fields) == 1 and known.startswith(kind):
            return TruncatedLine(known, "", 1, len(shape._fields))
    raise FileRefused(
        f"type d'enregistrement inconnu, « {kind[:30]} ». Les types lus sont structureet, structureej et "
        "geolocalisation, avec le point-virgule pour séparateur.",
        number,
    )


def _one_source(fields: list[str]) -> list[str]:
    """The source in one field, as since 2017."""
    expected = len(LocationLine._fields)
    while len(fields) > expected and not fields[-1].strip():
        fields.pop()
    if not expected < len(fields) <= OLD_LOCATION_FIELDS:
        return fields
    return [*fields[:4], ",".join(fields[4:-1]), fields[-1]]
