"""Sets of communes: what the model field, the form field and the database accept, and how they are shown."""

from collections.abc import Iterator

import pytest
from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory
from django.http import QueryDict
from django.test.utils import isolate_apps
from psycopg.errors import CheckViolation

from ror.reference.fields import CommuneSetField
from ror.reference.forms import WRONG_AT_ONCE, CommuneSetChoiceField
from ror.reference.models import Commune, FormerCommune
from ror.reference.territories import communes_of, present_among
from tests.reference.sample_models import rounds_model, table_of

pytestmark = pytest.mark.django_db
RENNES, BRUZ, VITRE, BREST = "35238", "35047", "35360", "29019"
UNKNOWN = "99999"


class ZoneForm(forms.Form):
    """The one field, as a page holds it."""

    zones = CommuneSetChoiceField(label="Communes desservies")


def posted(*ticked: str, added: str = "", initial: list[str] | None = None) -> ZoneForm:
    data = QueryDict(mutable=True)
    data.setlist("zones", ticked)
    data["zones-ajout"] = added
    return ZoneForm(data, initial={"zones": initial or []})


def messages(form: forms.Form) -> list[str]:
    assert not form.is_valid()
    return [text.replace("\u00a0", " ") for text in form.errors["zones"]]


def leave_the_cog(code: str, today: str) -> None:
    """The commune merges into another one: what a load of the next COG does."""
    Commune.objects.filter(pk=code).update(kind=Commune.Kind.FORMER, parent=today)
    FormerCommune.objects.create(code=code, commune_id=today)


class TestFormField:
    def test_a_list_of_codes_is_sorted_once_each_in_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert CommuneSetChoiceField().clean([VITRE, BRUZ, VITRE, BREST]) == [BREST, BRUZ, VITRE]

    def test_two_hundred_communes_cost_one_query(self, django_assert_num_queries):
        codes = sorted(Commune.objects.filter(department="35", kind="commune").values_list("pk", flat=True)[:200])
        with django_assert_num_queries(1):
            assert CommuneSetChoiceField().clean(codes) == codes

    @pytest.mark.parametrize("nothing", [None, "", [], [""], " ; "])
    def test_nothing_costs_no_query(self, nothing, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert CommuneSetChoiceField().clean(nothing) == []

    def test_nothing_where_something_is_required(self):
        with pytest.raises(ValidationError, match="au moins une commune"):
            CommuneSetChoiceField(required=True).clean([])

    def test_texts_are_understood_beside_codes(self):
        form = posted(BRUZ, added="35000 rennes; Brest ;  Vitré (35360);")
        assert form.is_valid()
        assert form.cleaned_data["zones"] == [BREST, BRUZ, RENNES, VITRE]

    def test_codes_of_corsica_in_small_letters(self):
        assert CommuneSetChoiceField().clean(["2a004", "2A004"]) == ["2A004"]

    def test_a_code_of_the_past_gives_the_commune_of_today(self):
        leave_the_cog(BRUZ, RENNES)
        assert CommuneSetChoiceField().clean([BRUZ, VITRE]) == [RENNES, VITRE]

    def test_five_figures_typed_that_may_be_a_postcode_are_not_guessed(self):
        told = messages(form := posted(added=VITRE))
        assert len(told) == 1
        assert told[0].startswith("« 35360 » désigne plusieurs communes. Précisez laquelle : « Vitré (35360) » ; « ")
        assert 'value="35360 ?"' in str(form["zones"])
        assert messages(posted(added="35360 ?")) == told
        assert posted(VITRE).is_valid(), "chosen, it is a code"

    def test_five_figures_typed_that_are_one_commune_only_are_understood(self):
        form = posted(added="35000;35238")
        assert form.is_valid()
        assert form.cleaned_data["zones"] == [RENNES]

    def test_each_wrong_text_is_told_and_everything_is_kept(self):
        form = posted(BRUZ, added="Brest ; Xyzzyville ; 35000 Renes")
        told = messages(form)
        assert len(told) == 2
        assert told[0].startswith("« Xyzzyville » n'est pas une commune connue")
        assert "« Rennes (35238) »" in told[1]
        html = str(form["zones"])
        assert 'value="Brest; Xyzzyville; 35000 Renes"' in html
        assert html.count(" checked") == 1

    def test_an_unknown_code_is_named(self):
        told = messages(posted(UNKNOWN))
        assert told[0].startswith("« 99999 » n'est pas une commune connue")

    def test_many_wrong_texts_are_told_a_few_at_a_time(self):
        told = messages(posted(added=";".join(f"Xyzzyville {number}" for number in range(30))))
        assert len(told) == WRONG_AT_ONCE + 1
        assert told[-1] == "Corrigez d'abord ces communes ; restent à vérifier ensuite : 20."

    @pytest.mark.parametrize("absurd", [["x" * 400], [str(number) for number in range(10_000, 16_000)], [{"a": 1}], 7])
    def test_absurd_input_is_refused(self, absurd):
        with pytest.raises(ValidationError):
            CommuneSetChoiceField().clean(absurd)

    def test_what_is_chosen_is_shown_in_alphabetical_order_in_one_query(self, django_assert_num_queries):
        form = ZoneForm(initial={"zones": [RENNES, VITRE, BRUZ, BREST]})
        with django_assert_num_queries(1):
            html = str(form["zones"])
        shown = [html.index(text) for text in ("Brest (29019)", "Bruz (35047)", "Rennes (35238)", "Vitré (35360)")]
        assert shown == sorted(shown)
        assert html.count(" checked") == 4
        assert 'data-address="/communes/recherche"' in html
        assert "<script" not in html

    def test_has_changed_compares_sets(self):
        assert not posted(VITRE, added="Bruz", initial=[VITRE, BRUZ]).has_changed()
        assert posted(VITRE, initial=[VITRE, BRUZ]).has_changed()
        assert posted(VITRE, added="Xyzzyville", initial=[VITRE]).has_changed()


def test_names_of_a_whole_list_in_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = communes_of([VITRE, RENNES, UNKNOWN, "n'importe quoi\x00"])
    assert [commune.name for commune in found.values()] == ["Rennes", "Vitré"]
    with django_assert_num_queries(0):
        assert communes_of([]) == present_among([]) == {}


def test_codes_of_today_and_of_the_past_in_one_query(django_assert_num_queries):
    leave_the_cog(BRUZ, RENNES)
    FormerCommune.objects.create(code="35998", commune_id=VITRE)
    with django_assert_num_queries(1):
        today = present_among([BRUZ, "35998", BREST, UNKNOWN])
    assert today == {BRUZ: RENNES, "35998": VITRE, BREST: BREST}


@pytest.fixture
def rounds() -> Iterator[type[models.Model]]:
    with table_of(rounds_model()) as model:
        yield model


class TestModelField:
    def test_nothing_by_default(self, rounds):
        assert rounds.objects.create().zones == []

    @pytest.mark.parametrize("code", [UNKNOWN, "Rennes", "rennes (35238)"])
    def test_what_is_no_commune_is_refused_in_french(self, rounds, code):
        with pytest.raises(ValidationError) as refused:
            rounds(zones=[RENNES, code]).full_clean()
        assert refused.value.message_dict == {
            "zones": [f"« {code} » n'est pas le code d'une commune actuelle : choisissez une des communes proposées."]
        }

    def test_what_is_stored_stays_accepted(self, rounds):
        rounds.objects.create(zones=[BRUZ])
        leave_the_cog(BRUZ, RENNES)
        stored = rounds.objects.get()
        stored.name = "corrigé"
        stored.full_clean()
        stored.zones = [BRUZ, BREST]
        stored.full_clean()
        stored.save()
        stored.zones = []
        stored.save()
        stored.zones = [BRUZ]
        with pytest.raises(ValidationError):
            stored.full_clean()

    def test_model_forms_and_the_admin_write_codes(self, rounds, rf):
        data = QueryDict("zones=35047&zones-ajout=Brest")
        saved = modelform_factory(rounds, fields=["zones"])(data).save()
        saved.refresh_from_db()
        assert saved.zones == [BREST, BRUZ]
        form_class = ModelAdmin(rounds, AdminSite()).get_form(rf.get("/"), saved)
        assert "Bruz (35047)" in str(form_class(instance=saved)["zones"])

    def test_searching_by_commune(self, rounds):
        rounds.objects.create(zones=[BRUZ, BREST])
        assert rounds.objects.filter(zones__contains=[BREST]).count() == 1
        assert not rounds.objects.filter(zones__overlap=[VITRE]).exists()
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, rounds._meta.db_table)
        assert constraints["rounds_zones"]["type"] == "gin"

    def test_written_in_migrations(self):
        written, imports = MigrationWriter.serialize(CommuneSetField(blank=True, verbose_name="communes"))
        assert written.startswith("ror.reference.fields.CommuneSetField(")
        assert "import ror.reference.fields" in imports

    def test_an_unguarded_model_fails_the_checks(self):
        with isolate_apps("ror.reference"):

            class Loose(models.Model):
                zones = CommuneSetField()

                class Meta:
                    app_label = "reference"

                def __str__(self) -> str:
                    return ""

        assert {message.id for message in Loose._meta.get_field("zones").check()} == {"reference.E002"}


