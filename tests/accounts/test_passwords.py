"""Passwords forgotten and changed: French pages and e-mails, and nothing said of who has an account."""

import re

import pytest
from django.core import mail
from django.test import Client

from ror import settings as as_written
from ror.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

FORGOTTEN, CHANGE = "/mot-de-passe/oublie/", "/mon-compte/mot-de-passe/"
CHOSEN = "cheval pile agrafe correct"


def link() -> str:
    return re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1]


def choose(path: str, password: str = CHOSEN) -> tuple[Client, object]:
    client = Client()
    page = client.get(path, follow=True)
    place = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client, client.post(place, {"password1": password, "password2": password})


def test_a_forgotten_password_is_chosen_again_by_a_link_that_serves_once():
    user = UserFactory(email="camille@example.org")
    assert Client().post(FORGOTTEN, {"email": "Camille@example.org"}).headers["Location"] == "/mot-de-passe/envoye/"
    assert mail.outbox[0].to == ["camille@example.org"]
    assert "Pour choisir un nouveau mot de passe" in mail.outbox[0].body
    path = link()
    assert choose(path)[1].headers["Location"] == "/mot-de-passe/choisi/"
    user.refresh_from_db()
    assert user.check_password(CHOSEN)
    assert "Ce lien n'ouvre plus rien" in Client().get(path, follow=True).content.decode()
    assert "Le mot de passe de votre compte vient d'être changé" in mail.outbox[-1].body


def test_an_account_opened_by_the_administration_gets_its_first_password_so():
    User.objects.create_user("camille@example.org")
    Client().post(FORGOTTEN, {"email": "camille@example.org"})
    choose(link())
    assert Client().post("/connexion/", {"login": "camille@example.org", "password": CHOSEN}).status_code == 302


def test_nothing_tells_whether_an_address_has_an_account():
    UserFactory(email="connue@example.org")
    UserFactory(email="fermee@example.org", is_active=False)
    answers = {
        Client().post(FORGOTTEN, {"email": email}, follow=True).content
        for email in ("connue@example.org", "absente@example.org", "fermee@example.org")
    }
    assert len(answers) == 1
    assert [sent.to for sent in mail.outbox] == [["connue@example.org"]]


@pytest.mark.parametrize("path", ["/mot-de-passe/choisir/1-faux/", "/mot-de-passe/choisir/zzzzzz-faux/"])
def test_a_forged_link_opens_nothing(path):
    UserFactory()
    assert "Ce lien n'ouvre plus rien" in Client().get(path).content.decode()


def test_a_weak_password_is_refused_in_french():
    user = UserFactory()
    Client().post(FORGOTTEN, {"email": user.email})
    assert "trop court" in choose(link(), "court")[1].content.decode()


def test_one_changes_ones_password_with_the_older_one():
    user = UserFactory()
    client = Client()
    client.force_login(user)
    wrong = client.post(CHANGE, {"oldpassword": "faux", "password1": CHOSEN, "password2": CHOSEN})
    assert "pas votre mot de passe actuel" in wrong.content.decode()
    right = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": CHOSEN, "password2": CHOSEN})
    assert right.headers["Location"] == "/mon-compte/"
    user.refresh_from_db()
    assert user.check_password(CHOSEN)
    assert mail.outbox[0].to == [user.email]


def test_an_account_opened_by_a_card_asks_for_its_first_password_by_email():
    user = UserFactory(national_id="810000000001")
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user)
    assert client.get(CHANGE).headers["Location"] == FORGOTTEN


def test_passwords_are_kept_by_argon2(settings):
    settings.PASSWORD_HASHERS = as_written.PASSWORD_HASHERS
    user = UserFactory()
    assert user.password.startswith("argon2$argon2id$")
    assert Client().post("/connexion/", {"login": user.email, "password": PASSWORD}).status_code == 302
