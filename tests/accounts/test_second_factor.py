"""The code asked in addition to the password: of whom, when, and what waits for it."""

import re
import time

import pytest
from allauth.mfa.internal.flows import trust
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from ror.accounts import proving
from ror.accounts.models import User
from tests.accounts.codes import code, enrol, recovery_code
from tests.factories import (
    EMERGENCY_PHONE,
    PASSWORD,
    GeographicEntityFactory,
    administrator,
    describer,
    holder,
    published_offer,
    referent,
    territory,
)

pytestmark = pytest.mark.django_db

SIGN_IN, CODE, WITHOUT = "/connexion/", "/connexion/code/", "/connexion/sans-code/"
PROVE = "/mon-compte/verification/adresse/"
ENROL, CODES = "/mon-compte/verification/activer/", "/mon-compte/verification/codes-de-secours/"
LATER, LEAVE = "/mon-compte/verification/code/", "/mon-compte/verification/retirer/"
NEW_CODES, ADMIN = "/mon-compte/verification/nouveaux-codes/", "/admin/"


def sign_in(user: User, client: Client | None = None, next_page: str = ADMIN) -> tuple[Client, str]:
    """A client that gave its password, and where it was led."""
    client = client or Client()
    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD, "next": next_page})
    return client, answer.headers["Location"]


def prove_address(client: Client) -> None:
    """Ask for the link and open it, as it stands in the e-mail."""
    client.post(PROVE)
    client.get(re.search(r"https?://testserver(\S+)", mail.outbox.pop().body)[1])


def opens(client: Client, path: str = ADMIN) -> bool:
    return client.get(path).status_code == 200


@pytest.fixture
def offer():
    return published_offer(GeographicEntityFactory(health=True))


@pytest.fixture
def regulator(offer):
    return holder("regulation", territory("region", offer.geographic_entity.region_id))


def shows_level_3(client: Client, offer) -> bool:
    return EMERGENCY_PHONE in client.get(f"/offres/{offer.slug}/").content.decode()


# Someone obliged, who has no application yet.


def test_the_administration_leads_to_the_enrolment_then_opens(real_transactions):
    client, place = sign_in(administrator())
    assert place == ADMIN
    page = client.get(ADMIN, follow=True)
    assert page.redirect_chain[-1][0] == PROVE
    prove_address(client)
    page = client.get(ADMIN, follow=True)
    assert page.redirect_chain[-1][0] == ENROL
    secret = re.search(r'id="cle">([A-Z2-7]+)<', page.content.decode())[1]
    assert client.post(ENROL, {"code": "000000"}).status_code == 200
    assert not opens(client)
    answer = client.post(ENROL, {"code": code(secret)})
    assert answer.headers["Location"] == CODES
    page = client.get(CODES).content.decode()
    assert f'href="{ADMIN}"' in page
    assert len(re.findall(r"<code>\d{8}</code>", page)) == 10
    assert opens(client)


def test_the_sign_in_of_the_administration_is_the_same():
    client, _ = sign_in(administrator())
    assert client.get("/admin/login/?next=/admin/", follow=True).redirect_chain[-1][0] == PROVE
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 302
    assert not opens(client)


def test_until_then_the_level_3_of_others_is_not_shown(real_transactions, offer, regulator):
    client, _ = sign_in(regulator)
    page = client.get(f"/offres/{offer.slug}/").content.decode()
    assert EMERGENCY_PHONE not in page
    assert "attend votre code de vérification" in page
    prove_address(client)
    client.get(ENROL)
    client.post(ENROL, {"code": code(client.session["mfa.totp.secret"])})
    assert shows_level_3(client, offer)
    assert "attend votre code" not in client.get(f"/offres/{offer.slug}/").content.decode()


