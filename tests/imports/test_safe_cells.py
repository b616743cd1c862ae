"""Safe cells: nothing computes, phone numbers are whole, and what is written is what is read."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ror.imports.reading import LIMITS, child, clean_text
from ror.safe_cells import safe_cell, typed_cell
from ror.spreadsheets import LONGEST_CELL, csv_lines, write_sheets
from tests.imports.files import kept

SHARP = st.sampled_from("'=+-@\t\r\n;\"0 1,.x_\u00a0\u200b\ufeff\x00é")
TEXTS = st.text(max_size=40) | st.text(SHARP, max_size=12)
# What is written by a text and could be read as something else.
HARD = [
    "_x000D_",
    "_x005F_x0041_",
    "'=1",
    "''=1",
    "'+33 1",
    '=HYPERLINK("x")',
    "sep=;",
    "a;b,c\td|e",
    "+33 1 40",
    "010000024",
]
HARD += ["1E5", "31/12/2026", "VRAI", "#N/A", "a\rb\r\nc\nd", "« é »", "\ud7ff", "😀", "-1", "@x"]  # fmt: skip
HARD += ['"', "'", "\x00=1"]


@given(TEXTS)
def test_a_safe_cell_gives_back_what_was_typed(text):
    assert typed_cell(safe_cell(text)) == text


@given(TEXTS)
def test_a_safe_cell_never_begins_a_computation(text):
    safe = safe_cell(text)
    if safe.startswith(("=", "@", "\t", "\r", "\n", "+", "-")):
        assert not set(safe[1:]) - set("0123456789 .,()\u00a0\u202f")
        assert safe == text


@pytest.mark.parametrize(
    "text", ["+33 1 40 41 42 43", "+33140414243", "+33(0)1.40.41.42.43", "-12,5", "-3", "0140414243"]
)
def test_phones_and_figures_are_left_alone(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+33-1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+33 1|cmd", "'=1", "''@x"]
)
def test_what_computes_is_marked(text):
    assert safe_cell(text) == f"'{text}"


@given(rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_csv_file_is_read_as_it_was_written(rows, tmp_path):
    rows = [*rows, HARD[:3], *([text, text, "x"] for text in HARD)]
    path = kept(tmp_path, "offres.csv", "".join(csv_lines(["Numéro", "Nom", "Ville"], rows)))
    assert read_rows(path) == expected(rows)


@given(rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_workbook_is_read_as_it_was_written(rows, tmp_path):
    rows = [*rows, *([text, text, "x"] for text in HARD)]
    out = io.BytesIO()
    write_sheets(out, [("Offres", ["Numéro", "Nom", "Ville"], rows), ("Contacts", ["Offre"], [])])
    assert read_rows(kept(tmp_path, "offres.xlsx", out.getvalue())) == expected(rows)


def test_the_longest_text_comes_back(tmp_path):
    out = io.BytesIO()
    text = "é" * LONGEST_CELL
    write_sheets(out, [("Offres", ["Numéro"], [[text]])])
    assert read_rows(kept(tmp_path, "offres.xlsx", out.getvalue())) == [[text]]


def test_a_csv_file_opens_in_a_french_spreadsheet():
    content = "".join(csv_lines(["Nom", "Ville"], [["Été", "a;b"]]))
    assert content == '\ufeffNom;Ville\r\nÉté;"a;b"\r\n'
    assert list(csv.reader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))[1] == ["Été", "a;b"]


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text):
    assert clean_text(clean_text(text)) == clean_text(text)


def read_rows(path) -> list[list[str]]:
    """The rows below the header, without the process: these files are ours."""
    told = child.messages(path, path.name, ["offres"], ["numero", "nom", "ville"], LIMITS)
    rows = [row for message in told if isinstance(message, list) for _number, row in message]
    return rows[1:]


def expected(rows: list[list[str]]) -> list[list[str]]:
    """What a spreadsheet shows of these texts, blank rows and empty ends left out."""
    shown = []
    for row in rows:
        texts = [clean_text(text) for text in row]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            shown.append(texts)
    return shown
