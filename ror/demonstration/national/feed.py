"""Rows on their way to the database: kept by table, then written by COPY, one statement per table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.apps import apps
from django.db import connection, connections, models
from django.db.models import NOT_PROVIDED

from ror.demonstration.national import AUTHOR, CHANNEL
from ror.history import writing
from structures.document import Document
from structures.tables import Table


class Columns:
    """The columns of a model that are given row by row, followed by those that keep the model's own empty value."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        self.model = model
        fields = [model._meta.get_field(name) for name in names]
        blanks = {column.column: empty_of(column) for column in _required(model) if column not in fields}
        self.names = [column.column for column in fields] + list(blanks)
        self._blanks = tuple(blanks.values())

    def row(self, values: Sequence[Any]) -> tuple:
        return (*values, *self._blanks)


Rows = dict[Columns, list[tuple]]


class Feed:
    """Rows waiting to be written, table by table."""

    def __init__(self) -> None:
        self.written: Counter[type[models.Model]] = Counter()
        self._waiting: Rows = {}

    def add(self, columns: Columns, *values: Any) -> None:
        self._waiting.setdefault(columns, []).append(columns.row(values))

    def take(self) -> Rows:
        """What waits, which then waits no more: to be given to `write`."""
        taken, self._waiting = self._waiting, {}
        for columns, rows in taken.items():
            self.written[columns.model] += len(rows)
        return taken


class Outlet:
    """Writes what it is given, each time in one transaction, while the next rows are prepared.

    The thread that writes has a connection of its own; inside a transaction, which it would not see, everything is
    written at once instead.
    """

    def __init__(self) -> None:
        self._thread = None if connection.in_atomic_block else ThreadPoolExecutor(max_workers=1)
        self._last: Future | None = None

    def __enter__(self) -> "Outlet":
        return self

    def __exit__(self, *error) -> None:
        if self._thread is None:
            return
        with self._thread:
            closed = self._thread.submit(connections.close_all)
            self._wait()
            closed.result()

    def put(self, rows: Rows) -> None:
        """Write these rows once those before them are written; raises what went wrong with those before."""
        if self._thread is None:
            write(rows)
            return
        self._wait()
        self._last = self._thread.submit(write, rows)

    def _wait(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()


class Lists:
    """The rows of one list of a document, and of the lists below them, as rows of their tables."""

    def __init__(self, table: Table) -> None:
        parent = () if table.parent == "geographic_entity" else (table.parent,)
        fields = [table.model._meta.get_field(name) for name in table.schema.fields]
        ordered = ("position",) if table.ordered else ()
        self.columns = Columns(
            table.model, "id", "geographic_entity", *parent, *(column.name for column in fields), *ordered
        )
        self._of_a_parent, self._ordered = bool(parent), table.ordered
        self._empty = {column.name: empty_of(column) for column in fields}
        self._below = {name: Lists(child) for name, child in table.below.items()}

    def add(self, feed: Feed, rows: list[Document], parent: Any, entity: int | None) -> None:
        for position, row in enumerate(rows):
            values = [row["id"], entity]
            if self._of_a_parent:
                values.append(parent)
            values += [stored(row[name], empty) for name, empty in self._empty.items()]
            if self._ordered:
                values.append(position)
            feed.add(self.columns, *values)
            for name, below in self._below.items():
                if row[name]:
                    below.add(feed, row[name], row["id"], entity)


def write(rows: Rows) -> None:
    """Write rows in one transaction, each table after those that it points at: models are declared in that order."""
    order = {model: rank for rank, model in enumerate(apps.get_models())}
    with writing(AUTHOR, CHANNEL):
        for columns in sorted(rows, key=lambda columns: order[columns.model]):
            copy_rows(columns, rows[columns])


def stored(value: Any, empty: Any) -> Any:
    """A value of a document as COPY takes it: an array as its literal, nothing as what the column calls empty."""
    if value is None:
        return empty
    return array(value) if isinstance(value, list) else value


def array(values: Iterable[str]) -> str:
    """The literal of an array of texts."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"


def empty_of(column: models.Field) -> Any:
    if column.null:
        return None
    if not column.has_default():
        return False if isinstance(column, models.BooleanField) else ""
    default = column.get_default()
    return array(default) if isinstance(default, list) else default


def copy_rows(columns: Columns, rows: list[tuple]) -> None:
    names = ", ".join(f'"{name}"' for name in columns.names)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{columns.model._meta.db_table}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def reserve(model: type[models.Model], number: int) -> list[int]:
    """`number` ids of the model's own sequence, that nobody else will get."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, key, number]
        )
        return [row[0] for row in cursor.fetchall()]


def _required(model: type[models.Model]) -> list[models.Field]:
    """The columns that must be given because neither the database nor NULL fills them."""
    return [
        column
        for column in model._meta.concrete_fields
        if not column.generated
        and not column.null
        and column.db_default is NOT_PROVIDED
        and not isinstance(column, models.AutoField)
    ]
