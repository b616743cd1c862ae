"""`publish()`: the only way into the record of an offer, whatever the channel.

It locks the offer, merges three ways with what was published since, checks the whole result by the rules in force that
day, writes the rows and keeps the document as a numbered version, all in one transaction.
"""

from dataclasses import dataclass, replace

from django.db import models
from django.utils import timezone

from ror.history import writing
from ror.reference.models import Commune
from structures import records, rules
from structures.document import FORMAT, Document, canonical, value_at
from structures.findings import Effect, Finding, NotPublishable, blocking
from structures.merging import Conflict, merge, same
from structures.models import CrisisAnswer, GeographicEntity, Offer, OfferVersion

REASON = "publish: lock and read what the rules need"


class Conflicting(Exception):
    """What was typed and what was published since disagree: where (`conflicts`), and with which `version`."""

    def __init__(self, conflicts: list[Conflict], version: int) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts
        self.version = version


@dataclass(frozen=True)
class Publication:
    """A successful publication: the offer, its new version, and the warnings that remain."""

    offer: Offer
    version: int
    warnings: list[Finding]


def publish(
    document: Document,
    *,
    entity: GeographicEntity,
    author: models.Model | str,
    channel: str,
    offer: Offer | None = None,
    base: Document | None = None,
) -> Publication:
    """Publish `document` for `offer`, or as a new offer of `entity`.

    `base` is the published document that the writer started from (None for a new offer). Raises `NotPublishable` with
    every finding at once, or `Conflicting`. The caller has checked that the author may publish here.
    """
    if offer is not None and offer.geographic_entity_id != entity.pk:
        raise ValueError("an offer is published for its own establishment")
    with writing(author, channel) as context:
        record = _locked(offer)
        theirs = records.read_document(record) if record else None
        merged = _merged(document, base, theirs, record)
        clean, format_findings = canonical(merged)
        found = format_findings + records.foreign_rows(clean, record, entity) + check(clean, entity, theirs)
        found = tolerate(found, clean, theirs, entity)
        if blocking(found):
            raise NotPublishable(found)
        record = record or Offer(geographic_entity=entity, version=0)
        _write(record, clean)
        OfferVersion.objects.trusted(REASON).create(
            offer=record,
            geographic_entity_id=record.geographic_entity_id,
            number=record.version,
            document=records.read_document(record),
            format=FORMAT,
            author_id=context.author_id,
            author_name=context.author_name,
            channel=channel,
            published_at=record.published_at,
        )
    return Publication(record, record.version, found)


def check(document: Document, entity: GeographicEntity, published: Document | None = None) -> list[Finding]:
    """Every finding of the rule book on a canonical document of `entity`, published or not."""
    crisis = CrisisAnswer.objects.trusted(REASON).filter(geographic_entity=entity).first()
    communes = Commune.objects.filter(pk__in=[str(row["commune"]) for row in document["places"] if row.get("commune")])
    facts = rules.facts_of(entity, crisis, timezone.localdate(), published, communes)
    return rules.findings(document, facts)


def tolerate(
    found: list[Finding], document: Document, published: Document | None, entity: GeographicEntity
) -> list[Finding]:
    """A rule newer than the record, or a code closed since, never blocks a correction elsewhere in the offer.

    A finding that the published record already deserves, on a datum that did not change, becomes a warning.
    """
    if published is None or not blocking(found):
        return found
    record, formats = canonical(published)
    known = {(finding.path, finding.rule) for finding in formats + check(record, entity, published)}
    return [
        replace(finding, effect=Effect.WARNS)
        if (finding.path, finding.rule) in known
        and same(value_at(document, finding.path), value_at(record, finding.path))
        else finding
        for finding in found
    ]


def _locked(offer: Offer | None) -> Offer | None:
    if offer is None:
        return None
    return Offer.objects.trusted(REASON).select_for_update(of=("self",)).get(pk=offer.pk)


def _merged(document: Document, base: Document | None, theirs: Document | None, record: Offer | None) -> Document:
    if record is None or theirs is None:
        return document
    merged, conflicts = merge(base or {}, canonical(document)[0], theirs)
    if conflicts:
        raise Conflicting(conflicts, record.version)
    return merged


def _write(offer: Offer, document: Document) -> None:
    records.fill(offer, document)
    offer.published_at = timezone.now()
    offer.version += 1
    offer.save()
    offer.identifier = Offer.objects.trusted(REASON).values_list("identifier", flat=True).get(pk=offer.pk)
    records.write_children(offer, document)
