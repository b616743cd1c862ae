"""What pages read: offers and establishments as one viewer may know them, already disclosed.

Each function takes the viewer first, and returns `Disclosed` data, never a model instance.
"""

from typing import Any

from django.db.models import Model, Prefetch

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from structures.document import Document, to_json
from structures.models import (
    Contact,
    GeographicEntity,
    Offer,
    OfferActivity,
    OfferPlace,
    OpeningHours,
    Place,
    Telecom,
)
from structures.schema import OFFER, Rows

OFFER_FIELDS = [
    *(name for name in OFFER.fields if name not in ("sensitive", "sensitive_motive")),
    "identifier",
    "closing_type",
    "closing_date",
    "reopening_date",
    "published_at",
]
# What only serves the portal itself is not part of an establishment's document.
ESTABLISHMENT_SKIPPED = {"id", "perimeter", "search", "legal_entity"}


def identifier_of(slug: str) -> str:
    """The identifier of an offer from its form in addresses."""
    return slug.replace("-", "/", 1)


def read_offer(viewer: Viewer, slug: str) -> Disclosed:
    """One offer with all its rows. Raises `Offer.DoesNotExist` when there is none that the viewer may know."""
    offer = (
        Offer.objects.visible_to(viewer)
        .select_related("geographic_entity", "sensitive_unit")
        .prefetch_related(*_children(viewer))
        .get(identifier=identifier_of(slug))
    )
    return disclose(viewer, offer_subject(offer))


def offer_subject(offer: Offer) -> Subject:
    """The subject of an offer read by `read_offer`'s query (rows already filtered for the viewer)."""
    unit = getattr(offer, "sensitive_unit", None)
    values: Document = {name: value_of(offer, name) for name in OFFER_FIELDS}
    values["sensitive"] = unit is not None
    values["sensitive_motive"] = unit.motive or None if unit else None
    values["activities"] = [row_of(row, OFFER.rows["activities"]) for row in offer.activities.all()]
    values["hours"] = [row_of(row, OFFER.rows["hours"]) for row in offer.hours.all()]
    values["contacts"] = [_contact(row) for row in offer.contacts.all()]
    values["places"] = [row_of(link.place, OFFER.rows["places"]) for link in offer.place_links.all()]
    return Subject(
        model="Offer",
        identifier=offer.identifier,
        values=values,
        rights=offer.rights,
        legal_kind=offer.geographic_entity.legal_kind,
        social=offer.activity_field_id == SOCIAL_FIELD,
        sensitive=unit is not None,
    )


def draft_subject(document: Document, entity: GeographicEntity, rights: int) -> Subject:
    """The subject of a description not published yet, as someone with `rights` would see it once published."""
    return Subject(
        model="Offer",
        identifier="",
        values=document,
        rights=rights,
        legal_kind=entity.legal_kind,
        social=document.get("activity_field") == SOCIAL_FIELD,
        sensitive=document.get("sensitive") is True,
    )


def read_establishment(viewer: Viewer, identifier: str) -> Disclosed:
    """One geographic entity by its national identifier. Raises `GeographicEntity.DoesNotExist`."""
    entity = GeographicEntity.objects.visible_to(viewer).get(id_nat_struct=identifier)
    return disclose(viewer, establishment_subject(entity))


def establishment_subject(entity: GeographicEntity) -> Subject:
    """The subject of a geographic entity: its own columns, all level 1; crisis answers are disclosed apart."""
    names = [column.name for column in entity._meta.concrete_fields if column.name not in ESTABLISHMENT_SKIPPED]
    return Subject(
        model="GeographicEntity",
        identifier=entity.id_nat_struct,
        values={name: value_of(entity, name) for name in names},
        rights=entity.rights,
        legal_kind=entity.legal_kind,
    )


def offers_of(viewer: Viewer, identifier: str) -> list[Disclosed]:
    """The offers of one establishment that the viewer may know, without their rows."""
    offers = (
        Offer.objects.visible_to(viewer)
        .filter(geographic_entity__id_nat_struct=identifier)
        .select_related("geographic_entity", "sensitive_unit")
    )
    return [disclose(viewer, brief_subject(offer)) for offer in offers]


def brief_subject(offer: Offer) -> Subject:
    """The subject of an offer in a list: its own columns and its flag only."""
    sensitive = getattr(offer, "sensitive_unit", None) is not None
    return Subject(
        model="Offer",
        identifier=offer.identifier,
        values={name: value_of(offer, name) for name in OFFER_FIELDS} | {"sensitive": sensitive},
        rights=offer.rights,
        legal_kind=offer.geographic_entity.legal_kind,
        social=offer.activity_field_id == SOCIAL_FIELD,
        sensitive=sensitive,
    )


def value_of(instance: Model, name: str) -> Any:
    """The JSON form of one column, codes and foreign keys by their key."""
    return to_json(getattr(instance, instance._meta.get_field(name).attname))


def row_of(instance: Model, schema: Rows) -> Document:
    return {"id": str(instance.pk)} | {name: value_of(instance, name) for name in schema.fields}


def _contact(contact: Contact) -> Document:
    telecoms = [row_of(telecom, OFFER.rows["contacts"].rows["telecoms"]) for telecom in contact.telecoms.all()]
    return row_of(contact, OFFER.rows["contacts"]) | {"telecoms": telecoms}


def _children(viewer: Viewer) -> list[Prefetch]:
    """The rows of an offer, each list filtered by its own levels.

    A place where a sensitive offer is given too is hidden from those who may not know it, and its link with it.
    """
    telecoms = Prefetch("telecoms", Telecom.objects.visible_to(viewer))
    places = Place.objects.visible_to(viewer)
    links = OfferPlace.objects.visible_to(viewer).filter(place__in=places.values("pk"))
    return [
        Prefetch("activities", OfferActivity.objects.visible_to(viewer)),
        Prefetch("hours", OpeningHours.objects.visible_to(viewer)),
        Prefetch("contacts", Contact.objects.visible_to(viewer).prefetch_related(telecoms)),
        Prefetch("place_links", links.prefetch_related(Prefetch("place", places))),
    ]
