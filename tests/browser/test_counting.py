"""« Lits et places » on a phone: one unit after the other, the connection cut, a colleague at the same time."""

import pytest
from playwright.sync_api import Page, expect

from structures.beds import report
from structures.describing.counting_words import code_of
from structures.models import BedCapacity
from structures.models.capacity import AVAILABLE, CLOSED, INSTALLED, OCCUPIED, SUPPLEMENTARY
from tests.browser.conftest import DESKTOP, PHONE, check_page, comes_to, follow, sign_in
from tests.factories import PASSWORD, GeographicEntityFactory, describer, holder
from tests.structures.counting import figure, stored, unit

STORED = "Object.keys(localStorage).filter((name) => name.startsWith('ror-lits:'))"
TYPED = f"JSON.stringify({STORED}.map((name) => localStorage.getItem(name)))"


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def places(hospital):
    """Six units, each with figures of a phone call ago."""
    found = [unit(hospital, f"Unité {name} (fictive)") for name in NAMES]
    for place in found:
        report(place, FIGURES, author="tests", channel="form")
    return found


NAMES = ("Ambre", "Bleuet", "Cèdre", "Dahlia", "Érable", "Frêne")
FIGURES = [
    figure(AVAILABLE, 3),
    figure(INSTALLED, 20),
    figure(OCCUPIED, 12),
    figure(CLOSED, 2, closing_type="R333:01"),
    figure(SUPPLEMENTARY, 4),
]


def field(place, status=AVAILABLE) -> str:
    code = code_of(figure(status, 0).key)
    return f"form[data-place='{place.pk}'] [name='number:{code}']"


def counting(live_server, open_page, entity, viewport=PHONE, **options) -> Page:
    """The page of an establishment, for its bed manager."""
    holder("bed_manager", entity.perimeter, email="lits@example.org")
    page = open_page(viewport, **options)
    sign_in(page, live_server.url, "lits@example.org", PASSWORD)
    page.goto(f"{live_server.url}/mes-etablissements/")
    follow(page, "main .ror-list a:has-text('Lits et places')")
    if options.get("javascript", True):
        page.wait_for_selector("html.ror-with-script")
    return page


def write(page: Page, selector: str, number: int) -> None:
    page.focus(selector)
    page.keyboard.type(str(number))
    page.keyboard.press("Enter")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_every_target_is_as_large_as_a_thumb(
    live_server, open_page, hospital, places, viewport
):
    page = counting(live_server, open_page, hospital, viewport)
    check_page(page)
    for selector in (".ror-count__number", ".ror-step", ".ror-count__same"):
        box = page.locator(selector).first.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    follow(page, "a:has-text('Ajouter ou retirer un chiffre')")
    check_page(page)


