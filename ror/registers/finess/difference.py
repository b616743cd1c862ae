"""What a file would change, computed by the database in sets: new, changed field by field, unchanged, gone."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from ror.reference.nomenclature import nomenclature
from ror.registers.finess import findings
from ror.registers.finess.findings import Findings
from ror.registers.finess.scope import Scope
from ror.registers.finess.staging import ESTABLISHMENT_LINES, LEGAL_ENTITY_LINES, LOCATIONS, Staged, index_by_number
from ror.registers.finess.targets import ESTABLISHMENTS, LEGAL_ENTITIES, Target


@dataclass(frozen=True)
class Named:
    """An entity of the difference; `line` is None for one that the file no longer holds."""

    finess: str
    name: str
    line: int | None


@dataclass(frozen=True)
class Change:
    """One field: what it is called, its value in the portal, its value in the file."""

    label: str
    held: str
    given: str


@dataclass(frozen=True)
class Changed:
    entity: Named
    changes: list[Change]


@dataclass
class Difference:
    """Counts for one kind of entity, and its first examples."""

    created: int = 0
    modified: int = 0
    unchanged: int = 0
    gone: int = 0
    created_examples: list[Named] = field(default_factory=list)
    modified_examples: list[Changed] = field(default_factory=list)
    gone_examples: list[Named] = field(default_factory=list)


def propose_legal_entities() -> None:
    """Fill the table of proposed legal entities from the lines."""
    _create(
        LEGAL_ENTITIES.proposed,
        f'SELECT line.*, FALSE AS number_only, NULL::date AS gone_since FROM "{LEGAL_ENTITY_LINES}" AS line',
    )


def propose_establishments(staged: Staged, found: Findings) -> None:
    """Fill the table of proposed establishments: their line, their coordinates, their legal entity when it is known.

    A file without any `geolocalisation` line says nothing of coordinates: those held are kept.
    """
    origin = "location" if staged.has_locations else "held"
    _warn_of_openings_after_closing(found)
    _warn_of_lone_locations(found)
    _create(
        ESTABLISHMENTS.proposed,
        f"""
        SELECT line.*, legal.id AS legal_entity_id, {origin}.latitude, {origin}.longitude, NULL::date AS gone_since
        FROM "{ESTABLISHMENT_LINES}" AS line
        LEFT JOIN "{LEGAL_ENTITIES.table}" AS legal ON legal.finess = line.legal_finess
        LEFT JOIN "{LOCATIONS}" AS location ON location.finess = line.finess
        LEFT JOIN "{ESTABLISHMENTS.table}" AS held ON held.finess = line.finess
        """,
    )


def compare(target: Target, scope: Scope, staged: Staged, examples: int) -> Difference:
    """The difference between what the file proposes and what the portal holds; `examples` of each at most."""
    _create(target.changed, _changed_rows(target))
    total = _one(f'SELECT count(*) FROM "{target.proposed}"')
    created = _one(f"SELECT count(*) FROM {_new(target)}")
    modified = _one(f'SELECT count(*) FROM "{target.changed}"')
    found = Difference(created, modified, total - created - modified)
    found.created_examples = _named(
        f'SELECT given.finess, given."{target.name}", given.line FROM {_new(target)}', examples
    )
    found.modified_examples = _changed_examples(target, examples)
    if gone_is_known(scope, staged, total):
        condition, parameters = gone_condition(target, scope, staged)
        found.gone = _one(f'SELECT count(*) FROM "{target.table}" AS held WHERE {condition}', parameters)
        found.gone_examples = _named(
            f'SELECT held.finess, held."{target.name}", NULL AS line FROM "{target.table}" AS held WHERE {condition}',
            examples,
            parameters,
        )
    return found


def gone_is_known(scope: Scope, staged: Staged, total: int) -> bool:
    """Only a declared scope, a file that holds entities of that kind, and is not cut, tell who is gone."""
    return scope.declared and total > 0 and not staged.cut


def gone_condition(target: Target, scope: Scope, staged: Staged) -> tuple[str, list]:
    """SQL condition on `held`, and its parameters. A refused line is no disappearance."""
    conditions = [
        "held.finess IS NOT NULL",
        "held.gone_since IS NULL",
        f'NOT EXISTS (SELECT FROM "{target.proposed}" AS given WHERE given.finess = held.finess)',
        "held.finess <> ALL(%s)",
    ]
    parameters: list = [sorted(staged.refused_numbers)]
    if target is LEGAL_ENTITIES:
        conditions.append("NOT held.number_only")
    if scope.department is not None:
        conditions.append("held.department_id = %s")
        parameters.append(scope.department)
    return " AND ".join(conditions), parameters


def outside(scope: Scope) -> int:
    """Number of proposed establishments that are not in the declared department."""
    if scope.department is None:
        return 0
    return _one(
        f'SELECT count(*) FROM "{ESTABLISHMENTS.proposed}" WHERE department_id IS DISTINCT FROM %s', [scope.department]
    )


def unknown_legal_entities() -> int:
    """Number of legal entities that establishments name and that neither the portal nor the file knows."""
    return _one(f"SELECT count(*) FROM ({unknown_legal_numbers()}) AS unknown")


def unknown_legal_numbers() -> str:
    """SQL that gives their FINESS numbers."""
    return f"""
        SELECT DISTINCT line.legal_finess AS finess FROM "{ESTABLISHMENT_LINES}" AS line
        WHERE NOT EXISTS (SELECT FROM "{LEGAL_ENTITIES.table}" AS held WHERE held.finess = line.legal_finess)
        AND NOT EXISTS (SELECT FROM "{LEGAL_ENTITY_LINES}" AS given WHERE given.finess = line.legal_finess)
    """


def _changed_rows(target: Target) -> str:
    columns = target.columns
    given = ", ".join(f'given."{name}"' for name in columns)
    held = ", ".join(f'held."{name}"' for name in columns)
    names = ", ".join(
        f'CASE WHEN given."{name}" IS DISTINCT FROM held."{name}" THEN \'{name}\' END' for name in columns
    )
    return f"""
        SELECT held.id, given.finess, given.line, array_remove(ARRAY[{names}], NULL) AS columns
        FROM "{target.proposed}" AS given JOIN "{target.table}" AS held ON held.finess = given.finess
        WHERE ({given}) IS DISTINCT FROM ({held})
    """


def _new(target: Target) -> str:
    return f"""
        "{target.proposed}" AS given
        WHERE NOT EXISTS (SELECT FROM "{target.table}" AS held WHERE held.finess = given.finess)
    """


def _changed_examples(target: Target, examples: int) -> list[Changed]:
    legal_numbers = "owner.finess, given.legal_finess" if target is ESTABLISHMENTS else "NULL, NULL"
    owner = (
        f'JOIN "{LEGAL_ENTITIES.table}" AS owner ON owner.id = held.legal_entity_id' if target is ESTABLISHMENTS else ""
    )
    rows = _rows(
        f"""
        SELECT changed.finess, held."{target.name}", changed.line, changed.columns, to_jsonb(held)::text,
            to_jsonb(given)::text, {legal_numbers}
        FROM "{target.changed}" AS changed
        JOIN "{target.table}" AS held ON held.id = changed.id
        JOIN "{target.proposed}" AS given ON given.finess = changed.finess
        {owner} ORDER BY changed.line LIMIT %s
        """,
        [examples],
    )
    return [_changed(target, *row) for row in rows]


def _changed(target: Target, finess, name, line, columns, held, given, held_owner, given_owner) -> Changed:
    held, given = json.loads(held), json.loads(given)
    held["legal_entity_id"], given["legal_entity_id"] = held_owner, given_owner
    changes = [
        Change(target.label(column), _shown(target, column, held[column]), _shown(target, column, given[column]))
        for column in columns
    ]
    return Changed(Named(finess, name, line), changes)


def _shown(target: Target, column: str, value: Any) -> str:
    if value is None or value == "":
        return "vide"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return nomenclature().label(value) if target.value_set(column) else str(value)


def _warn_of_openings_after_closing(found: Findings) -> None:
    """The portal's own closing date wins over an opening that the register would put after it."""
    query = f"""
        UPDATE "{ESTABLISHMENT_LINES}" AS line SET opening_date = NULL
        FROM "{ESTABLISHMENTS.table}" AS held
        WHERE held.finess = line.finess AND line.opening_date > held.closing_date
        RETURNING line.line, line.finess
    """
    for line, finess in sorted(_rows(query)):
        found.warn(findings.OPENING_AFTER_CLOSING, line, finess)


def _warn_of_lone_locations(found: Findings) -> None:
    query = f"""
        SELECT location.line, location.finess FROM "{LOCATIONS}" AS location
        WHERE NOT EXISTS (SELECT FROM "{ESTABLISHMENT_LINES}" AS line WHERE line.finess = location.finess)
        ORDER BY location.line
    """
    for line, finess in _rows(query):
        found.warn(findings.LOCATION_ALONE, line, finess)


def _create(table: str, query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{table}"')
        cursor.execute(f'CREATE TEMPORARY TABLE "{table}" ON COMMIT DROP AS {query}')
    index_by_number(table)


def _named(query: str, examples: int, parameters: list | None = None) -> list[Named]:
    rows = _rows(f"{query} ORDER BY line, finess LIMIT %s", [*(parameters or []), examples])
    return [Named(*row) for row in rows]


def _one(query: str, parameters: list | None = None) -> int:
    return _rows(query, parameters)[0][0]


def _rows(query: str, parameters: list | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
