"""Step 1, as its people live it: a real FINESS file, one offer described by keyboard, published, read at its level."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from confidentiality.models import Assignment
from ror.history import writing
from structures.models import GeographicEntity, Offer
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    check_page,
    choose,
    press,
    search,
    sign_in,
    sign_in_with_code,
    tab_to,
    write_in,
)
from tests.factories import PASSWORD, UserFactory, administrator

PUBLIC, DIRECT, EMERGENCY = "02 61 91 01 01", "02 61 91 02 02", "06 39 98 03 03"
HIDDEN = (DIRECT, DIRECT.replace(" ", ""), EMERGENCY, EMERGENCY.replace(" ", ""))


@pytest.fixture
def real_file(shared_data, live_server):
    """The establishments of Ille-et-Vilaine, from the register's own file."""
    path = shared_data / "finess" / "departement-35-cs1100507-20210108.csv"
    call_command("import_finess", str(path), scope="35", verbosity=0)
    return GeographicEntity.objects.filter(category="R66:500").order_by("finess")


def describer_of(entity, email):
    user = UserFactory(email=email)
    with writing("tests", "command"):
        Assignment.objects.create(user=user, role_id="describer", perimeter=entity.perimeter, reason="pour les tests")
    return user


def test_a_describer_publishes_by_keyboard_and_each_reader_sees_its_level(real_file, live_server, open_page):
    entity, other = real_file[0], real_file[1]
    describer_of(entity, "decrit@example.org")
    describer_of(other, "autre@example.org")
    page = open_page(DESKTOP)

    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    check_page(page)
    press(page, f"a[href='/mes-etablissements/{entity.id_nat_struct}/']")
    check_page(page)
    press(page, "a[href$='/nouvelle-offre/']")
    start_without_model(page)
    draft_url = page.url
    refuse_empty(page)
    describe(page)
    press(page, "main form button.fr-btn:not([name])")  # Publier

    offer = Offer.objects.get()
    assert page.url.endswith(f"/offres/{offer.slug}/")
    assert all(number in page.inner_text("main") for number in (PUBLIC, DIRECT, EMERGENCY))
    check_page(page)
    reads_level_1_only(open_page(PHONE), live_server.url, entity, offer)
    another_describer_gets_404(open_page(DESKTOP), live_server.url, draft_url, entity, offer)
    the_admin_shows_an_administrator_what_it_may(open_page(DESKTOP), live_server.url, offer)


def start_without_model(page: Page) -> None:
    """Every question and every code, as when no model fits."""
    check_page(page)
    tab_to(page, "input[name=model]")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("#modele-aucun")
    press(page, "main form button.fr-btn")


def refuse_empty(page: Page) -> None:
    """Publishing nothing says everything that is missing, each with a link that leads to its field."""
    press(page, "nav[aria-label^='Étapes'] li:last-child a")
    press(page, "main form button.fr-btn:not([name])")
    links = page.eval_on_selector_all("[role=alert] li a", "links => links.map(link => link.getAttribute('href'))")
    assert len(links) == len(set(links)) >= 6
    expect(page.locator("[role=alert] li a").first).to_be_focused()
    check_page(page)
    for link in links:
        anchor = link.split("#")[1]
        page.goto(page.url.split("/mes-")[0] + link)
        assert page.evaluate("anchor => document.getElementById(anchor) !== null", anchor), link
    page.goto(re.sub(r"/[a-z]+/(\?.*)?(#.*)?$", "/informations/", page.url))