def test_enter_saves_and_goes_to_the_next_figure(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    write(page, field(places[0]), 1)
    assert page.evaluate("document.activeElement.name") == f"number:{code_of(figure(OCCUPIED, 0).key)}"
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert stored(places[0])[AVAILABLE] == 1
    page.click(f"form[data-place='{places[1].pk}'] .ror-step[data-step='1'] >> nth=0")
    page.click(f"form[data-place='{places[1].pk}'] .ror-step[data-step='1'] >> nth=0")
    comes_to(page, lambda: stored(places[1])[AVAILABLE], 5)
    expect(page.locator(f"form[data-place='{places[1].pk}'] .ror-count--saved")).to_have_count(1)
    page.fill("#chercher", "erable")
    assert page.locator(".ror-unit >> visible=true").count() == 1


def test_unchanged_in_one_tap(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    before = BedCapacity.objects.filter(care_capacity__place=places[0]).latest("counted_at").counted_at
    page.click(f"form[data-place='{places[0].pk}'] [value=all]")
    expect(page.locator(f"form[data-place='{places[0].pk}'] .ror-count--saved")).to_have_count(5)
    renewed = BedCapacity.objects.filter(care_capacity__place=places[0], counted_at__gt=before)
    assert renewed.count() == 5


def test_what_is_typed_without_connection_is_kept_then_sent(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    page.context.set_offline(True)
    write(page, field(places[0]), 1)
    write(page, field(places[1]), 2)
    expect(page.locator("#etat")).to_contain_text("Hors connexion : 2 chiffres gardés sur cet appareil")
    check_page(page)
    assert stored(places[0])[AVAILABLE] == 3
    assert page.evaluate(f"{STORED}.length") == 1
    assert "Unité" not in page.evaluate(TYPED)
    page.context.set_offline(False)
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert (stored(places[0])[AVAILABLE], stored(places[1])[AVAILABLE]) == (1, 2)
    assert page.evaluate(f"{STORED}.length") == 0


def test_what_is_typed_without_connection_outlives_the_page(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    page.route("**/lits-et-places/*/", lambda route: route.abort())
    write(page, field(places[0]), 1)
    expect(page.locator("#etat")).to_contain_text("1 chiffre gardé")
    page.unroute("**/lits-et-places/*/")
    page.reload()
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert stored(places[0])[AVAILABLE] == 1


def test_crisis_figures_are_never_left_on_the_device(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    page.context.set_offline(True)
    write(page, field(places[0], SUPPLEMENTARY), 9)
    expect(page.locator("#etat")).to_contain_text("gardé dans cette page : ne la fermez pas")
    assert page.evaluate(f"{STORED}.length") == 0
    page.context.set_offline(False)
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert stored(places[0])[SUPPLEMENTARY] == 9


def test_a_colleague_was_faster_and_both_values_are_shown(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    page.context.set_offline(True)
    write(page, field(places[0]), 1)
    write(page, field(places[0], OCCUPIED), 11)
    report(places[0], [figure(AVAILABLE, 8)], author=describer(hospital), channel="form")
    page.context.set_offline(False)
    row = page.locator(".ror-count--overtaken")
    expect(row).to_contain_text("a enregistré 8")
    expect(row).to_contain_text("Vous avez saisi 1")
    check_page(page)
    assert stored(places[0])[OCCUPIED] == 11
    page.click("text=Garder 1")
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert stored(places[0])[AVAILABLE] == 1


def test_signing_out_forgets_what_was_typed_after_asking(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital, DESKTOP)
    page.context.set_offline(True)
    write(page, field(places[0]), 1)
    expect(page.locator("#etat")).to_contain_text("1 chiffre gardé")
    asked = []
    page.route("**/lits-et-places/*/", lambda route: route.abort())
    page.context.set_offline(False)
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    follow(page, "header button:has-text('Se déconnecter')")
    assert "pas encore été envoyés" in asked[0]
    assert page.evaluate(f"{STORED}.length") == 0
    assert stored(places[0])[AVAILABLE] == 3


def test_a_lost_sign_in_keeps_what_was_typed(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital)
    page.context.clear_cookies()
    write(page, field(places[0]), 1)
    expect(page.locator("#etat")).to_contain_text("Votre saisie est gardée sur cet appareil")
    page.evaluate("window.seen = document.querySelector('#etat a')")
    write(page, field(places[1]), 2)
    page.wait_for_timeout(1_500)  # longer than the page waits after the last key
    assert page.evaluate("window.seen.isConnected"), "the link must not go from under the finger that presses it"
    follow(page, "#etat a")
    page.fill("input[name=login]", "lits@example.org")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#etat")).to_have_text("Tout est enregistré.")
    assert (stored(places[0])[AVAILABLE], stored(places[1])[AVAILABLE]) == (1, 2)


def test_without_script_the_form_of_the_unit_is_enough(live_server, open_page, hospital, places):
    page = counting(live_server, open_page, hospital, javascript=False)
    page.fill(field(places[0]), "1")
    with page.expect_navigation():
        page.press(field(places[0]), "Enter")
    assert "1 chiffre est enregistré" in page.inner_text("main")
    assert stored(places[0])[AVAILABLE] == 1
