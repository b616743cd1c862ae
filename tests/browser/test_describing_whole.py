"""The whole description, its folded data, and the pages of an establishment: accessible, without horizontal scroll."""

import pytest
from playwright.sync_api import expect

from structures.describing.steps import STEPS
from tests.browser.conftest import DESKTOP, PHONE, check_page, choose, follow, press, sign_in, tab_to, write_in
from tests.factories import (
    PASSWORD,
    DraftFactory,
    GeographicEntityFactory,
    describer,
    offer_document,
    place_row,
    published_offer,
)

LIMIT = {"id": "11111111-1111-4111-8111-111111111111", "feature": None, "value": "250.00", "unit": "kg"}
EQUIPMENT = {"id": "22222222-2222-4222-8222-222222222222", "equipment_type": "R212:054", "limits": [LIMIT]}
SAID = {"comment": "Commentaire fictif", "specific_competences": ["R243:01"], "intervention_communes": ["35238"]}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_each_step_of_a_rich_offer(live_server, open_page, viewport):
    entity = GeographicEntityFactory()
    describer(entity, email="decrit@example.org")
    draft = DraftFactory(
        geographic_entity=entity, document=offer_document(**SAID, places=[place_row(equipment=[EQUIPMENT])])
    )
    page = open_page(viewport)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    for step in STEPS:
        page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/{step.slug}/?verifier=1")
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
        check_page(page)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_tariff_shows_what_its_type_says_and_an_offer_closes(live_server, open_page, viewport):
    entity = GeographicEntityFactory()
    describer(entity, email="decrit@example.org")
    offer = published_offer(entity)
    page = open_page(viewport)
    address = f"{live_server.url}/mes-etablissements"
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    page.goto(f"{address}/{entity.id_nat_struct}/description/informations/")
    press(page, "button[name=add][value=contacts]")
    expect(page.locator("fieldset[autofocus]")).to_be_focused()
    check_page(page)
    page.goto(f"{address}/{entity.id_nat_struct}/description/tarifs/")
    press(page, "button[name=add][value=tariffs]")
    row = page.eval_on_selector("input[name='rows:tariffs']", "row => row.value")
    choose(page, f"tariffs.{row}.kind", "Dépendance")
    assert page.is_visible(f"[name='tariffs.{row}.dependency_group']")
    assert not page.is_visible(f"[name='tariffs.{row}.residential_type']")
    check_page(page)
    write_in(page, f"[name='tariffs.{row}.amount']", "douze")
    press(page, "main form ul button")
    assert "Rien n'est encore enregistré" in page.inner_text("main")
    assert page.input_value(f"[name='tariffs.{row}.amount']") == "douze"
    check_page(page)
    for path in (f"/{entity.id_nat_struct}/", f"/offres/{offer.slug}/fermer/"):
        page.goto(address + path)
        check_page(page)
    press(page, "main form ul button")
    check_page(page)
    choose(page, "closing_type", "Provisoire")
    tab_to(page, "input[name=confirmed]")
    page.keyboard.press("Space")
    press(page, "main form ul button")
    assert "La fermeture au" in page.inner_text("main")
    check_page(page)
    page.goto(f"{address}/offres/{offer.slug}/rouvrir/")
    check_page(page)


def test_without_script_a_tariff_shows_everything_with_what_it_is_for(live_server, open_page):
    entity = GeographicEntityFactory()
    describer(entity, email="decrit@example.org")
    page = open_page(DESKTOP, javascript=False)
    sign_in_without_script(page, live_server.url)
    page.goto(f"{live_server.url}/mes-etablissements/{entity.id_nat_struct}/description/tarifs/")
    follow(page, "button[name=add]")
    page.click("summary")
    assert page.is_visible("[name$='.dependency_group']")
    assert page.is_visible("[name$='.management_type']")
    assert "Pour : Dépendance" in page.inner_text("main")


def sign_in_without_script(page, address):
    page.goto(f"{address}/connexion/")
    page.fill("input[name=login]", "decrit@example.org")
    page.fill("input[name=password]", PASSWORD)
    follow(page, "main form button")
