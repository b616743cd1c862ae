"""The only gate into the record of an offer, whatever the channel.

`publish_all()` takes documents, `publish()` one: they lock the offers, merge three ways with what was published since,
write the rows, in sets.
`revising()` surrounds a change made on the rows themselves (the administration). Both check the whole offer by the
rules in force that day and keep its document as a numbered version, all in one transaction.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models
from django.utils import timezone

from confidentiality.policy import AUTOMATIC_ORIGINS
from ror import sets
from ror.history import Writing, writing
from ror.reference.models import Commune
from structures import records, rules
from structures.demands import demands_on
from structures.document import FORMAT, Document, canonical_all, value_at
from structures.findings import Effect, Finding, NotPublishable, blocking
from structures.locking import hold_open
from structures.merging import Conflict, merge, same, same_row
from structures.models import CrisisAnswer, GeographicEntity, InternalOrganization, Offer, OfferVersion

# The channels by which a structure says its whole offer, by hand or not (article 2, 3°); the others only correct.
WHOLE_DESCRIPTIONS = frozenset({"form", "import", *AUTOMATIC_ORIGINS})
VERSION = (
    *("offer", "geographic_entity", "number", "published_at", "document"),
    *("format", "author", "author_name", "channel", "reason"),
)
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


Guard = Callable[[Sequence[Proposal]], Iterable[tuple[Proposal, Exception]]]
_guards: list[Guard] = []


def guard(refuse: Guard) -> Guard:
    """Declare what a room above refuses, whatever the channel (a review that its region asks for), and the error."""
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
    `document` is what the version keeps, and `channel` says how it came.
    """

    offer: Offer
    version: int
    warnings: list[Finding]
    tolerated: list[Finding] = field(default_factory=list)
    document: Document = field(default_factory=dict)
    channel: str = ""


