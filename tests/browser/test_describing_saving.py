"""A step saved as it is typed, in Chromium: connection cut, sign-in lost, tab lost, two people on one draft."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect

from structures import records
from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.steps import step_named
from structures.models import Offer
from structures.publishing import publish
from tests.browser.conftest import DESKTOP, PHONE, check_page, comes_to, follow, press, sign_in, tab_to
from tests.database.commands import PATIENCE, ROOT, environment
from tests.factories import (
    PASSWORD,
    DraftFactory,
    GeographicEntityFactory,
    contact_row,
    describer,
    offer_document,
    published_offer,
)

STATE = ".ror-saving__state"
COPIES = "Object.keys(sessionStorage).filter((name) => name.startsWith('ror-brouillon:')).length"


@pytest.fixture
def entity():
    return GeographicEntityFactory()


@pytest.fixture
def draft(entity):
    return DraftFactory(geographic_entity=entity, document=offer_document(name="Accueil fictif", comment=None))


def stored(draft) -> dict:
    return Draft.objects.get(pk=draft.pk).document


def opened(live_server, open_page, draft, email, step="informations", viewport=DESKTOP) -> Page:
    """The page of a step, for a describer of its establishment."""
    describer(draft.geographic_entity, email=email, first_name=email.split("@")[0].capitalize(), last_name="Fictive")
    page = open_page(viewport)
    sign_in(page, live_server.url, email, PASSWORD)
    page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/{step}/")
    return page


def type_in(page: Page, name: str, text: str) -> None:
    """Write at the end of a field, as one types, and stay in it."""
    page.eval_on_selector(f"[name='{name}']", "field => field.closest('details')?.setAttribute('open', '')")
    page.focus(f"[name='{name}']")
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def says(page: Page, text: str) -> None:
    """The line at the bottom comes to say so; the focus stayed where it was."""
    before = page.evaluate("document.activeElement.name")
    expect(page.locator(STATE)).to_contain_text(text)
    assert page.evaluate("document.activeElement.name") == before


def copies(page: Page, count: int) -> None:
    """What the tab keeps of the steps comes to be that many."""
    comes_to(page, lambda: page.evaluate(COPIES), count)


class Portal:
    """The portal in a process of its own, over the database of the tests: it can be killed."""

    def __init__(self, data_dir) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.data_dir = data_dir

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(self.data_dir, PORT=str(self.port), DATABASE_URL=database_url()),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert "Portail :" in self.process.stdout.readline(), self.process.communicate(timeout=PATIENCE)[0]

    def kill(self) -> None:
        """As a power cut: nothing is finished."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


def database_url() -> str:
    asked = connection.get_connection_params()
    return f"postgres://{asked['user']}:{asked['password']}@{asked['host']}:{asked['port']}/{asked['dbname']}"


@pytest.fixture
def portal(transactional_db, settings) -> Iterator[Portal]:
    served = Portal(settings.DATA_DIR)
    try:
        served.start()
        yield served
    finally:
        served.kill()


def signed_in_by_cookie(page: Page, address: str, user) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_killing_the_portal_in_the_middle_of_typing_loses_nothing(portal, open_page, entity, draft, viewport):
    page = open_page(viewport)
    user = describer(entity)
    signed_in_by_cookie(page, portal.url, user)
    address = f"{portal.url}/mes-etablissements/brouillons/{draft.pk}/informations/"
    page.goto(address)
    type_in(page, "name", " de jour")
    says(page, "Enregistré à")
    assert stored(draft)["name"] == "Accueil fictif de jour"
    check_page(page)

    page.keyboard.type(" et de")
    portal.kill()
    page.keyboard.type(" nuit")
    says(page, "Pas encore enregistré : connexion perdue, nous réessayons.")
    type_in(page, "comment", "Écrit sans connexion")
    check_page(page)
    page.click("text=Enregistrer et continuer")
    assert page.url == address
    assert page.input_value("[name=name]") == "Accueil fictif de jour et de nuit"

    portal.start()
    says(page, "Enregistré à")
    copies(page, 0)
    said = (stored(draft)["name"], stored(draft)["comment"])
    assert said == ("Accueil fictif de jour et de nuit", "Écrit sans connexion")

    page.close()
    again = open_page(viewport)
    signed_in_by_cookie(again, portal.url, user)
    again.goto(address)
    assert (again.input_value("[name=name]"), again.input_value("[name=comment]")) == said