def test_nobody_is_asked_for_a_code_for_their_own_establishment(offer):
    for user in (describer(offer.geographic_entity), referent(offer.geographic_entity)):
        client, place = sign_in(user, next_page="/mes-etablissements/")
        assert place == "/mes-etablissements/"
        assert shows_level_3(client, offer)
        assert "attend votre code" not in client.get("/").content.decode()
    assert opens(client, "/collegues/")


def test_managing_the_accounts_of_a_territory_asks_for_a_code():
    client, _ = sign_in(administrator())
    assert client.get("/collegues/", follow=True).redirect_chain[-1][0] == PROVE


def test_a_new_application_is_told_by_email(real_transactions):
    user = administrator()
    client, _ = sign_in(user)
    prove_address(client)
    client.get(ENROL)
    client.post(ENROL, {"code": code(client.session["mfa.totp.secret"])})
    (sent,) = mail.outbox
    assert sent.to == [user.email]
    assert "application de codes" in sent.body


def test_a_password_alone_adds_no_application():
    user = administrator()
    client, _ = sign_in(user)
    assert client.get(ENROL).headers["Location"] == PROVE
    assert client.post(ENROL, {"code": "000000"}).headers["Location"] == PROVE
    assert "mfa.totp.secret" not in client.session
    other, _ = sign_in(administrator())
    other.post(PROVE)
    (sent,) = mail.outbox
    stolen = re.search(r"https?://testserver(\S+)", sent.body)[1]
    for link in (stolen, f"{PROVE}faux/"):
        assert client.get(link).headers["Location"] == PROVE
    assert client.get(ENROL).headers["Location"] == PROVE


def test_the_link_is_void_after_another_password_or_half_an_hour(monkeypatch):
    user = administrator()
    token = proving.token_of(user)
    assert proving.opens(token, user)
    later = time.time() + 31 * 60
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: later)
        assert not proving.opens(token, user)
    user.set_password("Une autre phrase, longue et sûre 7")
    assert not proving.opens(token, user)


