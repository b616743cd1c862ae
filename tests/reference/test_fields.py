"""Code fields of models: what they accept, what they show, what the database refuses."""

from collections.abc import Iterator

import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory
from django.http import QueryDict
from django.test.utils import isolate_apps
from psycopg.errors import CheckViolation

from ror.reference.fields import CodeField, CodeSetField
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from tests.reference.sample_models import sample_model, table_of

pytestmark = pytest.mark.django_db
OUTSIDE = "R213:28"  # a code of another value set


@pytest.fixture
def basket(invented_set) -> Iterator[type[models.Model]]:
    with table_of(sample_model(invented_set)) as model:
        yield model


def close(key: str) -> None:
    ValueSetMember.objects.filter(concept=key).update(valid_to="2026-01-01")
    renew()


def test_a_current_code_is_accepted_without_a_query(basket, django_assert_num_queries):
    filled = basket(fruit_id="X1:01", others=["X1:02", "X1:01"])
    filled.clean_fields()
    with django_assert_num_queries(0):
        filled.clean_fields()


@pytest.mark.parametrize("key", [OUTSIDE, "X1:03", "n'importe quoi"])
def test_a_code_outside_the_current_set_is_refused_in_french(basket, key):
    with pytest.raises(ValidationError) as refused:
        basket(fruit_id=key, others=["X1:01", key]).clean_fields()
    assert set(refused.value.message_dict) == {"fruit", "others"}
    assert all("choisissez" in message for messages in refused.value.message_dict.values() for message in messages)


def test_labels_without_a_query(basket, django_assert_num_queries):
    filled = basket(fruit_id="X1:02", others=["X1:03"])
    filled.get_fruit_display()
    with django_assert_num_queries(0):
        assert filled.get_fruit_display() == "Pêche de vigne"
        assert filled.get_others_display() == ["Coing"]  # closed, and still readable
        assert basket().get_fruit_display() == ""


def test_a_stored_code_closed_since_never_blocks_the_rest(basket):
    basket.objects.create(fruit_id="X1:01", others=["X1:01", "X1:02"])
    close("X1:01")
    stored = basket.objects.get()
    stored.name = "corrigé"
    stored.full_clean()
    stored.others = ["X1:01"]
    stored.full_clean()
    stored.save()


def test_a_closed_code_cannot_be_chosen_again(basket):
    basket.objects.create(fruit_id="X1:02")
    close("X1:01")
    stored = basket.objects.get()
    stored.fruit_id = "X1:01"
    stored.others = ["X1:01"]
    with pytest.raises(ValidationError) as refused:
        stored.full_clean()
    assert set(refused.value.message_dict) == {"fruit", "others"}


def test_going_back_to_the_stored_closed_code_is_accepted(basket):
    basket.objects.create(fruit_id="X1:01")
    close("X1:01")
    stored = basket.objects.get()
    stored.fruit_id = "X1:02"
    stored.fruit_id = "X1:01"
    stored.full_clean()


def test_a_code_left_by_a_save_is_no_longer_kept(basket):
    basket.objects.create(fruit_id="X1:01")
    close("X1:01")
    stored = basket.objects.get()
    stored.fruit_id = "X1:02"
    stored.save()
    stored.fruit_id = "X1:01"
    with pytest.raises(ValidationError):
        stored.full_clean()


def test_model_forms_write_keys(basket):
    form = modelform_factory(basket, fields=["fruit", "others"])(QueryDict("fruit=X1:02&others=X1:01&others=X1:02"))
    saved = form.save()
    saved.refresh_from_db()
    assert (saved.fruit_id, saved.others) == ("X1:02", ["X1:01", "X1:02"])


def test_model_forms_empty_a_code(basket):
    stored = basket.objects.create(fruit_id="X1:02", others=["X1:01"])
    modelform_factory(basket, fields=["fruit", "others"])(QueryDict("fruit="), instance=stored).save()
    stored.refresh_from_db()
    assert (stored.fruit_id, stored.others) == (None, [])


def test_model_forms_keep_a_closed_code_that_is_not_changed(basket):
    stored = basket.objects.create(fruit_id="X1:01", others=["X1:01"])
    close("X1:01")
    factory = modelform_factory(basket, fields=["fruit", "others"])
    stored = basket.objects.get()
    assert "Pomme (code fermé)" in str(factory(instance=stored)["fruit"])
    assert factory(QueryDict("fruit=X1:01&others=X1:01"), instance=stored).is_valid()
    assert not factory(QueryDict("fruit=X1:01")).is_valid()


