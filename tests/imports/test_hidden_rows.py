"""Someone who reads a part of a description changes that part: what they do not read stays as it was."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from confidentiality.profiles import SOCIAL_FIELD
from ror.imports.comparing import ELSEWHERE
from ror.imports.models import ImportJob, Outcome, State
from ror.imports.sheets import KEY_TITLE
from ror.spreadsheets import write_workbook
from structures import records
from structures.models import Offer
from tests.admin.conftest import role_with, signed_in
from tests.factories import DIRECT_PHONE, contact_row, holder, published_offer, telecom_row, territory
from tests.imports.running import run_jobs

pytestmark = pytest.mark.django_db
CONTACTS, DESCRIPTION = "Contacts", "Précision"


@pytest.fixture
def reader_of_level_1() -> Client:
    """Someone who may correct offers, and reads what everyone reads."""
    permissions = ("enter_admin", "correct_record", "import_lists")
    return signed_in(holder(role_with(*permissions, profile="P0"), territory("nation")))


def imported(client: Client, sheet: str, *lines: dict[str, str]) -> ImportJob:
    out = io.BytesIO()
    write_workbook(out, sheet, list(lines[0]), (list(line.values()) for line in lines))
    file = SimpleUploadedFile("offres.xlsx", out.getvalue())
    answer = client.post(reverse("admin:imports_importjob_add"), {"upload": file, "reason": "Demande de la région"})
    run_jobs()
    return ImportJob.objects.get(pk=answer.url.split("/")[-3])


def applied(client: Client, job: ImportJob) -> ImportJob:
    client.post(reverse("admin:imports_importjob_apply", args=[job.pk]), {"mode": "valid"})
    run_jobs()
    job.refresh_from_db()
    return job


def contacts_of(offer: Offer) -> dict[str, dict]:
    return {row["id"]: row for row in records.read_document(offer)["contacts"]}


def test_the_hidden_contacts_of_an_offer_stay_when_a_public_one_changes(reader_of_level_1):
    offer = published_offer()
    before = contacts_of(offer)
    public = next(key for key, row in before.items() if row["level"] == 1)
    line = {KEY_TITLE: offer.identifier, "Ligne": public, DESCRIPTION: "Le matin"}
    job = applied(reader_of_level_1, imported(reader_of_level_1, CONTACTS, line))
    assert (job.state, job.changed) == (State.APPLIED, 1)
    assert contacts_of(offer) == before | {public: before[public] | {"description": "Le matin"}}


def test_what_is_read_of_an_offer_is_the_same_when_a_file_is_applied_as_when_it_was_looked_at():
    """Who reads level 2 of médico-social offers only changes a contact at level 2 there, the one at level 3 stays."""
    permissions = ("enter_admin", "correct_record", "import_lists")
    client = signed_in(holder(role_with(*permissions, profile="P3"), territory("nation")))
    offer = published_offer(activity_field=SOCIAL_FIELD)
    before = contacts_of(offer)
    restricted = next(key for key, row in before.items() if row["level"] == 2)
    line = {KEY_TITLE: offer.identifier, "Ligne": restricted, DESCRIPTION: "Le matin"}
    job = applied(client, imported(client, CONTACTS, line))
    assert (job.state, job.changed) == (State.APPLIED, 1)
    assert contacts_of(offer) == before | {restricted: before[restricted] | {"description": "Le matin"}}


def test_a_public_contact_with_a_hidden_line_is_not_taken_away_with_it(reader_of_level_1):
    hidden = telecom_row(DIRECT_PHONE, level=2, direct_line=True)
    offer = published_offer(contacts=[contact_row(), contact_row(telecoms=[telecom_row(), hidden])])
    before = contacts_of(offer)
    key = list(before)[1]
    job = imported(reader_of_level_1, CONTACTS, {KEY_TITLE: offer.identifier, "Ligne": key, "Retirer": "oui"})
    (line,) = job.lines.all()
    assert (line.outcome, [each["message"] for each in line.problems]) == (Outcome.REFUSED, [ELSEWHERE])
    applied(reader_of_level_1, job)
    assert contacts_of(offer) == before


def test_the_name_of_a_hidden_row_says_no_more_than_an_unknown_one(reader_of_level_1):
    offer = published_offer()
    hidden = next(key for key, row in contacts_of(offer).items() if row["level"] == 3)
    unknown = "00000000-0000-4000-8000-000000000000"
    told = []
    for key in (hidden, unknown):
        line = {KEY_TITLE: offer.identifier, "Ligne": key, DESCRIPTION: "Le matin"}
        (staged,) = imported(reader_of_level_1, CONTACTS, line).lines.all()
        told.append((staged.outcome, staged.problems, staged.typed))
    assert told[0] == told[1]
    assert told[0][0] == Outcome.REFUSED
