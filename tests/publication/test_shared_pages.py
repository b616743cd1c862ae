"""What all pages share: header, footer, legal pages, errors, cookies, content policy."""

import re

import pytest
from django.template.loader import render_to_string

from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ("/", "/connexion/", "/mentions-legales/", "/donnees-personnelles/", "/accessibilite/", "/plan-du-site/")


@pytest.mark.parametrize("address", PAGES)
def test_each_page_has_one_title_its_landmarks_and_no_inline_code(client, address):
    answer = client.get(address)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("<h1") == 1
    for landmark in ("<header", "<nav", "<main", "<footer", '<html lang="fr"'):
        assert landmark in text
    for link in ("Mentions légales", "Données personnelles", "Accessibilité : non auditée", "Plan du site"):
        assert link in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son[a-z]+=|javascript:", text)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_every_file_comes_from_the_portal(client):
    for address in re.findall(r'(?:src|href)="([^"]+)"', client.get("/").content.decode()):
        assert address.startswith(("/", "#", "?")), address


def test_no_cookie_for_whoever_only_reads(client):
    client.get("/", {"q": "erables"})
    assert not client.cookies


def test_only_session_and_csrf_cookies_for_whoever_signs_in(client):
    client.get("/connexion/")
    user = factories.UserFactory()
    client.post("/connexion/", {"login": user.email, "password": factories.PASSWORD})
    client.get("/")
    assert set(client.cookies) <= {"sessionid", "csrftoken", "messages"}
    assert {name for name, cookie in client.cookies.items() if cookie.value} <= {"sessionid", "csrftoken"}


def test_navigation_of_the_public_a_describer_and_an_administrator(client):
    text = client.get("/").content.decode()
    assert "Se connecter" in text
    assert "Mes établissements et services" not in text
    client.force_login(factories.describer(factories.GeographicEntityFactory()))
    text = client.get("/").content.decode()
    assert "Mes établissements et services" in text
    assert "Se déconnecter" in text
    assert "Administration</a>" not in text
    client.force_login(factories.administrator())
    assert "Administration</a>" in client.get("/").content.decode()


def test_demonstration_says_so_on_every_page(client, settings):
    settings.DEMONSTRATION = False
    assert "Données fictives" not in client.get("/").content.decode()
    settings.DEMONSTRATION = True
    for address in (*PAGES, "/offres/53-999999/"):
        assert "Données fictives de démonstration" in client.get(address).content.decode()


def test_personal_data_page_says_what_is_known_and_what_is_not(client, settings):
    settings.DPO_CONTACT = ""
    text = client.get("/donnees-personnelles/").content.decode()
    for expected in (
        "2023-1057",
        "DGOS",
        "DGCS",
        "ANS",
        "sans compte",
        "à renseigner par l'exploitant",
        "Rectification",
    ):
        assert expected in text
    assert "nous ne savons pas si ces droits s'appliquent" in text
    settings.DPO_CONTACT = "dpo@example.org"
    assert "dpo@example.org" in client.get("/donnees-personnelles/").content.decode()


def test_no_page_claims_conformity(client):
    for address in PAGES:
        assert "conforme au décret" not in client.get(address).content.decode()


def test_error_pages_need_nothing():
    for name in ("500.html", "400.html", "403_csrf.html"):
        assert "<h1>" in render_to_string(name)


def test_server_error_page_is_shown_without_the_database(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("ror.publication.views.SearchForm", lambda data: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "pas pu répondre" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_unknown_address(client):
    answer = client.get("/nulle-part/")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.content.decode()
    assert "nulle-part" not in answer.content.decode()


def test_forged_form_is_refused_in_french():
    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post("/connexion/", {"login": "a@example.org", "password": "x"})
    assert answer.status_code == 403
    assert "Formulaire expiré" in answer.content.decode()


def test_refused_page_is_shown_in_french(rf):
    assert "Accès refusé" in render_to_string("403.html", request=rf.get("/"))
