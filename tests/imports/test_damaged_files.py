"""Files damaged at random: each is read or refused, and nothing in the reader fails otherwise."""

import random

import pytest

from ror.imports.reading import ColumnShape, Kind, Refused, SheetShape, Workbook, read
from tests.imports.files import archive, kept, number, ods_parts, ods_rows, rows_xml, xlsx_parts

SHAPE = SheetShape(
    "Offres", (ColumnShape("Numéro", digits=9), ColumnShape("Ouverture", kind=Kind.DATE), ColumnShape("Nom"))
)
ROWS = [["Numéro", "Ouverture", "Nom"], ["010000024", "31/12/2026", "Un"], ["2", "2026-12-31", "Deux"]]
ODD = ["3", '<c t="e"><v>#N/A</v></c>', "<c><f>A1</f></c>"]
WORKBOOK = xlsx_parts({"Offres": rows_xml([*ROWS, ODD, [number(1), number(46387, 1)]])})
ODS = ods_parts({"Offres": ods_rows([*ROWS, ["3", '<table:table-cell table:formula="of:=A1"/>']])})
CSV = "\r\n".join(";".join(row) for row in ROWS)
PIECES = [
    b"<",
    b">",
    b'"',
    b"\0",
    b"&",
    b"r=",
    b"A1",
    b"1048576",
    b"-1",
    b"</",
    b"\xff",
    b"<row>",
    b"t=",
    b"99999999999",
]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The same with a few bytes lost, repeated, moved or replaced."""
    wounded = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(wounded) + 1)
        end = start + chance.choice([1, 2, 10, 60])
        kept_part = bytes(wounded[start:end])
        wounded[start:end] = chance.choice(
            [b"", kept_part * 2, chance.choice(PIECES), chance.choice(PIECES) + kept_part]
        )
    return bytes(wounded) or b"x"


def damaged_part(parts: dict, chance: random.Random) -> bytes:
    name = chance.choice(sorted(parts))
    content = parts[name]
    return archive({**parts, name: damaged(content.encode(), chance)})


MAKERS = {
    "archive.xlsx": lambda chance: damaged(archive(WORKBOOK), chance),
    "part.xlsx": lambda chance: damaged_part(WORKBOOK, chance),
    "archive.ods": lambda chance: damaged(archive(ODS), chance),
    "part.ods": lambda chance: damaged_part(ODS, chance),
    "text.csv": lambda chance: damaged(CSV.encode(), chance),
    "wide.csv": lambda chance: damaged(CSV.encode("utf-16"), chance),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_a_damaged_file_is_read_or_refused(name, tmp_path, caplog):
    refused = []
    for seed in range(25):
        path = kept(tmp_path, name, MAKERS[name](random.Random(seed)))
        try:
            assert isinstance(read(path, name, [SHAPE]), Workbook)
        except Refused as refusal:
            refused.append(str(refusal))
    assert all(sentence.endswith(".") for sentence in refused)
    assert refused
    assert not caplog.records
