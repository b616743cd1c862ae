"""SQL that moves bundled files from their temporary tables into the reference tables.

Rows are added or changed, never deleted, and only when something differs. What `import_nomenclatures` brought in a
newer version stays: versions are compared as text, ANS versions being dates (20260928120000).
"""

SYSTEMS = """
INSERT INTO reference_codesystem AS held (key, name, url, oid, version, source)
SELECT key, name, url, coalesce(oid, ''), coalesce(version, ''), coalesce(source, '') FROM given_systems
ON CONFLICT (key) DO UPDATE
SET name = excluded.name, url = excluded.url, oid = excluded.oid, version = excluded.version, source = excluded.source
WHERE held.version <= excluded.version
AND (held.name, held.url, held.oid, held.version, held.source)
    IS DISTINCT FROM (excluded.name, excluded.url, excluded.oid, excluded.version, excluded.source)
"""

CONCEPTS = """
INSERT INTO reference_concept AS held
    (key, system_id, code, label, definition, parent_id, valid_from, valid_to, source, version)
SELECT key, split_part(key, ':', 1), substr(key, strpos(key, ':') + 1), coalesce(label, ''), coalesce(definition, ''),
    parent, valid_from::date, valid_to::date, coalesce(source, ''), coalesce(version, '')
FROM given_concepts
ON CONFLICT (key) DO UPDATE
SET label = excluded.label, definition = excluded.definition, parent_id = excluded.parent_id,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    source = excluded.source, version = excluded.version
WHERE held.version <= excluded.version
AND (held.label, held.definition, held.parent_id, held.valid_from, held.valid_to, held.source, held.version)
    IS DISTINCT FROM (excluded.label, excluded.definition, excluded.parent_id, excluded.valid_from, excluded.valid_to,
                      excluded.source, excluded.version)
"""

VALUE_SETS = """
INSERT INTO reference_valueset AS held
    (key, name, url, oid, version, status, effective_from, effective_to, complete, used_by, note, source)
SELECT key, name, coalesce(url, ''), coalesce(oid, ''), coalesce(version, ''), coalesce(status, ''),
    effective_from::date, effective_to::date, complete = '1', coalesce(used_by, ''), coalesce(note, ''),
    coalesce(source, '')
FROM given_value_sets
ON CONFLICT (key) DO UPDATE
SET name = excluded.name, url = excluded.url, oid = excluded.oid, version = excluded.version, status = excluded.status,
    effective_from = excluded.effective_from, effective_to = excluded.effective_to, complete = excluded.complete,
    used_by = excluded.used_by, note = excluded.note, source = excluded.source
WHERE held.version <= excluded.version
AND (held.name, held.url, held.oid, held.version, held.status, held.effective_from, held.effective_to, held.complete,
     held.used_by, held.note, held.source)
    IS DISTINCT FROM (excluded.name, excluded.url, excluded.oid, excluded.version, excluded.status,
                      excluded.effective_from, excluded.effective_to, excluded.complete, excluded.used_by,
                      excluded.note, excluded.source)
"""

# The version of the value set was just brought up to the bundled one, unless it was newer: then its members stay.
MEMBERS = """
INSERT INTO reference_valuesetmember AS held (value_set_id, concept_id, position, valid_from, valid_to)
SELECT given.value_set, given.concept, given.position::int, given.valid_from::date, given.valid_to::date
FROM given_members AS given
JOIN reference_valueset AS value_set ON value_set.key = given.value_set
    AND value_set.version = coalesce(given.version, '')
ON CONFLICT (value_set_id, concept_id) DO UPDATE
SET position = excluded.position, valid_from = excluded.valid_from, valid_to = excluded.valid_to
WHERE (held.position, held.valid_from, held.valid_to)
    IS DISTINCT FROM (excluded.position, excluded.valid_from, excluded.valid_to)
"""

# A member that the bundled version no longer lists is closed on the day of that version.
CLOSE_MEMBERS = """
UPDATE reference_valuesetmember AS held
SET valid_to = to_date(left(value_set.version, 8), 'YYYYMMDD')
FROM reference_valueset AS value_set
JOIN given_value_sets AS given ON given.key = value_set.key AND given.version = value_set.version
WHERE held.value_set_id = value_set.key AND held.valid_to IS NULL AND value_set.complete
AND value_set.version ~ '^[0-9]{8}'
AND NOT EXISTS (
    SELECT FROM given_members AS member
    WHERE member.value_set = held.value_set_id AND member.concept = held.concept_id
)
"""

REGIONS = """
INSERT INTO reference_region AS held (code, name) SELECT code, name FROM given_regions
ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE held.name <> excluded.name
"""

DEPARTMENTS = """
INSERT INTO reference_department AS held (code, name, region_id, finess_code)
SELECT code, name, region, finess_code FROM given_departments
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, region_id = excluded.region_id, finess_code = excluded.finess_code
WHERE (held.name, held.region_id, held.finess_code)
    IS DISTINCT FROM (excluded.name, excluded.region_id, excluded.finess_code)
"""

COMMUNES = """
INSERT INTO reference_commune AS held (code, name, department_id, postcodes, kind, parent_id, population)
SELECT code, name, department, coalesce(string_to_array(postcodes, ' '), '{}'), kind, parent,
    coalesce(population, '0')::int
FROM given_communes
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, department_id = excluded.department_id, postcodes = excluded.postcodes,
    kind = excluded.kind, parent_id = excluded.parent_id, population = excluded.population
WHERE (held.name, held.department_id, held.postcodes, held.kind, held.parent_id, held.population)
    IS DISTINCT FROM (excluded.name, excluded.department_id, excluded.postcodes, excluded.kind, excluded.parent_id,
                      excluded.population)
"""

# A commune that left the COG keeps its row, since addresses may point to it, and says what it became.
GONE_COMMUNES = """
UPDATE reference_commune AS held SET kind = 'former', parent_id = given.commune
FROM given_former_communes AS given WHERE given.code = held.code
AND NOT EXISTS (SELECT FROM given_communes AS present WHERE present.code = held.code)
AND (held.kind, held.parent_id) IS DISTINCT FROM ('former', given.commune)
"""

FORMER_COMMUNES = """
INSERT INTO reference_formercommune AS held (code, commune_id) SELECT code, commune FROM given_former_communes
ON CONFLICT (code) DO UPDATE SET commune_id = excluded.commune_id WHERE held.commune_id <> excluded.commune_id
"""
