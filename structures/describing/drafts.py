"""What happens to a draft: started, saved, settled after a conflict, published, dropped."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from confidentiality.levels import Level
from ror.accounts.models import User
from structures import records
from structures.describing.entry_models import starting
from structures.describing.models import Draft, EntryModel
from structures.describing.reviewing.rounds import forget
from structures.describing.steps import Step
from structures.document import Document, canonical, new_id
from structures.findings import Finding
from structures.merging import GONE, Conflict, merge, same_row
from structures.models import GeographicEntity, Offer
from structures.publishing import Conflicting, Publication, check, publish, tolerate
from structures.schema import OFFER, Rows

REASON = "draft: the describer's right was checked by the page"
INVARIABLE = ("care_mode", "activity_field")  # of a published offer
SYNCHRONISATION = ("external_sync_id", "external_sync_name")
COPY = " (copie)"
ADDRESS = (
    *("delivery_point", "address_complement", "street_number", "street_number_suffix", "street_type", "street_name"),
    *("place_name", "postal_box"),
)


class DraftGone(Exception):
    """The draft was published or dropped by someone else meanwhile."""


class DraftChanged(Exception):
    """A colleague saved the draft after the page that asks for a decision was shown."""


@dataclass(frozen=True)
class Saved:
    """The outcome of a save: the step as it is now, and what a colleague saved otherwise meanwhile.

    With conflicts nothing was written; `part` then holds both sides' changes, one's own where they differ.
    """

    part: Document
    conflicts: list[Conflict]


Change = Callable[[Document], None]


def start(entity: GeographicEntity, author: User, model: EntryModel | None = None) -> Draft:
    """A draft of a new offer, with what is known already: the establishment's address, the usual defaults.

    It follows `model`, whose answers are in it for the describer to check.
    """
    document = starting.beginning(entity.legal_kind, address_of(entity), model)
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
def save_step(
    draft: Draft,
    step: Step,
    typed: Document,
    started_from: Document,
    author: User,
    *,
    removing: Change | None = None,
    adding: Change | None = None,
) -> Saved:
    """Save what was typed on one step, merged with what a colleague may have saved since the page was opened.

    `removing` and `adding` are what the pressed button asks for besides, under the same lock: a row is removed from
    what one typed, so that a colleague's change to it is a conflict, and added to the merged whole.
    """
    stored = _locked(draft)
    mine = step.part(canonical(typed)[0])
    if removing is not None:
        removing(mine)
    merged, conflicts = merge(started_from, mine, step.part(stored.document), step.schema)
    if conflicts:
        draft.document, draft.updated_by = stored.document, stored.updated_by
        return Saved(_with_rows_back(merged, conflicts), conflicts)
    document = {**stored.document, **merged}
    if adding is not None:
        adding(document)
    document = canonical(document)[0]
    if not same_row(stored.document, document):  # nothing new: a colleague's name and date stay on the draft
        stored.document = document
        _write(stored, author)
    draft.document, draft.revision = stored.document, stored.revision
    return Saved(step.part(stored.document), [])


@transaction.atomic
def follow_model(draft: Draft, model: EntryModel | None, author: User) -> None:
    """Follow another entry model, or none. Only answers of the former model that nobody touched are replaced."""
    stored = _locked(draft)
    if stored.offer_id:
        starting.rename(stored.document, model)
    else:
        starting.follow(stored.document, model, stored.followed.model if stored.followed else None)
    _write(stored, author)


def copy_as_new(draft: Draft, author: User) -> Draft:
    """A draft of a new offer that says what `draft` says, but for what an offer never changes: that is to be chosen.

    Its rows are its own. What names a place in a bed management software names one place only, and is left out.
    """
    document = with_new_ids(OFFER, draft.document) | dict.fromkeys(INVARIABLE)
    if document.get("name"):
        longest = OFFER.fields["name"].max_length - len(COPY)
        document["name"] = str(document["name"])[:longest] + COPY
    for place in document["places"]:
        place |= dict.fromkeys(SYNCHRONISATION)
    return Draft.objects.trusted(REASON).create(
        geographic_entity=draft.geographic_entity, document=document, created_by=author, updated_by=author
    )


def examined(draft: Draft) -> tuple[Document, list[Finding]]:
    """Its document as the rules read it, and everything to mend before publication, as publish() will say it.

    Formats come first, then the rules.
    """
    document, formats = canonical(draft.document)
    found = formats + check(document, draft.geographic_entity, draft.base)
    return document, tolerate(found, document, draft.base, draft.geographic_entity)


@transaction.atomic
def publish_draft(draft: Draft, author: User, revision: int | None = None) -> Publication:
    """Publish, then drop the draft; `NotPublishable` and `Conflicting` leave it as it is.

    `revision` is the one that was reviewed: `DraftChanged` when a colleague saved since.
    """
    stored = _reviewed(draft, revision)
    publication = publish(
        stored.document,
        entity=draft.geographic_entity,
        author=author,
        channel="form",
        offer=draft.offer,
        base=stored.base,
    )
    forget(draft.pk, author)
    Draft.objects.trusted(REASON).filter(pk=draft.pk).delete_rows()
    return publication


def opens_sensitive(draft: Draft) -> bool:
    """Whether publishing would make a sensitive unit known to everyone: someone confirms it, on purpose."""
    started = (draft.base or {}).get("sensitive") is True
    return started and draft.document.get("sensitive") is not True


@transaction.atomic
def settle(draft: Draft, shown_version: int, keep_theirs: set[str], author: User, revision: int | None = None) -> None:
    """Start again from the record, keeping for each conflict the value that the describer chose.

    Raises `Conflicting` again when the offer was published once more after the choices were shown, `DraftChanged` when
    a colleague saved the draft meanwhile.
    """
    stored = _reviewed(draft, revision)
    offer = Offer.objects.trusted(REASON).select_for_update(of=("self",)).get(pk=draft.offer_id)
    theirs = records.read_document(offer)
    merged, conflicts = merge(stored.base or {}, canonical(stored.document)[0], theirs)
    if conflicts and offer.version != shown_version:
        raise Conflicting(conflicts, offer.version)
    for conflict in conflicts:
        if conflict.path in keep_theirs:
            set_at(merged, conflict.path, conflict.theirs)
    stored.base, stored.document = theirs, merged
    _write(stored, author)


@transaction.atomic
def drop(draft: Draft, revision: int | None = None, author: User | None = None) -> None:
    """Throw the draft away; the published offer stays as it is. `DraftChanged` when a colleague saved since."""
    _reviewed(draft, revision)
    forget(draft.pk, author)
    Draft.objects.trusted(REASON).filter(pk=draft.pk).delete_rows()


def propose_switchboard(document: Document, phone: str) -> None:
    """Add the register's phone as a switchboard contact: proposed, to be completed and checked by a person."""
    telecom = dict.fromkeys(OFFER.rows["contacts"].rows["telecoms"].fields)
    telecom |= {"id": new_id(), "channel": "R200:2", "address": phone, "level": int(Level.PROFESSIONAL)}
    contact = dict.fromkeys(OFFER.rows["contacts"].fields)
    contact |= {"id": new_id(), "nature": "R287:06", "level": int(Level.PROFESSIONAL), "telecoms": [telecom]}
    document["contacts"] = [*(document.get("contacts") or []), contact]


