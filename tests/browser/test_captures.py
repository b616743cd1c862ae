"""The screens of the demonstration, at desktop and phone width: accessible, no scroll; kept for the documentation.

`ROR_CAPTURES=1` writes them in `docs/captures/`, to be committed; otherwise they are only looked at.
"""

import os
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page

from ror.demonstration.accounts import PASSWORD
from ror.demonstration.tables import by_key, geographic_identifier
from structures.describing.models import Draft
from structures.models import Contact, Offer
from tests.browser.conftest import DESKTOP, PHONE, check_page, sign_in

FOLDER = settings.BASE_DIR / "docs" / "captures"
WIDTHS = (DESKTOP, PHONE)
PORTRAITS = {"chr-trois-rivieres": "hopital", "ehpad-glycines": "ehpad-tarifs"}  # those described in full


@pytest.fixture
def demonstration(live_server, settings):
    settings.DEMONSTRATION = True
    call_command("load_demonstration", quiet=True)
    return live_server.url


def test_each_screen_of_the_demonstration_is_accessible_and_fits(demonstration, open_page, tmp_path):
    folder = FOLDER if os.environ.get("ROR_CAPTURES") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    offer = described_offer()
    draft = Draft.objects.filter(offer=None).first()
    describer = holder_of(draft)
    for viewport in WIDTHS:
        public = open_page(viewport)
        capture(public, demonstration, "/", "accueil", viewport, folder)
        capture(public, demonstration, "/?q=fictif", "recherche", viewport, folder)
        capture(public, demonstration, f"/offres/{offer.slug}/", "offre-publique", viewport, folder)
        entity = offer.geographic_entity
        capture(public, demonstration, f"/etablissements/{entity.id_nat_struct}/", "etablissement", viewport, folder)
        for slug, name in PORTRAITS.items():
            number = geographic_identifier(by_key("establishments")[slug])
            capture(public, demonstration, f"/etablissements/{number}/", name, viewport, folder)
        doctors = offer_named("Médecine générale", "msp-pont-neuf")
        capture(public, demonstration, f"/offres/{doctors.slug}/", "professionnels", viewport, folder)
        capture(public, demonstration, "/connexion/", "connexion", viewport, folder)
        signed_in = open_page(viewport)
        sign_in(signed_in, demonstration, holder_of(offer), PASSWORD)
        capture(signed_in, demonstration, "/mes-etablissements/", "mes-etablissements", viewport, folder)
        capture(signed_in, demonstration, f"/offres/{offer.slug}/", "offre-describer", viewport, folder)
        beds = offer_named("Réanimation polyvalente adulte", "chr-trois-rivieres")
        capture(signed_in, demonstration, f"/offres/{beds.slug}/", "reanimation-describer", viewport, folder)
        writing = open_page(viewport)
        sign_in(writing, demonstration, describer, PASSWORD)
        base = f"/mes-etablissements/brouillons/{draft.pk}"
        capture(writing, demonstration, f"{base}/contacts/", "contacts", viewport, folder)
        capture(writing, demonstration, f"{base}/relecture/", "relecture", viewport, folder)
        mine = f"/mes-etablissements/{draft.geographic_entity.id_nat_struct}"
        capture(writing, demonstration, f"{mine}/", "mon-etablissement", viewport, folder)
        capture(writing, demonstration, f"{mine}/nouvelle-offre/", "nouvelle-offre", viewport, folder)
        capture(writing, demonstration, f"{mine}/tout-est-exact/", "tout-est-exact", viewport, folder)
        several = "/mes-etablissements/changer-plusieurs-offres/"
        capture(writing, demonstration, several, "plusieurs-offres", viewport, folder)
        known = Offer.objects.filter(geographic_entity=draft.geographic_entity).first()
        past = f"/mes-etablissements/offres/{known.slug}/historique/"
        capture(writing, demonstration, past, "historique", viewport, folder)


def test_the_screens_of_those_who_count_manage_and_administer(demonstration, open_page, tmp_path):
    folder = FOLDER if os.environ.get("ROR_CAPTURES") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    hospital = geographic_identifier(by_key("establishments")["chr-trois-rivieres"])
    for viewport in WIDTHS:
        counting = open_page(viewport)
        sign_in(counting, demonstration, "lits.hopital@demo.example.org", PASSWORD)
        beds = f"/mes-etablissements/{hospital}/lits-et-places/"
        capture(counting, demonstration, beds, "lits-et-places", viewport, folder)
        manager = open_page(viewport)
        sign_in(manager, demonstration, "referent@demo.example.org", PASSWORD)
        capture(manager, demonstration, "/collegues/", "collegues", viewport, folder)
        administrator = open_page(viewport)
        sign_in(administrator, demonstration, "administrateur@demo.example.org", PASSWORD)
        capture(administrator, demonstration, "/admin/", "administration", viewport, folder)
        capture(administrator, demonstration, "/admin/peuplement/", "peuplement", viewport, folder)


def offer_named(name: str, slug: str) -> Offer:
    """An offer of one of the establishments that the demonstration describes in full."""
    number = geographic_identifier(by_key("establishments")[slug])
    return Offer.objects.get(name=f"{name} (offre fictive)", geographic_entity__id_nat_struct=number)


def described_offer() -> Offer:
    """An offer with contacts at the three levels, that one of the accounts describes."""
    levels = {
        offer: set(Contact.objects.filter(offer=offer).values_list("level", flat=True))
        for offer in Offer.objects.filter(
            sensitive_unit=None, geographic_entity__perimeter__assignments__role="describer"
        ).order_by("pk")
    }
    return next(offer for offer, found in levels.items() if found == {1, 2, 3})


def holder_of(described) -> str:
    """The address of a describer of the establishment."""
    assignments = described.geographic_entity.perimeter.assignments.filter(role="describer")
    return assignments.first().user.email


def capture(page: Page, address: str, path: str, name: str, viewport: dict, folder) -> None:
    page.goto(address + path)
    check_page(page)
    assert "fictives" in page.inner_text("body"), "invented data must say so"
    assert not re.search(r"\b35(0|1)0[0-8]\d{5}\b", page.inner_text("body")), "no real establishment on a capture"
    page.screenshot(path=folder / f"{name}-{viewport['width']}.png", full_page=True)
