"""What pages read: offers and establishments as one viewer may know them, already disclosed.

Each function takes the viewer first, and returns `Disclosed` data, never a model instance.
"""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from structures.document import Document
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    GeographicEntity,
    InternalOrganization,
    LegalEntity,
    Offer,
    OfferExpertise,
    OfferPlace,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SecureMailbox,
    Tariff,
    Telecom,
)
from structures.records import EXPERTISE, OFFER_FIELDS
from structures.schema import ESTABLISHMENT
from structures.storing import row_of, value_of
from structures.tables import ESTABLISHMENT_TABLES, OFFER_TABLES, PLACES, Table

READ_FIELDS = [
    *(*OFFER_FIELDS, "identifier", "closing_type", "closing_date", "reopening_date"),
    *("published_at", "confirmed_at"),
]
CAPACITY_FIELDS = ("temporary_assignment", "comment", "level")
BED_FIELDS = (
    *("nature", "status", "temporality", "number", "source", "counted_at"),
    *("gender", "closing_type", "supplementary_type", "crisis_type", "level"),
)
ORGANIZATION_FIELDS = (
    *("identifier", "type", "name", "opening_date", "closing_type", "closing_date", "reopening_date", "comment"),
)
# What only serves the portal itself is not part of an establishment's document.
ESTABLISHMENT_SKIPPED = {"id", "perimeter", "search", "legal_entity"}


def identifier_of(slug: str) -> str:
    """The identifier of an offer or of an organisation from its form in addresses."""
    return slug.replace("-", "/", 1)


def read_offer(viewer: Viewer, slug: str) -> Disclosed:
    """One offer with all its rows. Raises `Offer.DoesNotExist` when there is none that is shown to the viewer.

    15 queries at most, whatever the number of rows.
    """
    offer = (
        Offer.objects.shown_to(viewer)
        .select_related("geographic_entity", "sensitive_unit")
        .prefetch_related(*_children(viewer))
        .get(identifier=identifier_of(slug))
    )
    return disclose(viewer, offer_subject(offer))


def offer_subject(offer: Offer) -> Subject:
    """The subject of an offer read by `read_offer`'s query (rows already filtered for the viewer)."""
    unit = getattr(offer, "sensitive_unit", None)
    values: Document = {name: value_of(offer, name) for name in READ_FIELDS}
    values["sensitive"] = unit is not None
    values["sensitive_motive"] = unit.motive or None if unit else None
    for row, names in (
        (offer.shown_expertise, EXPERTISE[OfferExpertise]),
        (offer.shown_outside, EXPERTISE[OutsideOfficeActs]),
    ):
        if row is not None:
            values |= {name: value_of(row, name) for name in names}
    for name, table in OFFER_TABLES.items():
        values[name] = [_document(row, table) for row in getattr(offer, name).all()]
    values["places"] = [_place(link.place) for link in offer.place_links.all()]
    return _subject_of_offer(offer, values)


def draft_subject(document: Document, entity: GeographicEntity, rights: int, identifier: str) -> Subject:
    """The subject of a description not published yet, as someone with `rights` would see it once published.

    `identifier` is how the access journal names it.
    """
    return Subject(
        model="Offer",
        identifier=identifier,
        values=document,
        rights=rights,
        legal_kind=entity.legal_kind,
        social=document.get("activity_field") == SOCIAL_FIELD,
        sensitive=document.get("sensitive") is True,
    )


def read_establishment(viewer: Viewer, identifier: str) -> Disclosed:
    """One geographic entity by its national identifier. Raises `GeographicEntity.DoesNotExist`."""
    entity = (
        GeographicEntity.objects.visible_to(viewer)
        .prefetch_related(Prefetch("tariffs", Tariff.objects.visible_to(viewer)))
        .get(id_nat_struct=identifier)
    )
    return disclose(viewer, establishment_subject(entity, _contacts_of(viewer, entity)))


def establishment_subject(entity: GeographicEntity, contacts: list[Document] | None = None) -> Subject:
    """The subject of a geographic entity: its own columns, and its rows; crisis answers are disclosed apart."""
    names = [column.name for column in entity._meta.concrete_fields if column.name not in ESTABLISHMENT_SKIPPED]
    values: Document = {name: value_of(entity, name) for name in names}
    if contacts is not None:
        values["contacts"] = contacts
        values["tariffs"] = [row_of(row, ESTABLISHMENT.rows["tariffs"]) for row in entity.tariffs.all()]
    return Subject(
        model="GeographicEntity",
        identifier=entity.id_nat_struct,
        values=values,
        rights=entity.rights,
        legal_kind=entity.legal_kind,
    )


def read_legal_entity(viewer: Viewer, identifier: str) -> Disclosed:
    """One legal entity by its national identifier, with its contacts. Raises `LegalEntity.DoesNotExist`."""
    contacts = Contact.objects.visible_to(viewer).prefetch_related(_telecoms(viewer))
    entity = (
        LegalEntity.objects.visible_to(viewer)
        .prefetch_related(Prefetch("contacts", contacts))
        .get(id_nat_struct=identifier)
    )
    names = [column.name for column in entity._meta.concrete_fields if column.name not in ESTABLISHMENT_SKIPPED]
    values: Document = {name: value_of(entity, name) for name in names}
    values["contacts"] = [_document(row, OFFER_TABLES["contacts"]) for row in entity.contacts.all()]
    return disclose(
        viewer,
        Subject(
            model="LegalEntity", identifier=entity.id_nat_struct, values=values, rights=entity.rights, legal_kind=""
        ),
    )