Follower = Callable[[Sequence[Publication]], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> Follower:
    """Declare what a room above does with publications, in their transaction (quality keeps anomalies)."""
    _followers.append(follower)
    return follower


@dataclass(frozen=True)
class Description:
    """What someone says of `offer`, or of a new offer of `entity`.

    `base` is the published document that the writer started from (None for a new offer); `approval` is what satisfies
    a guard.
    """

    document: Document
    entity: GeographicEntity
    offer: Offer | None = None
    base: Document | None = None
    approval: object | None = None


@dataclass(frozen=True)
class Held:
    """Published offers, locked until the transaction ends, and what they say, by key."""

    offers: dict[int, Offer]
    documents: dict[int, Document]


class Refused(Exception):
    """Some of these descriptions cannot be published, and none is: why, by their rank."""

    def __init__(self, reasons: dict[int, Exception]) -> None:
        super().__init__(f"{len(reasons)} refused")
        self.reasons = reasons


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

    Raises `NotPublishable` with every finding at once, `Conflicting`, or the error of a `guard`. The caller has checked
    that the author may publish here.
    """
    description = Description(document, entity, offer, base, approval)
    try:
        return publish_all([description], author=author, channel=channel, reason=reason)[0]
    except Refused as refusal:
        raise refusal.reasons[0] from None


def publish_all(
    descriptions: Sequence[Description],
    *,
    author: models.Model | str,
    channel: str,
    reason: str = "",
    held: Held | None = None,
) -> list[Publication]:
    """Publish all of these, in their order, or none. The number of queries does not depend on how many they are.

    `held` is what `hold` gave in this transaction, of these offers at least, which nothing has published since.
    Raises `Refused`: for each that is, what `publish` would raise. No offer is described twice.
    """
    _check_callers(descriptions)
    with writing(author, channel, reason) as context:
        if held is None:
            offers = [each.offer.pk for each in descriptions if each.offer is not None]
            held = hold({each.entity.pk for each in descriptions}, offers)
        locked, published = held.offers, held.documents
        refused: dict[int, Exception] = {}
        merged = _merged(descriptions, published, refused)
        proposed = [
            records.Proposed(
                document,
                each.entity,
                locked[each.offer.pk] if each.offer else None,
                published.get(each.offer.pk) if each.offer else None,
            )
            for each, document in zip(descriptions, merged, strict=True)
        ]
        examined = examine(proposed)
        for at, (_, found) in enumerate(examined):
            if blocking(found):
                refused.setdefault(at, NotPublishable(found))
        proposals = [
            Proposal(each.entity, each.published, clean, channel, reason, said.approval)
            for said, each, (clean, _) in zip(descriptions, proposed, examined, strict=True)
        ]
        for proposal, error in _refusals(proposals):
            refused.setdefault(proposals.index(proposal), error)
        if refused:
            raise Refused(refused)
        return _publish(proposed, examined, context, reason)


def hold(entities: Collection[int], offers: Collection[int]) -> Held:
    """Lock these offers of these establishments, and read what they say. Raises `Offer.DoesNotExist`.

    For whoever must know it to say what to publish; its caller holds the transaction.
    """
    hold_open(GeographicEntity, entities)
    locked = _locked(offers)
    return Held(locked, records.read_documents(list(locked)))


@contextmanager
def revising(
    offers: Iterable[Offer], *, author: models.Model | str, channel: str, reason: str = ""
) -> Iterator[list[Publication]]:
    """Check and number what the block changes in the rows of published `offers`.

    Yields a list that holds, at the end, one publication per offer whose document changed. Raises `NotPublishable`,
    nothing being written, when one of them then breaks a rule that it did not break before.
    """
    with writing(author, channel, reason) as context:
        keys = {offer.pk for offer in offers}
        hold_open(GeographicEntity, {offer.geographic_entity_id for offer in offers})
        _locked(keys)
        before = records.read_documents(keys)
        publications: list[Publication] = []
        yield publications
        after = records.read_documents(keys)
        changed = [key for key in sorted(keys) if not same_row(before[key], after[key])]
        rows = Offer.objects.trusted(REASON).select_related("geographic_entity").in_bulk(changed)
        proposed = [
            records.Proposed(after[key], rows[key].geographic_entity, rows[key], before[key]) for key in changed
        ]
        examined = examine(proposed)
        for _, found in examined:
            if blocking(found):
                raise NotPublishable(found)
        proposals = [Proposal(each.entity, each.published, each.document, channel, reason) for each in proposed]
        for _, error in _refusals(proposals):
            raise error
        revised = [each.offer for each in proposed]
        _number(revised, context)
        records.write_numbering(revised)
        publications += _keep(revised, after, [found for _, found in examined], context, reason)


def examine(proposed: Sequence[records.Proposed]) -> list[tuple[Document, list[Finding]]]:
    """For each, the canonical document and every finding on it, those that the record already deserved tolerated."""
    cleaned = canonical_all([each.document for each in proposed])
    clean = [replace(each, document=document) for each, (document, _) in zip(proposed, cleaned, strict=True)]
    lists = zip([found for _, found in cleaned], records.remarks(clean), check_all(clean), strict=True)
    found = [[*formats, *remarks, *rules_found] for formats, remarks, rules_found in lists]
    return [(each.document, kept) for each, kept in zip(clean, _tolerate(clean, found), strict=True)]


def check(document: Document, entity: GeographicEntity, published: Document | None = None) -> list[Finding]:
    """Every finding of the rule book on a canonical document of `entity`, published or not."""
    return check_all([records.Proposed(document, entity, published=published)])[0]


def check_all(described: Sequence[records.Proposed]) -> list[list[Finding]]:
    """The same for many, in 3 queries at most, and one per version of an entry model."""
    crisis = _crisis_of([each.entity for each in described])
    named = {str(row["commune"]) for each in described for row in each.document["places"] if row.get("commune")}
    communes = Commune.objects.filter(pk__in=named) if named else ()
    places = rules.communes_of(communes)
    organizations = _organizations_of({each.entity.pk for each in described if _organization(each.document)})
    demands = demands_on([each.document for each in described])
    today = timezone.localdate()
    found = []
    for each, asked in zip(described, demands, strict=True):
        known = organizations[each.entity.pk] if _organization(each.document) else ()
        facts = rules.facts_of(each.entity, crisis.get(each.entity.pk), today, each.published, places, known, asked)
        found.append(rules.findings(each.document, facts))
    return found


def _organization(document: Document) -> Any:
    return document.get("internal_organization")


def _organizations_of(entities: Collection[int]) -> dict[int, list[str]]:
    """The identifiers of the open internal organisations of each of these establishments."""
    found: dict[int, list[str]] = {key: [] for key in entities}
    if entities:
        rows = InternalOrganization.objects.trusted(REASON).open().filter(geographic_entity__in=entities)
        for entity, identifier in rows.order_by().values_list("geographic_entity", "identifier"):
            found[entity].append(identifier)
    return found


def _crisis_of(entities: Iterable[GeographicEntity]) -> dict[int, CrisisAnswer]:
    """Their answers, which are never withdrawn: those that an entity was read with, else read now."""
    answers = GeographicEntity._meta.get_field("crisis_answer")
    known = {entity.pk: answers.get_cached_value(entity) for entity in entities if answers.is_cached(entity)}
    unknown = {entity.pk for entity in entities} - known.keys()
    if unknown:
        rows = CrisisAnswer.objects.trusted(REASON).filter(geographic_entity__in=unknown)
        known |= {row.geographic_entity_id: row for row in rows}
    return known


def tolerate(
    found: list[Finding], document: Document, published: Document | None, entity: GeographicEntity
) -> list[Finding]:
    """A rule newer than the record, or a code closed since, never blocks a correction elsewhere in the offer."""
    return _tolerate([records.Proposed(document, entity, published=published)], [found])[0]


def _tolerate(described: Sequence[records.Proposed], found: list[list[Finding]]) -> list[list[Finding]]:
    asked = [at for at, each in enumerate(described) if each.published is not None and blocking(found[at])]
    if not asked:
        return found
    cleaned = canonical_all([described[at].published for at in asked])
    known = check_all(
        [
            # what a newer model asks for, the record lacked
            replace(described[at], document={**record, "entry_model": described[at].document.get("entry_model")})
            for at, (record, _) in zip(asked, cleaned, strict=True)
        ]
    )
    kept = list(found)
    for at, (record, formats), deserved in zip(asked, cleaned, known, strict=True):
        kept[at] = tolerated(found[at], described[at].document, record, formats + deserved)
    return kept


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


def _check_callers(descriptions: Sequence[Description]) -> None:
    for each in descriptions:
        if each.offer is not None and each.offer.geographic_entity_id != each.entity.pk:
            raise ValueError("an offer is published for its own establishment")
    keys = [each.offer.pk for each in descriptions if each.offer is not None]
    if len(set(keys)) != len(keys):
        raise ValueError("an offer is described once")


def _refusals(proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, Exception]]:
    for refuse in _guards:
        yield from refuse(proposals)


def _locked(keys: Collection[int]) -> dict[int, Offer]:
    """These offers, locked in one order, whatever the order in which they are described."""
    if not keys:
        return {}
    rows = Offer.objects.trusted(REASON).select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) != len(keys):
        raise Offer.DoesNotExist
    return found


def _merged(
    descriptions: Sequence[Description], published: Mapping[int, Document], refused: dict[int, Exception]
) -> list[Document]:
    """Each document merged with what was published since its base; `refused` gets those that disagree."""
    merged = [each.document for each in descriptions]
    moved = [
        at for at, each in enumerate(descriptions) if each.offer is not None and each.base != published[each.offer.pk]
    ]
    for at, (mine, _) in zip(moved, canonical_all([merged[at] for at in moved]), strict=True):
        each = descriptions[at]
        merged[at], conflicts = merge(each.base or {}, mine, published[each.offer.pk])
        if conflicts:
            refused[at] = Conflicting(conflicts, each.offer.version)
    return merged


def _origin(before: str, channel: str) -> str:
    """Where the description comes from: an administrator's correction does not make it the structure's own word."""
    return channel if channel in WHOLE_DESCRIPTIONS else before


def _publish(
    proposed: Sequence[records.Proposed],
    examined: Sequence[tuple[Document, list[Finding]]],
    context: Writing,
    reason: str,
) -> list[Publication]:
    """Write the rows of these offers, then keep what they say."""
    said = []
    for each, (clean, _) in zip(proposed, examined, strict=True):
        record = each.offer or Offer(geographic_entity=each.entity, version=0, origin="")
        records.fill(record, clean, each.published)
        said.append(records.Said(record, clean, each.published))
    offers = [each.offer for each in said]
    _number(offers, context)
    records.write_offers(offers, [clean for clean, _ in examined])
    records.write_children(said)
    return _keep(offers, records.read_again(said), [found for _, found in examined], context, reason)


def _number(offers: Sequence[Offer], context: Writing) -> None:
    now = timezone.now()
    for offer in offers:
        offer.published_at, offer.origin = now, _origin(offer.origin, context.channel)
        offer.version += 1


def _keep(
    offers: Sequence[Offer],
    documents: Mapping[int, Document],
    found: Sequence[list[Finding]],
    context: Writing,
    reason: str,
) -> list[Publication]:
    """Keep what each offer now says as its next version, and tell the rooms above."""
    author = (FORMAT, context.author_id, context.author_name, context.channel, reason)
    sets.insert(
        OfferVersion,
        VERSION,
        [
            [each.pk, each.geographic_entity_id, each.version, each.published_at, documents[each.pk], *author]
            for each in offers
        ],
    )
    publications = [
        Publication(
            offer,
            offer.version,
            warnings=remarks,
            tolerated=[finding for finding in remarks if finding.tolerated],
            document=documents[offer.pk],
            channel=context.channel,
        )
        for offer, remarks in zip(offers, found, strict=True)
    ]
    for follower in _followers if publications else ():
        follower(publications)
    return publications
