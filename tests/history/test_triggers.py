"""`touches` and `register_only`, on models made for the tests: what the database does whatever the way of writing."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import isolate_apps
from django.utils import timezone

from ror.history import CHANNELS, author_required, register_only, timestamps, touches, writing

pytestmark = pytest.mark.django_db
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
REGISTER = {"register", "command", "demonstration"}
INSUFFICIENT_PRIVILEGE = "42501"


def invented_models() -> tuple[type[models.Model], type[models.Model]]:
    """A shelf that only the register writes, and books that stand on one shelf and are lent from another."""
    with isolate_apps("ror.reference"):

        class Shelf(models.Model):
            name = models.TextField(primary_key=True)
            updated_at = models.DateTimeField(default=LONG_AGO)

            class Meta:
                app_label = "reference"
                triggers = [author_required(), timestamps(), register_only()]

            def __str__(self) -> str:
                return self.name

        class Book(models.Model):
            title = models.TextField()
            shelf = models.ForeignKey(Shelf, models.CASCADE, null=True, related_name="+")
            lent_from = models.ForeignKey(Shelf, models.CASCADE, null=True, related_name="+")

            class Meta:
                app_label = "reference"
                triggers = [
                    author_required(),
                    touches("reference_shelf", "shelf_id", parent_key="name"),
                    touches("reference_shelf", "lent_from_id", parent_key="name", name="touches_lender"),
                ]

            def __str__(self) -> str:
                return self.title

        return Shelf, Book


@pytest.fixture
def library() -> tuple[type[models.Model], type[models.Model]]:
    """Three shelves of long ago and a book on each of the first two; the tables go with the test's transaction."""
    shelf, book = invented_models()
    with connection.schema_editor() as editor:
        editor.create_model(shelf)
        editor.create_model(book)
    with writing("tests", "register"):
        shelf.objects.bulk_create([shelf(name=name) for name in ("a", "b", "c")])
        book.objects.bulk_create([book(title="un", shelf_id="a"), book(title="deux", shelf_id="b")])
    return shelf, book


def touched(shelf: type[models.Model]) -> set[str]:
    return set(shelf.objects.filter(updated_at__gt=LONG_AGO).values_list("name", flat=True))


def copy_shelf(name: str) -> None:
    copy = "COPY reference_shelf (name, updated_at) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy) as stream:
        stream.write_row([name, LONG_AGO])


@contextmanager
def refused() -> Iterator[None]:
    """By its SQLSTATE, and without a word of what was written."""
    with pytest.raises((DatabaseError, psycopg.DatabaseError)) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__ if isinstance(caught.value, DatabaseError) else caught.value
    assert cause.sqlstate == INSUFFICIENT_PRIVILEGE
    assert "secret" not in str(cause)


class TestTouches:
    """The deletion of an object goes up to its parent (RG_EXP_025)."""

    def test_an_object(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.get(title="un").delete()
        assert touched(shelf) == {"a"}
        assert shelf.objects.get(name="a").updated_at <= timezone.now()

    def test_rows_at_once(self, library):
        shelf, book = library
        with writing("tests", "form"):
            rows = book.objects.all()
            rows._raw_delete(rows.db)
        assert touched(shelf) == {"a", "b"}

    def test_raw_sql(self, library):
        shelf, _ = library
        with writing("tests", "form"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM reference_book WHERE title = 'deux'")
        assert touched(shelf) == {"b"}

    def test_deleting_nothing_touches_nothing(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.filter(title="absent").delete()
        assert touched(shelf) == set()

    def test_writing_a_child_touches_nothing(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.create(title="trois", shelf_id="c")
            book.objects.update(title="autre titre")
        assert touched(shelf) == set()

    def test_a_child_without_parent(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.create(title="orphelin").delete()
        assert touched(shelf) == set()

    def test_two_parents(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.create(title="prêté", shelf_id="b", lent_from_id="c").delete()
        assert touched(shelf) == {"b", "c"}

    def test_a_parent_deleted_with_its_children(self, library):
        shelf, book = library
        with writing("tests", "register"):
            shelf.objects.filter(name="a").delete()
        assert not book.objects.filter(title="un").exists()
        assert not shelf.objects.filter(name="a").exists()

    def test_a_parent_deleted_before_its_children(self, library):
        shelf, book = library
        with writing("tests", "register"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM reference_shelf WHERE name = 'a'")  # the foreign key is checked at commit
            cursor.execute("DELETE FROM reference_book WHERE shelf_id = 'a'")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert set(shelf.objects.values_list("name", flat=True)) == {"b", "c"}
        assert book.objects.count() == 1


class TestRegisterOnly:
    """Data of the register are written by the register only (RG_EXP_031)."""

    @pytest.mark.parametrize("channel", sorted(REGISTER))
    def test_the_register_writes(self, library, channel):
        shelf, _ = library
        with writing("tests", channel):
            shelf.objects.create(name="d")
            shelf.objects.filter(name="d").update(updated_at=timezone.now())
            shelf.objects.filter(name="d").delete()
        assert shelf.objects.count() == 3

    @pytest.mark.parametrize("channel", [channel for channel in CHANNELS if channel not in REGISTER])
    def test_nobody_else_does(self, library, channel):
        shelf, _ = library
        with writing("tests", channel):
            with refused():
                shelf.objects.create(name="secret")
            with refused():
                shelf.objects.filter(name="a").update(updated_at=timezone.now())
            with refused():
                shelf.objects.bulk_create(
                    [shelf(name="a")], update_conflicts=True, unique_fields=["name"], update_fields=["updated_at"]
                )
            with refused():
                shelf.objects.filter(name="c").delete()
            with refused():
                copy_shelf("secret")
        assert set(shelf.objects.values_list("name", flat=True)) == {"a", "b", "c"}
        assert touched(shelf) == set()

    def test_an_administrator_with_a_reason_does_not_either(self, library):
        shelf, _ = library
        with writing("tests", "admin", reason="correction demandée"), refused():
            shelf.objects.filter(name="a").update(updated_at=timezone.now())

    def test_no_author_no_write(self, library):
        shelf, _ = library
        with refused():
            shelf.objects.create(name="secret")

    def test_after_the_register_the_rest_of_the_transaction_may_not(self, library):
        shelf, _ = library
        with writing("tests", "register"):
            shelf.objects.create(name="d")
        with refused():
            shelf.objects.filter(name="d").delete()

    def test_the_date_left_by_a_child_is_no_edition(self, library):
        shelf, book = library
        with writing("tests", "form"):
            book.objects.filter(title="un").delete()
        assert touched(shelf) == {"a"}
