"""The file given back: the same, with what becomes of each line and what is wrong with it, cell by cell."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill

from confidentiality.viewer import Viewer
from ror.imports import jobs, reporting
from ror.imports.models import Channel, ImportFile, ImportJob, Mode, State
from ror.imports.sheets import OFFERS, TITLES
from ror.imports.sheets.layout import FINESS_TITLE, KEY_TITLE
from ror.imports.uploading import receive
from tests.admin.conftest import signed_in
from tests.factories import GeographicEntityFactory, describer, published_offer
from tests.imports.files import ods
from tests.imports.running import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAME, AGE, COMMENT = "Nom de l'offre", "Âge minimal", "Commentaire"
HEADER = [KEY_TITLE, NAME, AGE, COMMENT]
PINK = "00FFE9E9"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def person(hospital):
    return describer(hospital)


@pytest.fixture
def rows(hospital) -> list[list[str]]:
    """A good line, a wrong figure, an unknown offer, a phone, a formula."""
    first, second, third = (published_offer(hospital, name=name) for name in ("Une", "Deux", "Trois"))
    return [
        HEADER,
        [first.identifier, "Une bis", "20", "+33 1 40 41 42 43"],
        [second.identifier, "Deux", "dix", ""],
        ["53/999999", "Inconnue", "", ""],
        [third.identifier, "Trois", "20", "=1+1"],
    ]


def xlsx(rows: list[list[str]]) -> bytes:
    """As a person makes it: bold titles, a wide column, a cell of their own colour."""
    book = Workbook()
    sheet = book.active
    sheet.title = TITLES[OFFERS]
    for row in rows:
        sheet.append(row)
    for cell in sheet["D"]:
        cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.column_dimensions["B"].width = 61
    sheet["B2"].fill = PatternFill("solid", fgColor="0000FF00")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(rows: list[list[str]], encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode(encoding)


def staged(person, name: str, content: bytes) -> ImportJob:
    job = receive(SimpleUploadedFile(name, content), Viewer(person), channel=Channel.IMPORT)
    return looked_at(job)


def looked_at(job: ImportJob) -> ImportJob:
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.PREVIEWED, job.problems
    return job


def applied(job: ImportJob, person, mode: Mode = Mode.VALID) -> ImportJob:
    assert jobs.apply(job, mode, Viewer(person))
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.APPLIED, job.problems
    return job


def given(person, job: ImportJob) -> tuple[str, bytes]:
    answer = signed_in(person).get(reverse("imports:report", args=[job.pk]))
    assert answer.status_code == 200
    return answer["Content-Disposition"], b"".join(answer.streaming_content)


def cells(content: bytes) -> list[list]:
    sheet = load_workbook(io.BytesIO(content))[TITLES[OFFERS]]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def check_said(found: list[list]) -> None:
    """The two columns, cell by cell."""
    assert found[0][-2:] == ["Résultat", "Erreurs"]
    assert [row[-2] for row in found[1:]] == ["modifiée", "refusée", "refusée", "modifiée"]
    assert not found[1][-1]
    assert found[2][-1].startswith(f"C3 ({AGE}) : ")
    assert found[3][-1].startswith(f"A4 ({KEY_TITLE}) : Aucune offre")
    assert not found[4][-1]


def test_a_workbook_comes_back_with_its_formatting(person, rows):
    job = staged(person, "offres.xlsx", xlsx(rows))
    named, content = given(person, job)
    assert "offres-resultat.xlsx" in named
    check_said(cells(content))
    assert [row[:4] for row in cells(content)] == [[text or None for text in row] for row in rows]
    sheet = load_workbook(io.BytesIO(content))[TITLES[OFFERS]]
    assert sheet["B1"].font.bold
    assert sheet.column_dimensions["B"].width == 61
    assert sheet["B2"].fill.fgColor.rgb == "0000FF00"
    coloured = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == PINK}
    assert coloured == {"C3", "A4"}
    assert (sheet["D5"].data_type, sheet["D5"].value) == ("s", "=1+1")
    assert sheet["D2"].value == "+33 1 40 41 42 43"


def test_what_was_given_back_comes_again(person, rows):
    _, content = given(person, staged(person, "offres.xlsx", xlsx(rows)))
    again = staged(person, "offres.xlsx", content)
    assert not again.remarks
    book = load_workbook(io.BytesIO(content))
    book[TITLES[OFFERS]]["C3"] = "10"
    corrected = io.BytesIO()
    book.save(corrected)
    _, content = given(person, staged(person, "offres.xlsx", corrected.getvalue()))
    found = cells(content)
    assert len(found[0]) == 6
    assert found[2][-2:] == ["modifiée", None]
    sheet = load_workbook(io.BytesIO(content))[TITLES[OFFERS]]
    assert sheet["C3"].fill.fgColor.rgb != PINK


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_a_csv_comes_back_as_it_came(person, rows, encoding):
    job = staged(person, "offres.csv", as_csv(rows, encoding))
    named, content = given(person, job)
    assert "offres-resultat.csv" in named
    found = list(csv.reader(io.StringIO(content.decode(encoding)), delimiter=";"))
    check_said(found)
    assert found[1][3] == "+33 1 40 41 42 43"
    assert found[4][3] == "'=1+1"
    again = staged(person, "offres.csv", content)
    assert (again.changed, again.refused) == (job.changed, job.refused)
    assert not [remark for remark in again.remarks if "Résultat" in remark]


def test_an_ods_comes_back_as_a_workbook(person, rows):
    job = staged(person, "offres.ods", ods({TITLES[OFFERS]: rows}))
    named, content = given(person, job)
    assert "offres-resultat.xlsx" in named
    check_said(cells(content))
    assert cells(content)[4][3] == "=1+1"
    again = staged(person, "offres.xlsx", content)
    assert (again.changed, again.refused, again.remarks) == (job.changed, job.refused, [])


def test_a_long_workbook_comes_back_without_its_formatting(person, rows, monkeypatch):
    monkeypatch.setattr(reporting, "KEPT_ROWS", 3)
    _, content = given(person, staged(person, "offres.xlsx", xlsx(rows)))
    check_said(cells(content))
    sheet = load_workbook(io.BytesIO(content))[TITLES[OFFERS]]
    assert sheet["B2"].fill.fgColor.rgb != "0000FF00"
    assert sheet["C3"].fill.fgColor.rgb == PINK
    assert sheet["D5"].data_type == "s"


def test_what_cannot_be_given_back_as_it_was_says_so(person, rows, monkeypatch):
    said = reporting._said_by_child

    def refusing(config):
        if not config["plain"]:
            raise reporting.Refused("trop gros")
        return said(config)

    monkeypatch.setattr(reporting, "_said_by_child", refusing)
    _, content = given(person, staged(person, "offres.xlsx", xlsx(rows)))
    check_said(cells(content))
    book = load_workbook(io.BytesIO(content))
    assert book["À propos de ce fichier"]["A1"].value == reporting.PLAIN
    assert not staged(person, "offres.xlsx", content).remarks


def test_once_applied_it_says_what_happened_and_is_kept_a_week(person, rows):
    job = applied(staged(person, "offres.xlsx", xlsx(rows)), person)
    assert list(job.files.values_list("kind", flat=True)) == [ImportFile.Kind.REPORT]
    check_said(cells(given(person, job)[1]))
    ImportJob.objects.filter(pk=job.pk).update(ended_at=job.ended_at - reporting_week())
    jobs.forget_old()
    assert not job.files.exists()
    assert signed_in(person).get(reverse("imports:report", args=[job.pk])).status_code == 404


def reporting_week():
    from ror.imports.models import KEPT

    return KEPT


def test_refused_lines_kept_as_drafts_are_said_to_be(person, rows):
    job = applied(staged(person, "offres.xlsx", xlsx(rows)), person, Mode.DRAFTS)
    assert [row[4] for row in cells(given(person, job)[1])[1:]] == ["modifiée", "brouillon", "refusée", "modifiée"]


def test_the_file_of_somebody_else_does_not_exist(person, hospital, rows):
    job = staged(person, "offres.xlsx", xlsx(rows))
    address = reverse("imports:report", args=[job.pk])
    assert signed_in(describer(hospital)).get(address).status_code == 404
    applied(job, person)
    assert signed_in(describer(hospital)).get(address).status_code == 404


def test_a_workbook_that_kills_who_writes_it_is_said_in_the_import(person, rows, monkeypatch):
    job = staged(person, "offres.xlsx", xlsx(rows))
    monkeypatch.setattr(reporting, "LIMITS", reporting.LIMITS.__class__(memory=8 * 1024 * 1024))
    applied(job, person)
    assert reporting.NO_REPORT in job.remarks
    assert not job.files.exists()


def test_a_formula_becomes_the_value_that_was_read(person, rows, tmp_path):
    from tests.imports.files import xlsx as parts

    table = [HEADER, [rows[1][0], '<c t="str"><f>"Une "&amp;"ter"</f><v>Une ter</v></c>', "20", "<c><f>1+1</f></c>"]]
    job = staged(person, "offres.xlsx", parts({TITLES[OFFERS]: table}))
    _, content = given(person, job)
    found = cells(content)
    assert found[1][1] == "Une ter"
    assert found[1][3] == "#N/A"
    assert FINESS_TITLE not in found[0]
