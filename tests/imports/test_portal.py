"""« Importer un tableur », in the portal: whoever describes offers, their own files, never anyone else's."""

import io
import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ror.history import writing
from ror.imports import access, jobs, uploading
from ror.imports.models import MOST_TRIES, ImportFile, ImportJob, Outcome, State
from ror.imports.progress import stopping
from ror.imports.sheets import OFFERS, TITLES
from ror.imports.sheets.layout import KEY_TITLE
from ror.spreadsheets import write_workbook
from structures import records
from structures.describing.models import Draft
from tests.admin.conftest import signed_in
from tests.factories import AssignmentFactory, GeographicEntityFactory, describer, holder, published_offer, territory
from tests.imports.running import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TOKEN = re.compile(rb'csrfmiddlewaretoken" value="\w+"')
NAME, AGE = "Nom de l'offre", "Âge minimal"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def offer(hospital):
    return published_offer(hospital)


@pytest.fixture
def person(hospital):
    return describer(hospital)


@pytest.fixture
def client(person) -> Client:
    return signed_in(person)


def workbook(*lines: dict[str, str]) -> SimpleUploadedFile:
    out = io.BytesIO()
    titles = list(lines[0])
    write_workbook(out, TITLES[OFFERS], titles, ([line.get(title, "") for title in titles] for line in lines))
    return SimpleUploadedFile("offres.xlsx", out.getvalue())


def uploaded(client: Client, *lines: dict[str, str], entity=None) -> ImportJob:
    said = {"upload": workbook(*lines), "etablissement": entity.id_nat_struct if entity else ""}
    answer = client.post(reverse("imports:start"), said)
    assert answer.status_code == 302, answer.content.decode()
    return ImportJob.objects.get(pk=answer.url.split("/")[-2])


def staged(client: Client, *lines: dict[str, str], **said) -> ImportJob:
    job = uploaded(client, *lines, **said)
    run_jobs()
    job.refresh_from_db()
    return job


def pressed(client: Client, job: ImportJob, what: str, **said) -> ImportJob:
    answer = client.post(reverse("imports:job", args=[job.pk]), {"quoi": what, **said})
    assert answer.status_code == 302
    run_jobs()
    job.refresh_from_db()
    return job