def test_links_are_not_sent_without_end():
    client, _ = sign_in(administrator())
    answers = [client.post(PROVE) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert len(mail.outbox) == 3


# Someone who has one.


def test_the_code_is_asked_after_the_password():
    user = administrator()
    secret = enrol(user)
    client, place = sign_in(user)
    assert place == CODE
    assert "_auth_user_id" not in client.session
    page = client.post(CODE, {"code": "000000"})
    assert "Ce code ne convient pas" in page.content.decode()
    assert client.post(CODE, {"code": code(secret)}).headers["Location"] == ADMIN
    assert opens(client)


def test_a_wrong_password_never_reaches_the_code():
    user = administrator()
    secret = enrol(user)
    client = Client()
    client.post(SIGN_IN, {"login": user.email, "password": "faux"})
    assert client.post(CODE, {"code": code(secret)}).headers["Location"] == SIGN_IN


def test_a_code_serves_once():
    user = administrator()
    secret = enrol(user)
    used = code(secret)
    sign_in(user)[0].post(CODE, {"code": used})
    other, _ = sign_in(user)
    assert other.post(CODE, {"code": used}).status_code == 200
    assert not opens(other)


def test_codes_are_not_guessed():
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    for _ in range(10):
        client.post(CODE, {"code": "000000"})
    page = client.post(CODE, {"code": code(secret)})
    assert page.status_code == 200
    assert "Attendez un quart d" in page.content.decode()


def test_a_recovery_code_serves_once():
    user = administrator()
    enrol(user)
    given = recovery_code(user)
    client, _ = sign_in(user)
    client.post(CODE, {"code": given})
    assert opens(client)
    other, _ = sign_in(user)
    assert other.post(CODE, {"code": given}).status_code == 200


def test_a_trusted_device_is_asked_again_after_30_days(monkeypatch):
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    client.post(CODE, {"code": code(secret), "trust": "on"})
    client.post("/deconnexion/")
    assert sign_in(user, client)[1] == ADMIN
    assert opens(client)
    client.post("/deconnexion/")
    later = time.time() + 30 * 24 * 3600 + 1
    monkeypatch.setattr(trust.time, "time", lambda: later)
    assert sign_in(user, client)[1] == CODE


def test_a_device_is_not_trusted_unless_one_says_so():
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    client.post(CODE, {"code": code(secret)})
    client.post("/deconnexion/")
    assert sign_in(user, client)[1] == CODE


def test_a_device_trusted_for_one_account_is_not_for_another():
    first, second = administrator(), administrator()
    secret = enrol(first)
    enrol(second)
    client, _ = sign_in(first)
    client.post(CODE, {"code": code(secret), "trust": "on"})
    client.post("/deconnexion/")
    assert sign_in(second, client)[1] == CODE


# Without the code.


def test_one_may_sign_in_without_it_for_ones_own_establishments(offer, regulator):
    enrol(regulator)
    client, _ = sign_in(regulator)
    assert client.post(WITHOUT).status_code == 302
    assert "_auth_user_id" in client.session
    assert opens(client, "/mes-etablissements/")
    assert not shows_level_3(client, offer)


def test_without_it_the_administration_asks_for_it():
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    client.post(WITHOUT)
    page = client.get(ADMIN, follow=True)
    assert page.redirect_chain[-1][0].startswith(LATER)
    assert not opens(client)
    answer = client.post(page.redirect_chain[-1][0], {"code": code(secret)})
    assert answer.headers["Location"] == ADMIN
    assert opens(client)


@pytest.mark.parametrize("path", [CODES, NEW_CODES, LEAVE])
def test_a_password_alone_neither_reads_nor_removes_what_protects_the_account(path):
    user = administrator()
    enrol(user)
    client, _ = sign_in(user)
    client.post(WITHOUT)
    given = recovery_code(user)
    for answer in (client.get(path, follow=True), client.post(path, follow=True)):
        assert answer.redirect_chain[-1][0].startswith(LATER)
        assert given not in answer.content.decode()
    assert Authenticator.objects.filter(user=user, type="totp").exists()


def test_a_password_alone_does_not_replace_the_application():
    user = administrator()
    enrol(user)
    client, _ = sign_in(user)
    client.post(WITHOUT)
    client.get(ENROL)
    client.post(ENROL, {"code": "000000"})
    assert Authenticator.objects.filter(user=user, type="totp").count() == 1
    assert not opens(client)


def test_removing_the_application_closes_what_needs_it():
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    client.post(CODE, {"code": code(secret)})
    assert opens(client)
    assert client.post(LEAVE).headers["Location"] == "/mon-compte/"
    assert client.get(ADMIN, follow=True).redirect_chain[-1][0] == PROVE


def test_skipping_needs_a_password_first():
    client = Client()
    assert client.post(WITHOUT).headers["Location"] == SIGN_IN
    assert "_auth_user_id" not in client.session
    assert client.get(WITHOUT).status_code == 405


def test_coming_back_never_leads_to_another_site():
    user = administrator()
    secret = enrol(user)
    client, _ = sign_in(user)
    client.post(CODE, {"code": code(secret)})
    answer = client.get("/mon-compte/verification/?next=https://ailleurs.example.org/")
    assert answer.headers["Location"].startswith("/")


def test_the_keys_are_not_readable_in_the_database():
    user = administrator()
    secret = enrol(user)
    assert secret not in str(Authenticator.objects.values_list("data"))


def test_keys_of_another_installation_match_no_code(settings):
    user = administrator()
    secret = enrol(user)
    settings.SECRET_KEY = "une autre clé"
    client, _ = sign_in(user)
    assert client.post(CODE, {"code": code(secret)}).status_code == 200
    assert not opens(client)


def test_the_demonstration_asks_for_no_code_and_says_so(settings):
    user = administrator()
    enrol(user)
    settings.DEMONSTRATION = True
    assert "Démonstration : le code à usage unique" in Client().get(SIGN_IN).content.decode()
    client, place = sign_in(user)
    assert place == ADMIN
    assert opens(client)
