"""Writing the computed state, in sets: one COPY and one upsert per table."""

from django.db import connection

from ror.reference.copying import as_csv, copy_csv
from ror.reference.importing.difference import Difference

SYSTEMS = """
INSERT INTO reference_codesystem (key, name, url, oid, version, source)
SELECT key, name, url, coalesce(oid, ''), coalesce(version, ''), coalesce(source, '') FROM imported_systems
ON CONFLICT (key) DO UPDATE
SET name = excluded.name, url = excluded.url, oid = excluded.oid, version = excluded.version, source = excluded.source
WHERE (reference_codesystem.name, reference_codesystem.url, reference_codesystem.oid, reference_codesystem.version)
    IS DISTINCT FROM (excluded.name, excluded.url, excluded.oid, excluded.version)
"""
# A system that only a value set names: known by its key and address.
NAMED_SYSTEMS = """
INSERT INTO reference_codesystem (key, name, url, oid, version, source)
SELECT key, key, url, '', '', '' FROM imported_named_systems ON CONFLICT DO NOTHING
"""
CONCEPTS = """
INSERT INTO reference_concept
    (key, system_id, code, label, definition, parent_id, valid_from, valid_to, source, version)
SELECT key, split_part(key, ':', 1), substr(key, strpos(key, ':') + 1), coalesce(label, ''), coalesce(definition, ''),
    parent, valid_from::date, valid_to::date, coalesce(source, ''), coalesce(version, '')
FROM imported_concepts
ON CONFLICT (key) DO UPDATE
SET label = excluded.label, definition = excluded.definition, parent_id = excluded.parent_id,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    source = excluded.source, version = excluded.version
"""
VALUE_SETS = """
INSERT INTO reference_valueset AS held
    (key, name, url, oid, version, status, effective_from, effective_to, complete, used_by, note, source)
SELECT key, name, coalesce(url, ''), coalesce(oid, ''), coalesce(version, ''), coalesce(status, ''),
    effective_from::date, effective_to::date, true, '', '', coalesce(source, '')
FROM imported_value_sets
ON CONFLICT (key) DO UPDATE
SET name = excluded.name, url = excluded.url, oid = excluded.oid, version = excluded.version, status = excluded.status,
    effective_from = coalesce(excluded.effective_from, held.effective_from), effective_to = excluded.effective_to,
    complete = true, source = excluded.source
"""
MEMBERS = """
INSERT INTO reference_valuesetmember (value_set_id, concept_id, position, valid_from, valid_to)
SELECT value_set, concept, position::int, valid_from::date, valid_to::date FROM imported_members
ON CONFLICT (value_set_id, concept_id) DO UPDATE
SET position = excluded.position, valid_from = excluded.valid_from, valid_to = excluded.valid_to
"""
SOURCE = "ANS, distribution FHIR : {}"


def write(difference: Difference) -> None:
    """Write the state that `difference` computed. Must run in the transaction in which it was computed."""
    systems = [
        [read.key, read.name, read.url, read.oid, read.version, SOURCE.format(read.file)]
        for read in difference.systems.values()
    ]
    value_sets = [
        [
            read.key,
            read.name,
            read.url,
            read.oid,
            read.version,
            read.status,
            read.effective_from,
            read.effective_to,
            SOURCE.format(read.file),
        ]
        for read in difference.value_sets.values()
    ]
    members = [
        [value_set, key, row.position, row.valid_from, row.valid_to]
        for value_set, rows in difference.members.items()
        for key, row in rows.items()
    ]
    named = [[key, url] for key, url in difference.named_systems.items() if key not in difference.systems]
    concepts = [list(vars(row).values()) for row in difference.concepts.values()]
    identity = ["key", "name", "url", "oid", "version"]
    _upsert("imported_systems", [*identity, "source"], systems, SYSTEMS)
    _upsert("imported_named_systems", ["key", "url"], named, NAMED_SYSTEMS)
    columns = ["key", "label", "definition", "parent", "valid_from", "valid_to", "source", "version"]
    _upsert("imported_concepts", columns, concepts, CONCEPTS)
    columns = [*identity, "status", "effective_from", "effective_to", "source"]
    _upsert("imported_value_sets", columns, value_sets, VALUE_SETS)
    columns = ["value_set", "concept", "position", "valid_from", "valid_to"]
    _upsert("imported_members", columns, members, MEMBERS)


def _upsert(table: str, columns: list[str], rows: list[list], statement: str) -> None:
    if not rows:
        return
    copy_csv(table, as_csv(columns, rows))
    with connection.cursor() as cursor:
        cursor.execute(statement)
