"""What an import wrote is undone, row for row, but for what someone changed since."""

import html

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from ror.history import writing
from ror.imports import jobs
from ror.imports.models import Channel, ImportJob, Mode, Result, State
from ror.imports.sheets.layout import FINESS_TITLE, KEY_TITLE
from ror.imports.uploading import receive
from ror.persons.blanking import blank
from ror.persons.scope import find_scope
from structures import records
from structures.describing.models import Draft, RegionSettings
from structures.models import Offer, OfferVersion
from structures.models.base import DEFINITIVE
from structures.publishing import publish
from tests.admin.conftest import signed_in
from tests.factories import GeographicEntityFactory, administrator, describer, offer_document, published_offer
from tests.imports.running import run_jobs
from tests.imports.sheet_files import as_xlsx, change, tables, whole_document

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SENSITIVE_TITLE = "Unité sensible"
NAME, COMMENT = "Nom de l'offre", "Commentaire"
NUMBERING = {"version", "published_at", "updated_at", "created_at"}  # what each publication renews


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def person(hospital):
    return describer(hospital)


def staged(person, content: bytes, name: str = "offres.xlsx") -> ImportJob:
    job = receive(SimpleUploadedFile(name, content), Viewer(person), channel=Channel.IMPORT)
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.PREVIEWED, job.problems
    return job


def applied(person, content: bytes, mode: Mode = Mode.VALID) -> ImportJob:
    job = staged(person, content)
    assert jobs.apply(job, mode, Viewer(person))
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.APPLIED, job.problems
    return job


def undone(person, job: ImportJob) -> ImportJob:
    assert jobs.undo(job, Viewer(person))
    run_jobs()
    job.refresh_from_db()
    return job


def lines(*rows: dict[str, str]) -> bytes:
    titles = list(rows[0])
    return as_xlsx({"Offres": [titles, *([row[title] for title in titles] for row in rows)]})


def every_row() -> dict[str, list]:
    """All the rows of the structures, but what numbers publications and keeps them."""
    found = {}
    for model in apps.get_app_config("structures").get_models():
        if model is OfferVersion or hasattr(model, "pgh_tracked_model"):
            continue
        names = [field.attname for field in model._meta.concrete_fields if field.name not in NUMBERING]
        found[model.__name__] = sorted(map(repr, model._base_manager.values_list(*names)))
    return found


def renamed(offer: Offer, name: str, person) -> None:
    """Somebody publishes it otherwise."""
    base = records.read_document(offer)
    offer.refresh_from_db()
    said = {"entity": offer.geographic_entity, "offer": offer, "base": base, "author": person, "channel": "form"}
    publish({**base, "name": name}, **said)


def test_every_table_is_as_it_was_row_for_row(person, hospital):
    documents = [whole_document(), offer_document()]
    offers = [publish(each, entity=hospital, author=person, channel="form").offer for each in documents]
    before, said = every_row(), [records.read_document(offer) for offer in offers]
    sheets = tables(*said)
    for title, rows in sheets.items():
        for row in range(1, len(rows)):
            change(rows, row, KEY_TITLE, offers[int(rows[row][0].split("/")[1]) - 1].identifier)
        if title == "Offres":
            change(rows, 1, COMMENT, "Changé par le fichier")
            change(rows, 2, NAME, "Nom changé")
            for row in (1, 2):
                change(rows, row, FINESS_TITLE, hospital.finess)
        if title == "Contacts":
            change(rows, 1, "Retirer", "oui")
        if title == "Horaires":
            change(rows, 1, "Retirer", "oui")
    job = applied(person, as_xlsx(sheets))
    assert job.changed == 2
    assert every_row() != before
    job = undone(person, job)
    assert (job.state, job.problems) == (State.UNDONE, [])
    assert [records.read_document(offer) for offer in offers] == said
    assert every_row() == before
    version = offers[0].versions.order_by("-number").first()
    assert version.reason.startswith("Annulation de l'import du ")
    assert set(job.lines.values_list("result", flat=True)) == {Result.UNDONE}
    assert not job.is_undoable


def test_what_was_edited_since_stays_and_is_named(person, hospital):
    kept, back = (published_offer(hospital, name=name) for name in ("Une", "Deux"))
    job = applied(
        person,
        lines({KEY_TITLE: kept.identifier, NAME: "Une bis"}, {KEY_TITLE: back.identifier, NAME: "Deux bis"}),
    )
    renamed(kept, "Une ter", person)
    job = undone(person, job)
    assert [records.read_document(each)["name"] for each in (kept, back)] == ["Une ter", "Deux"]
    assert job.state == State.UNDONE
    assert [remark for remark in job.remarks if kept.identifier in remark]
    assert not [remark for remark in job.remarks if back.identifier in remark]