def organizations_of(viewer: Viewer, identifier: str) -> list[Disclosed]:
    """The internal organisations of one establishment that the viewer may know. 4 queries.

    Each has its contacts, its mailboxes and the identifier of the one above it (`parent`).
    """
    contacts = Contact.objects.visible_to(viewer).prefetch_related(_telecoms(viewer))
    rows = list(
        InternalOrganization.objects.visible_to(viewer)
        .filter(geographic_entity__id_nat_struct=identifier)
        .select_related("geographic_entity")
        .prefetch_related(
            Prefetch("contacts", contacts), Prefetch("mailboxes", SecureMailbox.objects.visible_to(viewer))
        )
    )
    by_key = {row.pk: row.identifier for row in rows}
    return [disclose(viewer, _organization_subject(row, by_key.get(row.parent_id))) for row in rows]


def offers_of(viewer: Viewer, identifier: str) -> list[Disclosed]:
    """The offers of one establishment that the viewer may know, without their rows."""
    offers = (
        Offer.objects.shown_to(viewer)
        .filter(geographic_entity__id_nat_struct=identifier)
        .select_related("geographic_entity", "sensitive_unit")
    )
    return [disclose(viewer, brief_subject(offer)) for offer in offers]


def brief_subject(offer: Offer) -> Subject:
    """The subject of an offer in a list: its own columns and its flag only."""
    sensitive = getattr(offer, "sensitive_unit", None) is not None
    return _subject_of_offer(offer, {name: value_of(offer, name) for name in READ_FIELDS} | {"sensitive": sensitive})


def _subject_of_offer(offer: Offer, values: Document) -> Subject:
    return Subject(
        model="Offer",
        identifier=offer.identifier,
        values=values,
        rights=offer.rights,
        legal_kind=offer.geographic_entity.legal_kind,
        social=offer.activity_field_id == SOCIAL_FIELD,
        sensitive=getattr(offer, "sensitive_unit", None) is not None,
        origin=offer.origin,
    )


def _organization_subject(row: InternalOrganization, parent: str | None) -> Subject:
    values: Document = {name: value_of(row, name) for name in ORGANIZATION_FIELDS}
    values["parent"] = parent
    values["contacts"] = [_document(contact, OFFER_TABLES["contacts"]) for contact in row.contacts.all()]
    values["mailboxes"] = [_document(mailbox, OFFER_TABLES["mailboxes"]) for mailbox in row.mailboxes.all()]
    return Subject(
        model="InternalOrganization",
        identifier=row.identifier,
        values=values,
        rights=row.rights,
        legal_kind=row.geographic_entity.legal_kind,
    )


def _document(row: Any, table: Table) -> Document:
    """One row, with those below it that were prefetched for the viewer."""
    below = {name: [_document(child, each) for child in getattr(row, name).all()] for name, each in table.below.items()}
    return row_of(row, table.schema) | below


def _place(place: Place) -> Document:
    return _document(place, PLACES) | {
        "identifier": place.identifier,
        "capacities": [capacity_document(row) for row in place.capacities.all()],
    }


def capacity_document(row: CareCapacity) -> Document:
    """A capacity with its beds. What the capacity itself says is left out when its own level is not read."""
    beds = [{"id": str(bed.pk)} | {name: value_of(bed, name) for name in BED_FIELDS} for bed in row.beds.all()]
    return {"id": str(row.pk)} | {name: value_of(row, name) for name in CAPACITY_FIELDS} | {"beds": beds}


def _contacts_of(viewer: Viewer, entity: GeographicEntity) -> list[Document]:
    """The contacts of the establishment itself."""
    table = ESTABLISHMENT_TABLES["contacts"]
    rows = Contact.objects.visible_to(viewer).filter(geographic_entity=entity, **table.scope)
    return [_document(row, table) for row in rows.prefetch_related(_telecoms(viewer))]


def _telecoms(viewer: Viewer) -> Prefetch:
    return Prefetch("telecoms", Telecom.objects.visible_to(viewer))


def _rows_for(viewer: Viewer, table: Table) -> QuerySet:
    """The rows of a table that the viewer may know of, with those below them."""
    below = [Prefetch(name, _rows_for(viewer, child)) for name, child in table.below.items()]
    return table.model.objects.visible_to(viewer).prefetch_related(*below)


def _children(viewer: Viewer) -> list[Prefetch]:
    """The rows of an offer, each list filtered by its own levels.

    A place where a sensitive offer is given too is hidden from those who may not know it, and its link with it. A
    period that is over is not read (RG_EXP_018).
    """
    rows = {name: _rows_for(viewer, table) for name, table in OFFER_TABLES.items()}
    rows["hours"] = OpeningHours.objects.visible_to(viewer).not_past(timezone.localdate())
    beds = Prefetch("beds", BedCapacity.objects.visible_to(viewer))
    capacities = CareCapacity.objects.visible_to(viewer).prefetch_related(beds)
    places = _rows_for(viewer, PLACES).prefetch_related(Prefetch("capacities", capacities))
    links = OfferPlace.objects.visible_to(viewer).filter(place__in=Place.objects.visible_to(viewer).values("pk"))
    return [
        *(Prefetch(name, queryset) for name, queryset in rows.items()),
        Prefetch("place_links", links.prefetch_related(Prefetch("place", places))),
        Prefetch("expertise", OfferExpertise.objects.visible_to(viewer), to_attr="shown_expertise"),
        Prefetch("outside_office", OutsideOfficeActs.objects.visible_to(viewer), to_attr="shown_outside"),
    ]
