"""The past of an offer by keyboard: its versions, the difference between two, one taken back; at both widths."""

import pytest

from structures import records
from structures.publishing import publish
from tests.browser.conftest import DESKTOP, PHONE, check_page, press, sign_in
from tests.factories import PASSWORD, GeographicEntityFactory, contact_row, describer, published_offer


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_reading_the_past_and_taking_a_version_back(live_server, open_page, viewport):
    entity = GeographicEntityFactory(health=True)
    describer(entity, email="decrit@example.org")
    offer = published_offer(entity, name="Consultation fictive de pédiatrie")
    base = records.read_document(offer)
    changed = {**base, "name": "Consultation fictive", "contacts": [*base["contacts"], contact_row()]}
    publish(changed, entity=entity, author="tests", channel="import", offer=offer, base=base)
    page = open_page(viewport)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    page.goto(f"{live_server.url}/mes-etablissements/offres/{offer.slug}/historique/")
    check_page(page)
    assert "Ce qui change" in page.inner_text("main")
    page.goto(f"{live_server.url}/mes-etablissements/offres/{offer.slug}/historique/2/")
    check_page(page)
    assert "Consultation fictive de pédiatrie" in page.inner_text(".ror-changes")
    page.goto(f"{live_server.url}/mes-etablissements/offres/{offer.slug}/historique/1/")
    check_page(page)
    press(page, "main form[method=post] button")
    check_page(page)
    assert "reprise dans un brouillon" in page.inner_text("main")
    assert "Consultation fictive de pédiatrie" in page.inner_text(".ror-changes ins")