def test_the_admin_offers_and_keeps_codes_like_any_form(basket, rf):
    basket.objects.create(fruit_id="X1:01", others=["X1:02"])
    close("X1:01")
    stored = basket.objects.get()
    form_class = ModelAdmin(basket, AdminSite()).get_form(rf.get("/"), stored)
    assert "Pomme (code fermé)" in str(form_class(instance=stored)["fruit"])
    assert form_class(QueryDict("fruit=X1:01&others=X1:02"), instance=stored).is_valid()
    assert set(form_class(QueryDict("fruit=R213:28&others=X1:03")).errors) == {"fruit", "others"}


def test_a_code_has_one_index_and_a_foreign_key(basket):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, basket._meta.db_table)
    on_fruit = [details for details in constraints.values() if details["columns"] == ["fruit_id"]]
    assert sorted((bool(details["foreign_key"]), details["index"]) for details in on_fruit) == [
        (False, True),
        (True, False),
    ]


class TestDatabaseGuard:
    """The database itself refuses a code of another value set, by whatever road it comes."""

    def test_create(self, basket):
        with pytest.raises(IntegrityError, match=r"reference_basket\.fruit_id is not in value set J19000"):
            basket.objects.create(fruit_id=OUTSIDE)

    def test_the_message_does_not_tell_the_value(self, basket):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            basket.objects.create(others=[OUTSIDE])
        assert OUTSIDE not in str(refused.value)
        assert refused.value.__cause__.sqlstate == "23514"
        assert refused.value.__cause__.diag.column_name == "others"

    @pytest.mark.parametrize("others", [[OUTSIDE], ["X1:01", OUTSIDE]])
    def test_bulk_create(self, basket, others):
        rows = [basket(fruit_id="X1:01"), basket(others=others)]
        with pytest.raises(IntegrityError):
            basket.objects.bulk_create(rows)

    def test_update(self, basket):
        basket.objects.create(fruit_id="X1:01")
        with pytest.raises(IntegrityError):
            basket.objects.update(fruit_id=OUTSIDE)

    def test_update_of_a_set(self, basket):
        basket.objects.create()
        with pytest.raises(IntegrityError):
            basket.objects.update(others=[OUTSIDE])

    def test_upsert(self, basket):
        stored = basket.objects.create(fruit_id="X1:01")
        stored.fruit_id = OUTSIDE
        with pytest.raises(IntegrityError):
            basket.objects.bulk_create([stored], update_conflicts=True, update_fields=["fruit"], unique_fields=["id"])

    @pytest.mark.parametrize("line", [f"a\t{OUTSIDE}\t{{}}\n", f"a\t\\N\t{{X1:01,{OUTSIDE}}}\n"])
    def test_copy(self, basket, line):
        with pytest.raises(CheckViolation), transaction.atomic():
            self.copy(basket, line)

    def test_copy_of_right_codes(self, basket):
        self.copy(basket, "a\tX1:01\t{}\nb\t\\N\t{X1:01,X1:03}\n")
        assert basket.objects.count() == 2

    def test_closed_codes_and_nothing_are_accepted(self, basket):
        basket.objects.create(fruit_id="X1:03", others=["X1:03"])
        basket.objects.create()
        basket.objects.update(fruit_id="X1:03")

    @staticmethod
    def copy(basket, lines: str) -> None:
        table = basket._meta.db_table
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} (name, fruit_id, others) FROM STDIN") as copy:
            copy.write(lines)


def test_an_unguarded_model_or_an_unknown_value_set_fails_the_checks(basket):
    with isolate_apps("ror.reference"):

        class Loose(models.Model):
            wrong = CodeField("reference.Loose", value_set="J0")

            class Meta:
                app_label = "reference"

            def __str__(self) -> str:
                return ""

    found = {message.id for message in Loose._meta.get_field("wrong").check()}
    assert {"reference.E001", "reference.E002"} <= found
    assert "reference.E002" not in {message.id for message in basket._meta.get_field("fruit").check()}


@pytest.mark.parametrize(
    "field", [CodeField(value_set="J20", null=True, verbose_name="champ"), CodeSetField(value_set="J29", blank=True)]
)
def test_fields_are_written_in_migrations(field):
    written, imports = MigrationWriter.serialize(field)
    assert f"value_set='{field.value_set}'" in written
    assert "import ror.reference.fields" in imports
    copied = field.clone()
    assert (type(copied), copied.value_set) == (type(field), field.value_set)
