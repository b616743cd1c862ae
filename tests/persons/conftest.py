"""An establishment with its describer, the officer, a person who asks, and what they do in the pages."""

import html
import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from ror.accounts.second_factor import SESSION_KEY
from ror.persons.asking import Asked, ask
from ror.persons.models import IdentityMeans, PersonRequest, Status
from ror.persons.recognising import digest_of
from structures.models import Contact, GeographicEntity
from tests.factories import GeographicEntityFactory, UserFactory, describer, holder, territory

TYPED = {
    "kind": "correction",
    "last_name": "Modèle",
    "first_name": "Dominique",
    "email": "dominique@example.org",
    "number": "",
    "place": "Hôpital des Essais",
    "details": "Mon nom est mal écrit.",
}
ADMIN = "/admin/persons/personrequest/"


@pytest.fixture
def hospital() -> GeographicEntity:
    return GeographicEntityFactory(health=True, name="Hôpital des Essais")


@pytest.fixture
def officer():
    return holder("data_protection_officer", territory("nation"), email="dpo@example.org")


@pytest.fixture
def screens(officer) -> Client:
    """A client signed in as the data-protection officer."""
    return signed_in(officer)


@pytest.fixture
def editor(hospital):
    return describer(hospital, email="editeur@example.org")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def carried(person: str, **changes):
    """An account known by a card, with the national identifier `person`, and its client."""
    user = UserFactory(national_id=person, **changes)
    return user, signed_in(user)


def by_password_only(client: Client) -> Client:
    """The same session without its second factor."""
    session = client.session
    session.pop(SESSION_KEY)
    session.save()
    return client


def text(answer) -> str:
    """What the page says, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def last_link() -> str:
    """The path of the link of the last e-mail."""
    return link_of(mail.outbox[-1])


def link_of(message) -> str:
    return re.search(r"https?://[^/]+(/\S+)", message.body)[1]


def mails_to(address: str) -> list:
    return [message for message in mail.outbox if message.to == [address]]


def asked(**changes) -> PersonRequest:
    """A request whose address is to be proven."""
    return ask(Asked(**TYPED | changes))


def confirmed(**changes) -> PersonRequest:
    """A request whose identity is to be checked."""
    return _changed(asked(**changes), status=Status.IDENTITY, confirmed_at=timezone.now())


def checked(status: str = Status.CHECKED, matched: dict | None = None, **changes) -> PersonRequest:
    """A request whose identity is checked; `matched` says who the person is in the record."""
    known = {"identity_checked_at": timezone.now(), "identity_means": IdentityMeans.CALL}
    if matched and "contacts" in matched:
        names = [Contact.objects.get(pk=key).name for key in matched["contacts"]]
        known |= {"contact_digests": [digest_of(name) for name in names], "matched_at": timezone.now()}
    return _changed(confirmed(**changes), status=status, **known | (matched or {}))


def granted(**changes) -> PersonRequest:
    return checked(Status.GRANTED, **changes)


def _changed(request: PersonRequest, **changes) -> PersonRequest:
    PersonRequest.objects.filter(pk=request.pk).update(**changes)
    return PersonRequest.objects.get(pk=request.pk)


def answer(client: Client, request: PersonRequest, action: str, revision: int | None = None, **said):
    """Send one form of the page where the officer answers."""
    said |= {"action": action, "revision": request.revision if revision is None else revision}
    return client.post(f"{ADMIN}{request.pk}/answer/", said, follow=True)
