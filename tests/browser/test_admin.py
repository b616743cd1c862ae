"""The administration in Chromium: nothing that the Content-Security-Policy stops, nothing wider than the screen."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from confidentiality.models import Assignment
from tests.browser.conftest import DESKTOP, PHONE, follow
from tests.factories import (
    DIRECT_PHONE,
    GeographicEntityFactory,
    TariffFactory,
    UserFactory,
    administrator,
    published_offer,
)


def test_the_national_administrator_reads_an_offer_and_gives_a_role(live_server, open_page):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    offer = published_offer(hospital)
    UserFactory(first_name="Dominique", last_name="Modèle", email="dominique@example.org")
    page = open_page(DESKTOP)
    enter(page, live_server.url, administrator())

    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}")
    follow(page, f"text={offer.name}")
    assert DIRECT_PHONE in page.inner_text("main")

    page.goto(f"{live_server.url}{reverse('admin:confidentiality_assignment_add')}")
    pick(page, "user", "dominique", "Dominique Modèle")
    page.select_option("#id_role", "referent")
    pick(page, "perimeter", "hospitalier essais", hospital.name)
    page.fill("#id_reason", "Nommée par la directrice")
    follow(page, "input[name=_save]")
    assert page.url.endswith(reverse("admin:confidentiality_assignment_changelist"))
    given = Assignment.objects.get(user__email="dominique@example.org")
    assert (given.role_id, given.perimeter) == ("referent", hospital.perimeter)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_administration_fits_the_screen(live_server, open_page, viewport):
    offer = published_offer(GeographicEntityFactory(health=True))
    tariff = TariffFactory(geographic_entity=offer.geographic_entity)
    page = open_page(viewport)
    enter(page, live_server.url, administrator())
    addresses = [
        *map(reverse, ("admin:index", "admin:structures_offer_changelist", "admin:confidentiality_assignment_add")),
        reverse("admin:structures_offer_change", args=[offer.pk]),
        reverse("admin:structures_offer_close", args=[offer.pk]),
        reverse("admin:structures_geographicentity_change", args=[offer.geographic_entity_id]),
        reverse("admin:structures_tariff_change", args=[tariff.pk]),
    ]
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        assert page.url == f"{live_server.url}{address}"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


def test_an_offer_is_corrected_with_a_reason_and_a_rule_that_refuses_says_so(live_server, open_page):
    offer = published_offer()
    page = open_page(DESKTOP)
    enter(page, live_server.url, administrator())
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_change', args=[offer.pk])}")
    page.fill("#id_age_min", "125")
    page.fill("#id_correction_reason", "Appel de l'établissement, ligne fictive")
    follow(page, "input[name=_save]")
    assert page.is_visible(".errornote")
    assert "L'âge maximal est inférieur à l'âge minimal" in page.inner_text("main")
    page.fill("#id_age_min", "65")
    page.click("#hours-group .add-row a")
    page.select_option("#id_hours-5-slot_type", "R252:01")
    page.select_option("#id_hours-5-weekday", "6")
    follow(page, "input[name=_save]")
    assert page.url.endswith(reverse("admin:structures_offer_changelist"))
    offer.refresh_from_db()
    assert (offer.age_min, offer.hours.count()) == (65, 6)


def enter(page, address: str, user) -> None:
    """Signed in, second factor included: the pages of sign-in have tests of their own."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


def pick(page, name: str, text: str, proposal: str) -> None:
    """Open the search field of that name, write, and take the proposal once it comes first."""
    page.click(f"#id_{name} + .select2 .select2-selection")
    page.locator(".select2-container--open .select2-search__field").press_sequentially(text)
    page.wait_for_selector(f".select2-results__option--highlighted:has-text('{proposal}')")
    page.keyboard.press("Enter")
    expect(page.locator(f"#select2-id_{name}-container")).to_contain_text(proposal)