def set_at(document: Document, path: str, value) -> None:
    """Put `value` at `path`; a row said to be gone is removed, a row that is missing is added.

    Nothing happens when the row that holds it is not there.
    """
    row, schema = document, OFFER
    parts = path.split(".")
    while len(parts) > 2:
        name, identifier, *parts = parts
        row = next((child for child in row.get(name) or [] if child["id"] == identifier), None)
        if row is None:
            return
        schema = schema.rows[name]
    if len(parts) == 1:
        row[parts[0]] = value
        return
    name, identifier = parts
    _set_row(row, schema.rows[name], name, identifier, value)


def with_new_ids(schema: Rows, row: Document) -> Document:
    """The data of the row that `schema` knows, and the rows below it, each with a new id."""
    copied = {name: copy.deepcopy(row.get(name)) for name in schema.fields}
    for name, child in schema.rows.items():
        copied[name] = [with_new_ids(child, below) | {"id": new_id()} for below in row.get(name) or []]
    return copied


def _locked(draft: Draft) -> Draft:
    """The draft as it is now, kept from anyone else until the transaction ends."""
    rows = Draft.objects.trusted(REASON).select_for_update(of=("self",)).select_related("updated_by")
    stored = rows.filter(pk=draft.pk).first()
    if stored is None:
        raise DraftGone
    return stored


def _reviewed(draft: Draft, revision: int | None) -> Draft:
    stored = _locked(draft)
    if revision is not None and stored.revision != revision:
        raise DraftChanged
    return stored


def _write(draft: Draft, author: User) -> None:
    draft.updated_by = author
    draft.revision += 1
    draft.save(update_fields=["document", "base", "format", "revision", "updated_by", "updated_at"])


def address_of(entity: GeographicEntity) -> Document:
    """The establishment's own address, as a place with a new id."""
    place = {name: getattr(entity, entity._meta.get_field(name).attname) or None for name in ADDRESS}
    return {
        "id": new_id(),
        **place,
        "postcode": entity.postcode or None,
        "locality": entity.locality or None,
        "commune": entity.commune_id,
    }


def _with_rows_back(merged: Document, conflicts: list[Conflict]) -> Document:
    """The page of a conflict shows the rows that one removed and a colleague changed: they can be removed again."""
    for conflict in conflicts:
        if conflict.mine == GONE:
            set_at(merged, conflict.path, conflict.theirs)
    return merged


def _set_row(parent: Document, schema: Rows, name: str, identifier: str, value) -> None:
    rows = [child for child in parent.get(name) or [] if child["id"] != identifier]
    parent[name] = rows if value == GONE else [*rows, copy.deepcopy(value)]
