"""Figures and professionals in an import, from the upload to the record: written at once, never drafts."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from professionals.models import OperationalSituation
from ror.history import writing
from ror.imports import beside
from ror.imports.jobs import forget_old
from ror.imports.models import KEPT, ImportJob, Outcome, State
from ror.imports.sheets import OFFERS, TITLES, figures, people
from structures import records
from structures.describing.models import Draft
from structures.models import BedCapacity, Place
from structures.models.capacity import AVAILABLE
from tests.admin.conftest import signed_in
from tests.factories import (
    AssignmentFactory,
    BedCapacityFactory,
    CareCapacityFactory,
    GeographicEntityFactory,
    holder,
    published_offer,
    referent,
    territory,
)
from tests.factories.professionals import PracticeFactory, SituationFactory
from tests.imports.running import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUMBER, MODE, COMMENT = "Nombre", "Mode d'exercice dans l'offre", "Commentaire de gestion"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def offer(hospital):
    offer = published_offer(hospital)
    care = CareCapacityFactory(place=Place.objects.trusted("test").get(offer_links__offer=offer))
    BedCapacityFactory(care_capacity=care, number=20)
    BedCapacityFactory(care_capacity=care, status_id=AVAILABLE, number=3)
    SituationFactory(offer=offer, comment="=à voir")
    return offer


@pytest.fixture
def client(hospital, offer):
    return signed_in(referent(hospital))


def exported(client):
    """The workbook of all that one describes."""
    content = b"".join(client.get(reverse("imports:template")).streaming_content)
    return load_workbook(io.BytesIO(content))


def staged(client, book) -> ImportJob:
    out = io.BytesIO()
    book.save(out)
    answer = client.post(reverse("imports:start"), {"upload": SimpleUploadedFile("offres.xlsx", out.getvalue())})
    assert answer.status_code == 302, answer.content.decode()
    run_jobs()
    return ImportJob.objects.get(pk=answer.url.split("/")[-2])


def applied(client, job: ImportJob, mode: str = "all") -> ImportJob:
    client.post(reverse("imports:job", args=[job.pk]), {"quoi": "apply", "mode": mode})
    run_jobs()
    job.refresh_from_db()
    return job


def cell(book, sheet: str, title: str, row: int = 2):
    header = [str(each.value).removesuffix(" *") for each in book[sheet][1]]
    return book[sheet].cell(row, header.index(title) + 1)


def of_number(book, number: str):
    rows = range(2, book[figures.TITLE].max_row + 1)
    return next(found for row in rows if (found := cell(book, figures.TITLE, NUMBER, row)).value == number)


def free_beds() -> int:
    return BedCapacity.objects.trusted("test").get(status=AVAILABLE).number


def comment() -> str:
    return OperationalSituation.objects.trusted("test").get().comment


def shown(client, job: ImportJob) -> str:
    return client.get(reverse("imports:job", args=[job.pk])).content.decode()


def changed(client):
    book = exported(client)
    of_number(book, "3").value = "5"
    cell(book, people.TITLE, COMMENT).value = "Vu le matin"
    return book


def test_what_is_exported_changes_nothing(client):
    job = staged(client, exported(client))
    assert (job.state, job.changed, job.new, job.refused, job.unchanged) == (State.PREVIEWED, 0, 0, 0, 1)


@pytest.mark.parametrize("sheet", [figures.TITLE, people.TITLE])
def test_one_sheet_as_csv_changes_nothing(client, sheet):
    content = b"".join(client.get(reverse("imports:template"), {"feuille": sheet}).streaming_content)
    assert content.count(b"\n") > 1
    client.post(reverse("imports:start"), {"upload": SimpleUploadedFile("offres.csv", content)})
    run_jobs()
    job = ImportJob.objects.get()
    assert (job.state, job.unchanged, job.changed + job.new + job.refused) == (State.PREVIEWED, 1, 0)


def test_figures_and_professionals_are_shown_in_words_then_written(client, offer):
    job = staged(client, changed(client))
    assert (job.changed, job.refused) == (1, 0)
    page = shown(client, job)
    for said in ("Lits disponibles", "<del>3</del>", "<ins>5</ins>", "<ins>Vu le matin</ins>"):
        assert said in page
    assert (free_beds(), comment()) == (3, "=à voir")
    assert applied(client, job).state == State.APPLIED
    assert (free_beds(), comment()) == (5, "Vu le matin")
    assert offer.versions.count() == 1  # the description says what it said
    assert "Vu le matin" not in shown(client, job)


def undone(client, job: ImportJob) -> ImportJob:
    client.post(reverse("imports:job", args=[job.pk]), {"quoi": "undo"})
    run_jobs()
    job.refresh_from_db()
    return job


def test_undoing_puts_figures_and_professionals_back_with_the_description(client, offer):
    book = changed(client)
    cell(book, TITLES[OFFERS], "Nom de l'offre").value = "Autre nom"
    job = applied(client, staged(client, book))
    assert (free_beds(), comment()) == (5, "Vu le matin")
    assert undone(client, job).state == State.UNDONE
    assert (free_beds(), comment(), records.read_document(offer)["name"]) == (3, "=à voir", offer.name)


def test_undoing_takes_away_what_came(client, offer):
    practice = PracticeFactory()
    book = exported(client)
    row = book[people.TITLE].max_row + 1
    came = {
        "Identifiant de l'offre": offer.identifier,
        people.NUMBER_TITLE: practice.professional.rpps,
        MODE: "Salarié",
    }
    for title, text in came.items():
        cell(book, people.TITLE, title, row).value = text
    job = applied(client, staged(client, book))
    assert OperationalSituation.objects.trusted("test").count() == 2
    assert undone(client, job).state == State.UNDONE
    assert not OperationalSituation.objects.trusted("test").filter(practice=practice).exists()


def test_what_was_counted_since_is_left_and_named(client):
    job = applied(client, staged(client, changed(client)))
    with writing("test", "form"):
        BedCapacity.objects.trusted("test").filter(status=AVAILABLE).update(number=9)
    job = undone(client, job)
    assert (job.state, free_beds(), comment()) == (State.APPLIED, 9, "Vu le matin")
    assert figures.OVERTAKEN in job.problems[0]


def test_what_undoing_needs_is_forgotten_a_week_after(client):
    job = applied(client, staged(client, changed(client)))
    assert job.lines.exclude(changes=[]).exists()
    ImportJob.objects.filter(pk=job.pk).update(ended_at=job.ended_at - KEPT)
    forget_old()
    assert not job.lines.exclude(changes=[]).exists()


def test_someone_who_comes_is_named_in_the_preview(client, offer):
    practice = PracticeFactory()
    book = exported(client)
    sheet = book[people.TITLE]
    sheet.append([])
    row = sheet.max_row + 1
    said = {"Identifiant de l'offre": offer.identifier, people.NUMBER_TITLE: practice.professional.rpps}
    for title, text in (said | {MODE: "Salarié"}).items():
        cell(book, people.TITLE, title, row).value = text
    job = staged(client, book)
    assert practice.last_name in shown(client, job)
    assert applied(client, job).state == State.APPLIED
    assert OperationalSituation.objects.trusted("test").filter(practice=practice).exists()


def test_problems_have_their_cell_and_hold_back_the_line(client):
    book = changed(client)
    wrong = of_number(book, "20")
    wrong.value = "vingt"
    job = staged(client, book)
    (line,) = job.lines.all()
    assert (job.refused, line.outcome) == (1, Outcome.REFUSED)
    assert [(each["sheet"], each["cell"]) for each in line.problems] == [(figures.TITLE, wrong.coordinate)]
    assert applied(client, job, "valid").state == State.PREVIEWED
    assert (free_beds(), comment()) == (3, "=à voir")


def test_beside_a_draft_what_is_right_is_written(client, offer):
    book = changed(client)
    cell(book, TITLES[OFFERS], "Âge minimal").value = "dix"
    job = applied(client, staged(client, book), "drafts")
    assert job.state == State.APPLIED
    assert (free_beds(), comment()) == (5, "Vu le matin")
    assert Draft.objects.trusted("test").get(offer=offer).document["age_min"] == "dix"


def test_what_was_counted_meanwhile_stops_everything(client, offer):
    book = changed(client)
    cell(book, TITLES[OFFERS], "Nom de l'offre").value = "Autre nom"
    job = staged(client, book)
    with writing("test", "form"):
        BedCapacity.objects.trusted("test").filter(status=AVAILABLE).update(number=1)
    job = applied(client, job)
    assert job.state == State.PREVIEWED
    assert figures.OVERTAKEN in job.problems[0]
    assert records.read_document(offer)["name"] == offer.name
    assert (free_beds(), comment()) == (1, "=à voir")


def test_what_one_may_no_longer_read_is_not_shown(client, hospital):
    job = staged(client, changed(client))
    with writing("test", "admin"):
        job.owner.assignments.update(ends_at=timezone.now())
    page = shown(client, job)
    assert "Vu le matin" not in page
    assert "Lits disponibles" not in page


def test_under_a_mandate_neither_is_said(client, hospital, offer):
    book = changed(client)
    team = holder("grades", territory("region", "53"))
    end = timezone.now() + timedelta(days=30)
    AssignmentFactory(user=team, role="mandated", perimeter=hospital.perimeter, ends_at=end)
    job = staged(signed_in(team), book)
    (line,) = job.lines.all()
    assert {each["message"] for each in line.problems} == {beside.MANDATE}
    assert {each["sheet"] for each in line.problems} == {figures.TITLE, people.TITLE}
    assert line.changes == []


def test_a_file_of_descriptions_alone_asks_nothing_beside(client, monkeypatch):
    monkeypatch.setattr(beside, "compare", None)
    book = exported(client)
    for sheet in (figures.TITLE, people.TITLE):
        del book[sheet]
    cell(book, TITLES[OFFERS], "Nom de l'offre").value = "Autre nom"
    assert staged(client, book).changed == 1
