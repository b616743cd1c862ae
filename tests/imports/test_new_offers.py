"""Offers that a file describes first: published by the import, never as sensitive units."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ror.imports.comparing import FLAGGED, UNKNOWN_ENTITY
from ror.imports.models import ImportJob, Outcome, State
from ror.imports.sheets import FINESS_TITLE, KEY_TITLE, OFFERS, SENSITIVE_TITLE, TITLES
from ror.reference.identifiers import finess_key
from structures.models import Offer
from tests.admin.conftest import signed_in
from tests.factories import GeographicEntityFactory, describer, offer_document, published_offer, referent
from tests.imports.running import run_jobs
from tests.imports.sheet_files import Tables, as_xlsx, change, tables

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SHEET = TITLES[OFFERS]


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


def staged(client, sheets: Tables) -> ImportJob:
    file = SimpleUploadedFile("offres.xlsx", as_xlsx(sheets))
    answer = client.post(reverse("imports:start"), {"upload": file, "etablissement": ""})
    run_jobs()
    return ImportJob.objects.get(pk=answer.url.split("/")[-2])


def new(number: str, sensitive: str = "") -> Tables:
    """A whole new offer, called N1, of the establishment of this number."""
    sheets = tables(offer_document(sensitive=None))
    for title, rows in sheets.items():
        for rank in range(1, len(rows)):
            change(rows, rank, KEY_TITLE, "N1")
            if title == SHEET:
                change(rows, rank, FINESS_TITLE, number)
                change(rows, rank, SENSITIVE_TITLE, sensitive)
    return sheets


def existing(offer: Offer, sensitive: str) -> Tables:
    said = {KEY_TITLE: offer.identifier, SENSITIVE_TITLE: sensitive}
    return {SHEET: [list(said), list(said.values())]}


def problems(job: ImportJob) -> list[tuple[str, str]]:
    return [(each["column"], each["message"]) for each in job.lines.get().problems]


def test_a_new_offer_of_a_hospital_answers_that_it_is_no_sensitive_unit(hospital):
    client = signed_in(describer(hospital))
    silent = staged(client, new(hospital.finess))
    assert [column for column, _ in problems(silent)] == [SENSITIVE_TITLE]
    job = staged(client, new(hospital.finess, "Non"))
    assert (job.new, job.refused) == (1, 0), job.lines.get().problems
    client.post(reverse("imports:job", args=[job.pk]), {"quoi": "apply", "mode": "all"})
    run_jobs()
    job.refresh_from_db()
    assert job.state == State.APPLIED
    assert Offer.objects.trusted("test").get().geographic_entity == hospital


def test_no_file_says_that_a_unit_is_sensitive(hospital):
    job = staged(signed_in(referent(hospital)), new(hospital.finess, "oui"))
    assert (SENSITIVE_TITLE, FLAGGED) in problems(job)
    assert job.lines.get().typed.get("sensitive") is None


@pytest.mark.parametrize("said", ["oui", "non"])
def test_of_an_offer_that_exists_the_answer_is_the_same_whether_or_not_it_is_sensitive(hospital, said):
    client = signed_in(referent(hospital))
    motive = {"sensitive": True, "sensitive_motive": "Adresse protégée"}
    found = []
    for offer in (published_offer(hospital), published_offer(hospital, **motive)):
        job = staged(client, existing(offer, said))
        line = job.lines.get()
        assert line.offer == offer
        found.append((line.outcome, line.typed, line.problems))
    assert found[0] == found[1]
    assert found[0][0] == Outcome.REFUSED
    assert found[0][2][0]["message"] == FLAGGED


def test_an_office_without_finess_number_is_named_as_it_is_exported():
    office = GeographicEntityFactory(ville=True, finess=None, siret="12345678200010")
    office.refresh_from_db()
    client = signed_in(describer(office))
    job = staged(client, new(office.id_nat_struct, "non"))
    assert job.lines.get().geographic_entity == office
    assert UNKNOWN_ENTITY not in [message for _, message in problems(job)]


def test_an_establishment_of_someone_else_is_unknown(hospital):
    other = GeographicEntityFactory(health=True)
    unknown = other.finess[:-2] + "9"
    unknown += finess_key(unknown) if len(unknown) == 8 else ""
    client = signed_in(describer(hospital))
    for number in (other.finess, unknown, other.id_nat_struct):
        assert (FINESS_TITLE, UNKNOWN_ENTITY) in problems(staged(client, new(number, "non")))
