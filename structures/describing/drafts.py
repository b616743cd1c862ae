"""What happens to a draft: started, saved, settled after a conflict, published, dropped."""

import copy
from dataclasses import dataclass

from django.db import transaction

from confidentiality.levels import Level
from ror.accounts.models import User
from structures import records
from structures.describing.models import Draft
from structures.describing.steps import Step
from structures.document import OFFER, Document, Rows, canonical, new_id
from structures.findings import Finding
from structures.merging import GONE, Conflict, merge
from structures.models import GeographicEntity, Offer
from structures.models.geographic_entity import LegalKind
from structures.publishing import Publication, check, publish

REASON = "draft: the describer's right was checked by the page"
ADDRESS = ("street_number", "street_number_suffix", "street_type", "street_name", "place_name", "address_complement")


@dataclass(frozen=True)
class Saved:
    """The outcome of a save: conflicts with what a colleague saved meanwhile, if any (nothing is written then)."""

    document: Document
    conflicts: list[Conflict]


def start(entity: GeographicEntity, author: User) -> Draft:
    """A draft of a new offer, with what is known already: the establishment's address, the usual defaults."""
    document: Document = dict.fromkeys(OFFER.fields) | {name: [] for name in OFFER.rows}
    document |= {"age_min": 0, "age_min_unit": "a", "age_max": 120, "age_max_unit": "a", "publics": []}
    if entity.legal_kind != LegalKind.HEALTH:
        document["sensitive"] = False
    document["places"] = [_address(entity)]
    return Draft.objects.trusted(REASON).create(
        geographic_entity=entity, document=document, created_by=author, updated_by=author
    )


def beside(offer: Offer, author: User) -> Draft:
    """The draft beside a published offer: the one in progress, or a new one that starts from the record."""
    published = records.read_document(offer)
    draft, _ = Draft.objects.trusted(REASON).get_or_create(
        offer=offer,
        defaults={
            "geographic_entity_id": offer.geographic_entity_id,
            "document": published,
            "base": published,
            "created_by": author,
            "updated_by": author,
        },
    )
    return draft


@transaction.atomic
def save_step(draft: Draft, step: Step, typed: Document, started_from: Document, author: User) -> Saved:
    """Save what was typed on one step, merged with what a colleague may have saved since the page was opened."""
    stored = Draft.objects.trusted(REASON).select_for_update(of=("self",)).get(pk=draft.pk)
    merged, conflicts = merge(started_from, typed, step.part(stored.document), step.schema)
    if conflicts:
        return Saved(stored.document, conflicts)
    stored.document = canonical({**stored.document, **_without_id(merged)})[0]
    _write(stored, author)
    draft.document, draft.revision = stored.document, stored.revision
    return Saved(stored.document, [])


def save_document(draft: Draft, document: Document, author: User) -> None:
    """Save a change made by the portal at the describer's request (a row added, removed, proposed)."""
    draft.document = canonical(document)[0]
    _write(draft, author)


def problems(draft: Draft) -> list[Finding]:
    """Everything to mend before publication, formats first, then the rules."""
    document, formats = canonical(draft.document)
    return formats + check(document, draft.geographic_entity, draft.base)


def publish_draft(draft: Draft, author: User) -> Publication:
    """Publish, then drop the draft; `NotPublishable` and `Conflicting` leave it as it is."""
    with transaction.atomic():
        stored = Draft.objects.trusted(REASON).select_for_update(of=("self",)).get(pk=draft.pk)
        publication = publish(
            stored.document,
            entity=draft.geographic_entity,
            author=author,
            channel="form",
            offer=draft.offer,
            base=stored.base,
        )
        Draft.objects.trusted(REASON).filter(pk=draft.pk).delete_rows()
    return publication


def settle(draft: Draft, theirs: Document, keep_theirs: set[str], author: User) -> None:
    """Start again from the record as it is now, keeping for each conflict the value that the describer chose."""
    merged, conflicts = merge(draft.base or {}, canonical(draft.document)[0], theirs)
    for conflict in conflicts:
        if conflict.path in keep_theirs:
            _set_at(merged, conflict.path, conflict.theirs)
    draft.base = theirs
    draft.document = merged
    _write(draft, author)


def record_of(draft: Draft) -> Document:
    """What is published now of the offer that the draft describes."""
    return records.read_document(draft.offer)


def drop(draft: Draft) -> None:
    """Throw the draft away; the published offer stays as it is."""
    Draft.objects.trusted(REASON).filter(pk=draft.pk).delete_rows()


def propose_switchboard(document: Document, phone: str) -> Document:
    """The document with the register's phone as a switchboard contact: proposed, completed and checked by a person."""
    telecom = dict.fromkeys(OFFER.rows["contacts"].rows["telecoms"].fields)
    telecom |= {"id": new_id(), "channel": "R200:2", "address": phone, "level": int(Level.PROFESSIONAL)}
    contact = dict.fromkeys(OFFER.rows["contacts"].fields)
    contact |= {"id": new_id(), "nature": "R287:06", "level": int(Level.PROFESSIONAL), "telecoms": [telecom]}
    return {**document, "contacts": [*(document.get("contacts") or []), contact]}


def _write(draft: Draft, author: User) -> None:
    draft.updated_by = author
    draft.revision += 1
    draft.save(update_fields=["document", "base", "revision", "updated_by", "updated_at"])


def _address(entity: GeographicEntity) -> Document:
    """The establishment's own address, as a place with a new id."""
    place = {name: getattr(entity, entity._meta.get_field(name).attname) or None for name in ADDRESS}
    return {
        "id": new_id(),
        **place,
        "postcode": entity.postcode or None,
        "locality": entity.locality or None,
        "commune": entity.commune_id,
    }


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "id"}


def _set_at(document: Document, path: str, value) -> None:
    """Put `value` at `path`; a row said to be gone is removed, a row that is missing is added."""
    row, schema = document, OFFER
    parts = path.split(".")
    while len(parts) > 2:
        name, identifier, *parts = parts
        row, schema = next(child for child in row[name] if child["id"] == identifier), schema.rows[name]
    if len(parts) == 1:
        row[parts[0]] = value
        return
    name, identifier = parts
    _set_row(row, schema.rows[name], name, identifier, value)


def _set_row(parent: Document, schema: Rows, name: str, identifier: str, value) -> None:
    rows = [child for child in parent.get(name) or [] if child["id"] != identifier]
    parent[name] = rows if value == GONE else [*rows, copy.deepcopy(value)]
