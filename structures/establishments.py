"""What an establishment says of itself: the one way in, checked as a whole. Its identity is the register's word."""

from django.db import models
from django.utils import timezone

from ror.history import writing
from structures import records, rules
from structures.document import Document, canonical
from structures.findings import Finding, NotPublishable, blocking
from structures.merging import merge
from structures.models import GeographicEntity
from structures.publishing import Conflicting
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
        locked = GeographicEntity.objects.trusted(REASON).select_for_update(of=("self",)).get(pk=entity.pk)
        theirs = records.read_establishment_document(locked)
        merged, conflicts = merge(
            theirs if base is None else base, canonical(document, ESTABLISHMENT)[0], theirs, ESTABLISHMENT
        )
        if conflicts:
            raise Conflicting(conflicts, version=0)
        clean, found = canonical(merged, ESTABLISHMENT)
        found += records.foreign_establishment_rows(clean, locked)
        found += rules.findings(clean, rules.facts_of(locked, None, timezone.localdate()), rules.ESTABLISHMENT)
        if blocking(found):
            raise NotPublishable(found)
        records.write_establishment(locked, clean)
    return found
