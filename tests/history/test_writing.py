"""`writing()` in real transactions: whatever the way of writing, no author, no write."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from confidentiality import viewer
from confidentiality.models import Perimeter
from ror.accounts.models import User
from ror.history import AlreadyWriting, writing
from ror.reference.identifiers import finess_key
from structures.models import LegalEntity

pytestmark = pytest.mark.usefixtures("real_transactions")

TABLE = LegalEntity._meta.db_table
EVENTS = LegalEntity.pgh_event_models["insert"]
NEW, HELD = (first + finess_key(first) for first in ("35700001", "35700002"))


@pytest.fixture
def author(real_transactions) -> User:
    return User.objects.create_user(email="camille@example.org", password="un mot de passe de test")


@pytest.fixture
def held(real_transactions) -> LegalEntity:
    """An entity that is already there, whose own insertion is no event."""
    with writing("tests", "command"):
        entity = new_entity(HELD)
        entity.save()
    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE "{EVENTS._meta.db_table}"')
    return entity


def new_entity(finess: str = NEW) -> LegalEntity:
    perimeter, _ = Perimeter.objects.get_or_create(kind=viewer.LEGAL_ENTITY, code=f"1{finess}")
    return LegalEntity(perimeter=perimeter, finess=finess, legal_name="Association fictive")


def save(held: LegalEntity) -> None:
    new_entity().save()


def bulk_create(held: LegalEntity) -> None:
    LegalEntity.objects.bulk_create([new_entity()])


def upsert(held: LegalEntity) -> None:
    same = new_entity(HELD)
    same.legal_name = "Association renommée"
    LegalEntity.objects.bulk_create(
        [same], update_conflicts=True, unique_fields=["finess"], update_fields=["legal_name"]
    )


def update(held: LegalEntity) -> None:
    LegalEntity.objects.filter(pk=held.pk).update(legal_name="Association renommée")


def bulk_update(held: LegalEntity) -> None:
    held.legal_name = "Association renommée"
    LegalEntity.objects.bulk_update([held], ["legal_name"])


def delete(held: LegalEntity) -> None:
    held.delete()


def delete_rows(held: LegalEntity) -> None:
    LegalEntity.objects.filter(pk=held.pk).delete_rows()


def raw_sql(held: LegalEntity) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE \"{TABLE}\" SET legal_name = 'Association renommée'")


def copy(held: LegalEntity) -> None:
    """COPY as the first statement of its transaction: it does not pass through Django's cursor."""
    blank = [
        field.column
        for field in LegalEntity._meta.concrete_fields
        if not field.null and not field.generated and field.get_internal_type() in ("CharField", "TextField")
    ]
    filled = {"perimeter_id": held.spare_perimeter, "finess": NEW, "number_only": False}
    row = dict.fromkeys(blank, "") | filled
    names = ", ".join(row)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{TABLE}" ({names}) FROM STDIN') as stream:
        stream.write_row(list(row.values()))


WRITES: dict[Callable, list[str]] = {
    save: ["insert"],
    bulk_create: ["insert"],
    copy: ["insert"],
    upsert: ["update"],
    update: ["update"],
    bulk_update: ["update"],
    raw_sql: ["update"],
    delete: ["delete"],
    delete_rows: ["delete"],
}


@pytest.fixture(autouse=True)
def spare(held) -> None:
    """The perimeter of the new entity, made beforehand: each way of writing then has one statement of its own."""
    held.spare_perimeter = Perimeter.objects.create(kind=viewer.LEGAL_ENTITY, code=f"1{NEW}").pk


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_refused_without_author_and_recorded_with_one(write, held, author):
    """One test for three moments, each way of writing: before any block, after one in its transaction, within one."""
    refused(write, held)
    with transaction.atomic():
        with writing(author, "admin"):
            LegalEntity.objects.filter(pk=held.pk).update(legal_name="Association suivie")
        refused(write, held)
    assert [event.legal_name for event in EVENTS.objects.all()] == ["Association suivie"]
    with writing(author, "form") as context:
        write(held)
    events = EVENTS.objects.order_by("pgh_id")[1:]
    assert [event.pgh_label for event in events] == WRITES[write]
    for event in events:
        assert event.pgh_context_id == context.context_id
        assert event.pgh_context.metadata == {"author": author.pk, "author_name": str(author), "channel": "form"}


def refused(write: Callable, held: LegalEntity) -> None:
    """The database refuses, by SQLSTATE 42501, and nothing moves."""
    before, events = list(LegalEntity.objects.values()), EVENTS.objects.count()
    # Django does not translate the errors of COPY, which goes through psycopg's own cursor.
    with pytest.raises((DatabaseError, psycopg.DatabaseError)) as caught, transaction.atomic():
        write(held)
    cause = caught.value.__cause__ if isinstance(caught.value, DatabaseError) else caught.value
    assert cause.sqlstate == "42501"
    assert (list(LegalEntity.objects.values()), EVENTS.objects.count()) == (before, events)


