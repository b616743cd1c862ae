"""Every screen of the administration, tried by everyone."""

import datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import timezone

from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.models import AccessRecord, Assignment, Perimeter, Role
from professionals.models import OperationalSituation, Practice, Professional
from ror.accounts.models import User
from ror.history import writing
from ror.imports.models import ImportJob
from ror.persons.models import Blanking, PersonRequest
from ror.quality.models import Anomaly
from ror.reference.models import CodeSystem, Commune, Concept, Department, Region, ValueSet
from ror.registers.models import Import
from structures.describing.models import EntryModel, RegionSettings
from structures.models import OfferVersion, SpecificEquipment
from tests.admin.conftest import page, screen_of
from tests.admin.rows import MAKERS, row_of
from tests.factories import describer
from tests.persons.conftest import confirmed

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

# Each screen, and who opens it. A model that is not here has no screen.
EVERYONE_INSIDE, NATIONAL_ONLY = {"national", "plain"}, {"national"}
OFFICER_ONLY: set[str] = set()  # the data-protection officer, whom `tests/persons` plays
READERS = {
    User: NATIONAL_ONLY,
    Role: EVERYONE_INSIDE,
    Perimeter: NATIONAL_ONLY,
    Assignment: NATIONAL_ONLY,
    CodeSystem: EVERYONE_INSIDE,
    ValueSet: EVERYONE_INSIDE,
    Concept: EVERYONE_INSIDE,
    Region: EVERYONE_INSIDE,
    Department: EVERYONE_INSIDE,
    Commune: EVERYONE_INSIDE,
    **dict.fromkeys(MAKERS, EVERYONE_INSIDE),
    Import: NATIONAL_ONLY,
    ImportJob: NATIONAL_ONLY,  # and one's own only: `test_admin_imports`
    RegionSettings: NATIONAL_ONLY,  # and the quality manager of the region: `test_region_settings`
    EntryModel: NATIONAL_ONLY,  # what is done there: `test_entry_models`
    AccessRecord: NATIONAL_ONLY,
    PersonRequest: OFFICER_ONLY,
    Blanking: OFFICER_ONLY,
}
# Rows of a health establishment that the public profile does not know of: above level 1.
UNKNOWN_TO_PUBLIC = {SpecificEquipment, OfferVersion, Professional, Practice, OperationalSituation, Anomaly}
ADDED = {User, Assignment, EntryModel, ImportJob, RegionSettings}
# What the national administrator corrects, with a reason; the rest of the record belongs to registers and versions.
CORRECTED = set(MAKERS) - {OfferVersion, Professional, Practice}
OPENS, UNKNOWN, REFUSED = 200, 302, 403
PEOPLE = ("nobody", "stranger", "plain", "national")
MODELS = [pytest.param(model, id=model._meta.label) for model in READERS]


@pytest.fixture
def row(request):
    """One row of the model under test."""
    model = request.getfixturevalue("model")
    if model is Import:
        return run_of_import()
    if model is ImportJob:
        user = User.objects.get(pk=request.getfixturevalue("national").session["_auth_user_id"])
        return ImportJob.objects.create(owner=user, file_name="essai.csv", sha256="0", reason="essai")
    if model is RegionSettings:
        with writing("tests", "admin"):
            return RegionSettings.objects.create(region_id="53")
    if model is AccessRecord:
        named = {"roles": [], "perimeters": [], "level_2": ["Offer 53/1"], "level_3": []}
        return AccessRecord.objects.create(channel="page", view="publication:offer", **named)
    if model is PersonRequest:
        return confirmed()
    if model is Blanking:
        return Blanking.objects.create(author_name="essai", datum="autre", subject="essai", reason="essai")
    if model._meta.app_label == "reference":
        return model.objects.first()
    hospital = request.getfixturevalue("hospital")
    if model in MAKERS:
        return row_of(model, hospital)
    user = describer(hospital)
    return {User: user, Assignment: user.assignments.get()}.get(model) or model.objects.first()


