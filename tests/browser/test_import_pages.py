"""« Importer un tableur » in Chromium: upload, follow the worker, look at the lines, apply, on a screen and a phone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from confidentiality.session import SessionViewer
from ror.imports.models import Channel, ImportJob, State
from ror.imports.sheets.layout import KEY_TITLE
from ror.imports.uploading import receive
from ror.spreadsheets import csv_lines
from structures import records
from tests.browser.conftest import DESKTOP, PHONE, check_page, follow, press, sign_in, sign_in_with_code
from tests.factories import PASSWORD, GeographicEntityFactory, administrator, describer, published_offer
from tests.imports.running import run_jobs

NAME, AGE = "Nom de l'offre", "Âge minimal"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def offers(hospital):
    return [published_offer(hospital, name=name) for name in ("Médecine", "Chirurgie", "Pédiatrie")]


def opened(live_server, open_page, hospital, viewport=DESKTOP, **options) -> Page:
    describer(hospital, email="camille@example.org")
    page = open_page(viewport, **options)
    sign_in(page, live_server.url, "camille@example.org", PASSWORD)
    page.goto(f"{live_server.url}/mes-etablissements/imports/")
    return page


def upload(page: Page, offers) -> ImportJob:
    """One offer renamed, one that cannot be, one as it was, one unknown."""
    keys = [each.identifier for each in offers]
    rows = [(keys[0], "Médecine polyvalente", "60"), (keys[1], "Chirurgie", "dix"), (keys[2], "Pédiatrie", "60")]
    text = "".join(csv_lines([KEY_TITLE, NAME, AGE], [*rows, ("00/999999", "Inconnue", "60")]))
    file = {"name": "mes-offres.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("input[type=file]", [file])
    press(page, "form[method=post][enctype] button")
    return ImportJob.objects.get()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_file_is_followed_then_applied(live_server, open_page, hospital, offers, viewport):
    page = opened(live_server, open_page, hospital, viewport)
    check_page(page)
    job = upload(page, offers)
    expect(page.locator("[data-words]")).to_contain_text("attend son tour")
    check_page(page)
    with page.expect_navigation():  # the script sees that the state has changed
        run_jobs()
    expect(page.locator("main")).to_contain_text("Médecine polyvalente")
    expect(page.locator("main")).to_contain_text("C3")
    check_page(page)
    press(page, "button[value=apply]")
    job.refresh_from_db()
    assert job.state == State.APPLYING
    with page.expect_navigation():
        run_jobs()
    expect(page.locator(".fr-alert--success")).to_contain_text("est appliqué")
    check_page(page)
    assert records.read_document(offers[0])["name"] == "Médecine polyvalente"
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger le fichier avec ses résultats").click()
    assert download.value.suggested_filename == "mes-offres-resultat.csv"
    page.get_by_text("Annuler cet import").click()
    check_page(page)
    press(page, "button[value=undo]")
    with page.expect_navigation():
        run_jobs()
    expect(page.locator(".fr-alert--info")).to_contain_text("est annulé")
    check_page(page)
    assert records.read_document(offers[0])["name"] == "Médecine"
    page.goto(f"{live_server.url}/mes-etablissements/imports/")
    expect(page.locator("main")).to_contain_text("mes-offres.csv")
    check_page(page)


def test_without_javascript_a_link_shows_how_far_it_is(live_server, open_page, hospital, offers):
    page = opened(live_server, open_page, hospital, javascript=False)
    job = upload_without_script(page, offers)
    run_jobs()
    follow(page, "role=link[name='Actualiser']")
    expect(page.locator("main")).to_contain_text("Médecine polyvalente")
    follow(page, "button[value=abandon]")
    job.refresh_from_db()
    assert job.state == State.ABANDONED


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_administration_shows_the_same(live_server, open_page, offers, viewport):
    user = administrator()
    page = open_page(viewport)
    sign_in_with_code(page, live_server.url, user)
    text = "".join(csv_lines([KEY_TITLE, NAME], [(offers[0].identifier, "Autre nom"), ("00/9", "Inconnue")]))
    viewer = SessionViewer(user, proven=True)
    job = receive(SimpleUploadedFile("o.csv", text.encode()), viewer, channel=Channel.ADMIN, reason="essai")
    page.goto(f"{live_server.url}/admin/imports/importjob/{job.pk}/change/")
    check_page(page)
    with page.expect_navigation():
        run_jobs()
    expect(page.locator("main")).to_contain_text("Autre nom")
    check_page(page)


def upload_without_script(page: Page, offers) -> ImportJob:
    text = "".join(csv_lines([KEY_TITLE, NAME], [(offers[0].identifier, "Médecine polyvalente")]))
    page.set_input_files("input[type=file]", [{"name": "o.csv", "mimeType": "text/csv", "buffer": text.encode()}])
    follow(page, "form[method=post][enctype] button")
    return ImportJob.objects.get()