def test_a_lost_sign_in_keeps_what_is_typed_before_and_after_one_knows(live_server, open_page, draft):
    page = opened(live_server, open_page, draft, "decrit@example.org")
    Session.objects.all().delete()
    type_in(page, "name", " de jour")
    says(page, "Votre session a expiré : reconnectez-vous, votre saisie vous attend.")
    check_page(page)
    type_in(page, "comment", "Écrit sans session")
    page.evaluate(f"window.seen = document.querySelector('{STATE} a')")
    with page.expect_response(lambda response: response.status == 401):
        page.locator(f"{STATE} a").hover()
        page.mouse.down()  # leaving the field saves: its answer comes while the link is held
    page.wait_for_timeout(250)
    assert page.evaluate("window.seen.isConnected")
    with page.expect_navigation():
        page.mouse.up()
    page.fill("input[name=login]", "decrit@example.org")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#retrouvee")).to_have_count(0)
    says(page, "Enregistré")
    assert page.input_value("[name=comment]") == "Écrit sans session"
    assert (stored(draft)["name"], stored(draft)["comment"]) == ("Accueil fictif de jour", "Écrit sans session")


def test_signing_in_again_from_another_tab_sends_what_waits(live_server, open_page, draft):
    page = opened(live_server, open_page, draft, "decrit@example.org")
    page.context.clear_cookies()
    type_in(page, "name", " de jour")
    says(page, "Votre session a expiré")
    other = page.context.new_page()
    sign_in(other, live_server.url, "decrit@example.org", PASSWORD)
    other.close()
    page.bring_to_front()
    type_in(page, "name", " fermé le soir")
    comes_to(page, lambda: stored(draft)["name"], "Accueil fictif de jour fermé le soir")
    says(page, "Enregistré à")
    press(page, "main form button.fr-btn:not(.fr-btn--secondary)[name=goto]")
    assert "/accueil/" in page.url


# The answer to the first save arrives when the test says so, and is lost.
LATE_THEN_LOST = """() => {
  const ask = window.fetch;
  const late = new Promise((resolve) => { window.loseIt = resolve; });
  let first = true;
  window.fetch = async (address, ...others) => {
    const answer = await ask(address, ...others);
    if (first && address.endsWith("/saisie/")) {
      first = false;
      await late;
      throw new TypeError("the answer is lost");
    }
    return answer;
  };
}"""


def test_what_is_typed_while_a_save_is_under_way_is_saved_though_its_answer_is_lost(live_server, open_page, draft):
    """What arrived without one's knowing is no disagreement with oneself."""
    page = opened(live_server, open_page, draft, "decrit@example.org")
    page.evaluate(LATE_THEN_LOST)
    type_in(page, "name", " de jour")
    says(page, "Enregistrement…")
    page.keyboard.type(" et de nuit")
    comes_to(page, lambda: stored(draft)["name"], "Accueil fictif de jour")
    page.evaluate("window.loseIt()")
    says(page, "connexion perdue")
    says(page, "Enregistré à")
    copies(page, 0)
    expect(page.locator(".ror-dispute")).to_have_count(0)
    assert stored(draft)["name"] == "Accueil fictif de jour et de nuit"


def test_a_tab_that_lost_its_page_sends_what_it_still_held(live_server, open_page, draft):
    page = opened(live_server, open_page, draft, "decrit@example.org")
    page.on("dialog", lambda dialog: dialog.accept())
    cut(page)
    type_in(page, "name", " de jour")
    says(page, "connexion perdue")
    page.unroute("**/saisie/")
    page.reload()
    comes_to(page, lambda: stored(draft)["name"], "Accueil fictif de jour")
    expect(page.locator("[name=name]")).to_have_value("Accueil fictif de jour")
    copies(page, 0)


