"""What an establishment says of itself: the one way in, checked as a whole. Its identity is the register's word."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from django.utils import timezone

from ror.history import writing
from structures import records, rules
from structures.document import Document, canonical
from structures.findings import Finding, NotPublishable, blocking
from structures.merging import merge, same_row
from structures.models import GeographicEntity
from structures.publishing import Conflicting, tolerated
from structures.schema import ESTABLISHMENT
from structures.storing import REASON


def describe_establishment(
    document: Document,
    *,
    entity: GeographicEntity,
    author: models.Model | str,
    channel: str,
    base: Document | None = None,
    reason: str = "",
) -> list[Finding]:
    """Write what `document` says of `entity` (schema ESTABLISHMENT), and return the warnings that remain.

    `base` is the document that the writer started from: what others changed since is kept. Raises `NotPublishable` with
    every finding at once, or `Conflicting`. The caller has checked that the author may describe it.
    """
    with writing(author, channel, reason):
        locked = GeographicEntity.objects.trusted(REASON).select_for_update(of=("self",), no_key=True).get(pk=entity.pk)
        theirs = records.read_establishment_document(locked)
        merged, conflicts = merge(
            theirs if base is None else base, canonical(document, ESTABLISHMENT)[0], theirs, ESTABLISHMENT
        )
        if conflicts:
            raise Conflicting(conflicts, version=0)
        clean, found = _checked(merged, locked)
        found += records.foreign_establishment_rows(clean, locked)
        found = _tolerated(found, clean, theirs, locked)
        if blocking(found):
            raise NotPublishable(found)
        records.write_establishment(locked, clean)
    return found


@contextmanager
def revising_establishment(
    entity: GeographicEntity, *, author: models.Model | str, channel: str, reason: str = ""
) -> Iterator[None]:
    """Check what the block changes in the rows of what `entity` says of itself.

    Raises `NotPublishable`, nothing being written, when it then breaks a rule that it did not break before on the same
    datum.
    """
    with writing(author, channel, reason):
        locked = GeographicEntity.objects.trusted(REASON).select_for_update(of=("self",), no_key=True).get(pk=entity.pk)
        before = records.read_establishment_document(locked)
        yield
        after = records.read_establishment_document(GeographicEntity.objects.trusted(REASON).get(pk=entity.pk))
        if same_row(before, after, ESTABLISHMENT):
            return
        clean, found = _checked(after, locked)
        found = _tolerated(found, clean, before, locked)
        if blocking(found):
            raise NotPublishable(found)


def _checked(document: Document, entity: GeographicEntity) -> tuple[Document, list[Finding]]:
    """The canonical document of what `entity` says of itself, and every finding on it."""
    clean, found = canonical(document, ESTABLISHMENT)
    return clean, found + rules.findings(clean, rules.facts_of(entity, None, timezone.localdate()), rules.ESTABLISHMENT)


def _tolerated(
    found: list[Finding], document: Document, published: Document, entity: GeographicEntity
) -> list[Finding]:
    """What stood in the record before, and was not touched, only warns."""
    return tolerated(found, document, *_checked(published, entity)) if blocking(found) else found
