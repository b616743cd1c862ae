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

CHANNELS = ("form", "admin", "import", "register", "command", "restore", "demonstration")

_writing: ContextVar["Writing | None"] = ContextVar("writing", default=None)


class AlreadyWriting(RuntimeError):
    """A write was opened inside another one with a different author or channel."""


@dataclass(frozen=True)
class Writing:
    """Who writes, through which channel, under which context id (one per transaction, kept with every event)."""

    author_id: int | None
    author_name: str
    channel: str
    context_id: uuid.UUID


@contextmanager
def writing(author: models.Model | str, channel: str) -> Iterator[Writing]:
    """Open a transaction whose writes carry `author` (an account, or the name of a command) and `channel`.

    The context is set in SQL first, so that it holds for COPY as a first statement, and is cleared at exit, so that
    the rest of an enclosing transaction cannot write under the same name. Nested calls of the same author and channel
    share one context; any other nesting raises `AlreadyWriting`.
    """
    if channel not in CHANNELS:
        raise ValueError(f"unknown channel {channel!r}")
    outer = _writing.get()
    current = _describe(author, channel)
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


def _describe(author: models.Model | str, channel: str) -> Writing:
    if isinstance(author, str):
        if not author.strip():
            raise ValueError("a write needs an author")
        return Writing(None, author, channel, uuid.uuid4())
    if author.pk is None:
        raise ValueError("a write needs an author that exists")
    return Writing(author.pk, str(author), channel, uuid.uuid4())


def _metadata(current: Writing) -> str:
    return json.dumps(
        {"author": current.author_id, "author_name": current.author_name, "channel": current.channel},
        ensure_ascii=False,
    )


def _set_context(context_id: str, metadata: str) -> None:
    with default_connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [context_id, metadata],
        )


def _usable() -> bool:
    """Whether the transaction still accepts statements (an aborted one forgets the context by itself)."""
    connection = default_connection.connection
    if connection is None or connection.closed:
        return False
    return connection.info.transaction_status.name in ("IDLE", "INTRANS")