class TestDatabaseGuard:
    """The database itself refuses what is no commune, by whatever road it comes, as it does for a single commune."""

    def test_the_message_does_not_tell_the_value(self, rounds):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            rounds.objects.create(zones=[RENNES, UNKNOWN])
        assert UNKNOWN not in str(refused.value)
        assert refused.value.__cause__.sqlstate == "23514"
        assert refused.value.__cause__.diag.column_name == "zones"

    def test_bulk_create_and_update(self, rounds):
        with pytest.raises(IntegrityError), transaction.atomic():
            rounds.objects.bulk_create([rounds(zones=[RENNES]), rounds(zones=[UNKNOWN])])
        rounds.objects.create()
        with pytest.raises(IntegrityError):
            rounds.objects.update(zones=[UNKNOWN])

    @pytest.mark.parametrize("written", ["{35238,99999}", "{NULL}"])
    def test_copy(self, rounds, written):
        with pytest.raises(CheckViolation), transaction.atomic():
            self.copy(rounds, f"a\t{written}\n")

    def test_a_commune_that_left_the_cog_never_blocks_the_row(self, rounds):
        stored = rounds.objects.create(zones=[BRUZ])
        leave_the_cog(BRUZ, RENNES)
        stored.zones = [BRUZ, BREST]
        stored.save()
        assert rounds.objects.get().zones == [BRUZ, BREST]

    @staticmethod
    def copy(rounds, lines: str) -> None:
        table = rounds._meta.db_table
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} (name, zones) FROM STDIN") as copy:
            copy.write(lines)