def describe(page: Page) -> None:
    write_in(page, "#id_name", "Hébergement d'essai")
    choose(page, "activity_field", "Médico")
    go_on(page)
    search(page, "care_mode", "hebergement")
    choose(page, "reception_temporality", "Permanent")
    go_on(page)
    tab_to(page, "input[name=publics]")
    page.keyboard.press("Space")
    write_in(page, "#id_age_min", "60")
    go_on(page)
    press(page, "button[name=add][value=activities]")
    activity = page.eval_on_selector("input[name='rows:activities']", "row => row.value")
    search(page, f"activities.{activity}.activity", "actes de la vie quotidienne")
    choose(page, f"activities.{activity}.family", "2.2.1.1")
    go_on(page)
    tab_to(page, "input[name=always_open]")
    page.keyboard.press("Space")
    go_on(page)
    add_contact(page, 1, "Accueil", PUBLIC, "Visible du grand public", direct=False, private=False)
    add_contact(page, 2, "Médical", DIRECT, "Visible par les professionnels", direct=True, private=False)
    add_contact(page, 3, "Garde", EMERGENCY, "Visible régulation", direct=True, private=True)
    check_page(page)
    go_on(page)
    check_page(page)
    go_on(page)
    assert "Rien ne manque" in page.inner_text("main"), page.inner_text("main")
    check_page(page)


def add_contact(page: Page, rank: int, nature: str, number: str, level: str, *, direct: bool, private: bool) -> None:
    """One more contact with one number, row by row, by keyboard."""
    press(page, "button[name=add][value=contacts]")
    contact = page.eval_on_selector_all("input[name='rows:contacts']", "rows => rows.at(-1).value")
    prefix = f"contacts.{contact}"
    choose(page, f"{prefix}.nature", nature)
    choose(page, f"{prefix}.level", level)
    press(page, f"button[name=add][value='{prefix}.telecoms']")
    telecom = page.eval_on_selector(f"input[name='rows:{prefix}.telecoms']", "row => row.value")
    below = f"{prefix}.telecoms.{telecom}"
    choose(page, f"{below}.channel", "Téléphone fixe")
    write_in(page, f"[name='{below}.address']", number)
    answer(page, f"{below}.direct_line", direct)
    answer(page, f"{below}.private_emergency_line", private)
    choose(page, f"{below}.level", level)


def answer(page: Page, name: str, yes: bool) -> None:
    """Answer a question by oui or non: reach the first button, choose with the arrows."""
    tab_to(page, f"input[name='{name}']")
    page.keyboard.press("Space")
    if not yes:
        page.keyboard.press("ArrowDown")


def go_on(page: Page) -> None:
    press(page, "main form ul button.fr-btn:not(.fr-btn--secondary)")
    check_page(page)


def reads_level_1_only(page: Page, address: str, entity: GeographicEntity, offer: Offer) -> None:
    """The public, on a phone: level 1, and nothing else, from the search to the page."""
    page.goto(f"{address}/?q=hebergement+d+essai")
    assert "Hébergement d'essai" in page.inner_text("main")
    for path in (f"/?q={DIRECT}", f"/etablissements/{entity.id_nat_struct}/", f"/offres/{offer.slug}/"):
        page.goto(address + path)
        check_page(page)
        assert not [number for number in HIDDEN if number in page.inner_text("main")], path
        assert not [number for number in HIDDEN if number in without_form(page.content())], path
    assert PUBLIC in page.inner_text("main")


def without_form(html: str) -> str:
    """The page without the search form and the title, which repeat what the reader typed."""
    return re.sub(r"<title>.*?</title>|<form.*?</form>", "", html, flags=re.S) if "?q=" not in html else ""


def another_describer_gets_404(
    page: Page, address: str, draft_url: str, entity: GeographicEntity, offer: Offer
) -> None:
    sign_in(page, address, "autre@example.org", PASSWORD)
    for url in (draft_url, f"{address}/mes-etablissements/{entity.id_nat_struct}/"):
        assert page.goto(url).status == 404
        assert not [number for number in HIDDEN if number in page.content()]
    page.goto(f"{address}/offres/{offer.slug}/")
    assert not [number for number in HIDDEN if number in page.content()]
    page.goto(f"{address}/admin/")
    assert "/admin/structures/" not in page.content()


def the_admin_shows_an_administrator_what_it_may(page: Page, address: str, offer: Offer) -> None:
    sign_in_with_code(page, address, administrator(email="admin@example.org"))
    page.goto(f"{address}/admin/structures/offer/")
    assert offer.name in page.inner_text("main, #content")
