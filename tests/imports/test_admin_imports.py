"""Importing offers from the administration: a file, a preview, then everything that is valid, or nothing."""

import io
import uuid
from datetime import timedelta
from itertools import islice

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from confidentiality.journal import AccessRecord
from ror.history import writing
from ror.imports import jobs
from ror.imports.comparing import UNKNOWN
from ror.imports.models import KEPT, ImportJob, Outcome, State
from ror.imports.sheets import KEY_TITLE, OFFERS, resources
from ror.spreadsheets import csv_lines, write_workbook
from structures import records
from structures.models import Offer
from tests.admin.conftest import role_with, signed_in
from tests.factories import GeographicEntityFactory, administrator, holder, published_offer, territory
from tests.imports.running import run_jobs

pytestmark = pytest.mark.django_db

ADD = "admin:imports_importjob_add"
NAME, COMMENT, PUBLICS, AGE = "Nom de l'offre", "Commentaire", "Publics pris en charge", "Âge minimal"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def offer(hospital):
    return published_offer(hospital)


@pytest.fixture
def national() -> Client:
    return signed_in(administrator())


def importer(perimeter, profile: str = "P0") -> Client:
    """Someone who may correct and import there, and reads as `profile` does."""
    permissions = ("enter_admin", "correct_record", "export_lists", "import_lists")
    return signed_in(holder(role_with(*permissions, profile=profile), perimeter))


def workbook(*lines: dict[str, str], header: list[str] | None = None) -> SimpleUploadedFile:
    titles = header or list(lines[0])
    out = io.BytesIO()
    write_workbook(out, "Offres", titles, ([line.get(title, "") for title in titles] for line in lines))
    return SimpleUploadedFile("offres.xlsx", out.getvalue())


def upload(client: Client, file, reason: str = "Demande de la région"):
    answer = client.post(reverse(ADD), {"upload": file, "reason": reason})
    run_jobs()
    return answer


def staged(client: Client, *lines: dict[str, str], **options) -> ImportJob:
    answer = upload(client, workbook(*lines, **options))
    assert answer.status_code == 302, answer.context["form"].errors
    return ImportJob.objects.get(pk=answer.url.split("/")[-3])


def pressed(client: Client, job: ImportJob, what: str):
    answer = client.post(reverse(f"admin:imports_importjob_{what}", args=[job.pk]), {"mode": "valid"})
    run_jobs()
    return client.get(answer.url)


def document(offer: Offer) -> dict:
    return records.read_document(offer)


def exported(client: Client) -> bytes:
    """What « Exporter pour modifier » gives."""
    return b"".join(client.get(reverse("admin:imports_importjob_template")).streaming_content)


def own_line(content: bytes) -> tuple[list[str], list[str]]:
    """The titles of « Offres » and its first line, as a person reads them."""
    sheet = load_workbook(io.BytesIO(content))["Offres"]
    titles, line = ([cell.value or "" for cell in row] for row in islice(sheet.rows, 2))
    return [title.removesuffix(" *") for title in titles], line


