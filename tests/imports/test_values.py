"""What a cell says, cell by cell."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.imports.reading import ColumnShape, Kind, Severity
from ror.imports.reading.texts import clean_text
from ror.imports.reading.values import understand

TEXT, DATE, TIME = ColumnShape("c"), ColumnShape("c", kind=Kind.DATE), ColumnShape("c", kind=Kind.TIME)
NUMBER, BOOLEAN = ColumnShape("c", kind=Kind.NUMBER), ColumnShape("c", kind=Kind.BOOLEAN)
FINESS, SIREN = ColumnShape("c", digits=9), ColumnShape("c", digits=9, zeros=3)
UNDERSTOOD = [
    (DATE, "31/12/2026", "2026-12-31"),
    (DATE, "1/2/2026", "2026-02-01"),
    (DATE, "31-12-2026", "2026-12-31"),
    (DATE, "31.12.2026", "2026-12-31"),
    (DATE, "2026-12-31", "2026-12-31"),
    (DATE, "2026-12-31T08:30:00+01:00", "2026-12-31"),
    (DATE, "2026-12-31 00:00:00", "2026-12-31"),
    (DATE, "1er mars 2026", "2026-03-01"),
    (DATE, "31 Décembre 2026", "2026-12-31"),
    (DATE, "3 févr. 2026", "2026-02-03"),
    (DATE, 46387, "2026-12-31"),
    (DATE, ["date", "2026-12-31"], "2026-12-31"),
    (DATE, ["moment", "2026-12-31T00:00:00"], "2026-12-31"),
    (TIME, "08:30", "08:30"),
    (TIME, "8:30", "08:30"),
    (TIME, "8h30", "08:30"),
    (TIME, "8 H 30", "08:30"),
    (TIME, "8h", "08:00"),
    (TIME, "8 heures", "08:00"),
    (TIME, "08:30:00", "08:30"),
    (TIME, "24:00", "24:00"),
    (TIME, "0h00", "00:00"),
    (TIME, 0.3541666666666667, "08:30"),
    (TIME, ["time", "08:30:00"], "08:30"),
    (TIME, ["moment", "1899-12-31T00:00:00"], "24:00"),
    (TIME, ["moment", "1899-12-31T08:30:00"], "08:30"),
    (TIME, ["time", "24:00:00"], "24:00"),
    (TEXT, ["time", "30:00:00"], "30:00"),
    (NUMBER, "1 234,50", "1234.50"),
    (NUMBER, "-3", "-3"),
    (NUMBER, 12.5, "12.5"),
    (NUMBER, 0.1 + 0.2, "0.3"),
    (NUMBER, 1e-07, "0.0000001"),
    (NUMBER, 12, "12"),
    *((BOOLEAN, said, "oui") for said in ("oui", "OUI", "x", "X", "1", "vrai", "Vrai", True, 1)),
    *((BOOLEAN, said, "non") for said in ("non", "Non", "0", "FAUX", False, 0)),
    (TEXT, "+33 1 40 41 42 43", "+33 1 40 41 42 43"),
    (TEXT, "=1+1", "=1+1"),
    (TEXT, "12,5", "12,5"),
    (TEXT, 12.5, "12,5"),
    (TEXT, 10000024, "10000024"),
    (TEXT, True, "VRAI"),
    (TEXT, ["time", "08:30:00"], "08:30"),
    (FINESS, "2A0000014", "2A0000014"),
    (FINESS, "10000024", "10000024"),  # a text is what was typed
    (FINESS, 910000024, "910000024"),
    (FINESS, 123456789012, "123456789012"),
    (FINESS, 1000024, "1000024"),  # two zeros short: something else is wrong
    (FINESS, -10000024, "-10000024"),
    (SIREN, 12345, "12345"),
    *((shape, "", "") for shape in (TEXT, DATE, TIME, NUMBER, BOOLEAN, FINESS)),
]
REPAIRED = [
    (FINESS, 10000024, "010000024"),
    (SIREN, 325175, "000325175"),
    (ColumnShape("c", digits=5), 1000, "01000"),
    (ColumnShape("c", digits=10), 140414243, "0140414243"),
    (DATE, ["moment", "2026-12-31T08:30:00"], "2026-12-31"),
    (DATE, 46387.354, "2026-12-31"),
    (TEXT, ["date", "2026-02-01"], "01/02/2026"),
]
NOT_UNDERSTOOD = [
    (DATE, "31-12-26", "31-12-26"),
    (DATE, "31/12/26", "31/12/26"),
    (DATE, "12/31/2026", "12/31/2026"),
    (DATE, "30/02/2026", "30/02/2026"),
    (DATE, "bientôt", "bientôt"),
    (DATE, "31122026", "31122026"),
    (DATE, 2026, "2026"),
    (DATE, 20261231, "20261231"),
    (DATE, 12.5, "12,5"),
    (DATE, True, "VRAI"),
    (DATE, ["time", "08:30:00"], "08:30"),
    (TIME, "25:00", "25:00"),
    (TIME, "24:30", "24:30"),
    (TIME, "8:70", "8:70"),
    (TIME, "matin", "matin"),
    (TIME, 8, "8"),
    (TIME, 8.5, "8,5"),
    (TIME, ["time", "08:30:15"], "08:30:15"),
    (TIME, ["time", "30:00:00"], "30:00"),
    (TIME, ["date", "2026-12-31"], "31/12/2026"),
    (NUMBER, "douze", "douze"),
    (NUMBER, "1.234,5", "1.234,5"),
    (NUMBER, "10 €", "10 €"),
    (NUMBER, True, "VRAI"),
    (BOOLEAN, "peut-être", "peut-être"),
    (BOOLEAN, 2, "2"),
    (TEXT, 1e16, "10000000000000000"),
    (TEXT, ["error", "#REF!"], "#REF!"),
    (TEXT, ["formula", ""], ""),
    (DATE, ["error", "#N/A"], "#N/A"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "cell", "said"), UNDERSTOOD)
def test_understood(shape, cell, said):
    assert understand(cell, shape) == (said, None, "")


@pytest.mark.parametrize(("shape", "cell", "said"), REPAIRED)
def test_repaired_and_said(shape, cell, said):
    understood = understand(cell, shape)
    assert (understood.text, understood.severity) == (said, Severity.REPAIR)
    assert understood.message


@pytest.mark.parametrize(("shape", "cell", "said"), NOT_UNDERSTOOD)
def test_not_understood_and_kept_as_typed(shape, cell, said):
    understood = understand(cell, shape)
    assert (understood.text, understood.severity) == (said, Severity.ERROR)
    assert understood.message.endswith(".")


@pytest.mark.parametrize(
    ("shape", "cell", "said"),
    [(FINESS, "10000024", "010000024"), (DATE, "46387", "2026-12-31"), (TEXT, "0042", "0042"), (BOOLEAN, "1", "oui")],
)
def test_figures_alone_in_a_csv_file_are_taken_for_a_number(shape, cell, said):
    assert understand(cell, shape, untyped=True).text == said


@given(st.dates(datetime.date(1910, 1, 1)))
def test_every_day_is_read_however_it_is_written(day):
    serial = (day - datetime.date(1899, 12, 30)).days
    written = [f"{day:%d/%m/%Y}".zfill(10), day.isoformat(), serial, ["date", day.isoformat()]]
    assert {understand(each, DATE).text for each in written} == {day.isoformat()}


@given(st.integers(0, 1439))
def test_every_minute_is_read_however_it_is_written(minute):
    said = f"{minute // 60:02}:{minute % 60:02}"
    written = [said, said.replace(":", "h"), ["time", f"{said}:00"], *([minute / 1440] if minute else [])]
    assert {understand(each, TIME).text for each in written} == {said}


@given(st.integers(0, 10**9 - 1))
def test_nothing_but_zeros_is_ever_added(figures):
    said = understand(figures, FINESS).text
    assert int(said) == figures
    assert len(said) in (9, len(str(figures)))


@given(
    st.text(max_size=30) | st.from_regex(r"[0-9 /:,-]{1,12}", fullmatch=True),
    st.sampled_from([TEXT, DATE, TIME, NUMBER, BOOLEAN, FINESS]),
    st.booleans(),
)
def test_no_text_is_lost(text, shape, untyped):
    typed = clean_text(text)
    understood = understand(typed, shape, untyped=untyped)
    assert bool(understood.text) == bool(typed)
    if understood.severity == Severity.ERROR:
        assert understood.text == typed
