"""Actions on many rows in Chromium: two offers merged, without anything wider than the screen."""

import pytest
from django.urls import reverse

from structures.models import Offer
from tests.browser.conftest import DESKTOP, PHONE, check_page, follow
from tests.browser.test_admin import enter
from tests.factories import GeographicEntityFactory, administrator, contact_row, place_row, published_offer, referent


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_duplicate_is_found_compared_and_merged(live_server, open_page, viewport):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    older = published_offer(hospital, name="Accueil de jour", age_min=50, contacts=[contact_row(description="Hall B")])
    newer = published_offer(hospital, name="ACCUEIL DE JOUR", places=[place_row(street_number="9")])
    page = open_page(viewport)
    enter(page, live_server.url, administrator())
    alike = f"?semblables={hospital.department_id}"
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}{alike}")
    for offer in (older, newer):
        page.check(f"input[name=_selected_action][value='{offer.pk}']")
    page.select_option("select[name=action]", "unite_offers")
    follow(page, "button[name=index]")
    check_page(page)
    page.check("input[name=keep][value='1']")
    page.fill("textarea[name=reason], input[name=reason]", "Doublon signalé par l'établissement fictif")
    follow(page, "text=Voir ce que cela change")
    check_page(page)
    follow(page, "text=Confirmer la fusion")
    assert page.url.endswith(reverse("admin:structures_offer_change", args=[older.pk]))
    assert Offer.objects.get(pk=newer.pk).closing_type_id == "R286:DEF"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_messages_are_shown_before_they_leave(live_server, open_page, viewport):
    offer = published_offer(GeographicEntityFactory(health=True, name="Centre hospitalier des Essais"))
    referent(offer.geographic_entity)
    page = open_page(viewport)
    enter(page, live_server.url, administrator())
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}")
    page.check(f"input[name=_selected_action][value='{offer.pk}']")
    page.select_option("select[name=action]", "write_to_people")
    follow(page, "button[name=index]")
    check_page(page)
    page.fill("input[name=reason]", "Chiffres anciens, ligne fictive")
    follow(page, "text=Voir ce qui partira")
    assert "1 message pour 1 établissement" in page.inner_text("main")
    check_page(page)
    follow(page, "input[value=Envoyer]")
    assert "Un message envoyé." in page.inner_text("main")