def test_a_file_is_looked_at_then_applied(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Médecine polyvalente", COMMENT: "=1+1"})
    page = national.get(reverse("admin:imports_importjob_change", args=[job.pk])).content.decode()
    assert "Médecine polyvalente" in page
    assert document(offer)["name"] == offer.name
    said = pressed(national, job, "apply").content.decode()
    assert "Une offre a été modifiée" in said
    now = document(offer)
    assert (now["name"], now["comment"]) == ("Médecine polyvalente", "=1+1")
    version = Offer.objects.get(pk=offer.pk).versions.order_by("-number").first()
    assert (version.channel, version.reason) == ("admin", "Demande de la région")
    job.refresh_from_db()
    assert job.state == State.APPLIED
    assert not job.lines.exclude(typed={}).exists()


def test_what_was_exported_to_be_edited_changes_nothing(offer, national):
    again = published_offer(offer.geographic_entity, name="=Offre « été » +33", comment="Ligne 1\nLigne 2")
    for each in (offer, again):
        assert each.identifier
    file = exported(national)
    assert own_line(file)[0] == resources()[OFFERS].header()
    answer = upload(national, SimpleUploadedFile("offres.xlsx", file))
    job = ImportJob.objects.get(pk=answer.url.split("/")[-3])
    assert (job.changed, job.unchanged, job.refused) == (0, 2, 0)
    assert "rien à appliquer" in pressed(national, job, "apply").content.decode()


def test_changing_one_cell_changes_one_datum(offer, national):
    typed = {
        NAME: "Autre nom", COMMENT: "Autre commentaire", AGE: "18", "Unité de l'âge minimal": "mois",
        PUBLICS: "R239:02", "Ouvert 24 h/24, 7 j/7": "oui", "Secteurs psychiatriques": "35G01\n35G02",
        "Zone d'intervention": "35238 ; 35047", "Type d'offre": "", "Temporalité d'accueil": "R240:01",
    }  # fmt: skip
    titles, line = own_line(exported(national))
    before = dict(zip(titles, line, strict=True))
    for title, text in typed.items():
        job = staged(national, before | {title: text}, header=titles)
        page = national.get(reverse("admin:imports_importjob_change", args=[job.pk]))
        (shown,) = page.context["lines"]
        assert [change["label"].removesuffix(" ?") for change in shown["changes"]] == [title], shown["line"].problems


def test_every_error_of_every_line_is_said_at_once_with_its_cell(offer, hospital, national):
    elsewhere = published_offer(hospital, name="Deuxième")
    job = staged(
        national,
        {KEY_TITLE: "53/999999", NAME: "Inconnue", AGE: ""},
        {KEY_TITLE: offer.identifier, NAME: "", AGE: "dix"},
        {KEY_TITLE: elsewhere.identifier, NAME: "Une", AGE: "60"},
        {KEY_TITLE: elsewhere.identifier, NAME: "Deux", AGE: "60"},
        {KEY_TITLE: "", NAME: "Sans identifiant", AGE: ""},
    )
    said = {(line.number, problem["cell"]): problem["message"] for line in job.lines.all() for problem in line.problems}
    assert set(said) == {(2, "A2"), (3, "B3"), (3, "C3"), (4, "A5"), (6, "A6")}
    assert said[2, "A2"] == UNKNOWN
    assert "ligne 4" in said[4, "A5"]
    assert (job.changed, job.unchanged, job.refused) == (0, 0, 4)
    pressed(national, job, "apply")
    assert document(elsewhere)["name"] == "Deuxième"  # which of the two lines was meant is not guessed
    assert document(offer)["name"] == offer.name


def test_trap_3_an_offer_one_may_not_correct_and_one_that_does_not_exist_look_the_same(offer):
    elsewhere = published_offer(GeographicEntityFactory(insee="22113", health=True))
    hidden = published_offer(offer.geographic_entity, name="Cachée", sensitive=True, sensitive_motive="motif fictif")
    client = importer(territory("department", "35"))
    keys = [elsewhere.identifier, hidden.identifier, "53/999999"]
    job = staged(client, *({KEY_TITLE: key, NAME: "Prise"} for key in keys))
    lines = job.lines.values_list("outcome", "problems", "typed", "offer")
    told = [(outcome, [each["message"] for each in problems], *rest) for outcome, problems, *rest in lines]
    assert told == [(Outcome.REFUSED, [UNKNOWN], {}, None)] * 3
    page = client.get(reverse("admin:imports_importjob_change", args=[job.pk])).content.decode()
    assert "Cachée" not in page
    assert hidden.name not in page


def test_trap_2_what_one_may_not_read_is_neither_shown_nor_guessed_nor_changed():
    office = GeographicEntityFactory(ville=True)
    offer = published_offer(office, specific_competences=["R243:01"])
    client = importer(territory("nation"))
    title = "Compétences spécifiques"
    assert dict(zip(*own_line(exported(client)), strict=True))[title] == ""
    told = []
    for guess in ("R243:01", "R243:06"):
        (row,) = staged(client, {KEY_TITLE: offer.identifier, title: guess}).lines.all()
        told.append((row.outcome, row.problems, row.typed))
    assert told[0] == told[1]
    assert told[0][0] == Outcome.REFUSED
    (row,) = staged(client, {KEY_TITLE: offer.identifier, title: ""}).lines.all()
    assert row.outcome == Outcome.UNCHANGED
    assert document(offer)["specific_competences"] == ["R243:01"]


def test_trap_4_an_import_belongs_to_its_uploader(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    other = signed_in(administrator())
    for address in ("change", "history"):
        assert other.get(reverse(f"admin:imports_importjob_{address}", args=[job.pk])).status_code == 302
    for what in ("apply", "abandon"):
        forged = other.post(reverse(f"admin:imports_importjob_{what}", args=[job.pk]))
        unknown = other.post(reverse(f"admin:imports_importjob_{what}", args=[uuid.uuid4()]))
        assert (forged.status_code, unknown.status_code) == (404, 404)
    assert document(offer)["name"] == offer.name
    assert job.lines.exclude(typed={}).exists()


@pytest.mark.parametrize("column", ["sensitive", "Est-ce une unité sensible", "version", "identifier_id", "origin"])
def test_trap_5_a_column_that_is_not_declared_writes_nothing(offer, national, column):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: offer.name, column: "oui"})
    assert job.changed == 0
    assert any(column in remark for remark in job.remarks)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("offres.xlsx", b"", "vide"),
        ("offres.xlsx", b"PK\x03\x04" + b"\0" * 500, "abîmé"),
        ("offres.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "mot de passe"),
        ("offres.csv", b"<html><body>bonjour</body></html>", ""),
        ("offres.csv", b"Identifiant de l'offre;Nom de l'offre\r\n", "aucune ligne"),
        ("offres.csv", "Prénom;Ville\r\nA;B\r\n".encode(), "modèle"),
    ],
)
def test_trap_14_a_file_that_cannot_be_read_is_refused_in_words(national, name, content, words):
    answer = upload(national, SimpleUploadedFile(name, content))
    if answer.status_code == 200:
        (said,) = answer.context["form"].errors["upload"]
        assert not ImportJob.objects.exists()
    else:
        job = ImportJob.objects.get()
        (said,) = job.problems
        assert job.state == State.REFUSED
        assert not job.files.exists()
        assert said in national.get(answer.url).content.decode().replace("&#x27;", "'")
    assert words in said


