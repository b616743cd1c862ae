"""What a draft takes from another description: hours, contacts, or all of it for another unit or establishment.

What is copied is what the person may read there, in rows of the draft's own. Never copied: identifiers, the key of a
place in a bed management software, figures of beds, which no document holds.
"""

from collections.abc import Collection
from dataclasses import dataclass

from confidentiality.disclosure import Disclosed
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from structures.describing import drafts
from structures.describing.drafts import COPY, with_new_ids
from structures.describing.models import Draft
from structures.describing.steps import Step, step_named
from structures.document import Document, new_id
from structures.fields import EMPTY
from structures.models import GeographicEntity, InternalOrganization, Offer
from structures.reading import read_establishment, read_offer
from structures.schema import OFFER, Rows

REASON = "draft: the describer's right was checked by the page"
HOURS, CONTACTS = "hours", "contacts"
# By step of the form: the page that copies into it, and what its button says.
COPY_PAGES = {
    "horaires": ("describing:copy_hours", "Copier les horaires d'une autre offre"),
    "contacts": ("describing:copy_contacts", "Copier des contacts de l'établissement ou d'une autre offre"),
}
GO_COPYING = "copier"  # where the button of a step leads, once the page is saved
ESTABLISHMENT = "etablissement"  # a source of contacts, beside the offers


@dataclass(frozen=True)
class Source:
    """Where rows may be copied from: an offer by its address, or the establishment; with its name."""

    key: str
    name: str


def sources(viewer: Viewer, draft: Draft, name: str) -> list[Source]:
    """What the list `name` of the draft may be copied from: the establishment, its offers that the viewer describes."""
    offers = (
        Offer.objects.shown_to(viewer)
        .permitted(viewer, "describe_offer")
        .filter(geographic_entity=draft.geographic_entity_id)
        .exclude(pk=draft.offer_id)
    )
    found = [Source(offer.slug, offer.name) for offer in offers]
    return [Source(ESTABLISHMENT, "L'établissement"), *found] if name == CONTACTS else found


def read_source(viewer: Viewer, draft: Draft, source: Source) -> Disclosed:
    """What the source says, as the viewer may read it."""
    if source.key == ESTABLISHMENT:
        return read_establishment(viewer, draft.geographic_entity.id_nat_struct)
    return read_offer(viewer, source.key)


def copied_rows(said: Document, name: str, chosen: Collection[str] | None = None) -> list[Document]:
    """The rows of the list `name` of a source, under new ids; those `chosen` by id when told."""
    rows = [row for row in said.get(name) or [] if chosen is None or row.get("id") in chosen]
    return [with_new_ids(OFFER.rows[name], row) | {"id": new_id()} for row in rows]


def take(
    draft: Draft, name: str, rows: list[Document], author: User, *, replacing: bool, always_open: object = None
) -> drafts.Saved:
    """Put copied rows in the draft, after those it has or instead of them; a row that it says already is left out.

    `always_open` comes with hours that replace others.
    """
    step = _step_with(name)

    def put(document: Document) -> None:
        kept = [] if replacing else document.get(name) or []
        said = [_content(OFFER.rows[name], row) for row in kept]
        document[name] = [*kept, *(row for row in rows if _content(OFFER.rows[name], row) not in said)]
        if replacing and name == HOURS:
            document["always_open"] = always_open

    part = step.part(draft.document)
    return drafts.save_step(draft, step, part, part, author, adding=put)


def duplicate(
    said: Document,
    source: GeographicEntity,
    target: GeographicEntity,
    organization: InternalOrganization | None,
    author: User,
    *,
    contacts: bool,
) -> Draft:
    """A draft of a new offer of `target` that says what `said`, an offer of `source`, lets its reader know.

    Elsewhere it is given at the establishment's own address, and follows no entry model made for another category.
    """
    document = with_new_ids(OFFER, said)
    longest = OFFER.fields["name"].max_length - len(COPY)
    document["name"] = str(document.get("name") or "")[:longest] + COPY
    if document.get("sensitive") is None:
        document["sensitive"] = False  # whoever may not know a sensitive unit reads none
    document["internal_organization"] = organization.identifier if organization else None
    if not contacts:
        document |= {"contacts": [], "mailboxes": []}
    for place in document["places"]:
        place |= dict.fromkeys(drafts.SYNCHRONISATION)
    if target.pk != source.pk:
        document["places"] = [drafts.address_of(target)]
    if target.category_id != source.category_id:
        document["entry_model"] = None
    return Draft.objects.trusted(REASON).create(
        geographic_entity=target, document=document, created_by=author, updated_by=author
    )


def _content(schema: Rows, row: Document) -> Document:
    """What a row says, without ids nor empty data, to be compared."""
    said = {name: row[name] for name in schema.fields if row.get(name) not in EMPTY}
    return said | {
        name: [_content(child, below) for below in row.get(name) or []] for name, child in schema.rows.items()
    }


def _step_with(name: str) -> Step:
    """The page where the rows are asked for."""
    step = step_named({HOURS: "horaires", CONTACTS: "contacts"}[name])
    if step is None:
        raise LookupError(name)
    return step
