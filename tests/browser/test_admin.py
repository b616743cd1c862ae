"""The administration in Chromium: nothing that the Content-Security-Policy stops, nothing wider than the screen."""

from django.urls import reverse

from confidentiality.models import Assignment
from structures.models import Offer
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import DIRECT_PHONE, PASSWORD, GeographicEntityFactory, UserFactory, administrator, published_offer


def test_the_national_administrator_reads_an_offer_and_gives_a_role(live_server, open_page):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    offer = published_offer(hospital)
    UserFactory(first_name="Dominique", last_name="Modèle", email="dominique@example.org")
    page = open_page(DESKTOP)
    sign_in(page, live_server.url, administrator().email, PASSWORD)

    page.goto(f"{live_server.url}{reverse('admin:structures_offer_changelist')}")
    page.click(f"text={offer.name}")
    assert DIRECT_PHONE in page.inner_text("main")

    page.goto(f"{live_server.url}{reverse('admin:confidentiality_assignment_add')}")
    pick(page, "user", "dominique", "Dominique Modèle")
    page.select_option("#id_role", "referent")
    pick(page, "perimeter", "hospitalier essais", hospital.name)
    page.fill("#id_reason", "Nommée par la directrice")
    page.click("input[name=_save]")
    page.wait_for_url(f"**{reverse('admin:confidentiality_assignment_changelist')}")
    given = Assignment.objects.get(user__email="dominique@example.org")
    assert (given.role_id, given.perimeter) == ("referent", hospital.perimeter)


def test_the_administration_fits_a_phone(live_server, open_page):
    published_offer()
    page = open_page(PHONE)
    sign_in(page, live_server.url, administrator().email, PASSWORD)
    for name in ("index", "structures_offer_changelist", "confidentiality_assignment_add"):
        page.goto(f"{live_server.url}{reverse(f'admin:{name}')}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    page.goto(f"{live_server.url}{reverse('admin:structures_offer_change', args=[Offer.objects.get().pk])}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def pick(page, name: str, text: str, proposal: str) -> None:
    """Open the search field of that name, write, and take the proposal once it comes first."""
    page.click(f"#id_{name} + .select2 .select2-selection")
    page.locator(".select2-container--open .select2-search__field").press_sequentially(text)
    page.wait_for_selector(f".select2-results__option--highlighted:has-text('{proposal}')")
    page.keyboard.press("Enter")
