"""A review returned, resubmitted, then published: two people, by keyboard, on a desk and on a phone."""

import pytest

from ror.history import writing
from structures import records
from structures.describing.models import RegionSettings
from structures.models import Offer
from tests.browser.conftest import DESKTOP, PHONE, check_page, press, sign_in, sign_in_with_code, tab_to, write_in
from tests.factories import PASSWORD, DraftFactory, describer, holder, published_offer, territory

SUBMIT = "main button[formaction$='/soumettre/']"
SAVE = "main form ul button.fr-btn:not(.fr-btn--secondary)"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_returned_then_resubmitted_then_published(live_server, open_page, viewport):
    offer = published_offer()
    region = offer.geographic_entity.region_id
    with writing("tests", "admin"):
        RegionSettings.objects.create(region_id=region, review=True)
    author = describer(offer.geographic_entity, email="decrit@example.org")
    reviewer = holder("regional_quality_manager", territory("region", region), email="relit@example.org")
    document = {**records.read_document(offer), "name": "SSR du Lac"}
    draft = DraftFactory(offer=offer, document=document, created_by=author)

    describing, reviewing = open_page(viewport), open_page(viewport)
    sign_in(describing, live_server.url, author.email, PASSWORD)
    review = f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/relecture/"
    describing.goto(review)
    check_page(describing)
    press(describing, SUBMIT)
    assert "En relecture régionale" in describing.inner_text("main")
    check_page(describing)

    sign_in_with_code(reviewing, live_server.url, reviewer)
    the_reviewer_returns_it(reviewing, live_server.url)
    the_describer_mends_it(describing, review)
    reviewing.goto(f"{live_server.url}/mes-etablissements/relectures/")
    press(reviewing, "main .ror-list a")
    assert "Écrivez le nom en entier" in reviewing.inner_text("main")
    press(reviewing, "main button[name=publish]")
    assert "L'offre est publiée" in reviewing.inner_text("main")
    assert Offer.objects.get(pk=offer.pk).name == "Soins de suite du Lac"


def the_reviewer_returns_it(page, address):
    page.goto(f"{address}/mes-etablissements/relectures/")
    check_page(page)
    press(page, "main .ror-list a")
    check_page(page)
    press(page, "main button[name=return]")
    assert "Dites ce qui est à reprendre" in page.inner_text("main")
    check_page(page)
    tab_to(page, "main details summary")
    page.keyboard.press("Enter")
    write_in(page, "textarea[name='remark:name']", "Écrivez le nom en entier")
    press(page, "main button[name=return]")
    assert "est retournée" in page.inner_text("main")


def the_describer_mends_it(page, review):
    page.goto(review)
    assert "Écrivez le nom en entier" in page.inner_text("main")
    check_page(page)
    press(page, "main .fr-alert a[href*='informations']")
    assert "Relecture : Écrivez le nom en entier" in page.inner_text("main")
    check_page(page)
    write_in(page, "#id_name", "Soins de suite du Lac")
    press(page, SAVE)
    page.goto(review)
    press(page, SUBMIT)
