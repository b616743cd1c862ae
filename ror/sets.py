"""Many rows written at once, in the transaction and under the author in force, with the triggers of the table (history,
checks) as for any other write.

What is inserted travels by COPY, what is updated as JSON. Django's `bulk_create` spends most of its time making
instances, and `bulk_update` of 20,000 rows of 40 columns writes a statement of 800,000 CASEs.
"""

import datetime
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

AT_ONCE = 2000  # rows updated by one statement: what is sent stays a few megabytes
PLAIN_KINDS = frozenset({"uuid", "bigint", "integer", "smallint"})
Line = Sequence[Any]


@models.ForeignObject.register_lookup  # Django gives relations only the lookups that they declare
@models.Field.register_lookup
class Among(models.Lookup):
    """`pk__among=keys`: one parameter, however many keys there are, where `__in` has one for each."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list]:
        column, params = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        keys = list(map(str, self.rhs))
        # Numbers and UUIDs need no quotes: one text, where a list is quoted value by value.
        said = f"{{{','.join(keys)}}}" if kind in PLAIN_KINDS else keys
        return f"{column} = ANY(%s::{kind}[])", [*params, said]


def insert(model: type[models.Model], names: Sequence[str], lines: Sequence[Line]) -> None:
    """Insert rows: the values of these fields, in their JSON form. Other fields get their default."""
    if not lines:
        return
    columns = [model._meta.get_field(name) for name in names]
    others = [column for column in model._meta.concrete_fields if _needs_a_default(column) and column not in columns]
    defaults = [column.get_default() for column in others]
    columns += others
    listed = ", ".join(f'"{column.column}"' for column in columns)
    documents = [at for at, column in enumerate(columns) if column.db_type(connection) == "jsonb"]
    statement = f'COPY "{model._meta.db_table}" ({listed}) FROM STDIN'
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line in lines:
            row = [*line, *defaults]
            for at in documents:
                row[at] = row[at] if row[at] is None else json.dumps(row[at], default=_plain)
            copy.write_row(row)


def update(model: type[models.Model], names: Sequence[str], lines: Sequence[Line]) -> None:
    """Write these fields of stored rows, the same for all; each line begins with the key of its row."""
    columns = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    said = ", ".join(f'"{column.column}" = said."c{at}"' for at, column in enumerate(columns) if at)
    table = model._meta.db_table
    for start in range(0, len(lines), AT_ONCE):
        _execute(
            f'UPDATE "{table}" AS kept SET {said} FROM {{}} WHERE kept."{model._meta.pk.column}" = said."c0"',
            columns,
            lines[start : start + AT_ONCE],
        )


def new_keys(model: type[models.Model], count: int) -> list[int]:
    """The next keys of the table's own sequence, for rows about to be inserted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{model._meta.db_table}"', model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _execute(statement: str, columns: Sequence[models.Field], lines: Sequence[Line]) -> None:
    """The statement, with the lines as the rows « said » of columns c0, c1…"""
    names = [f"c{at}" for at in range(len(columns))]
    kinds = ", ".join(f'"{name}" {column.db_type(connection)}' for name, column in zip(names, columns, strict=True))
    content = json.dumps([dict(zip(names, line, strict=True)) for line in lines], default=_plain)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(f"json_to_recordset(%s::json) AS said({kinds})"), [content])


def _needs_a_default(column: models.Field) -> bool:
    """Whether the database has nothing to put there when nothing is said."""
    return not (column.null or column.generated or column.has_db_default() or column.primary_key)


def _plain(value: Any) -> str:
    """What JSON has no form for, as PostgreSQL reads it back to the microsecond."""
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
