"""The public pages with everything that the model can say, in Chromium, for the public and for a describer."""

import pytest

from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, check_page, sign_in
from tests.factories import PASSWORD, published_offer
from tests.publication.rich import rich_establishment, rich_offer


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_rich_pages_are_accessible_and_fit(live_server, open_page, viewport):
    entity = rich_establishment(rows=2, health=True)
    offer = rich_offer(entity, rows=9)
    published_offer(entity, name="Offre sans organisation")
    addresses = (
        f"/offres/{offer.slug}/",
        f"/etablissements/{entity.id_nat_struct}/",
        f"/organisations/{offer.internal_organization.slug}/",
        f"/entites-juridiques/{entity.legal_entity.id_nat_struct}/",
    )
    page = open_page(viewport)
    for reader in ("public", "describer"):
        if reader == "describer":
            sign_in(page, live_server.url, factories.describer(entity).email, PASSWORD)
        for address in addresses:
            page.goto(live_server.url + address)
            check_page(page)
