"""Accounts in Chromium: an invitation, a sign-in by Pro Santé Connect and one by code, the administration included."""

import datetime
import re

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page

from confidentiality.models import Assignment
from ror.accounts.models import User
from tests.accounts.cards import DOCTOR, QUIET, card_server
from tests.accounts.codes import code
from tests.browser.conftest import DESKTOP, PHONE, check_page, choose, press, sign_in, tab_to, write_in
from tests.factories import (
    PASSWORD,
    AssignmentFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    UserFactory,
    administrator,
    referent,
    territory,
)

pytestmark = QUIET
EMAIL, CHOSEN = "nouvelle@example.org", "cheval pile agrafe correct"
SUBMIT = "main form button.fr-btn:not(.fr-btn--secondary):not([name])"


@pytest.fixture
def hospital():
    entity = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    InternalOrganizationFactory(geographic_entity=entity, name="Unité des essais")
    return entity


def link_of_last_email() -> str:
    return re.search(r"https?://\S+", mail.outbox[-1].body)[0]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_referent_invites_a_colleague_who_opens_an_account(live_server, open_page, hospital, viewport):
    manager = referent(hospital)
    page = open_page(viewport)
    sign_in(page, live_server.url, manager.email, PASSWORD)
    page.goto(f"{live_server.url}/collegues/")
    check_page(page)
    press(page, "main a[href='/collegues/inviter/']")
    check_page(page)
    write_in(page, "#id_email", EMAIL)
    choose(page, "role_0", "gestionnaire de l'offre")
    choose(page, "place_0", "Centre hospitalier des Essais (tout")
    press(page, "button[name=invite]")
    assert "Dites pourquoi cette personne" in page.inner_text("main")
    check_page(page)
    write_in(page, "#id_reason", "Cadre du service")
    press(page, "button[name=invite]")
    assert f"Un message est parti à {EMAIL}" in page.inner_text("main")
    check_page(page)

    page = open_page(viewport)
    page.goto(link_of_last_email())
    assert "Centre hospitalier des Essais" in page.inner_text("main")
    check_page(page)
    for field, text in (("first_name", "Dominique"), ("last_name", "Modèle"), ("password", CHOSEN), ("again", CHOSEN)):
        write_in(page, f"input[name={field}]", text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Votre compte est ouvert" in page.inner_text("main")
    assert "Centre hospitalier des Essais" in page.inner_text("main")
    assert Assignment.objects.get(user__email=EMAIL).given_by == manager
    page.goto(link_of_last_email())
    assert "Ce lien n'ouvre plus rien" in page.inner_text("main")
    check_page(page)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_professional_signs_in_by_pro_sante_connect(live_server, open_page, settings, viewport):
    with card_server() as cards:
        settings.SOCIALACCOUNT_PROVIDERS = cards.providers
        cards.issue("carte-1")
        page = open_page(viewport)
        page.goto(f"{live_server.url}/connexion/?next=/mon-compte/")
        check_page(page)
        press(page, "main a[href^='/connexion/pro-sante-connect/']")
        assert page.url.startswith(cards.address)
        page.fill("input[name=sub]", "carte-1")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url == f"{live_server.url}/mon-compte/"
        assert DOCTOR in page.inner_text("main")
        check_page(page)
        user = User.objects.get(national_id=DOCTOR)
        AssignmentFactory(user=user, role="national_administrator", perimeter=territory("nation"))
        page.goto(f"{live_server.url}/admin/")
        assert page.url == f"{live_server.url}/admin/"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_administrator_enrols_then_signs_in_with_a_code(live_server, open_page, viewport):
    user = administrator()
    page = open_page(viewport)
    sign_in(page, live_server.url, user.email, PASSWORD)
    check_page(page)
    page.goto(f"{live_server.url}/admin/")
    assert "Vérifions d'abord votre adresse" in page.inner_text("h1")
    check_page(page)
    press(page, "main form button")
    assert "Un lien vous a été envoyé" in page.inner_text("main")
    check_page(page)
    page.goto(link_of_last_email())
    assert "Ajouter une application de codes" in page.inner_text("h1")
    check_page(page)
    secret = page.inner_text("#cle")
    give_code(page, code(secret))
    assert "Codes de secours" in page.inner_text("h1")
    check_page(page)
    press(page, "main a[href='/admin/']")
    assert page.url == f"{live_server.url}/admin/"

    page = open_page(viewport)
    sign_in(page, live_server.url, user.email, PASSWORD)
    assert "Code de vérification" in page.inner_text("h1")
    check_page(page)
    tab_to(page, "input[name=trust]")
    page.keyboard.press("Space")
    give_code(page, code(secret, later=1))
    page.goto(f"{live_server.url}/admin/")
    assert page.url == f"{live_server.url}/admin/"
    page.goto(f"{live_server.url}/deconnexion/")
    press(page, "main form button")
    sign_in(page, live_server.url, user.email, PASSWORD)
    page.goto(f"{live_server.url}/admin/")
    assert page.url == f"{live_server.url}/admin/"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_other_pages_of_accounts(live_server, open_page, hospital, viewport):
    manager, someone = referent(hospital), UserFactory(first_name="Camille", last_name="Nouvelle")
    old = AssignmentFactory(
        user=UserFactory(), perimeter=hospital.perimeter, starts_at=timezone.now() - datetime.timedelta(days=800)
    )
    page = open_page(viewport)
    sign_in(page, live_server.url, someone.email, PASSWORD)
    page.goto(f"{live_server.url}/etablissements/{hospital.id_nat_struct}/")
    press(page, "main a[href$='/demander-un-role/']")
    check_page(page)
    choose(page, "role", "gestionnaire de l'offre")
    write_in(page, "#id_reason", "Je remplace la cadre")
    press(page, SUBMIT)
    assert "En attente de réponse" in page.inner_text("main")
    check_page(page)
    for path in ("/mon-compte/", "/mon-compte/mot-de-passe/", "/mot-de-passe/oublie/", "/mot-de-passe/envoye/"):
        page.goto(live_server.url + path)
        check_page(page)

    page = open_page(viewport)
    sign_in(page, live_server.url, manager.email, PASSWORD)
    page.goto(f"{live_server.url}/collegues/")
    check_page(page)
    for path in (f"roles/{old.pk}/retirer/", f"{old.user_id}/depart/", "a-revoir/"):
        page.goto(f"{live_server.url}/collegues/{path}")
        check_page(page)
    press(page, "main form button")
    assert "est prolongé" in page.inner_text("main")
    page.goto(f"{live_server.url}/collegues/")
    press(page, "main a[href^='/collegues/demandes/']")
    check_page(page)
    press(page, "button[name=approve]")
    assert "La demande est acceptée" in page.inner_text("main")


def give_code(page: Page, given: str) -> None:
    write_in(page, "input[name=code]", given)
    with page.expect_navigation():
        page.keyboard.press("Enter")
