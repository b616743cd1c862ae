"""Asking with or without an account: the address is proven by a link, and no answer tells what is held."""

import datetime
import re

import pytest
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ror.persons.asking import MOST_PER_ADDRESS
from ror.persons.links import CONFIRM, FOLLOW, READ, token_of
from ror.persons.models import PersonRequest, Status
from tests.factories import ContactFactory, PracticeFactory, ProfessionalFactory, UserFactory, rpps_number
from tests.persons.conftest import (
    ADMIN,
    TYPED,
    asked,
    by_password_only,
    carried,
    last_link,
    mails_to,
    signed_in,
    text,
)

pytestmark = pytest.mark.django_db

FORM = "/vos-donnees/demande/"
OVER = "Ce lien n'ouvre plus rien"


def test_the_public_page_is_linked_from_every_page(client):
    assert 'href="/vos-donnees/"' in client.get("/mentions-legales/").content.decode()
    page = text(client.get("/vos-donnees/"))
    assert "RPPS" in page
    assert "Faire une demande" in page


def test_someone_without_account_asks_and_proves_the_address(client, officer):
    answer = client.post(FORM, TYPED, follow=True)
    assert "Votre demande est envoyée" in text(answer)
    request = PersonRequest.objects.get()
    assert request.status == Status.RECEIVED
    (message,) = mail.outbox
    assert message.to == [TYPED["email"]]
    link = last_link()
    client.get(link)
    request.refresh_from_db()
    assert request.status == Status.RECEIVED, "a program that opens links proves nothing"
    answer = client.post(link, follow=True)
    assert "Votre adresse est confirmée" in text(answer)
    request.refresh_from_db()
    assert request.status == Status.IDENTITY
    assert [step.what for step in request.steps.all()] == [
        "Demande envoyée",
        "Adresse électronique confirmée par la personne",
    ]
    assert ADMIN in mails_to(officer.email)[0].body


def test_a_link_used_again_shows_the_request_and_changes_nothing(client):
    client.post(FORM, TYPED)
    link = last_link()
    client.post(link)
    before = PersonRequest.objects.get().revision
    assert "Votre demande" in text(client.post(link, follow=True))
    assert PersonRequest.objects.get().revision == before
    assert PersonRequest.objects.get().steps.count() == 2


def test_an_account_with_that_address_has_nothing_to_prove(officer):
    user = UserFactory(email=TYPED["email"])
    signed_in(user).post(FORM, TYPED)
    request = PersonRequest.objects.get()
    assert (request.status, request.account) == (Status.IDENTITY, user)
    assert "/vos-donnees/suivi/" in mails_to(user.email)[0].body


@pytest.mark.parametrize("same_address", [True, False])
def test_who_asks_from_an_account_known_by_a_card_has_no_identity_left_to_prove(same_address):
    person = ProfessionalFactory()
    _, client = carried(person.id_nat_ps, **({"email": TYPED["email"]} if same_address else {}))
    client.post(FORM, TYPED)
    if not same_address:
        assert PersonRequest.objects.get().status == Status.RECEIVED, "the card does not prove the address"
        Client().post(last_link())
    request = PersonRequest.objects.get()
    assert (request.status, request.identity_means, request.id_nat_ps) == (Status.CHECKED, "account", person.id_nat_ps)


@pytest.mark.parametrize("same_address", [True, False])
def test_a_password_alone_does_not_say_who_asks(same_address):
    _, client = carried(ProfessionalFactory().id_nat_ps, **({"email": TYPED["email"]} if same_address else {}))
    by_password_only(client).post(FORM, TYPED)
    if not same_address:
        Client().post(last_link())
    request = PersonRequest.objects.get()
    assert (request.status, request.identity_means, request.id_nat_ps) == (Status.IDENTITY, "", "")
    assert request.last_name == TYPED["last_name"]


def test_who_is_known_by_a_card_asks_under_no_other_name(screens):
    """Another name, or number, would lead the officer to someone else's data."""
    person, other = PracticeFactory(last_name="Carte"), PracticeFactory(last_name="Modèle", first_name="Dominique")
    own = person.professional.id_nat_ps
    user, client = carried(own, email=TYPED["email"], first_name="Ana", last_name="Carte")
    page = client.get(FORM)
    assert "la demande est faite à votre nom" in text(page)
    assert 'name="number"' not in page.content.decode()
    client.post(FORM, TYPED | {"number": other.professional.rpps})
    request = PersonRequest.objects.get()
    assert (request.last_name, request.first_name, request.number) == ("Carte", "Ana", "")
    page = text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert f"(Pro Santé Connect), {own}" in page
    assert f"Envoyée depuis le compte : Ana Carte, {user.email}" in page
    assert other.professional.id_nat_ps not in page


