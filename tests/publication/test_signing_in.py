"""Sign-in, its errors, its suspension, and sign-out."""

import pytest

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SIGN_IN = "/connexion/"


def attempt(client, email: str, password: str = "faux"):
    return client.post(SIGN_IN, {"login": email, "password": password})


def test_signing_in_leads_to_one_s_establishments(client):
    user = UserFactory(email="camille@example.org")
    answer = attempt(client, "Camille@Example.org", PASSWORD)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/mes-etablissements/"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_signing_in_comes_back_to_the_page_and_never_elsewhere(client):
    user = UserFactory()
    for target, expected in (("/offres/53-1/", "/offres/53-1/"), ("https://exemple.invalid/", "/mes-etablissements/")):
        answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD, "next": target})
        assert answer.headers["Location"] == expected
        client.logout()


def test_unknown_account_and_wrong_password_answer_alike(client):
    UserFactory(email="camille@example.org")
    wrong, unknown = attempt(client, "camille@example.org"), attempt(client, "personne@example.org")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "ne conviennent pas" in answer.content.decode()


def test_errors_are_linked_to_their_fields(client):
    text = attempt(client, "", "").content.decode()
    for name in ("login", "password"):
        assert f'href="#id_{name}"' in text
        assert f'id="id_{name}_error"' in text
    assert "signup" not in text
    assert "password/reset" not in text


def test_five_failures_suspend_that_account_only(client):
    UserFactory(email="camille@example.org")
    other = UserFactory(email="dominique@example.org")
    for rank in range(4):
        assert attempt(client, "camille@example.org" if rank % 2 else "Camille@Example.org").status_code == 200
    answer = attempt(client, "camille@example.org")
    assert answer.status_code == 429
    assert "Connexion suspendue" in answer.content.decode()
    assert "15 minutes" in answer.content.decode()
    assert attempt(client, "CAMILLE@example.org", PASSWORD).status_code == 429
    assert attempt(client, other.email, PASSWORD).status_code == 302


def test_a_disabled_account_is_told_so(client):
    user = UserFactory(is_active=False)
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD}, follow=True)
    assert "Compte désactivé" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_out_asks_then_does_it(client):
    client.force_login(UserFactory())
    assert "Se déconnecter" in client.get("/deconnexion/").content.decode()
    assert "_auth_user_id" in client.session
    assert client.post("/deconnexion/").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["/signup/", "/inscription/", "/password/reset/", "/email/", "/accounts/login/"])
def test_nothing_else_of_the_library_is_reachable(client, address):
    assert client.get(address).status_code == 404
