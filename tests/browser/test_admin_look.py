"""The look of the administration: no accessibility violation on what administrators open all day, at both widths."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, check_page, follow
from tests.browser.test_admin import enter
from tests.factories import GeographicEntityFactory, administrator, holder, published_offer, territory

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_opened_all_day_is_accessible(live_server, open_page, viewport, scheme):
    offer = published_offer(GeographicEntityFactory(health=True))
    GeographicEntityFactory()
    entering = open_page(viewport)
    enter(entering, live_server.url, administrator())
    page = entering.context.new_page()  # axe itself writes styles in what it looks at: no one listens to this one
    page.emulate_media(color_scheme=scheme)
    for address in (
        *map(reverse, ("admin:index", "admin:structures_offer_changelist", "admin:duty", "admin:policy")),
        reverse("admin:structures_offer_change", args=[offer.pk]),
        reverse("admin:structures_geographicentity_change", args=[offer.geographic_entity_id]),
    ):
        page.goto(f"{live_server.url}{address}")
        check_page(page)
    page.click("summary:has-text('Menu')")
    check_page(page)
    follow(page, "nav.ror-menu a:text-is('Contacts')")
    assert page.url.endswith(reverse("admin:structures_contact_changelist"))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_of_a_bulk_action_is_accessible(live_server, open_page, viewport):
    offer = published_offer()
    page = open_page(viewport)
    enter(page, live_server.url, administrator())
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}")
    page.check(f"input[name=_selected_action][value='{offer.pk}']")
    page.select_option("select[name=action]", "close_row")
    follow(page, "button[name=index]")
    assert page.is_visible("[name=reason]")
    check_page(page)


def test_the_header_says_who_one_is_and_a_phone_reaches_the_filters(live_server, open_page):
    page = open_page(PHONE)
    enter(page, live_server.url, holder("regional_quality_manager", territory("region", "53")))
    published_offer()
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}")
    assert "Bretagne" in page.inner_text("header")
    page.click("a:has-text('Filtrer la liste')")
    expect(page.locator("#changelist-filter")).to_be_in_viewport()
