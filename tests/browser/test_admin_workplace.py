"""A day of a new national administrator, from the home page, by what the screens say. Its screens are kept.

`ROR_CAPTURES=1` writes them in `docs/captures/`, to be committed; otherwise they are only looked at.
"""

import os
import re

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page

from confidentiality.models import Assignment
from structures.models import InternalOrganization, Offer
from structures.models.base import DEFINITIVE
from structures.models.organization import SERVICE
from tests.browser.conftest import DESKTOP, PHONE, check_page, follow
from tests.browser.test_admin import enter
from tests.factories import (
    PASSWORD,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    administrator,
    published_offer,
)

FOLDER = settings.BASE_DIR / "docs" / "captures"
LINK = re.compile(r"http\S+/invitation/\S+")


@pytest.fixture
def keep(tmp_path):
    """Check a screen, desktop then phone, and keep it."""
    folder = FOLDER if os.environ.get("ROR_CAPTURES") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(viewport)
            check_page(page)
            page.screenshot(path=folder / f"admin-{name}-{viewport['width']}.png", full_page=True, caret="initial")

    return keep


@pytest.fixture
def office(live_server, open_page) -> Page:
    """The home page of the administration, in the browser of someone new."""
    page = open_page(DESKTOP)
    enter(page, live_server.url, administrator())
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    return page


def look_for(page: Page, screen: str, words: str) -> None:
    """From the home page: a screen by its name, then a search in its list."""
    page.goto(page.url.split("/admin/")[0] + reverse("admin:index"))
    follow(page, f"#content-main >> role=link[name='{screen}']")
    page.fill("#searchbar", words)
    with page.expect_navigation():
        page.press("#searchbar", "Enter")


def choose_rows(page: Page, offers: list[Offer], action: str) -> None:
    for offer in offers:
        page.check(f"input[name=_selected_action][value='{offer.pk}']")
    page.select_option("select[name=action]", label=action)
    follow(page, "button[name=index]")


def test_onboard_an_establishment_with_its_referent(office, keep):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier fictif des Essais", finess="350000022")
    look_for(office, "Établissements (entités géographiques)", "350000022")
    keep(office, "etablissement-trouve")
    follow(office, f"text={hospital.name}")
    follow(office, "text=Inviter un référent")
    office.fill("input[name=email]", "referente.fictive@example.org")
    office.fill("[name=reason]", "Nommée par la direction (fictive)")
    keep(office, "inviter-un-referent")
    follow(office, "button[name=invite]")
    (message,) = mail.outbox
    assert message.to == ["referente.fictive@example.org"]
    link = LINK.search(message.body).group()
    office.context.clear_cookies()
    office.goto(link)
    said = {"first_name": "Référente", "last_name": "Fictive", "password": PASSWORD, "again": PASSWORD}
    for name, text in said.items():
        office.fill(f"input[name={name}]", text)
    follow(office, "text=Ouvrir mon compte et accepter")
    given = Assignment.objects.get(user__email="referente.fictive@example.org")
    assert (given.role_id, given.perimeter_id) == ("referent", hospital.perimeter_id)


def test_find_and_merge_a_duplicate(office, keep):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier fictif des Essais")
    kept = published_offer(hospital, name="Accueil de jour fictif", age_min=50)
    twin = published_offer(hospital, name="Accueil de Jour (fictif)")
    published_offer(hospital, name="Consultation fictive")
    look_for(office, "Offres", "fictif")
    follow(office, "#changelist-filter a[href*='semblables=35']")
    keep(office, "doublons")
    assert "Consultation fictive" not in office.inner_text("#result_list")
    choose_rows(office, [kept, twin], "Fusionner deux offres qui décrivent la même chose")
    keep(office, "fusionner")
    office.check("input[name=keep][value='1']")  # the most recently published comes first
    office.fill("[name=reason]", "Doublon signalé par l'établissement (fictif)")
    follow(office, "text=Voir ce que cela change")
    keep(office, "fusion-apercu")
    follow(office, "text=Confirmer la fusion")
    assert Offer.objects.get(closing_type=DEFINITIVE).pk == twin.pk


def test_transfer_an_offer_then_read_who_changed_what(office, keep):
    start = GeographicEntityFactory(health=True, name="Clinique fictive du Départ")
    arrival = GeographicEntityFactory(health=True, name="Clinique fictive de l'Arrivée", finess="350000030")
    offer = published_offer(start, name="Hôpital de jour fictif")
    look_for(office, "Offres", offer.identifier)
    choose_rows(office, [offer], "Transférer les offres choisies dans un autre établissement")
    office.fill("input[name=number]", arrival.finess)
    office.fill("[name=reason]", "Regroupement fictif des deux cliniques")
    follow(office, "text=Voir ce que cela change")
    keep(office, "transferer")
    follow(office, "input[value=Confirmer]")
    moved = Offer.objects.get(pk=offer.pk)
    assert (moved.geographic_entity_id, moved.identifier) == (arrival.pk, offer.identifier)
    follow(office, "text=Hôpital de jour fictif")
    office.fill("#id_age_min", "65")
    office.fill("#id_correction_reason", "Appel de la clinique (fictif)")
    follow(office, "input[name=_continue]")
    follow(office, "text=Qui a changé quoi")
    assert "Appel de la clinique (fictif)" in office.inner_text("main")
    keep(office, "qui-a-change-quoi")
    follow(office, "#result_list tbody tr a")
    assert "Âge minimal : « 60 » devient « 65 »" in office.inner_text("main")
    keep(office, "version")


def test_close_a_unit_with_its_cascade(office, keep):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier fictif des Essais")
    pole = InternalOrganizationFactory(geographic_entity=hospital, name="Pôle fictif de médecine")
    service = InternalOrganizationFactory(parent=pole, type_id=SERVICE, name="Service fictif de cardiologie")
    offer = published_offer(hospital, name="Cardiologie fictive", internal_organization=service.identifier)
    look_for(office, "Organisations internes", "Pôle fictif")
    follow(office, "text=Pôle fictif de médecine")
    follow(office, "text=Fermer")
    office.select_option("select[name=closing_type]", DEFINITIVE)
    office.fill("input[name=closing_date]", "2026-01-31")
    office.fill("[name=reason]", "Fin d'activité fictive")
    follow(office, "text=Voir ce que cela change")
    assert "Cardiologie fictive" in office.inner_text("main")
    keep(office, "fermer-un-pole")
    follow(office, "input[value=Confirmer]")
    assert set(InternalOrganization.objects.values_list("closing_type", flat=True)) == {DEFINITIVE}
    assert Offer.objects.get(pk=offer.pk).closing_type_id == DEFINITIVE
