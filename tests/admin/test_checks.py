"""A screen that could say too much does not start."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from confidentiality.admin.exposure import discloses, is_public_path
from confidentiality.admin.model_admin import RorModelAdmin, RorTabularInline
from confidentiality.viewer import Viewer
from structures.models import Contact, CrisisAnswer, GeographicEntity, LegalEntity, Offer, OfferExpertise
from tests.admin.conftest import screen_of, visitor


def numbers(model, **options) -> set[str]:
    """The checks that a screen with these options breaks."""
    screen = type("Screen", (RorModelAdmin,), {"fields": ("id",), **options})(model, admin.site)
    return {error.id for error in screen.check() if error.id.startswith("confidentiality")}


def undeclared(screen, row) -> str:
    """A column that says nothing of what it shows."""
    return ""


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({"fields": None}, "E101"),
        ({"raw_id_fields": ("geographic_entity",)}, "E102"),
        ({"list_select_related": True}, "E103"),
        ({"list_display": ("name",), "actions": ["archive"], "archive": undeclared}, "E104"),
        ({"search_fields": ("contacts__telecoms__address",)}, "E105"),
        ({"search_fields": ("sensitive_unit__motive",)}, "E105"),
        ({"ordering": ("contacts__name",)}, "E105"),
        ({"list_filter": ("sensitive_unit",)}, "E105"),
        ({"list_filter": ("geographic_entity",)}, "E106"),
        ({"fields": ("name", "unheard_of")}, "E107"),
        ({"list_display": ("name", "undeclared"), "undeclared": undeclared}, "E107"),
        ({"list_display": ("name", "sensitive_unit")}, "E108"),
    ],
)
def test_a_careless_screen_is_refused(options, number):
    assert f"confidentiality.{number}" in numbers(Offer, **options)


def test_a_sound_screen_is_accepted():
    sound = {"fields": ("name",), "list_display": ("name",), "list_filter": ("activity_field",)}
    assert numbers(Offer, **sound, search_fields=("search__contains",), ordering=("name",)) == set()


def test_an_inline_must_declare_its_fields_too():
    inline = type("Careless", (RorTabularInline,), {"model": Contact, "fields": None})(Offer, admin.site)
    assert "confidentiality.E101" in {error.id for error in inline.check()}


def test_a_column_above_level_1_must_disclose_and_cannot_be_sorted_by():
    @discloses("CrisisAnswer.orsan_answer", description="ORSAN", ordering="crisis_answer__orsan_answer")
    def orsan(screen, row) -> str:
        return row.crisis_answer.orsan_answer

    shown = {"list_display": ("orsan",), "orsan": orsan, "fields": ("name",)}
    assert numbers(GeographicEntity, **shown) == {"confidentiality.E105"}


def test_what_comes_with_each_row_that_one_may_know_of_is_a_plain_column():
    """Whoever may read a row of crisis answers reads its data: the row was chosen by the very level of the datum."""
    shown = {"list_display": ("orsan_answer",), "fields": ("orsan_answer",), "ordering": ("orsan_answer",)}
    assert numbers(CrisisAnswer, **shown) == set()
    assert numbers(OfferExpertise, list_display=("offer",), fields=("offer",)) == set()


def test_a_disclosing_column_is_empty_where_the_level_is_not_held(hospital):
    """Shown row by row, and remembered for the journal."""

    class CrisisScreen(RorModelAdmin):
        fields = ("name",)
        list_display = ("name", "orsan")

        @discloses("CrisisAnswer.orsan_answer", description="ORSAN")
        def orsan(self, row) -> str:
            return "Première ligne"

    shown, disclosed = [], []
    for profile in ("P0", "P2", "P1"):
        request = request_of(visitor(profile))
        screen = CrisisScreen(GeographicEntity, admin.site)
        name, column = screen.get_list_display(request)
        shown += [column(row) for row in screen.get_queryset(request)]
        disclosed.append(sorted(request.viewer.disclosed.values()))
    assert name == "name"
    assert shown == ["-", "-", "Première ligne"]
    assert disclosed == [[], [], [3]]


@pytest.mark.parametrize(
    ("model", "path", "public"),
    [
        (Offer, "name", True),
        (Offer, "geographic_entity__finess__startswith", True),
        (Offer, "activity_field__label", True),
        (Offer, "contacts", False),
        (Offer, "contacts__nature", False),
        (Offer, "sensitive_unit", False),
        (Offer, "unheard_of", False),
        (GeographicEntity, "offers__name", False),  # tells of sensitive units
        (GeographicEntity, "crisis_answer", False),
        (LegalEntity, "geographic_entities__name", True),
    ],
)
def test_what_is_public_to_ask(model, path, public):
    assert is_public_path(model, path) is public


def test_every_registered_screen_declares_its_fields():
    for model in admin.site._registry:
        assert [error for error in screen_of(model).check() if error.is_serious()] == []


def request_of(user):
    """A request of `user`, as the middleware leaves it."""
    request = RequestFactory().get("/admin/")
    request.user, request.viewer = user, Viewer(user)
    return request
