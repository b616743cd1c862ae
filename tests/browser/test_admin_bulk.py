"""Actions on many rows in Chromium: two offers merged, without anything wider than the screen."""

import pytest
from django.urls import reverse

from structures.models import Offer
from tests.browser.conftest import DESKTOP, PHONE, check_page
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
    page.click("button[name=index]")
    check_page(page)
    page.check("input[name=keep][value='1']")
    page.fill("textarea[name=reason], input[name=reason]", "Doublon signalé par l'établissement fictif")
    page.click("text=Voir ce que cela change")
    page.wait_for_selector("input[value='Confirmer la fusion']")
    check_page(page)
    page.click("text=Confirmer la fusion")
    page.wait_for_url(f"**{reverse('admin:structures_offer_change', args=[older.pk])}")
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
    page.click("button[name=index]")
    check_page(page)
    page.fill("input[name=reason]", "Chiffres anciens, ligne fictive")
    page.click("text=Voir ce qui partira")
    page.wait_for_selector("text=1 message pour 1 établissement")
    check_page(page)
    page.click("input[value=Envoyer]")
    page.wait_for_selector("text=Un message envoyé.")
