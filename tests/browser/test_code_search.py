"""The search fields in Chromium, by keyboard, under the portal's Content-Security-Policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PROPOSALS, follow

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.urls("tests.browser.code_search_urls")]


@pytest.fixture
def page(live_server, chromium):
    """A page of 375 pixels; the test fails on any error of the console."""
    page = chromium.new_page(viewport={"width": 375, "height": 900})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{live_server.url}/page")
    yield page
    page.close()
    assert errors == []


def type_in(page, selector: str, text: str) -> None:
    page.focus(selector)
    page.keyboard.type(text)
    page.wait_for_selector(PROPOSALS)


def test_choosing_by_keyboard(page):
    type_in(page, "#id_mode", "hospit jour")
    assert page.get_attribute("#id_mode", "aria-expanded") == "true"
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#id_mode", "aria-activedescendant")
    assert page.inner_text(f"#{active}") == "Hospitalisation de jour (HJ)"
    page.keyboard.press("Enter")
    assert page.input_value("#id_mode") == "Hospitalisation de jour (HJ)"
    assert page.get_attribute("#id_mode", "aria-expanded") == "false"

    type_in(page, "#id_acts-ajout", "irm foetale")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "IRM foetale" in page.locator("[data-code-set-chosen] label").all_inner_texts()
    assert page.input_value("#id_acts-ajout") == ""

    type_in(page, "#id_commune", "renn")
    page.locator("[role=option]:visible").first.click()
    assert page.input_value("#id_commune") == "Rennes (35238)"

    follow(page, "button")
    cleaned = page.inner_text("#cleaned").split()
    assert cleaned[0] == "R213:29"
    assert cleaned[1].startswith("R210:0001,R210:")
    assert cleaned[2] == "35238"
    assert Axe().run(page).violations_count == 0


def test_choosing_the_last_of_several_typed_keeps_those_before(page):
    type_in(page, "#id_zones-ajout", "Brest; 35000 renn")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#id_zones-ajout") == "Brest;"
    assert page.locator("#id_zones [data-code-set-chosen] label").all_inner_texts() == ["Rennes (35238)"]
    page.keyboard.type(" vitré (35)")
    follow(page, "button")
    assert page.inner_text("#cleaned").split()[-1] == "29019,35238,35360"
    assert Axe().run(page).violations_count == 0


def test_the_list_stays_as_it_is_for_someone_who_chooses_in_it(page):
    """What was typed last is still searched: its answer must not replace what one is about to take."""
    late = []
    type_in(page, "#id_commune", "renn")
    page.route(lambda url: "q=renne" in url, lambda route: late.append(route))
    with page.expect_request(lambda request: "q=rennes" in request.url):
        page.keyboard.type("es")
    page.keyboard.press("ArrowDown")
    chosen, _ = page.inner_text(f"#{page.get_attribute('#id_commune', 'aria-activedescendant')}").splitlines()
    with page.expect_response(lambda answer: "q=rennes" in answer.url):
        for route in late:
            route.continue_()
    page.wait_for_timeout(250)  # the page reads the answer
    page.keyboard.press("Enter")
    assert page.input_value("#id_commune") == chosen


def test_escape_closes_and_keeps_what_was_typed(page):
    type_in(page, "#id_commune", "renn")
    page.keyboard.press("Escape")
    assert page.locator("[role=option]:visible").count() == 0
    assert page.input_value("#id_commune") == "renn"


def test_nothing_found_is_said(page):
    page.focus("#id_mode")
    page.keyboard.type("zzzz")
    page.locator("[role=status]", has_text="Aucune valeur ne correspond.").wait_for(state="attached")


def test_no_horizontal_scroll(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