def test_names_that_the_account_lacks_are_typed_and_checked():
    _, client = carried(ProfessionalFactory().id_nat_ps, email=TYPED["email"], last_name="")
    client.post(FORM, TYPED)
    assert PersonRequest.objects.get().status == Status.IDENTITY


def test_an_account_with_another_address_proves_it(client):
    signed_in(UserFactory()).post(FORM, TYPED)
    assert PersonRequest.objects.get().status == Status.RECEIVED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "Choisissez ce que vous demandez."),
        ({"last_name": ""}, "Indiquez votre nom."),
        ({"email": "pas une adresse"}, "Ce n'est pas une adresse électronique"),
        ({"details": ""}, "Dites ce qui est faux"),
        ({"number": "12345678901"}, "Ce n'est pas un numéro RPPS"),
    ],
)
def test_what_is_missing_is_said_at_once(client, changes, said):
    answer = client.post(FORM, TYPED | changes)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not PersonRequest.objects.exists()


def test_what_is_answered_never_tells_whether_the_person_is_known(client):
    """The same words, the same mail: the record is not even read."""
    practice = PracticeFactory(last_name="Connue", first_name="Personne")
    ContactFactory(nature_id=None, function_id="R251:01", name="Connue", level=2)
    unknown = rpps_number(999_999_998)
    known = {"last_name": "Connue", "first_name": "Personne", "number": practice.professional.rpps}
    answers = []
    for said in (known, {"last_name": "Inconnue", "first_name": "Personne", "number": unknown}):
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(FORM, TYPED | said, follow=True)
        tables = {table for query in captured for table in re.findall(r'FROM "(\w+)"', query["sql"])}
        assert tables <= {"persons_personrequest", "ror_cache", "django_session", "reference_edition"}
        answers.append((answer.status_code, text(answer), mail.outbox[-1].subject, len(mail.outbox[-1].body)))
    assert answers[0] == answers[1]


def test_the_mails_hold_a_link_and_nothing_of_the_request(client):
    client.post(FORM, TYPED)
    client.post(last_link())
    for message in mail.outbox:
        for said in (TYPED["last_name"], TYPED["details"], TYPED["place"]):
            assert said not in f"{message.subject} {message.body}"


def test_nobody_is_flooded_with_mails(client):
    for _ in range(MOST_PER_ADDRESS + 2):
        assert "Votre demande est envoyée" in text(client.post(FORM, TYPED, follow=True))
    assert len(mail.outbox) == MOST_PER_ADDRESS
    assert PersonRequest.objects.count() == MOST_PER_ADDRESS + 2, "only the mail is spared"


def test_what_strangers_ask_for_an_address_stops_nobody_signed_in_with_it(client, officer):
    for _ in range(MOST_PER_ADDRESS + 1):
        client.post(FORM, TYPED)
    mail.outbox.clear()
    owner = signed_in(UserFactory(email=TYPED["email"]))
    for _ in range(MOST_PER_ADDRESS + 2):
        owner.post(FORM, TYPED)
    assert PersonRequest.objects.filter(status=Status.IDENTITY).count() == MOST_PER_ADDRESS + 2
    assert len(mails_to(TYPED["email"])) == len(mails_to(officer.email)) == MOST_PER_ADDRESS


@pytest.mark.parametrize("use", ["confirmer", "suivi", "lire"])
def test_a_forged_link_opens_nothing(client, use):
    request = asked()
    forged = [
        "n'importe quoi",
        signing.dumps({"request": str(request.pk), "nonce": request.nonce}, salt="ailleurs"),
        signing.dumps({"request": str(request.pk), "nonce": "autre"}, salt=f"ror.persons.{CONFIRM}"),
        signing.dumps({"request": str(request.pk), "nonce": ""}, salt=f"ror.persons.{READ}"),
        token_of(request, {"confirmer": FOLLOW, "suivi": READ, "lire": FOLLOW}[use]),
    ]
    for token in forged:
        for answer in (client.get(f"/vos-donnees/{use}/{token}/"), Client().post(f"/vos-donnees/{use}/{token}/")):
            assert answer.status_code in (404, 405)
        assert OVER in text(client.get(f"/vos-donnees/{use}/{token}/"))


def test_a_link_too_old_proves_nothing(client, monkeypatch):
    token = token_of(asked(), CONFIRM)
    now = timezone.now() + datetime.timedelta(days=4)
    monkeypatch.setattr(signing.time, "time", now.timestamp)
    assert client.post(f"/vos-donnees/confirmer/{token}/").status_code == 404
    assert PersonRequest.objects.get().status == Status.RECEIVED


def test_pages_of_a_link_are_kept_by_no_cache_and_told_to_no_other_site(client):
    answer = client.get(f"/vos-donnees/suivi/{token_of(asked(), FOLLOW)}/")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"