def test_what_a_tab_still_held_is_shown_beside_what_a_colleague_saved_since(live_server, open_page, entity, draft):
    page = opened(live_server, open_page, draft, "decrit@example.org")
    page.on("dialog", lambda dialog: dialog.accept())
    cut(page)
    type_in(page, "name", " de jour")
    says(page, "connexion perdue")
    change(draft, describer(entity, first_name="Dominique", last_name="Inventée"), name="Accueil de la collègue")
    page.unroute("**/saisie/")
    page.reload()
    expect(page.locator("main")).to_contain_text("Dominique Inventée a enregistré autre chose")
    assert page.input_value("[name=name]") == "Accueil fictif de jour"
    says(page, "Pas encore enregistré : choisissez")
    assert stored(draft)["name"] == "Accueil de la collègue"
    check_page(page)
    press(page, "button[name=theirs]")
    assert page.input_value("[name=name]") == "Accueil de la collègue"


def test_nothing_of_level_3_rests_on_the_device(live_server, open_page, entity):
    row = contact_row(level=1)
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[row]))
    page = opened(live_server, open_page, draft, "decrit@example.org", "contacts")
    cut(page)
    field = f"contacts.{row['id']}"
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    type_in(page, f"{field}.description", "Précision fictive")
    says(page, "connexion perdue")
    copies(page, 1)
    page.select_option(f"[name='{field}.level']", "3")
    copies(page, 0)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_two_people_on_one_draft(live_server, open_page, draft, viewport):
    first = opened(live_server, open_page, draft, "alix@example.org", viewport=viewport)
    second = opened(live_server, open_page, draft, "brune@example.org", viewport=viewport)
    expect(second.locator("#presents")).to_have_text(
        "Alix Fictive a ce brouillon ouvert, étape « Informations générales », depuis moins d'une minute."
    )
    check_page(second)

    # Other data: both are kept, and one sees what the other wrote.
    type_in(first, "comment", "Commentaire d'Alix")
    says(first, "Enregistré à")
    expect(first.locator("#presents")).to_contain_text("Brune Fictive a ce brouillon ouvert")
    type_in(second, "name", " de jour")
    expect(second.locator("#nouveautes")).to_contain_text("Alix Fictive a changé entre-temps : Commentaire.")
    assert second.input_value("[name=comment]") == ""
    check_page(second)
    second.click("#nouveautes button")
    expect(second.locator("[name=comment]")).to_have_value("Commentaire d'Alix")
    expect(second.locator("#nouveautes")).to_be_hidden()
    said = stored(draft)
    assert (said["name"], said["comment"]) == ("Accueil fictif de jour", "Commentaire d'Alix")

    # Nothing typed: one is told all the same, by the signal that the page gives while it is seen.
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(first.locator("#nouveautes")).to_contain_text("Brune Fictive a changé entre-temps : Nom de l'offre.")
    assert first.input_value("[name=name]") == "Accueil fictif"

    # The same datum: nothing is overwritten, the rest is still saved, and one chooses.
    type_in(first, "name", " et de nuit")
    expect(first.locator(".ror-dispute")).to_contain_text(
        "Brune Fictive a enregistré « Accueil fictif de jour ». Votre saisie : « Accueil fictif et de nuit »."
    )
    says(first, "sauf ce qui attend votre choix : Nom de l'offre")
    check_page(first)
    type_in(first, "comment", ", complété")
    comes_to(first, lambda: stored(draft)["comment"], "Commentaire d'Alix, complété")
    assert stored(draft)["name"] == "Accueil fictif de jour"
    first.click("text=Enregistrer et continuer")
    expect(first.locator("text=Garder ma saisie")).to_be_focused()
    first.keyboard.press("Enter")
    expect(first.locator(".ror-dispute")).to_have_count(0)
    says(first, "Enregistré à")
    assert stored(draft)["name"] == "Accueil fictif et de nuit"

    type_in(second, "name", " !")
    expect(second.locator(".ror-dispute")).to_contain_text("Accueil fictif et de nuit")
    second.click("text=Prendre la sienne")
    expect(second.locator("[name=name]")).to_have_value("Accueil fictif et de nuit")
    expect(second.locator(".ror-dispute")).to_have_count(0)
    says(second, "Enregistré à")
    check_page(second)
    assert stored(draft)["name"] == "Accueil fictif et de nuit"


