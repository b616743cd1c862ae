"""The pages of a description that one meets on bad days: accessible too, and without horizontal scroll."""

import pytest

from structures import records
from structures.describing import drafts
from structures.describing.steps import STEPS
from structures.publishing import publish
from tests.browser.conftest import DESKTOP, PHONE, check_page, press, sign_in, tab_to, write_in
from tests.factories import PASSWORD, DraftFactory, GeographicEntityFactory, describer, published_offer

PUBLISH = "main form button.fr-btn:not([name])"
SAVE = "main form ul button.fr-btn:not(.fr-btn--secondary)"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_each_page_of_a_bad_day(live_server, open_page, viewport):
    entity = GeographicEntityFactory(health=True)
    describer(entity, email="decrit@example.org")
    colleague = describer(entity)
    offer = published_offer(entity)
    draft = DraftFactory(offer=offer, created_by=colleague)
    page = open_page(viewport)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    for path in (
        f"/mes-etablissements/{entity.id_nat_struct}/",
        f"/mes-etablissements/{entity.id_nat_struct}/crise/",
        f"/mes-etablissements/offres/{offer.slug}/modifier/",
        f"/mes-etablissements/brouillons/{draft.pk}/supprimer/",
    ):
        page.goto(live_server.url + path)
        check_page(page)
    page.goto(f"{live_server.url}/mes-etablissements/{entity.id_nat_struct}/crise/")
    press(page, PUBLISH)
    assert "À compléter" in page.inner_text("main")
    check_page(page)
    a_colleague_saves_meanwhile(page, live_server.url, draft, colleague)
    someone_publishes_meanwhile(page, live_server.url, draft, offer, entity)
    the_draft_is_dropped_meanwhile(page, live_server.url, draft)


def a_colleague_saves_meanwhile(page, address, draft, colleague):
    step = STEPS[0]
    page.goto(f"{address}/mes-etablissements/brouillons/{draft.pk}/{step.slug}/")
    part = step.part(draft.document)
    drafts.save_step(draft, step, {**part, "name": "Nom du collègue"}, part, colleague)
    write_in(page, "#id_name", "Mon nom à moi")
    page.wait_for_selector(".ror-dispute")
    tab_to(page, ".ror-dispute button")
    assert "Nom du collègue" in page.inner_text(".ror-dispute")
    assert page.input_value("#id_name") == "Mon nom à moi"
    check_page(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".ror-dispute", state="detached")
    press(page, SAVE)


def someone_publishes_meanwhile(page, address, draft, offer, entity):
    base = records.read_document(offer)
    publish({**base, "name": "Nom publié"}, entity=entity, author="tests", channel="import", offer=offer, base=base)
    page.goto(f"{address}/mes-etablissements/brouillons/{draft.pk}/relecture/")
    press(page, PUBLISH)
    assert "Mon nom à moi" in page.inner_text("main")
    assert "Nom publié" in page.inner_text("main")
    check_page(page)
    press(page, "main form button[name=settle]")
    check_page(page)


def the_draft_is_dropped_meanwhile(page, address, draft):
    page.goto(f"{address}/mes-etablissements/brouillons/{draft.pk}/informations/")
    write_in(page, "#id_name", "Un nom à ne pas perdre")
    drafts.drop(draft)
    press(page, SAVE)
    assert "Un nom à ne pas perdre" in page.inner_text("main")
    check_page(page)
