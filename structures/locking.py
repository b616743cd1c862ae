"""Row locks that several writers take in one order, so that two people at once never wait for each other.

Whoever puts something open below an establishment (publishing, an organisation, figures of beds) holds it first:
`hold_open`. Whoever closes, reopens or moves takes it whole: `take`. Holders do not wait for one another; they and a
taker do. The order is the same for all: legal entity, geographic entities, organisations from the widest, offers,
places, each by its key.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection, models

REASON = "locks: the rows that a write is about"


def hold_open(model: type[models.Model], keys: Collection[Any]) -> None:
    """Nobody closes nor moves these rows before the transaction ends.

    The same lock as a foreign key takes, only sooner: waiting for a closing here, before anything is locked below,
    is what keeps the two from a deadlock.
    """
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT FROM "{table}" WHERE "{key}" = ANY(%s) ORDER BY "{key}" FOR KEY SHARE', [list(keys)])


def take(rows: models.QuerySet, *order: str) -> list[models.Model]:
    """Lock these rows against everyone, foreign keys included, and read them as they are once locked."""
    return list(rows.trusted(REASON).select_for_update(of=("self",)).order_by(*order, "pk"))


def take_data(rows: models.QuerySet) -> list[models.Model]:
    """Lock the data of these rows, which other rows may still point at, and read them as they are once locked."""
    return list(rows.trusted(REASON).select_for_update(of=("self",), no_key=True).order_by("pk"))
