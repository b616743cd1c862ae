"""One history: every write has an author and a channel, and the database itself keeps the events.

`tracked` declares, beside a model, the statement-level triggers that copy each inserted, changed or deleted row into
the model's event table, and the trigger that refuses any write made outside `writing`. Bulk writes, `update()`, COPY,
upserts and raw SQL are caught alike, since nothing here depends on Django's `save()`.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import pghistory
import pgtrigger
from django.db import connection as default_connection
from django.db import models, transaction

CHANNELS = ("form", "admin", "import", "register", "software", "command", "restore", "demonstration")
REGISTER_CHANNELS = ("register", "command", "demonstration")

_writing: ContextVar["Writing | None"] = ContextVar("writing", default=None)


class AlreadyWriting(RuntimeError):
    """A write was opened inside another one with a different author or channel."""


@dataclass(frozen=True)
class Writing:
    """Who writes, through which channel, under which context id (one per transaction, kept with every event).

    `reason` says why someone writes in another's place; it is empty for everyone else.
    """

    author_id: int | None
    author_name: str
    channel: str
    context_id: uuid.UUID
    reason: str = ""


@contextmanager
def writing(author: models.Model | str, channel: str, reason: str = "") -> Iterator[Writing]:
    """Open a transaction whose writes carry `author` (an account, or the name of a command) and `channel`.

    `reason`, kept with the events, says why the author writes in another's place (a national administrator for an
    establishment); a nested call keeps that of the outer one.

    The context is set in SQL first, so that it holds for COPY as a first statement, and is cleared at exit, so that
    the rest of an enclosing transaction cannot write under the same name. Nested calls of the same author and channel
    share one context; any other nesting raises `AlreadyWriting`.
    """
    if channel not in CHANNELS:
        raise ValueError(f"unknown channel {channel!r}")
    outer = _writing.get()
    current = _describe(author, channel, reason.strip())
    if outer is not None:
        if (outer.author_id, outer.author_name, outer.channel) != (
            current.author_id,
            current.author_name,
            current.channel,
        ):
            raise AlreadyWriting(f"{outer.channel} by {outer.author_name}, then {channel} by {current.author_name}")
        with transaction.atomic():
            yield outer
        return
    with transaction.atomic():
        _set_context(str(current.context_id), _metadata(current))
        token = _writing.set(current)
        try:
            yield current
        finally:
            _writing.reset(token)
            if not default_connection.needs_rollback and _usable():
                _set_context("", "")


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Class decorator: keep every event of the model, and refuse writes made outside `writing`."""

    def decorate(model: type[models.Model]) -> type[models.Model]:
        pgtrigger.register(author_required())(model)
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(exclude) or None,
            meta={"default_permissions": ()},
        )(model)

    return decorate


def author_required() -> pgtrigger.Trigger:
    """The trigger that refuses a write without author. SQLSTATE 42501 (insufficient privilege)."""
    return pgtrigger.Trigger(
        name="author_required",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF COALESCE(current_setting('pghistory.context_id', true), '') = '' THEN
                RAISE EXCEPTION 'write without author on %', TG_TABLE_NAME USING ERRCODE = '42501';
            END IF;
            RETURN NULL;
        """,
    )


def timestamps() -> pgtrigger.Trigger:
    """`updated_at` follows every change, whatever wrote it (RG_EXP_020, 023, 024)."""
    return pgtrigger.Trigger(
        name="updated_at",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="NEW.updated_at = now(); RETURN NEW;",
    )


def frozen(*fields: str) -> pgtrigger.Trigger:
    """The columns that never change once written (pivot identifiers, RG_EXP_010, RG_EXP_011)."""
    return pgtrigger.Trigger(
        name="frozen",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*fields),
        func="RAISE EXCEPTION 'frozen column of %', TG_TABLE_NAME USING ERRCODE = '23514';",
    )


def touches(parent_table: str, column: str, *, parent_key: str = "id", name: str = "touches") -> pgtrigger.Trigger:
    """Deleting an object changes its parent's `updated_at` (RG_EXP_025), in one statement for any number of rows.

    `column` of the child holds the parent's `parent_key`. A parent that is going too, or that is null, is left alone.
    A model with two parents gives each trigger a `name` of its own.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="old_values"),
        func=f"""
            UPDATE "{parent_table}" SET updated_at = now()
            WHERE "{parent_key}" IN (SELECT "{column}" FROM old_values);
            RETURN NULL;
        """,
    )


def register_only() -> pgtrigger.Trigger:
    """The trigger that refuses any write but the register's: RPPS and ADELI are never edited in the ROR (RG_EXP_031).

    SQLSTATE 42501 (insufficient privilege). The date that `touches` leaves on a parent is no edition of its data.
    """
    channels = ", ".join(f"'{channel}'" for channel in REGISTER_CHANNELS)
    return pgtrigger.Trigger(
        name="register_only",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
                RETURN NULL;
            END IF;
            IF COALESCE(
                NULLIF(current_setting('pghistory.context_metadata', true), '')::json ->> 'channel', ''
            ) NOT IN ({channels}) THEN
                RAISE EXCEPTION 'only the register writes %', TG_TABLE_NAME USING ERRCODE = '42501';
            END IF;
            RETURN NULL;
        """,
    )


def _describe(author: models.Model | str, channel: str, reason: str) -> Writing:
    if isinstance(author, str):
        if not author.strip():
            raise ValueError("a write needs an author")
        return Writing(None, author, channel, uuid.uuid4(), reason)
    if author.pk is None:
        raise ValueError("a write needs an author that exists")
    return Writing(author.pk, str(author), channel, uuid.uuid4(), reason)


def _metadata(current: Writing) -> str:
    said = {"author": current.author_id, "author_name": current.author_name, "channel": current.channel}
    if current.reason:
        said["reason"] = current.reason
    return json.dumps(said, ensure_ascii=False)


def _set_context(context_id: str, metadata: str) -> None:
    """Tell the triggers who writes, and that none of them is ignored.

    As long as nobody says so, each call raises and catches an error, and each time the server goes through every check
    that waits for the end of the transaction: quadratic with row triggers in bulk.
    """
    with default_connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true),"
            " set_config('pgtrigger.ignore', '{}', true)",
            [context_id, metadata],
        )


def _usable() -> bool:
    """Whether the transaction still accepts statements (an aborted one forgets the context by itself)."""
    connection = default_connection.connection
    if connection is None or connection.closed:
        return False
    return connection.info.transaction_status.name in ("IDLE", "INTRANS")