def run_of_import() -> Import:
    now = timezone.now()
    return Import.objects.create(
        file_name="essai.csv",
        sha256="0" * 64,
        flow_date=datetime.date(2026, 1, 1),
        started_at=now,
        finished_at=now,
        refusals=[[3, "350000012", "clé fausse"]],
        warnings={"téléphone inutilisable": 2},
    )


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("model", MODELS)
def test_each_person_opens_the_screens_of_their_rights_and_no_other(request, person, model, row):
    client = request.getfixturevalue(person)
    reads = person in READERS[model]
    of_row = OPENS if reads else REFUSED
    if person == "plain" and model in UNKNOWN_TO_PUBLIC:
        of_row = UNKNOWN
    expected = {
        page(model, "changelist"): OPENS if reads else REFUSED,
        page(model, "change", row.pk): of_row,
        page(model, "history", row.pk): of_row,
        page(model, "add"): OPENS if reads and model in ADDED else REFUSED,
        page(model, "delete", row.pk): REFUSED,
    }
    for address, answer in expected.items():
        response = client.get(address)
        if person in ("nobody", "stranger"):
            assert response.status_code == 302, address
            assert response.url.startswith(reverse("admin:login"))
        else:
            assert response.status_code == answer, address


@pytest.mark.parametrize("model", MODELS)
def test_posting_changes_nothing_where_nothing_is_written(model, row, national, plain):
    """Nor where a correction says no reason."""
    before = model._default_manager.filter(pk=row.pk).values().get()
    for client in (plain, national):
        assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == REFUSED
        assert client.post(page(model, "changelist"), {"action": "delete_selected"}).status_code in (200, 302, 403)
        if model not in ADDED:
            corrects = client is national and model in CORRECTED
            assert client.post(page(model, "change", row.pk), {}).status_code == (OPENS if corrects else REFUSED)
            assert client.post(page(model, "add"), {}).status_code == REFUSED
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", [case for case in MODELS if case.values[0] not in MAKERS])
def test_lists_and_pages_ask_few_questions_of_the_database(model, row, national, django_assert_max_num_queries):
    """Those of the record are in `test_budgets`."""
    with django_assert_max_num_queries(15):
        national.get(page(model, "changelist"))
    with django_assert_max_num_queries(30):
        national.get(page(model, "change", row.pk))


@pytest.mark.parametrize("model", [case for case in MODELS if "national" in READERS[case.values[0]]])
def test_a_list_can_be_searched_and_a_row_that_does_not_exist_is_said_so(model, row, national):
    if screen_of(model).search_fields:
        assert national.get(page(model, "changelist"), {"q": "l'Hôpital 35"}).status_code == 200
        assert national.get(page(model, "changelist"), {"q": "\x00"}).status_code == 200
    for unknown in ("0", "inconnu", "a_00b", "9" * 40):
        for name in ("change", "history"):
            response = national.get(f"{page(model, 'changelist')}{unknown}/{name}/")
            assert (response.status_code, response.url) == (302, reverse("admin:index"))


def test_the_home_page_lists_only_what_one_may_open(national, plain, nobody):
    assert nobody.get(reverse("admin:index")).status_code == 302
    for client, person in ((national, "national"), (plain, "plain")):
        html = client.get(reverse("admin:index")).content.decode()
        for model, readers in READERS.items():
            assert (page(model, "changelist") in html) == (person in readers)


def test_someone_without_the_right_to_enter_is_told_so_without_turning_in_circles(stranger, nobody):
    assert stranger.get(reverse("admin:index"), follow=True).status_code == 403
    assert nobody.get(reverse("admin:index"), follow=True).redirect_chain[-1][0].startswith(reverse("account_login"))


def test_every_screen_goes_through_the_one_door_out_and_is_listed_here():
    assert set(admin.site._registry) == set(READERS)
    assert all(isinstance(screen, RorModelAdmin) for screen in admin.site._registry.values())


def test_a_screen_of_ours_that_goes_round_the_door_does_not_start():
    class Careless(admin.ModelAdmin):
        """Django's own screen, as a careless hand would write it."""

    Careless.__module__ = "structures.admin"
    for screen in (Careless, None):
        with pytest.raises(ImproperlyConfigured):
            admin.site.register(OfferVersion, screen)


def test_the_screens_that_libraries_bring_are_left_out():
    admin.site.register(Group, admin.ModelAdmin)
    assert not admin.site.is_registered(Group)


def test_roads_of_django_that_go_round_the_door_are_closed(national, offer):
    content_type = 1
    for address in (f"r/{content_type}/{offer.pk}/", "password_change/", "password_change/done/"):
        assert national.get(f"{reverse('admin:index')}{address}").status_code == 404
    assert national.post(f"{reverse('admin:index')}logout/").url == reverse("account_logout")


def test_the_page_of_an_import_says_what_was_refused_and_why(national):
    html = national.get(page(Import, "change", run_of_import().pk)).content.decode()
    assert "3 · 350000012 · clé fausse" in html
    assert "téléphone inutilisable : 2" in html
