"""The only gate into the record of an offer, whatever the channel.

`publish()` takes a document: it locks the offer, merges three ways with what was published since, writes the rows.
`revising()` surrounds a change made on the rows themselves (the administration). Both check the whole offer by the
rules in force that day and keep its document as a numbered version, all in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import models
from django.utils import timezone

from confidentiality.policy import AUTOMATIC_ORIGINS
from ror.history import Writing, writing
from ror.reference.models import Commune
from structures import records, rules
from structures.demands import demands_on
from structures.document import FORMAT, Document, canonical, value_at
from structures.findings import Effect, Finding, NotPublishable, blocking
from structures.locking import hold_open
from structures.merging import Conflict, merge, same, same_row
from structures.models import CrisisAnswer, GeographicEntity, InternalOrganization, Offer, OfferVersion

# The channels by which a structure says its whole offer, by hand or not (article 2, 3°); the others only correct.
WHOLE_DESCRIPTIONS = frozenset({"form", "import", *AUTOMATIC_ORIGINS})
REASON = "publish: lock and read what the rules need"


@dataclass(frozen=True)
class Proposal:
    """A change about to be written, checked by the rules: what a room above may still refuse.

    `approval` is what lets it pass there, in that room's own words.
    """

    entity: GeographicEntity
    before: Document | None
    after: Document
    channel: str
    reason: str
    approval: object | None = None


Guard = Callable[[Proposal], None]
_guards: list[Guard] = []


def guard(refuse: Guard) -> Guard:
    """Declare what a room above refuses, by raising, whatever the channel (a review that its region asks for)."""
    _guards.append(refuse)
    return refuse


class Conflicting(Exception):
    """What was typed and what was published since disagree: where (`conflicts`), and with which `version`."""

    def __init__(self, conflicts: list[Conflict], version: int) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts
        self.version = version


@dataclass(frozen=True)
class Publication:
    """A successful publication: the offer, its new version, the warnings that remain.

    `tolerated` are those among them that would block a new offer: a rule newer than the record, a code closed since.
    """

    offer: Offer
    version: int
    warnings: list[Finding]
    tolerated: list[Finding] = field(default_factory=list)


Follower = Callable[[Publication], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> Follower:
    """Declare what a room above does with each publication, in its transaction (quality keeps anomalies)."""
    _followers.append(follower)
    return follower


def publish(
    document: Document,
    *,
    entity: GeographicEntity,
    author: models.Model | str,
    channel: str,
    offer: Offer | None = None,
    base: Document | None = None,
    reason: str = "",
    approval: object | None = None,
) -> Publication:
    """Publish `document` for `offer`, or as a new offer of `entity`.

    `base` is the published document that the writer started from (None for a new offer). Raises `NotPublishable` with
    every finding at once, `Conflicting`, or what a `guard` raises, which `approval` may satisfy. The caller has checked
    that the author may publish here.
    """
    if offer is not None and offer.geographic_entity_id != entity.pk:
        raise ValueError("an offer is published for its own establishment")
    with writing(author, channel, reason) as context:
        hold_open(GeographicEntity, [entity.pk])
        record = _locked(offer)
        theirs = records.read_document(record) if record else None
        merged = _merged(document, base, theirs, record)
        clean, found = _findings(merged, entity, record, theirs)
        if blocking(found):
            raise NotPublishable(found)
        _pass_guards(Proposal(entity, theirs, clean, channel, reason, approval))
        record = record or Offer(geographic_entity=entity, version=0)
        records.fill(record, clean)
        return _keep(record, found, context, reason, write=clean)


@contextmanager
def revising(
    offers: Iterable[Offer], *, author: models.Model | str, channel: str, reason: str = ""
) -> Iterator[list[Publication]]:
    """Check and number what the block changes in the rows of published `offers`.

    Yields a list that holds, at the end, one publication per offer whose document changed. Raises `NotPublishable`,
    nothing being written, when one of them then breaks a rule that it did not break before.
    """
    with writing(author, channel, reason) as context:
        concerned = sorted(offers, key=lambda offer: offer.pk)
        hold_open(GeographicEntity, {offer.geographic_entity_id for offer in concerned})
        locked = [_locked(offer) for offer in concerned]
        before = {record.pk: records.read_document(record) for record in locked}
        publications: list[Publication] = []
        yield publications
        for stale in locked:
            record = Offer.objects.trusted(REASON).select_related("geographic_entity").get(pk=stale.pk)
            after = records.read_document(record)
            if same_row(before[record.pk], after):
                continue
            _, found = _findings(after, record.geographic_entity, record, before[record.pk])
            if blocking(found):
                raise NotPublishable(found)
            _pass_guards(Proposal(record.geographic_entity, before[record.pk], after, channel, reason))
            publications.append(_keep(record, found, context, reason))


def check(document: Document, entity: GeographicEntity, published: Document | None = None) -> list[Finding]:
    """Every finding of the rule book on a canonical document of `entity`, published or not."""
    crisis = _crisis_of(entity)
    communes = Commune.objects.filter(pk__in=[str(row["commune"]) for row in document["places"] if row.get("commune")])
    organizations = InternalOrganization.objects.trusted(REASON).open().filter(geographic_entity=entity)
    facts = rules.facts_of(
        entity,
        crisis,
        timezone.localdate(),
        published,
        communes,
        organizations.values_list("identifier", flat=True) if document.get("internal_organization") else (),
        demands_on(document),
    )
    return rules.findings(document, facts)


def _crisis_of(entity: GeographicEntity) -> CrisisAnswer | None:
    """Its answers, which are never withdrawn: those that the entity was read with, else read now."""
    answers = GeographicEntity._meta.get_field("crisis_answer")
    if answers.is_cached(entity):
        return answers.get_cached_value(entity)
    return CrisisAnswer.objects.trusted(REASON).filter(geographic_entity=entity).first()


def tolerate(
    found: list[Finding], document: Document, published: Document | None, entity: GeographicEntity
) -> list[Finding]:
    """A rule newer than the record, or a code closed since, never blocks a correction elsewhere in the offer."""
    if published is None or not blocking(found):
        return found
    record, formats = canonical(published)
    asked = {**record, "entry_model": document.get("entry_model")}  # what a newer model asks for, the record lacked
    return tolerated(found, document, record, formats + check(asked, entity, published))


def tolerated(found: list[Finding], document: Document, record: Document, known: list[Finding]) -> list[Finding]:
    """The same findings, but those that the `record` already deserves, on a datum that did not change, only warn.

    `known` are the findings on the record.
    """
    deserved = {(finding.path, finding.rule) for finding in known}
    return [
        replace(finding, effect=Effect.WARNS, tolerated=True)
        if finding.effect is Effect.BLOCKS
        and (finding.path, finding.rule) in deserved
        and same(value_at(document, finding.path), value_at(record, finding.path))
        else finding
        for finding in found
    ]


def _pass_guards(proposal: Proposal) -> None:
    for refuse in _guards:
        refuse(proposal)


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


def _findings(
    document: Document, entity: GeographicEntity, record: Offer | None, published: Document | None
) -> tuple[Document, list[Finding]]:
    """The canonical document, and every finding on it."""
    clean, found = canonical(document)
    found += records.foreign_rows(clean, record, entity) + records.sync_ids_taken(clean, entity)
    found += records.beds_withdrawn(clean, record)
    return clean, tolerate(found + check(clean, entity, published), clean, published, entity)


def _origin(before: str, channel: str) -> str:
    """Where the description comes from: an administrator's correction does not make it the structure's own word."""
    return channel if channel in WHOLE_DESCRIPTIONS else before


def _keep(
    offer: Offer, found: list[Finding], context: Writing, reason: str, *, write: Document | None = None
) -> Publication:
    """Save the offer with its rows when there are some to `write`, and keep what it then says as its next version."""
    offer.published_at = timezone.now()
    offer.origin = _origin(offer.origin, context.channel)
    offer.version += 1
    offer.save()
    offer.identifier = Offer.objects.trusted(REASON).values_list("identifier", flat=True).get(pk=offer.pk)
    if write is not None:
        records.write_children(offer, write)
    OfferVersion.objects.trusted(REASON).create(
        offer=offer,
        geographic_entity_id=offer.geographic_entity_id,
        number=offer.version,
        document=records.read_document(offer),
        format=FORMAT,
        author_id=context.author_id,
        author_name=context.author_name,
        channel=context.channel,
        reason=reason,
        published_at=offer.published_at,
    )
    tolerated = [finding for finding in found if finding.tolerated]
    publication = Publication(offer, offer.version, found, tolerated)
    for follower in _followers:
        follower(publication)
    return publication
