"""A real OpenID Connect provider on loopback, in the place of Pro Santé Connect."""

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from werkzeug.serving import make_server

with warnings.catch_warnings(record=True):  # of the provider's own libraries, which insist on being heard
    from oidc_provider_mock import app

# A mark for the tests that use it: its libraries warn of their own future while it answers.
QUIET = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
DOCTOR = "810000000001"  # an RPPS number that nobody has
CLIENT_ID = "portail-ror"
STYLE_ELSEWHERE = re.compile(r"<link[^>]*>")
START = "/connexion/pro-sante-connect/"


class CardServer:
    """The provider: the cards that it knows, and what someone with a card does there."""

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def providers(self) -> dict:
        """The settings that make the portal use it."""
        app = {"client_id": CLIENT_ID, "secret": "secret", "settings": {"server_url": self.address}}
        return {"psc": {"APPS": [{"name": "Pro Santé Connect", **app}]}}

    def issue(self, card: str, **claims: object) -> None:
        """A card whose holder practises, unless `claims` say otherwise."""
        practice = {"exercices": [{"codeProfession": "10"}]}
        said = {"SubjectNameID": DOCTOR, "acr": "eidas1", "SubjectRefPro": practice, **claims}
        requests.put(f"{self.address}/users/{card}", json=said, timeout=5).raise_for_status()

    def answer(self, asked: str, card: str) -> str:
        """Show the card on the page `asked`; the path, on the portal, where the provider sends back."""
        sent = requests.post(asked, data={"sub": card}, allow_redirects=False, timeout=5)
        back = urlsplit(sent.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, client: Client, card: str, start: str = START):
        """The whole way round; the answer of the portal at its end."""
        return client.get(self.answer(client.get(start).headers["Location"], card))


@contextmanager
def card_server() -> Iterator[CardServer]:
    provider = app(require_nonce=True)
    provider.after_request(without_style)
    server = make_server("localhost", 0, provider, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield CardServer(f"http://localhost:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def without_style(answer):
    """The style sheet of the provider's page is elsewhere: nothing of the tests calls a third party."""
    if answer.mimetype == "text/html":
        answer.set_data(STYLE_ELSEWHERE.sub("", answer.get_data(as_text=True)))
    return answer


def asked_of(location: str) -> dict[str, str]:
    """What an address asks the provider for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
