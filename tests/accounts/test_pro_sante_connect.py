"""Signing in by Pro Santé Connect, against a real OpenID Connect provider."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from django.core import mail
from django.test import Client

from confidentiality.models import Assignment
from ror.accounts.models import User
from tests.accounts.cards import DOCTOR, QUIET, START, CardServer, asked_of, card_server
from tests.accounts.codes import enrol
from tests.colleagues.conftest import EMAIL, invite, last_link, signed_in
from tests.factories import (
    DIRECT_PHONE,
    PASSWORD,
    GeographicEntityFactory,
    UserFactory,
    administrator,
    holder,
    published_offer,
    referent,
    territory,
)

pytestmark = [pytest.mark.django_db, QUIET]

CARD = "carte-1"


@pytest.fixture(scope="module")
def provider() -> Iterator[CardServer]:
    with card_server() as server:
        yield server


@pytest.fixture
def cards(provider, settings) -> CardServer:
    """The provider, used by the portal, with one card whose holder practises."""
    settings.SOCIALACCOUNT_PROVIDERS = provider.providers
    provider.issue(CARD)
    return provider


def doctor(**account) -> User:
    return UserFactory(national_id=DOCTOR, **account)


def account_in(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_it_is_off_unless_set_up():
    assert Client().get(START).status_code == 404
    assert "Pro Santé Connect" not in Client().get("/connexion/").content.decode()


def test_the_request_asks_for_what_pro_sante_connect_expects(cards):
    location = Client().get(START).headers["Location"]
    asked = asked_of(location)
    assert location.startswith(cards.address)
    assert set(asked["scope"].split()) == {"openid", "scope_all"}
    assert asked["acr_values"] == "eidas1"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["code_challenge"]) == 43
    assert len(asked["nonce"]) >= 32
    assert asked["state"]
    assert asked["redirect_uri"].endswith("/connexion/pro-sante-connect/retour/")


def test_nothing_in_the_address_changes_what_is_asked(cards):
    typed = urlencode({"scope": "autre", "auth_params": "acr_values=eidas0&nonce=connu"})
    asked = asked_of(Client().get(f"{START}?{typed}").headers["Location"])
    assert (set(asked["scope"].split()), asked["acr_values"]) == ({"openid", "scope_all"}, "eidas1")
    assert asked["nonce"] != "connu"


def test_a_card_opens_the_account_of_its_national_identifier(cards):
    user = doctor()
    client = Client()
    assert cards.sign_in(client, CARD).status_code == 302
    assert account_in(client) == user
    client.post("/deconnexion/")
    cards.sign_in(client, CARD)
    assert account_in(client) == user
    assert User.objects.count() == 1


def test_it_opens_no_account_by_its_address_alone(cards):
    user = UserFactory(email="camille@example.org")
    cards.issue(CARD, email="camille@example.org", email_verified=True)
    client = Client()
    cards.sign_in(client, CARD)
    assert account_in(client) not in (None, user)
    assert account_in(client).national_id == DOCTOR


def test_a_professional_without_account_gets_one_and_the_role_of_the_session(cards):
    offer = published_offer(GeographicEntityFactory(health=True))
    client = Client()
    assert DIRECT_PHONE not in client.get(f"/offres/{offer.slug}/").content.decode()
    cards.sign_in(client, CARD)
    user = account_in(client)
    assert not user.has_usable_password()
    assert not Assignment.objects.filter(user=user).exists()
    assert DIRECT_PHONE in client.get(f"/offres/{offer.slug}/").content.decode()


def test_the_role_needs_an_active_practice_and_ends_with_the_session(cards):
    offer = published_offer(GeographicEntityFactory(health=True))
    cards.issue(CARD, SubjectRefPro={"exercices": []})
    client = Client()
    cards.sign_in(client, CARD)
    assert DIRECT_PHONE not in client.get(f"/offres/{offer.slug}/").content.decode()
    cards.issue(CARD)
    cards.sign_in(client, CARD)
    assert DIRECT_PHONE in client.get(f"/offres/{offer.slug}/").content.decode()
    user = account_in(client)
    client.logout()
    client.force_login(user)
    assert DIRECT_PHONE not in client.get(f"/offres/{offer.slug}/").content.decode()


def test_a_card_is_a_second_factor_itself(cards):
    user = holder("national_administrator", territory("nation"), national_id=DOCTOR)
    enrol(user)
    client = Client()
    cards.sign_in(client, CARD)
    assert client.get("/admin/").status_code == 200


def test_a_closed_account_stays_closed(cards):
    doctor(is_active=False)
    client = Client()
    cards.sign_in(client, CARD)
    assert account_in(client) is None


@pytest.mark.parametrize("identifier", ["", "01", "3910000001/01", "8100000000011", "81000000000a"])
def test_a_card_without_rpps_nor_adeli_opens_nothing(cards, identifier):
    cards.issue(CARD, SubjectNameID=identifier)
    client = Client()
    answer = cards.sign_in(client, CARD)
    assert answer.status_code == 401
    assert "n'a pas de numéro RPPS ou ADELI" in answer.content.decode()
    assert not User.objects.exists()


def refused(answer, client: Client) -> bool:
    return answer.status_code == 401 and account_in(client) is None and not User.objects.exists()


def test_too_low_an_assurance_is_refused(cards):
    cards.issue(CARD, acr="1")
    client = Client()
    assert refused(cards.sign_in(client, CARD), client)


def test_an_answer_with_another_nonce_is_refused(cards):
    """An answer obtained with the same state and another nonce: what an attacker who replays a token would send."""
    client = Client()
    asked = client.get(START).headers["Location"]
    other = asked.replace(f"nonce={asked_of(asked)['nonce']}", "nonce=autre-nonce-obtenu-ailleurs")
    assert refused(client.get(cards.answer(other, CARD)), client)


def test_an_answer_serves_once(cards):
    client = Client()
    back = cards.answer(client.get(START).headers["Location"], CARD)
    client.get(back)
    assert account_in(client) is not None
    other = Client()
    assert other.get(back).status_code == 401
    client.post("/deconnexion/")
    assert client.get(back).status_code == 401
    assert account_in(client) is None


def test_an_answer_nobody_asked_for_is_refused(cards):
    client = Client()
    assert refused(client.get("/connexion/pro-sante-connect/retour/?code=x&state=y"), client)


def test_giving_up_comes_back_to_the_sign_in_page(cards):
    client = Client()
    state = asked_of(client.get(START).headers["Location"])["state"]
    answer = client.get(f"/connexion/pro-sante-connect/retour/?error=access_denied&state={state}", follow=True)
    assert answer.redirect_chain[-1][0] == "/connexion/"
    assert "annulée" in answer.content.decode()


def test_one_comes_back_where_one_was_and_never_elsewhere(cards):
    doctor()
    assert cards.sign_in(Client(), CARD, f"{START}?next=/mon-compte/").headers["Location"] == "/mon-compte/"
    away = cards.sign_in(Client(), CARD, f"{START}?next=https://ailleurs.example.org/")
    assert urlsplit(away.headers["Location"]).netloc == ""


# Linking a card to an account.


def test_someone_links_their_card_then_signs_in_with_it(cards):
    user = UserFactory()
    client = signed_in(user)
    assert cards.sign_in(client, CARD, "/mon-compte/pro-sante-connect/").headers["Location"] == "/mon-compte/"
    user.refresh_from_db()
    assert user.national_id == DOCTOR
    assert mail.outbox[0].to == [user.email]
    other = Client()
    cards.sign_in(other, CARD)
    assert account_in(other) == user


def test_a_card_that_opens_another_account_is_not_linked(cards):
    doctor()
    user = UserFactory()
    client = signed_in(user)
    answer = client.get(cards.sign_in(client, CARD, "/mon-compte/pro-sante-connect/").headers["Location"])
    assert "ouvre déjà un autre compte" in answer.content.decode()
    user.refresh_from_db()
    assert user.national_id is None


def test_a_password_alone_does_not_add_a_card_to_an_account_with_codes(cards):
    user = administrator()
    enrol(user)
    client = Client()
    client.post("/connexion/", {"login": user.email, "password": PASSWORD})
    client.post("/connexion/sans-code/")
    assert client.get("/mon-compte/pro-sante-connect/").headers["Location"].startswith("/mon-compte/verification/")


# Invitations.


def test_someone_with_a_card_accepts_an_invitation_which_gives_them_an_address(cards):
    hospital = GeographicEntityFactory(health=True)
    invite(signed_in(referent(hospital)), hospital)
    link = last_link()
    client = Client()
    cards.sign_in(client, CARD, f"{START}?next={link}")
    assert client.post(link).status_code == 302
    user = account_in(client)
    assert (user.email, user.national_id) == (EMAIL, DOCTOR)
    assert user.assignments.get().role_id == "describer"


def test_an_address_that_someone_has_is_not_taken_by_a_card(cards):
    hospital = GeographicEntityFactory(health=True)
    known = UserFactory(email=EMAIL)
    invite(signed_in(referent(hospital)), hospital)
    client = Client()
    cards.sign_in(client, CARD)
    assert client.post(last_link()).status_code == 403
    assert not known.assignments.exists()
    assert not account_in(client).assignments.exists()