def test_refused_again_in_the_next_transaction(held, author):
    with writing(author, "form"):
        update(held)
    with pytest.raises(DatabaseError):
        update(held)


def test_a_command_is_an_author_by_its_name(held):
    with writing("import_essai", "import"):
        update(held)
    metadata = EVENTS.objects.get().pgh_context.metadata
    assert (metadata["author"], metadata["author_name"], metadata["channel"]) == (None, "import_essai", "import")


def test_the_reason_for_writing_in_anothers_place_is_kept(held, author):
    with writing(author, "admin", reason=" Demande écrite de l'établissement ") as outer:
        with writing(author, "admin", reason="une autre") as inner:
            update(held)
        assert inner is outer
    assert EVENTS.objects.get().pgh_context.metadata == {
        "author": author.pk,
        "author_name": str(author),
        "channel": "admin",
        "reason": "Demande écrite de l'établissement",
    }


@pytest.mark.parametrize("nothing", ["", "  "])
def test_no_reason_leaves_no_trace(held, author, nothing):
    with writing(author, "form", reason=nothing):
        update(held)
    assert "reason" not in EVENTS.objects.get().pgh_context.metadata


def test_nested_writes_of_one_author_share_one_context(held, author):
    with writing(author, "form") as outer:
        with writing(author, "form") as inner:
            update(held)
        raw_sql(held)
    assert inner is outer
    assert {event.pgh_context_id for event in EVENTS.objects.all()} == {outer.context_id}


def test_two_blocks_of_one_transaction_have_two_contexts(held, author):
    with transaction.atomic():
        with writing(author, "form") as first:
            update(held)
        with writing("import_essai", "import") as second:
            delete(held)
    contexts = EVENTS.objects.order_by("pgh_id").values_list("pgh_context_id", flat=True)
    assert list(contexts) == [first.context_id, second.context_id]


@pytest.mark.parametrize(("name", "channel"), [("import_essai", "form"), (None, "admin")])
def test_nesting_another_author_or_channel_raises(held, author, name, channel):
    def nest() -> None:
        with writing(author, "form"):
            update(held)
            with writing(name or author, channel):
                delete(held)

    with pytest.raises(AlreadyWriting):
        nest()
    held.refresh_from_db()
    assert held.legal_name == "Association fictive"
    assert not EVENTS.objects.exists()


def write_then_fail(held: LegalEntity, author: User) -> None:
    with writing(author, "form"):
        update(held)
        raise LookupError


def test_an_exception_rolls_back_and_forgets_the_author(held, author):
    with pytest.raises(LookupError):
        write_then_fail(held, author)
    assert not EVENTS.objects.exists()
    with pytest.raises(DatabaseError):
        update(held)
    with writing("import_essai", "import"):
        update(held)
    assert EVENTS.objects.get().pgh_context.metadata["author_name"] == "import_essai"


def test_an_exception_within_a_larger_transaction_undoes_the_block_only(held, author):
    with transaction.atomic():
        Perimeter.objects.create(kind=viewer.LEGAL_ENTITY, code="exemple-autour")
        with pytest.raises(LookupError):
            write_then_fail(held, author)
        with pytest.raises(DatabaseError), transaction.atomic():
            update(held)
    assert Perimeter.objects.filter(code="exemple-autour").exists()
    assert not EVENTS.objects.exists()


def test_a_database_error_leaves_the_connection_usable(held, author):
    with pytest.raises(DatabaseError), writing(author, "form"), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    with writing(author, "form"):
        update(held)
    assert EVENTS.objects.count() == 1


def test_a_caught_database_error_inside_the_block_keeps_the_author(held, author):
    with writing(author, "form"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        update(held)
    assert EVENTS.objects.get().pgh_context.metadata["author"] == author.pk


@pytest.mark.parametrize(("name", "channel"), [("", "form"), ("  ", "form"), ("tests", "fax")])
def test_no_author_or_no_known_channel(name, channel):
    with pytest.raises(ValueError, match=r"author|channel"), writing(name, channel):
        pass


def test_an_account_that_is_not_saved_is_no_author():
    with pytest.raises(ValueError, match="author"), writing(User(email="absent@example.org"), "form"):
        pass


def test_the_history_itself_is_append_only(held, author):
    with writing(author, "form"):
        update(held)
    with pytest.raises(DatabaseError), writing(author, "form"):
        EVENTS.objects.all().delete()
    with pytest.raises(DatabaseError), writing(author, "form"):
        EVENTS.objects.update(legal_name="réécrit")
    assert EVENTS.objects.get().legal_name == "Association renommée"
