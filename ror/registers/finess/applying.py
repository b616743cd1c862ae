"""Writing the difference, in a handful of statements whatever the number of rows."""

from datetime import date

from django.db import connection, models
from django.db.models import NOT_PROVIDED

from confidentiality.models import Perimeter
from ror.registers.finess.difference import gone_condition, unknown_legal_numbers
from ror.registers.finess.scope import Scope
from ror.registers.finess.staging import Staged
from ror.registers.finess.targets import ESTABLISHMENTS, LEGAL_ENTITIES, Target

FINESS_PREFIX = "1"  # idNat_Struct of a structure known by its FINESS number
IDENTITY = ("perimeter_id", "id_nat_struct", "finess")


def write_legal_entities() -> None:
    """Add and change legal entities, then add those known only by the number that establishments give."""
    new = _missing(LEGAL_ENTITIES)
    _add_perimeters(LEGAL_ENTITIES, new)
    _insert(LEGAL_ENTITIES, LEGAL_ENTITIES.columns, new)
    _update(LEGAL_ENTITIES)
    named = f"SELECT finess, TRUE AS number_only, 0 AS line FROM ({unknown_legal_numbers()}) AS unknown"
    _add_perimeters(LEGAL_ENTITIES, named)
    _insert(LEGAL_ENTITIES, ("number_only",), named)


def write_establishments() -> None:
    """Add and change geographic entities; their legal entities must be there.

    The planner is told of what was written: the keys are checked at the end of the transaction, and a session that
    planned these checks on empty tables would read them whole for each row, for minutes.
    """
    new = _missing(ESTABLISHMENTS)
    _add_perimeters(ESTABLISHMENTS, new)
    _insert(ESTABLISHMENTS, ESTABLISHMENTS.columns, new)
    _update(ESTABLISHMENTS)
    for table in (Perimeter._meta.db_table, LEGAL_ENTITIES.table, ESTABLISHMENTS.table):
        _execute(f'ANALYZE "{table}"')


def link_establishments() -> None:
    """Give the proposed establishments the legal entities that were just added.

    The planner is told of them first: with what it knew of the empty table it compared each with all, for minutes.
    """
    _execute(f'ANALYZE "{LEGAL_ENTITIES.table}"')
    _execute(f'ANALYZE "{ESTABLISHMENTS.proposed}"')
    _execute(
        f"""
        UPDATE "{ESTABLISHMENTS.proposed}" AS given SET legal_entity_id = legal.id
        FROM "{LEGAL_ENTITIES.table}" AS legal
        WHERE given.legal_entity_id IS NULL AND legal.finess = given.legal_finess
        """
    )


def flag_gone(target: Target, scope: Scope, staged: Staged, day: date) -> None:
    """Flag, and only flag, the entities of the scope that the file no longer holds."""
    condition, parameters = gone_condition(target, scope, staged)
    _execute(f'UPDATE "{target.table}" AS held SET gone_since = %s WHERE {condition}', [day, *parameters])


def _missing(target: Target) -> str:
    """SQL of the proposed rows that the portal does not hold yet."""
    return f"""
        SELECT given.* FROM "{target.proposed}" AS given
        WHERE NOT EXISTS (SELECT FROM "{target.table}" AS held WHERE held.finess = given.finess)
    """


def _add_perimeters(target: Target, rows: str) -> None:
    _execute(
        f"""
        INSERT INTO "{Perimeter._meta.db_table}" (kind, code)
        SELECT %s, %s || given.finess FROM ({rows}) AS given ORDER BY given.line, given.finess
        ON CONFLICT (kind, code) DO NOTHING
        """,
        [target.perimeter_kind, FINESS_PREFIX],
    )


def _insert(target: Target, columns: tuple[str, ...], rows: str) -> None:
    blank = _defaults(target.model, {*IDENTITY, *columns})
    names = ", ".join(f'"{name}"' for name in (*IDENTITY, *columns, *blank))
    values = ", ".join([*(f'given."{name}"' for name in columns), *("%s" for _ in blank)])
    _execute(
        f"""
        INSERT INTO "{target.table}" ({names})
        SELECT perimeter.id, perimeter.code, given.finess, {values}
        FROM ({rows}) AS given
        JOIN "{Perimeter._meta.db_table}" AS perimeter ON perimeter.kind = %s AND perimeter.code = %s || given.finess
        ORDER BY given.line, given.finess
        """,
        [*blank.values(), target.perimeter_kind, FINESS_PREFIX],
    )


def _update(target: Target) -> None:
    assigned = ", ".join(f'"{name}" = given."{name}"' for name in target.columns)
    _execute(
        f"""
        UPDATE "{target.table}" AS held SET {assigned}
        FROM "{target.changed}" AS changed JOIN "{target.proposed}" AS given ON given.finess = changed.finess
        WHERE held.id = changed.id
        """
    )


def _defaults(model: type[models.Model], given: set[str]) -> dict[str, object]:
    """The columns that neither the register nor the database fills, with the model's own default."""
    return {
        field.column: field.get_default()
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not field.generated
        and not field.null
        and field.db_default is NOT_PROVIDED
        and field.column not in given
    }


def _execute(query: str, parameters: list | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
