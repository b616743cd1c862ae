"""Who has an account, and how one signs in."""

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from ror.accounts.models import User
from tests.factories import PASSWORD, UserFactory, administrator, describer, published_offer

pytestmark = pytest.mark.django_db

SIGN_IN = "/connexion/"
ADMIN = "/admin/"


def sign_in(client, email: str, password: str = PASSWORD, **headers):
    return client.post(SIGN_IN, {"login": email, "password": password}, **headers)


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_database_refuses_a_superuser():
    user = UserFactory()
    with pytest.raises(IntegrityError, match="user_is_superuser_never"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_superuser=True)
    with pytest.raises(IntegrityError, match="user_is_superuser_never"), transaction.atomic():
        User.objects.bulk_create([User(email="autre@example.org", is_superuser=True)])


def test_no_command_makes_a_superuser():
    with pytest.raises((CommandError, AttributeError)):
        call_command("createsuperuser", email="autre@example.org", interactive=False)
    assert not User.objects.exists()


def test_two_accounts_cannot_differ_by_case_only():
    UserFactory(email="camille@example.org")
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        UserFactory(email="CAMILLE@example.org")


def test_an_address_is_kept_in_lower_case():
    assert UserFactory(email=" Camille@Example.org").email == "camille@example.org"
    with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
        User.objects.bulk_create([User(email="Dominique@example.org")])


@pytest.mark.parametrize("typed", ["camille@example.org", "CAMILLE@EXAMPLE.ORG", "Camille@Example.org"])
def test_one_signs_in_whatever_the_case_of_the_address(client, typed):
    UserFactory(email="Camille@example.org")
    response = sign_in(client, typed)
    assert response.status_code == 302
    assert signed_in(client)


def test_a_wrong_password_is_told_in_french_and_says_nothing_of_the_account(client):
    UserFactory(email="camille@example.org")
    known = sign_in(client, "camille@example.org", "faux")
    unknown = sign_in(client, "inconnue@example.org", "faux")
    assert known.status_code == unknown.status_code == 200
    assert not signed_in(client)
    assert known.context["form"].errors == unknown.context["form"].errors != {}


def test_an_account_that_was_closed_does_not_sign_in(client):
    UserFactory(email="camille@example.org", is_active=False)
    sign_in(client, "camille@example.org")
    assert not signed_in(client)


def test_five_failures_suspend_the_account_even_with_the_right_password(client):
    UserFactory(email="camille@example.org")
    answers = [sign_in(client, "camille@example.org", f"faux {rank}").status_code for rank in range(5)]
    assert answers[:4] == [200] * 4
    assert answers[4] == 429
    response = sign_in(client, "Camille@example.org")
    assert response.status_code == 429
    assert "minutes" in response.content.decode()
    assert not signed_in(client)


def test_a_suspension_holds_one_account_only(client):
    UserFactory(email="camille@example.org")
    for rank in range(5):
        sign_in(client, "dominique@example.org", f"faux {rank}")
    assert sign_in(client, "camille@example.org").status_code == 302


def test_no_password_is_kept_by_the_count_of_failures(client):
    sign_in(client, "camille@example.org", "presque le bon")
    assert "presque" not in str(AccessAttempt.objects.values())


@pytest.mark.parametrize(
    "path", ["/signup/", "/inscription/", "/accounts/signup/", "/password/reset/", "/accounts/password/reset/"]
)
def test_nobody_opens_an_account_alone(client, path):
    assert client.get(path).status_code == 404
    assert (
        client.post(path, {"email": "moi@example.org", "password1": PASSWORD, "password2": PASSWORD}).status_code == 404
    )
    assert not User.objects.exists()


def test_the_administration_has_no_sign_in_of_its_own(client):
    for path in (ADMIN, f"{ADMIN}login/?next={ADMIN}"):
        response = client.get(path, follow=True)
        assert response.redirect_chain[-1][0].startswith(SIGN_IN)
        assert "next=" in response.redirect_chain[-1][0]
    administrator(email="camille@example.org")
    response = client.post(f"{ADMIN}login/", {"username": "camille@example.org", "password": PASSWORD})
    assert response.status_code == 302
    assert not signed_in(client)


def test_an_administrator_comes_back_to_the_administration_after_signing_in(client):
    administrator(email="camille@example.org")
    response = client.post(SIGN_IN, {"login": "camille@example.org", "password": PASSWORD, "next": ADMIN})
    assert response.headers["Location"] == ADMIN


def test_nobody_else_enters_the_administration(client):
    client.force_login(describer(published_offer().geographic_entity))
    assert client.get(ADMIN).status_code != 200


def test_signing_in_never_leads_to_another_site(client):
    UserFactory(email="camille@example.org")
    response = client.post(
        SIGN_IN, {"login": "camille@example.org", "password": PASSWORD, "next": "https://ailleurs.example.org/"}
    )
    assert response.headers["Location"].startswith("/")


def test_signing_out_takes_a_click_not_a_link(client):
    client.force_login(UserFactory())
    client.get("/deconnexion/")
    assert signed_in(client)
    client.post("/deconnexion/")
    assert not signed_in(client)
