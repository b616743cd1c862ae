"""History: 200,000 contacts in one transaction, with the triggers and without. Budget: 50,000 rows/s with them."""

import time
import uuid
from collections.abc import Callable

from django.db import connection

from ror.history import writing
from structures.models import Contact, Offer
from tests import factories

ROWS, RUNS = 200_000, 3
BUDGET = 50_000  # rows a second
TABLE = Contact._meta.db_table
EVENTS = Contact.pgh_event_models["insert"]._meta.db_table
COLUMNS = ("id", "offer_id", "geographic_entity_id", "function_id", "name", "level", "position")


def run() -> None:
    """Print rows a second of an insertion by COPY and of an update, with and without triggers, best of three.

    Foreign keys are checked in both: they weigh more than the history.
    """
    offer = factories.published_offer()
    with writing("bench_history", "command"):
        Contact.objects.trusted("benchmark: an empty table to start from").filter(offer=offer).delete()
    content = contacts(offer)
    for name, work in (("COPY", lambda: copy_contacts(content)), ("UPDATE", move_contacts)):
        with_history = best(work, "ENABLE")
        without = best(work, "DISABLE")
        print(
            f"{name} de {ROWS} contacts : {with_history:.1f} s avec historique, "
            f"soit {ROWS / with_history:.0f} lignes/s (budget {BUDGET}) ; "
            f"{without:.1f} s sans déclencheur ; rapport {with_history / without:.1f}"
        )


def best(work: Callable[[], None], triggers: str) -> float:
    """Seconds of the quickest of a few runs, each from the same start, in a transaction of its own, commit included."""
    return min(measured(work, triggers) for _ in range(RUNS))


def measured(work: Callable[[], None], triggers: str) -> float:
    """Seconds of one run."""
    prepare(work)
    execute(f'ALTER TABLE "{TABLE}" {triggers} TRIGGER USER')
    started = time.perf_counter()
    with writing("bench_history", "command"):
        work()
    seconds = time.perf_counter() - started
    execute(f'ALTER TABLE "{TABLE}" ENABLE TRIGGER USER')
    return seconds


def prepare(work: Callable[[], None]) -> None:
    """An empty table for the insertion, a full one for the update; no event of the run before."""
    if work is move_contacts:
        execute(f'TRUNCATE "{EVENTS}"')
        execute(f'VACUUM ANALYZE "{TABLE}"')
        return
    execute(f'TRUNCATE "{TABLE}" CASCADE')
    execute(f'TRUNCATE "{EVENTS}"')


def contacts(offer: Offer) -> bytes:
    """The rows as COPY reads them, made beforehand: the measure is the database's."""
    parents = f"{offer.pk}\t{offer.geographic_entity_id}"
    lines = (f"{uuid.uuid4()}\t{parents}\tR251:03\tCamille Exemple {rank}\t2\t{rank % 100}\n" for rank in range(ROWS))
    return "".join(lines).encode()


def copy_contacts(content: bytes) -> None:
    """Insert the rows by one COPY."""
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{TABLE}" ({names}) FROM STDIN') as copy:
        copy.write(content)


def move_contacts() -> None:
    """Change every row by one statement."""
    execute(f'UPDATE "{TABLE}" SET position = position + 1')


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
