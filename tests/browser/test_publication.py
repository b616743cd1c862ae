"""Public pages in Chromium: search by keyboard, with and without JavaScript; legal and error pages at both widths."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, check_page, follow, press, search, sign_in, tab_to, write_in
from tests.factories import PASSWORD, GeographicEntityFactory, describer, published_offer

ACTIVITY = "Accompagnements pour les actes de la vie quotidienne"
PAGES = (
    "/?q=ab&commune=zzyzx",
    "/?q=fictif&hors_perimetre=on",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/accessibilite/",
    "/plan-du-site/",
    "/nulle-part/",
)


@pytest.fixture
def offer(live_server):
    return published_offer(GeographicEntityFactory(name="EHPAD fictif des Érables"), name="Halte-répit")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_public_pages_are_accessible_and_fit(live_server, open_page, offer, viewport):
    page = open_page(viewport)
    for address in PAGES:
        page.goto(live_server.url + address)
        check_page(page)


def test_searching_by_keyboard(live_server, open_page, offer):
    page = open_page(DESKTOP)
    page.goto(live_server.url)
    write_in(page, "input[name=q]", "répit")
    search(page, "activite", "actes de la vie")
    press(page, "main button[type=submit]")
    assert "Halte-répit" in page.inner_text("main")
    press(page, "a[href^='/offres/']")
    assert page.inner_text("h1") == "Halte-répit"


def test_searching_without_javascript(live_server, open_page, offer):
    page = open_page(PHONE, javascript=False)
    page.goto(live_server.url)
    page.fill("input[name=activite]", "actes de la vie quotid")
    follow(page, "main button[type=submit]")
    assert ACTIVITY in page.inner_text("main")
    page.fill("input[name=activite]", f"{ACTIVITY} (AVQ)")
    follow(page, "main button[type=submit]")
    assert "Halte-répit" in page.inner_text("main")


def test_skip_link_leads_to_the_content(live_server, open_page):
    page = open_page(DESKTOP)
    page.goto(live_server.url)
    tab_to(page, "a[href='#contenu']")
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_the_menu_of_a_phone_opens_and_signs_out(live_server, open_page, offer):
    page = open_page(PHONE)
    sign_in(page, live_server.url, describer(offer.geographic_entity).email, PASSWORD)
    tab_to(page, "#bouton-menu")
    page.keyboard.press("Enter")
    page.wait_for_selector("#menu form button:visible")
    check_page(page)
    follow(page, "#menu form button")
    page.goto(f"{live_server.url}/mes-etablissements/")
    assert "/connexion/" in page.url
