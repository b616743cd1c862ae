"""`manage.py model_coverage`: every row of the official dictionary has its place in the models, or a written reason."""

import dataclasses
from io import StringIO

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command

from confidentiality.admin.model_admin import RorModelAdmin, RorTabularInline
from ror.quality.coverage import lines as coverage_lines
from ror.quality.coverage.base import empty_lines, filled_columns
from ror.quality.coverage.forms import editable_columns, lines_without_form
from ror.quality.coverage.lines import read_lines
from ror.quality.coverage.shapes import problems_of
from structures.models import GeographicEntity, Offer, OfferActivity, OpeningHours
from tests.factories import BedCapacityFactory, InternalOrganizationFactory, OfferFactory, TelecomFactory

ROWS = 318


def run(*options: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("model_coverage", *options, stdout=out)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


def line_of(owner: str, name: str) -> coverage_lines.Line:
    lines, _, _ = read_lines()
    return next(line for line in lines if (line.attribute.owner, line.attribute.name) == (owner, name))


def test_nothing_of_the_official_model_is_missing():
    said, code = run()
    assert code == 0, said
    last = said.splitlines()[-1]
    counts = dict(part.split("=") for part in last.split())
    assert last == f"modélisés={counts['modélisés']} écartés={counts['écartés']} manquants=0 total={ROWS}"
    assert int(counts["modélisés"]) + int(counts["écartés"]) == ROWS


def test_what_is_left_out_is_outside_the_model_and_says_why():
    lines, _, _ = read_lines()
    left_out = [line.attribute for line in lines if not line.modelled]
    assert all("(type)" in row.owner or "hors modèle" in row.owner or "FHIR seul" in row.name for row in left_out)
    assert all(line.note for line in lines if not line.modelled)


def test_the_documentation_shows_the_table():
    said, _ = run("--markdown")
    page = settings.BASE_DIR / "docs" / "modele.md"
    assert said == page.read_text(encoding="utf-8"), "manage.py model_coverage --markdown > docs/modele.md"


def test_a_row_without_line_and_a_line_without_row_are_told(tmp_path, monkeypatch):
    table = (coverage_lines.DATA / "coverage.csv").read_text(encoding="utf-8")
    cut = table.replace("EntiteJuridique;raisonSociale;", "EntiteJuridique;raisonSocial;")
    (tmp_path / "coverage.csv").write_text(cut, encoding="utf-8")
    monkeypatch.setattr(coverage_lines, "DATA", tmp_path)
    said, code = run()
    assert code == 1
    assert "EntiteJuridique ; raisonSociale : aucune ligne ne dit sa place" in said
    assert "EntiteJuridique ; raisonSocial : absent du dictionnaire" in said
    assert said.splitlines()[-1].endswith(f"manquants=1 total={ROWS}")


@pytest.mark.parametrize(
    ("owner", "name", "changes", "problem"),
    [
        ("OffreOperationnelle", "nomOffre", {"columns": ("Offer.nickname",)}, "n'existe pas dans les modèles"),
        ("OffreOperationnelle", "nomOffre", {"columns": ("Offers.name",)}, "n'existe pas dans les modèles"),
        ("OffreOperationnelle", "nomOffre", {"columns": ("Offer.age_min",)}, "n'a pas le type attendu"),
        ("OffreOperationnelle", "champActivite", {"columns": ("Offer.care_mode",)}, "n'a pas le type attendu"),
        ("OffreOperationnelle", "modeGestion", {"columns": ("Tariff.management_type",)}, "n'a pas le type attendu"),
        ("Patientele", "ageMin", {"columns": ("Offer.age_min",)}, "un nombre et son unité"),
        ("OffreOperationnelle", "zoneIntervention", {"columns": ("Offer.publics",)}, "n'a pas le type attendu"),
        ("LieuRealisationOffre", "communeCog", {"columns": ("Place.function",)}, "n'a pas le type attendu"),
        ("LieuRealisationOffre", "communeCog", {"required_by": ""}, "facultatif en base"),
        ("LieuRealisationOffre", "communeCog", {"required_by": "place_commune"}, "n'existe pas"),
        ("OffreOperationnelle", "nomOffre", {"note": ""}, "obligatoire en base"),
        ("OffreOperationnelle", "nomOffre", {"source": "registre"}, "source inconnue"),
        ("OffreOperationnelle", "active (FHIR seul)", {"note": ""}, "écarté sans raison"),
    ],
)
def test_what_does_not_fit_is_told(owner, name, changes, problem):
    line = line_of(owner, name)
    assert problems_of(line) == []
    told = problems_of(dataclasses.replace(line, **changes))
    assert len(told) == 1
    assert problem in told[0]


@pytest.mark.django_db
def test_an_attribute_that_no_row_of_the_base_fills_is_told():
    said, code = run("--base")
    assert code == 1
    assert "OffreOperationnelle ; nomOffre : vide dans toute la base (Offer.name)" in said
    OfferFactory()
    assert "OffreOperationnelle ; nomOffre" not in run("--base")[0]


@pytest.mark.django_db
def test_filled_means_a_value_or_a_row_at_the_other_end():
    offer = OfferFactory(internal_organization=InternalOrganizationFactory(), psychiatric_sectors=[], comment="")
    TelecomFactory(contact__offer=offer)
    BedCapacityFactory(care_capacity__place__offer=offer)
    columns = {"Offer.comment", "Offer.psychiatric_sectors", "Offer.closing_date", "Offer.age_min", "Offer.contacts"}
    columns |= {"Offer.hours", "Place.capacities", "Contact.telecoms", "Offer.internal_organization"}
    assert filled_columns(columns) == {
        *("Offer.age_min", "Offer.contacts", "Place.capacities", "Contact.telecoms", "Offer.internal_organization")
    }


@pytest.mark.django_db
def test_one_filled_column_is_enough():
    line = line_of("Adresse", "codePostal")
    assert empty_lines([line]) == [line]
    OfferFactory()
    assert empty_lines([line]) == []


def test_a_form_types_what_it_declares_and_does_not_only_show():
    class OfferScreen(RorModelAdmin):
        change_with = "publish_offer"
        edited_elsewhere = ("closing_type",)
        fields = ("name", "comment", "identifier")
        readonly_fields = ("identifier",)

    class Looking(RorModelAdmin):
        fields = ("usual_name",)

    site = admin.AdminSite()
    site.register(Offer, OfferScreen)
    site.register(GeographicEntity, Looking)
    assert set(editable_columns(site)) == {"Offer.name", "Offer.comment", "Offer.closing_type"}
    name, sector = line_of("OffreOperationnelle", "nomOffre"), line_of("OffreOperationnelle", "secteurPsychiatrique")
    contacts, register = line_of("OffreOperationnelle", "contact"), line_of("EntiteJuridique", "numFINESS")
    assert lines_without_form([name, sector, contacts, register], site) == [sector, contacts]


def test_an_inline_follows_the_rights_of_its_screen_or_has_its_own():
    class Following(RorTabularInline):
        model = OpeningHours
        fields = ("weekday",)

        def has_change_permission(self, request, obj=None):
            return True

    class OfferScreen(RorModelAdmin):
        change_with = "publish_offer"
        fields = ("name",)
        inlines = (Following,)

    class Looking(RorTabularInline):
        model = OfferActivity
        fields = ("activity",)

    class LookingScreen(RorModelAdmin):
        fields = ("name",)
        inlines = (Following, Looking)

    site = admin.AdminSite()
    site.register(Offer, OfferScreen)
    assert set(editable_columns(site)) == {"Offer.name", "OpeningHours.weekday"}
    site = admin.AdminSite()
    site.register(Offer, LookingScreen)
    assert set(editable_columns(site)) == set()


def test_each_attribute_is_typed_in_some_form_of_the_administration():
    said, code = run("--forms")
    assert code == 0, said