def test_nothing_is_undone_when_everything_was_edited_since(person, hospital):
    offer = published_offer(hospital, name="Une")
    job = applied(person, lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    renamed(offer, "Une ter", person)
    job = undone(person, job)
    assert job.state == State.APPLIED
    assert offer.identifier in job.problems[0]
    assert records.read_document(offer)["name"] == "Une ter"


def test_what_was_created_is_closed_for_good(person, hospital):
    before = set(Offer.objects.trusted("test").values_list("pk", flat=True))
    sheets = tables(offer_document(sensitive=None))
    for title, rows in sheets.items():
        for row in range(1, len(rows)):
            change(rows, row, KEY_TITLE, "N1")
            if title == "Offres":
                change(rows, row, FINESS_TITLE, hospital.finess)
                if SENSITIVE_TITLE in rows[0]:
                    change(rows, row, SENSITIVE_TITLE, "Non")
    job = applied(person, as_xlsx(sheets))
    assert job.new == 1
    (offer,) = Offer.objects.trusted("test").exclude(pk__in=before)
    assert undone(person, job).state == State.UNDONE
    offer.refresh_from_db()
    assert offer.closing_type_id == DEFINITIVE
    assert offer.versions.count() == 1


def test_a_draft_goes_unless_someone_took_it_up(person, hospital):
    first, second = (published_offer(hospital, name=name) for name in ("Une", "Deux"))
    age = "Âge minimal"
    content = lines(*({KEY_TITLE: each.identifier, NAME: "Autre", age: "dix"} for each in (first, second)))
    job = applied(person, content, Mode.DRAFTS)
    Draft.objects.trusted("test").filter(offer=first).update(revision=2)
    job = undone(person, job)
    assert set(Draft.objects.trusted("test").values_list("offer", flat=True)) == {first.pk}
    assert [remark for remark in job.remarks if "brouillon" in remark]


def test_rights_that_ended_undo_nothing(person, hospital):
    offer = published_offer(hospital, name="Une")
    job = applied(person, lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    with writing("test", "command"):
        Assignment.objects.filter(user=person).delete()
    job = undone(person, job)
    assert job.state == State.APPLIED
    assert records.read_document(offer)["name"] == "Une bis"


def test_the_page_undoes_for_its_owner_alone(person, hospital):
    offer = published_offer(hospital, name="Une")
    job = applied(person, lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    address = reverse("imports:job", args=[job.pk])
    assert signed_in(describer(hospital)).post(address, {"quoi": "undo"}).status_code == 404
    client = signed_in(person)
    assert "Annuler l'import" in html.unescape(client.get(address).content.decode())
    assert client.post(address, {"quoi": "undo"}).status_code == 302
    run_jobs()
    assert records.read_document(offer)["name"] == "Une"
    page = html.unescape(client.get(address).content.decode())
    assert "L'import est annulé" in page
    assert "Annuler l'import" not in page


def test_where_changes_are_reviewed_the_offer_stays_and_says_why(person, hospital):
    offer = published_offer(hospital, name="Une")
    job = applied(person, lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    with writing("test", "command"):
        RegionSettings.objects.create(region_id=hospital.region_id, review=True)
    job = undone(person, job)
    assert job.state == State.APPLIED
    assert "relecture" in job.problems[0]
    assert records.read_document(offer)["name"] == "Une bis"


def test_the_administration_gives_the_file_back_and_undoes(hospital):
    offer, client = published_offer(hospital, name="Une"), signed_in(administrator())
    content = SimpleUploadedFile("o.xlsx", lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    answer = client.post(reverse("admin:imports_importjob_add"), {"upload": content, "reason": "Demande"})
    assert answer.status_code == 302
    job = ImportJob.objects.get()
    run_jobs()
    report = reverse("admin:imports_importjob_report", args=[job.pk])
    assert "o-resultat.xlsx" in client.get(report)["Content-Disposition"]
    assert signed_in(administrator()).get(report).status_code == 404
    address = reverse("admin:imports_importjob_apply", args=[job.pk])
    client.post(address, {"quoi": "apply", "mode": "all"})
    run_jobs()
    assert records.read_document(offer)["name"] == "Une bis"
    client.post(address, {"quoi": "undo"})
    run_jobs()
    assert records.read_document(offer)["name"] == "Une"
    version = offer.versions.order_by("-number").first()
    assert (version.channel, version.number) == ("admin", 3)


def test_blanking_a_value_forgets_the_file_given_back(person, hospital):
    offer = published_offer(hospital, name="Une")
    job = applied(person, lines({KEY_TITLE: offer.identifier, NAME: "Une bis"}))
    assert job.has_report
    said = {"datum": "Offer.name", "author": "délégué", "channel": "admin", "reason": "rectification accordée"}
    blank(["Une autre valeur"], find_scope(hospital.id_nat_struct), **said)
    assert not job.has_report
