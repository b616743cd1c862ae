"""An establishment with its référent, and what they do in the pages."""

import re

import pytest
from django.core import mail
from django.test import Client

from structures.models import GeographicEntity
from tests.factories import GeographicEntityFactory, referent

REASON = "Cadre du service depuis lundi"
EMAIL = "nouvelle@example.org"


@pytest.fixture
def hospital() -> GeographicEntity:
    return GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")


@pytest.fixture
def manager(hospital):
    return referent(hospital, first_name="Alix", last_name="Référente", email="alix@example.org")


@pytest.fixture
def pages(manager) -> Client:
    """A client signed in as the référent."""
    return signed_in(manager)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer) -> str:
    """What the page says, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def invite(client: Client, place, role: str = "describer", email: str = EMAIL, **more):
    """Send the form of invitation, for one role."""
    typed = {"email": email, "reason": REASON, "rows": 1, "role_0": role, "place_0": place.perimeter.pk, **more}
    return client.post("/collegues/inviter/", typed)


def last_link() -> str:
    """The path of the link of the last e-mail."""
    return re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1]
