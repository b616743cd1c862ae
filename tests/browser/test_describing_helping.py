"""What spares typing twice, in Chromium: a code found as people say it, copies, many offers, all still exact."""

import pytest

from structures.models import Offer
from tests.browser.conftest import DESKTOP, PHONE, PROPOSALS, check_page, follow, press, sign_in, tab_to, write_in
from tests.factories import (
    PASSWORD,
    ContactFactory,
    DraftFactory,
    GeographicEntityFactory,
    TelecomFactory,
    describer,
    hours_row,
    offer_document,
    published_offer,
)

ACTIVITY = "input[name$='.activity']"


@pytest.fixture
def establishment():
    entity = GeographicEntityFactory()
    describer(entity, email="decrit@example.org")
    return entity


@pytest.fixture
def signed_in(live_server, open_page, establishment):
    """A page of a viewport, signed in as a describer; give it a path to go to."""

    def open_at(path: str, viewport: dict = DESKTOP, **options):
        page = open_page(viewport, **options)
        sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
        page.goto(f"{live_server.url}/mes-etablissements/{path}")
        return page

    return open_at


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_each_code_is_found_in_the_first_five(establishment, signed_in, viewport):
    """Typed in the step of the activities of a draft."""
    document = offer_document()
    document["activities"][0]["activity"] = None
    draft = DraftFactory(geographic_entity=establishment, document=document)
    page = signed_in(f"brouillons/{draft.pk}/specificites/", viewport)
    for typed, wanted in (
        ("kiné", "Kinésithérapie"),
        ("ergoterapie", "Ergothérapie"),
        ("soins palliatifs", "Soins palliatifs"),
    ):
        write_in(page, ACTIVITY, typed)
        page.wait_for_selector(PROPOSALS)
        labels = page.locator("[role=option]").evaluate_all("rows => rows.map(row => row.firstChild.textContent)")
        assert wanted in labels[:5]
        check_page(page)
        page.keyboard.press("Escape")
        page.locator(ACTIVITY).evaluate("input => input.blur()")
        page.evaluate("window.scrollTo(0, 0)")
        page.locator("h1").evaluate("title => { title.tabIndex = -1; title.focus(); }")


def test_likely_codes_are_offered_before_anything_is_typed(establishment, signed_in):
    published_offer(establishment)
    document = offer_document()
    document["activities"][0]["activity"] = None
    draft = DraftFactory(geographic_entity=establishment, document=document)
    page = signed_in(f"brouillons/{draft.pk}/specificites/")
    tab_to(page, ACTIVITY)
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[role=option]:visible")
    assert "déjà utilisé dans l'établissement" in page.locator("[role=option]").first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value(ACTIVITY) == "Accompagnements pour les actes de la vie quotidienne (AVQ)"


def test_a_code_is_picked_among_the_nearest_without_script(live_server, open_page, establishment):
    document = offer_document()
    document["activities"][0]["activity"] = None
    draft = DraftFactory(geographic_entity=establishment, document=document)
    page = open_page(javascript=False)
    page.goto(f"{live_server.url}/connexion/")
    page.fill("input[name=login]", "decrit@example.org")
    page.fill("input[name=password]", PASSWORD)
    follow(page, "main form button")
    page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/specificites/")
    page.fill(ACTIVITY, "ergoterapie")
    follow(page, "main form ul button.fr-btn--secondary[value=specificites]")
    page.click("label:text-is('Ergothérapie')")
    follow(page, "main form ul button.fr-btn--secondary[value=specificites]")
    assert page.input_value(ACTIVITY) == "Ergothérapie"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hours_and_contacts_are_copied_and_an_offer_duplicated(establishment, signed_in, viewport):
    contact = ContactFactory(offer=None, geographic_entity=establishment)
    TelecomFactory(contact=contact, address="0261910909")
    evening = published_offer(
        establishment, name="Soirées", hours=[hours_row(weekday=6, opens_at="20:00", closes_at="22:00")]
    )
    draft = DraftFactory(geographic_entity=establishment)
    page = signed_in(f"brouillons/{draft.pk}/horaires/", viewport)
    check_page(page)
    press(page, "button[value=copier]")
    check_page(page)
    press(page, "main form[method=post] button.fr-btn")
    assert "Copié depuis « Soirées »" in page.inner_text("body")
    assert page.locator("input[name$='.opens_at']").first.input_value() == "20:00"
    page.goto(page.url.split("/horaires/")[0] + "/contacts/")
    press(page, "button[value=copier]")
    tab_to(page, "main form[method=get] button")
    press(page, "main form[method=get] button")
    check_page(page)
    press(page, "main form[method=post] button.fr-btn")
    assert "02 61 91 09 09" in page.content() or "0261910909" in page.content()
    page.goto(page.url.split("/brouillons/")[0] + f"/offres/{evening.slug}/dupliquer/")
    check_page(page)
    press(page, "main form[method=post] button.fr-btn")
    assert "Soirées (copie)" in page.inner_text("main")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_many_offers_are_changed_then_said_to_be_exact(establishment, signed_in, viewport):
    for rank in range(3):
        published_offer(establishment, name=f"Offre {rank}")
    page = signed_in("changer-plusieurs-offres/", viewport)
    check_page(page)
    tab_to(page, "#quoi-horaires")
    page.keyboard.press("ArrowUp")  # the last of the list: the comment
    press(page, "button[name=toutes]")
    check_page(page)
    write_in(page, "textarea[name=comment]", "Fermé le 14 juillet.")
    press(page, "main form button.fr-btn.fr-mt-4w")
    check_page(page)
    press(page, "button[name=apply]")
    check_page(page)
    assert "3 offres publiées" in page.inner_text("main")
    page.goto(page.url.replace("changer-plusieurs-offres/", f"{establishment.id_nat_struct}/tout-est-exact/"))
    check_page(page)
    press(page, "button[name=toutes]")
    check_page(page)
    assert "3 offres sont confirmées exactes" in page.inner_text("body")
    assert not Offer.objects.filter(confirmed_at=None).exists()