def page(client: Client, job: ImportJob, **asked) -> str:
    answer = client.get(reverse("imports:job", args=[job.pk]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_goes_from_upload_to_the_record(client, offer):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Médecine polyvalente"})
    assert job.state == State.RECEIVED
    assert "attend son tour" in page(client, job)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.changed, job.refused) == (State.PREVIEWED, 1, 0)
    assert "Médecine polyvalente" in page(client, job)
    assert records.read_document(offer)["name"] == offer.name
    assert pressed(client, job, "apply", mode="all").state == State.APPLIED
    assert records.read_document(offer)["name"] == "Médecine polyvalente"
    version = offer.versions.order_by("-number").first()
    assert version.channel == "import"
    assert not job.files.filter(kind=ImportFile.Kind.UPLOADED).exists()
    assert "est appliqué" in page(client, job)


def test_the_lines_are_filtered_and_every_error_has_its_cell(client, offer, hospital):
    other = published_offer(hospital, name="Deuxième")
    job = staged(
        client,
        {KEY_TITLE: offer.identifier, NAME: "Autre nom", AGE: "dix"},
        {KEY_TITLE: other.identifier, NAME: "Deuxième bis", AGE: "60"},
        {KEY_TITLE: "53/999999", NAME: "Inconnue", AGE: ""},
    )
    assert (job.changed, job.refused) == (1, 2)
    refused = page(client, job, lignes=Outcome.REFUSED)
    assert "C2" in refused
    assert "A4" in refused
    assert "Deuxième bis" not in refused
    assert "Deuxième bis" in page(client, job, lignes=Outcome.CHANGED)


def test_all_or_nothing_writes_nothing_when_a_line_is_refused(client, offer):
    lines = ({KEY_TITLE: offer.identifier, NAME: "Autre nom"}, {KEY_TITLE: "53/999999", NAME: "Inconnue"})
    job = pressed(client, staged(client, *lines), "apply", mode="all")
    assert (job.state, len(job.problems)) == (State.PREVIEWED, 1)
    assert records.read_document(offer)["name"] == offer.name
    assert pressed(client, job, "apply", mode="valid").state == State.APPLIED
    assert records.read_document(offer)["name"] == "Autre nom"


@pytest.mark.parametrize("mode", ["", "tout", "VALID"])
def test_a_choice_that_was_not_offered_does_nothing(client, offer, mode):
    job = pressed(client, staged(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"}), "apply", mode=mode)
    assert job.state == State.PREVIEWED


def test_an_import_of_one_establishment_changes_no_other(client, offer, person):
    elsewhere = GeographicEntityFactory(health=True)
    other = published_offer(elsewhere)
    AssignmentFactory(user=person, role="describer", perimeter=elsewhere.perimeter)
    lines = [{KEY_TITLE: each.identifier, NAME: "Autre nom"} for each in (offer, other)]
    assert staged(client, *lines).changed == 2
    job = staged(client, *lines, entity=elsewhere)
    assert (job.changed, job.refused) == (1, 1)
    assert job.lines.get(outcome=Outcome.CHANGED).offer == other


@pytest.mark.parametrize("when", ["received", "previewed"])
def test_cancelling_writes_nothing_and_keeps_nothing(client, offer, when):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    if when == "previewed":
        run_jobs()
    job = pressed(client, job, "abandon")
    assert job.state == State.ABANDONED
    assert not job.files.exists()
    assert not job.lines.exclude(typed={}).exists()
    assert records.read_document(offer)["name"] == offer.name
    assert pressed(client, job, "apply", mode="all").state == State.ABANDONED


def test_a_file_that_cannot_be_read_is_refused_in_words(client, hospital):
    assert hospital
    said = {"upload": SimpleUploadedFile("offres.csv", b"a;b\r\n1;2\r\n"), "etablissement": ""}
    answer = client.post(reverse("imports:start"), said)
    run_jobs()
    job = ImportJob.objects.get()
    assert job.state == State.REFUSED
    assert "modèle" in job.problems[0]
    assert "modèle" in client.get(answer.url).content.decode()


def test_a_file_too_big_is_not_kept(client, hospital, monkeypatch):
    assert hospital
    monkeypatch.setattr(uploading, "LIMITS", uploading.LIMITS.__class__(size=3))
    answer = client.post(reverse("imports:start"), {"upload": SimpleUploadedFile("offres.csv", b"abcdef")})
    assert answer.status_code == 422
    assert "trop gros" in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_nobody_leaves_more_files_than_they_can_look_at(client, hospital, monkeypatch):
    assert hospital
    monkeypatch.setattr(uploading, "MOST_UNENDED", 1)
    job = uploaded(client, {KEY_TITLE: "53/1", NAME: "Un"})
    said = {"upload": workbook({KEY_TITLE: "53/1", NAME: "Deux"})}
    answer = client.post(reverse("imports:start"), said)
    assert answer.status_code == 422
    assert "imports en cours" in answer.content.decode()
    pressed(client, job, "abandon")
    assert uploaded(client, {KEY_TITLE: "53/1", NAME: "Deux"}).state == State.RECEIVED


def test_someone_else_s_import_and_an_unknown_one_give_the_same_bytes(client, offer, hospital):
    job = staged(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    other = signed_in(describer(hospital))
    for name in ("imports:job", "imports:progress"):
        theirs, unknown = (other.get(reverse(name, args=[pk])) for pk in (job.pk, uuid.uuid4()))
        assert (theirs.status_code, TOKEN.sub(b"", theirs.content)) == (404, TOKEN.sub(b"", unknown.content))
    theirs, unknown = (
        other.post(reverse("imports:job", args=[pk]), {"quoi": "abandon"}) for pk in (job.pk, uuid.uuid4())
    )
    assert (theirs.status_code, TOKEN.sub(b"", theirs.content)) == (404, TOKEN.sub(b"", unknown.content))
    job.refresh_from_db()
    assert job.state == State.PREVIEWED
    assert str(job.pk) not in other.get(reverse("imports:start")).content.decode()


def test_whoever_describes_nothing_finds_no_page(hospital):
    stranger = signed_in(
        holder("ars_agent", hospital.region.perimeter if hasattr(hospital.region, "perimeter") else hospital.perimeter)
    )
    assert stranger.get(reverse("imports:start")).status_code == 404
    assert stranger.get(reverse("imports:template")).status_code == 404
    assert Client().get(reverse("imports:start")).status_code == 302


@pytest.mark.parametrize("state", [State.RECEIVED, State.CHECKING, State.APPLYING])
def test_rights_that_ended_stop_the_import_at_each_step(client, person, offer, state):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    if state == State.APPLYING:
        run_jobs()
        client.post(reverse("imports:job", args=[job.pk]), {"quoi": "apply", "mode": "all"})
    ImportJob.objects.filter(pk=job.pk).update(state=state)
    with writing(person, "admin"):
        person.assignments.update(ends_at=timezone.now())
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.problems) == (State.ABANDONED, [access.ENDED])
    assert records.read_document(offer)["name"] == offer.name


def test_what_is_previewed_is_hidden_once_rights_have_ended(client, person, offer):
    job = staged(client, {KEY_TITLE: offer.identifier, NAME: "Nom changé"})
    with writing(person, "admin"):
        person.assignments.update(ends_at=timezone.now())
    shown = page(client, job)
    assert "Nom changé" not in shown
    assert "plus accès" in shown


def test_what_changed_since_the_preview_is_named_and_may_be_checked_again(client, offer):
    job = staged(client, {KEY_TITLE: offer.identifier, NAME: "Mon nom"})
    second = staged(client, {KEY_TITLE: offer.identifier, NAME: "Leur nom"})
    pressed(client, second, "apply", mode="all")
    job = pressed(client, job, "apply", mode="all")
    assert job.state == State.PREVIEWED
    assert offer.identifier in job.problems[0]
    assert offer.identifier in page(client, job)
    job = pressed(client, job, "check")
    assert (job.state, job.problems, job.changed) == (State.PREVIEWED, [], 1)
    pressed(client, job, "apply", mode="all")
    assert records.read_document(offer)["name"] == "Mon nom"


def test_under_a_mandate_it_is_said_that_only_drafts_are_made(hospital, offer):
    team = holder("grades", territory("region", "53"))
    AssignmentFactory(
        user=team, role="mandated", perimeter=hospital.perimeter, ends_at=timezone.now() + timedelta(days=30)
    )
    client = signed_in(team)
    assert "brouillons" in client.get(reverse("imports:start")).content.decode()
    job = staged(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    assert "ne fera que des brouillons" in page(client, job)
    assert pressed(client, job, "apply", mode="all").state == State.APPLIED
    assert records.read_document(offer)["name"] == offer.name
    assert Draft.objects.get(offer=offer).document["name"] == "Autre nom"


def test_what_is_refused_may_be_kept_as_a_draft(client, offer, hospital):
    other = published_offer(hospital, name="Deuxième")
    job = staged(
        client,
        {KEY_TITLE: offer.identifier, NAME: "Autre nom", AGE: "60"},
        {KEY_TITLE: other.identifier, NAME: "", AGE: "60"},
        {KEY_TITLE: "53/999999", NAME: "Inconnue", AGE: "60"},
    )
    assert (job.changed, job.refused) == (1, 2)
    assert "gardées nulle part" in page(client, job)
    assert pressed(client, job, "apply", mode="drafts").state == State.APPLIED
    assert records.read_document(offer)["name"] == "Autre nom"
    assert records.read_document(other)["name"] == "Deuxième"
    assert Draft.objects.get().offer == other


def test_a_step_that_fails_is_tried_again_a_bounded_number_of_times(client, offer, monkeypatch):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})

    def broken(*_):
        raise ZeroDivisionError

    step, following = jobs.STEPS[State.CHECKING]
    monkeypatch.setitem(jobs.STEPS, State.CHECKING, (broken, following))
    for _ in range(MOST_TRIES + 2):
        run_jobs()
    job.refresh_from_db()
    assert (job.state, job.tries, job.is_stuck) == (State.CHECKING, MOST_TRIES, True)
    shown = page(client, job)
    assert "Reprendre" in shown
    assert "Traceback" not in shown
    monkeypatch.setitem(jobs.STEPS, State.CHECKING, (step, following))
    assert pressed(client, job, "retry").state == State.PREVIEWED


def test_a_worker_asked_to_end_leaves_its_step_to_the_next_one(client, offer):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    stopping.set()
    try:
        run_jobs()
    finally:
        stopping.clear()
    job.refresh_from_db()
    assert (job.state, job.tries, job.problems) == (State.CHECKING, 0, [])
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.PREVIEWED


def test_a_worker_that_always_dies_of_a_file_is_found_by_the_sweep(client, offer):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    ImportJob.objects.filter(pk=job.pk).update(state=State.CHECKING, tries=MOST_TRIES)
    jobs.sweep()
    job.refresh_from_db()
    assert job.is_stuck
    assert pressed(client, job, "abandon").state == State.ABANDONED


def test_the_progress_is_told_to_the_script(client, offer):
    job = uploaded(client, {KEY_TITLE: offer.identifier, NAME: "Autre nom"})
    told = client.get(reverse("imports:progress", args=[job.pk])).json()
    assert (told["state"], told["done"], told["stuck"]) == ("received", 0, False)


def test_the_pages_take_as_many_queries_whatever_the_lines(client, hospital, django_assert_max_num_queries):
    offers = [published_offer(hospital, name=f"Offre {rank}") for rank in range(8)]
    jobs_seen = [
        staged(client, *({KEY_TITLE: each.identifier, NAME: f"Nom {each.pk}"} for each in some))
        for some in (offers[:1], offers)
    ]
    counts = []
    for job in jobs_seen:
        address = reverse("imports:job", args=[job.pk])
        client.get(address)
        with django_assert_max_num_queries(15) as queries:  # and one for each list of descriptions that is said
            client.get(address)
        counts.append(len(queries))
        with django_assert_max_num_queries(15):
            client.get(address, {"lignes": "refused"})
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(15):
        client.get(reverse("imports:start"))


@pytest.mark.parametrize("asked", [{}, {"feuille": TITLES[OFFERS]}])
def test_a_template_that_comes_back_as_it_was_changes_nothing(client, offer, asked):
    answer = client.get(reverse("imports:template"), asked)
    content = b"".join(answer.streaming_content)
    name = "offres.csv" if asked else "offres.xlsx"
    client.post(reverse("imports:start"), {"upload": SimpleUploadedFile(name, content), "etablissement": ""})
    run_jobs()
    job = ImportJob.objects.get()
    assert (job.state, job.changed, job.refused) == (State.PREVIEWED, 0, 0), job.problems
    assert offer.identifier