def test_rows_of_a_colleague_come_and_go(live_server, open_page, entity):
    kept, removed = contact_row(), contact_row()
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[kept, removed]))
    page = opened(live_server, open_page, draft, "decrit@example.org", "contacts")
    new = contact_row()
    change(draft, describer(entity), "contacts", contacts=[kept, new])
    page.select_option(f"[name='contacts.{kept['id']}.level']", "2")
    expect(page.locator("#nouveautes")).to_contain_text("a changé entre-temps : Contact")
    page.click("#nouveautes button")
    expect(page.locator(f"[name='contacts.{new['id']}.level']")).to_be_visible()
    expect(page.locator(f"[name='contacts.{removed['id']}.level']")).to_have_count(0)
    expect(page.locator("#nouveautes")).to_be_hidden()
    assert {row["id"]: row["level"] for row in stored(draft)["contacts"]} == {kept["id"]: 2, new["id"]: new["level"]}
    press(page, f"button[name=remove][value='contacts.{new['id']}']")
    press(page, "button[name=add][value=contacts]")
    assert len(stored(draft)["contacts"]) == 2


def test_a_draft_older_than_a_publication_is_merged(live_server, open_page, entity):
    offer = published_offer(entity)
    draft = DraftFactory(offer=offer)
    page = opened(live_server, open_page, draft, "decrit@example.org", viewport=PHONE)
    type_in(page, "name", " de jour")
    says(page, "Enregistré à")
    base = records.read_document(offer)
    newer = {**base, "name": "Nom publié depuis", "comment": "Commentaire publié depuis"}
    publish(newer, entity=entity, author="tests", channel="import", offer=offer, base=base)
    press(page, "nav[aria-label^='Étapes'] li:last-child a")
    press(page, "main form button.fr-btn:not([name])")
    check_page(page)
    mine, theirs = (page.locator(f"label[for={side}-1]").inner_text() for side in ("mine", "theirs"))
    assert (mine, theirs) == (f"Votre saisie : {base['name']} de jour", "La valeur publiée depuis : Nom publié depuis")
    assert page.locator("fieldset").count() == 1
    tab_to(page, "#mine-1")
    press(page, "button[name=settle]")
    check_page(page)
    press(page, "main form button.fr-btn:not([name])")
    published = Offer.objects.get(pk=offer.pk)
    assert (published.name, published.comment) == (f"{base['name']} de jour", "Commentaire publié depuis")


def test_without_script_one_is_told_too_and_the_button_saves(live_server, open_page, entity, draft):
    opened(live_server, open_page, draft, "alix@example.org", "contacts")
    describer(entity, email="brune@example.org")
    page = open_page(DESKTOP, javascript=False)
    page.goto(f"{live_server.url}/connexion/")
    page.fill("input[name=login]", "brune@example.org")
    page.fill("input[name=password]", PASSWORD)
    follow(page, "main form button")
    page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/informations/")
    expect(page.locator("#presents")).to_contain_text("Alix Fictive a ce brouillon ouvert, étape « Contacts »")
    page.fill("[name=name]", "Accueil sans script")
    follow(page, "main form ul button:has-text('Enregistrer et continuer')")
    assert stored(draft)["name"] == "Accueil sans script"


def test_an_establishment_is_not_sent_to_a_portal_that_does_not_answer(live_server, open_page, entity):
    describer(entity, email="decrit@example.org")
    page = open_page(DESKTOP)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    address = f"{live_server.url}/mes-etablissements/{entity.id_nat_struct}/description/informations/"
    page.goto(address)
    page.fill("[name=usual_name]", "Nom d'usage fictif")
    page.context.set_offline(True)
    page.click("text=Enregistrer et publier")
    expect(page.locator("#injoignable")).to_contain_text("votre saisie reste ici")
    check_page(page)
    page.context.set_offline(False)
    press(page, "main form ul button")
    assert "Nom d'usage fictif" in page.inner_text("main")


def cut(page: Page) -> None:
    """Nothing that is saved as it is typed arrives."""
    page.route("**/saisie/", lambda route: route.abort())


def change(draft, author, slug="informations", **data) -> None:
    """What a colleague saves meanwhile."""
    part = step_named(slug).part(stored(draft))
    assert not drafts.save_step(draft, step_named(slug), {**part, **data}, part, author).conflicts
