"""Saving a step as it is typed: by the same merge as the button, which a disagreement does not stop.

What the page starts from, after each save, is what it shows, never what is stored: a datum that a colleague changed
and that the page does not show yet stays theirs, and becomes a conflict when it is typed over. A disagreement is left
as the colleague said it, the rest is saved, and it stays a disagreement until the person chooses.
"""

import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ror.accounts.models import User
from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.steps import Step
from structures.differences import differences
from structures.document import Document, canonical, join, value_at, walk
from structures.merging import GONE, Conflict


@dataclass(frozen=True)
class AsTyped:
    """The outcome: what the page starts from now, the disagreements left to settle, what it does not show yet.

    `elsewhere` are the paths of the data and of the rows that a colleague changed, added or removed.
    """

    started_from: Document
    conflicts: list[Conflict]
    elsewhere: list[str]


@transaction.atomic
def save_as_typed(draft: Draft, step: Step, typed: Document, started_from: Document, author: User) -> AsTyped:
    """Save what agrees of what was typed; `DraftGone` as `drafts.save_step` says."""
    mine = step.part(canonical(typed)[0])
    saved = drafts.save_step(draft, step, mine, started_from, author)
    conflicts = saved.conflicts
    if conflicts:
        # The draft is locked until the end of this transaction: what was read as theirs still is.
        agreed = copy.deepcopy(mine)
        for conflict in conflicts:
            drafts.set_at(agreed, conflict.path, conflict.theirs)
        saved = drafts.save_step(draft, step, agreed, started_from, author)
    disputed = {conflict.path for conflict in conflicts}
    shown = copy.deepcopy(mine)
    for path in disputed:
        drafts.set_at(shown, path, value_or_gone(started_from, path))
    unseen = [found.path for found in differences(mine, saved.part, step.schema) if found.path not in disputed]
    return AsTyped(shown, conflicts, unseen)


def settled(started_from: Document, seen: dict[str, Any], kept: list[str]) -> Document:
    """A start where the person has seen what a colleague said at the paths `kept`, and keeps what they typed."""
    start = copy.deepcopy(started_from)
    for path in kept:
        if path in seen:
            drafts.set_at(start, path, seen[path])
    return start


def take_theirs(mine: Document, started_from: Document, path: str) -> None:
    """Put what a colleague said at `path`, which the page started from, instead of what was typed there.

    Nothing happens when `path` is none of the rows and data of `mine`.
    """
    rows = list(walk(mine))
    if any(path == above or path in (join(above, name) for name in schema.fields) for above, schema, _ in rows):
        drafts.set_at(mine, path, value_or_gone(started_from, path))


def value_or_gone(document: Document, path: str) -> Any:
    """What the document says at `path`; `GONE` for a row that it does not hold."""
    found = value_at(document, path)
    return GONE if found is None and is_row(path) else found


def is_row(path: str) -> bool:
    """Whether `path` names a row (« contacts.<id> ») and not a datum."""
    return path.count(".") % 2 == 1