def test_trap_15_no_text_of_an_exception_or_of_a_file_is_rendered_as_html(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "<script>alert(1)</script>", AGE: "<b>"})
    page = national.get(reverse("admin:imports_importjob_change", args=[job.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page or "&lt;b&gt;" in page
    assert "Traceback" not in page


def test_a_french_csv_is_read_as_it_comes(offer, national):
    text = "".join(csv_lines([NAME, KEY_TITLE, "Autre colonne"], [["Réanimation", offer.identifier, "x"]]))
    for content in (text.encode(), text.lstrip("\ufeff").encode("cp1252")):
        job = ImportJob.objects.get(pk=upload(national, SimpleUploadedFile("o.csv", content)).url.split("/")[-3])
        assert job.changed == 1
        assert any("Autre colonne" in remark for remark in job.remarks)


def test_what_changed_since_the_preview_is_not_written_over(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Mon nom"})
    second = staged(national, {KEY_TITLE: offer.identifier, NAME: "Leur nom"})
    pressed(national, second, "apply")
    said = pressed(national, job, "apply").content.decode()
    assert "a changé depuis la vérification" in said
    assert document(offer)["name"] == "Leur nom"
    assert "déjà terminé" in pressed(national, second, "apply").content.decode()


def test_all_lines_or_none(offer, hospital, national):
    other = published_offer(hospital, name="Deuxième")
    job = staged(national, *({KEY_TITLE: each.identifier, NAME: "Nouveau nom"} for each in (offer, other)))
    second = staged(national, {KEY_TITLE: other.identifier, NAME: "Entre-temps"})
    pressed(national, second, "apply")
    pressed(national, job, "apply")
    assert document(offer)["name"] == offer.name
    assert document(other)["name"] == "Entre-temps"


def test_rights_are_checked_again_when_it_is_applied(offer, national):
    user = administrator()
    client = signed_in(user)
    job = staged(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    with writing(user, "admin"):
        user.assignments.update(ends_at=timezone.now())
    assert client.post(reverse("admin:imports_importjob_apply", args=[job.pk])).status_code in (302, 403)
    assert document(offer)["name"] == offer.name


def test_an_import_that_waited_too_long_is_forgotten(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    ImportJob.objects.filter(pk=job.pk).update(created_at=job.created_at - KEPT - timedelta(minutes=1))
    assert "trop ancien" in pressed(national, job, "apply").content.decode()
    jobs.forget_old()
    job.refresh_from_db()
    assert job.state == State.ABANDONED
    assert not job.lines.exclude(typed={}).exists()


def test_abandoning_forgets_what_the_lines_said(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    pressed(national, job, "abandon")
    assert job.lines.get().typed == {}
    assert document(offer)["name"] == offer.name


def test_a_reason_is_asked_for(offer, national):
    answer = upload(national, workbook({KEY_TITLE: offer.identifier, NAME: "Autre"}), reason="")
    assert answer.context["form"].errors == {"reason": ["Indiquez le motif."]}


def test_reading_the_lines_is_in_the_journal(offer, national):
    job = staged(national, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    national.get(reverse("admin:imports_importjob_change", args=[job.pk]))
    assert AccessRecord.objects.latest("pk").level_3 == [f"Offer {offer.identifier}"]


def test_only_those_with_the_permission_import(hospital, offer):
    quality = signed_in(holder("regional_quality_manager", territory("region", "53")))
    for name in (ADD, "admin:imports_importjob_changelist", "admin:imports_importjob_template"):
        assert quality.get(reverse(name)).status_code == 403
    assert "Importer" not in quality.get(reverse("admin:structures_offer_changelist")).content.decode()


def test_the_queries_of_a_preview_grow_little_with_the_lines(hospital, national, django_assert_max_num_queries):
    offers = [published_offer(hospital, name=f"Offre {rank}") for rank in range(6)]
    with django_assert_max_num_queries(75) as counted:
        staged(national, *({KEY_TITLE: each.identifier, NAME: f"Nom {each.pk}"} for each in offers))
    assert len(counted) <= 75
    assert connection.vendor == "postgresql"
