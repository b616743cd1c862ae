"""Locks of the database, by name: let go with the connection, or with the transaction, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from ror.imports.models import ImportJob

WORK = 0x494D504F  # « IMPO »: the first half of the lock of an import being advanced
PERIMETER = 0x50455249  # « PERI »: the first half of the lock of a department where an import writes
# Keys are signed, and pg_locks shows them unsigned.
HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = %s AND objid::bigint = hashtext(%s)::bigint & 4294967295 AND objsubid = 2
    )
"""
DEPARTMENTS = """
    SELECT pg_advisory_xact_lock(%s, key) FROM (
        SELECT DISTINCT hashtext(COALESCE(entity.department_id, '')) AS key
        FROM imports_stagedline line JOIN structures_geographicentity entity ON entity.id = line.geographic_entity_id
        WHERE line.job_id = %s ORDER BY key
    ) AS departments
"""


@contextmanager
def alone_on(pk) -> Iterator[bool]:
    """Whether nobody else advances the import. Held by the connection: it ends with the worker, whatever ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [WORK, str(pk)])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [WORK, str(pk)])


def is_held(pk) -> bool:
    """Whether a worker advances the import now. It only looks: taking the lock would turn a worker away."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [WORK, str(pk)])
        return cursor.fetchone()[0]


def lock_perimeter(job: ImportJob) -> None:
    """Wait for the other imports that write in the same departments, until the transaction ends.

    A lock per department, in one order: two imports never wait for each other in a ring, and one of the whole country
    stays far below what the database can lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(DEPARTMENTS, [PERIMETER, job.pk])
