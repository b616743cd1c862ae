"""Traps reproduced on other portals (their numbers are those of the project's list), those not tested elsewhere."""

import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.governed import governance
from ror.imports.models import ImportJob
from ror.persons.models import PersonRequest
from structures.admin.closing import ClosingScreen
from structures.describing.models import EntryModel
from structures.models import GeographicEntity, Offer
from tests.admin.conftest import page, role_with, signed_in, visitor
from tests.admin.test_checks import request_of
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    GeographicEntityFactory,
    UserFactory,
    holder,
    territory,
)

# Slow by nature: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

TRAP = re.compile(r"def test_trap_([0-9]+)_")
ROUTES = {"changelist", "add", "history", "delete", "change", "export"}
CLOSING_ROUTES = {"close", "reopen"}


def admin_routes(resolver: URLResolver | None = None, prefix: str = ""):
    """(address pattern, view) of every road of the administration."""
    for entry in (resolver or _admin_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{prefix}{entry.pattern}", entry
        else:
            yield from admin_routes(entry, f"{prefix}{entry.pattern}")


def _admin_resolver() -> URLResolver:
    return next(entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", None) == "admin")


def test_trap_1_no_screen_imports_nor_shows_permissions():
    """What a screen offers is listed, and nothing else exists; « export » asks for a permission (test_exporting), and
    imports have a screen of their own (test_admin_imports)."""
    for screen in admin.site._registry.values():
        names = {route.name.split("_")[-1] for route in screen.get_urls() if route.name}
        closing = CLOSING_ROUTES if isinstance(screen, ClosingScreen) else set()
        answering = {"answer", "blank"} if screen.model is PersonRequest else set()
        modelling = {"preview", "version", "retire"} if screen.model is EntryModel else set()
        importing = {"template", "apply", "abandon", "report"} if screen.model is ImportJob else set()
        assert names == ROUTES | closing | answering | modelling | importing, screen


def test_trap_1_rights_to_enter_give_no_screen_by_themselves(hospital, offer):
    local = signed_in(visitor("P0", hospital.perimeter))
    elsewhere = GeographicEntityFactory()
    assert local.get(page(GeographicEntity, "change", hospital.pk)).status_code == 200
    assert local.get(page(GeographicEntity, "change", elsewhere.pk)).status_code == 302


class OfferEditing(RorModelAdmin):
    """A screen that edits what points to governed rows, as later steps will."""

    change_with = "publish_offer"
    fields = ("name", "geographic_entity")

    def legal_kind_of(self, obj) -> str:
        return "I-1"


def test_trap_8_a_choice_is_checked_among_the_viewers_rows_on_post_too(hospital, offer):
    user = holder(role_with("enter_admin", "publish_offer"), territory("department", "35"))
    elsewhere = GeographicEntityFactory(insee="22113")
    request, screen = request_of(user), OfferEditing(Offer, admin.site)
    with governance():
        row = screen.get_object(request, str(offer.pk))
        form_class = screen.get_form(request, row, change=True)
        own = form_class({"name": "Nouveau nom", "geographic_entity": hospital.pk}, instance=row)
        assert own.is_valid(), own.errors
        assert elsewhere.name not in str(form_class(instance=row))
        forged = form_class({"name": "Nouveau nom", "geographic_entity": elsewhere.pk}, instance=row)
        unknown = form_class({"name": "Nouveau nom", "geographic_entity": 10**9}, instance=row)
        assert not forged.is_valid()
        assert forged.errors == unknown.errors
        assert elsewhere.name not in str(forged)


@pytest.mark.parametrize("slug", ["permissions/", "permissions/user-manage/1/", "import/", "process_import/"])
def test_trap_10_there_is_no_page_of_object_permissions_nor_of_imports(national, offer, slug):
    """Django takes what follows a list for the key of a row: there is no such row."""
    for address in (page(Offer, "changelist"), f"{page(Offer, 'changelist')}{offer.pk}/"):
        response = national.get(f"{address}{slug}", follow=True)
        assert response.status_code == 404 or response.request["PATH_INFO"] == reverse("admin:index")


def test_trap_11_permissions_of_django_give_nothing(offer):
    """Neither global permissions nor groups: only assignments count, on their perimeter."""
    user = UserFactory()
    user.user_permissions.set(Permission.objects.all())
    client = signed_in(user)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403
    assert client.get(page(Offer, "change", offer.pk), follow=True).status_code == 403


def test_trap_11_a_right_held_on_one_object_opens_that_object_and_no_other(hospital, offer):
    client = signed_in(visitor("P0", hospital.perimeter))
    html = client.get(page(Offer, "changelist")).content.decode()
    assert "1 offre" in html
    assert client.get(page(Offer, "change", offer.pk)).status_code == 200


def test_trap_12_what_became_hidden_is_not_named_by_the_log(plain, sensitive_offer):
    user = plain.get(reverse("admin:index")).wsgi_request.user
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(Offer),
        object_id=str(sensitive_offer.pk),
        object_repr=str(sensitive_offer),
        action_flag=ADDITION,
        change_message="",
    )
    home = plain.get(reverse("admin:index")).content.decode()
    assert sensitive_offer.identifier not in home
    assert plain.get(page(Offer, "history", sensitive_offer.pk)).status_code == 302


def test_trap_12_the_text_of_a_row_is_public(offer, sensitive_offer):
    contacts = offer.contacts.trusted("tests").prefetch_related("telecoms")
    texts = [str(row) for row in (offer, sensitive_offer, *contacts, *sensitive_offer.versions.trusted("tests"))]
    for secret in (DIRECT_PHONE, EMERGENCY_PHONE, "Camille", "fictif", sensitive_offer.name):
        assert not any(secret in text for text in texts)


def test_trap_16_every_road_of_the_administration_asks_who_is_there(nobody, stranger):
    """Each view is wrapped by the site: nobody passes, whatever the address."""
    for pattern, route in admin_routes():
        if route.name == "login":
            continue
        address = reverse("admin:index") + _example(pattern)
        assert nobody.get(address).status_code == 302, pattern
        assert nobody.get(address, follow=True).redirect_chain[-1][0].startswith(reverse("account_login")), pattern
        if route.name != "logout":
            assert stranger.get(address, follow=True).status_code == 403, pattern


def test_trap_16_lists_have_bulk_actions_only():
    """Those show what changes first, and check each row (test_bulk)."""
    actions = [action for screen in admin.site._registry.values() for action in screen.actions or ()]
    assert actions
    assert all(getattr(action, "is_bulk", False) for action in actions)


def _example(pattern: str) -> str:
    """An address that the pattern of a road matches."""
    if pattern.startswith("^(?P<app_label>"):
        return "structures/"
    return pattern.replace("<path:object_id>", "1").replace("(?P<url>.*)$", "nulle/part/")


def test_each_trap_has_a_test_whose_name_carries_its_number():
    """Sixteen, reproduced on stock classes: exports and imports in test_exporting and test_admin_imports."""
    tests = Path(__file__).parent.parent.rglob("test_*.py")
    numbers = {int(number) for test in tests for number in TRAP.findall(test.read_text(encoding="utf-8"))}
    assert numbers == set(range(1, 17))
