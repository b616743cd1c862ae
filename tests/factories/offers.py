"""Invented offers: the documents that `publish()` takes, the drafts beside them, the offers that come out of it."""

import datetime
from typing import Any

import factory
from django.utils import timezone

from confidentiality.levels import Level
from ror.accounts.models import User
from structures import records
from structures.describing.models import Draft, Submission
from structures.document import Document, new_id
from structures.models import Contact, GeographicEntity, Offer, OpeningHours, Telecom
from structures.publishing import publish
from tests.factories.people import describer
from tests.factories.structures import AUTHOR, CHANNEL, GeographicEntityFactory, RereadFactory

# Numbers that Arcep keeps for works of fiction.
PUBLIC_PHONE, DIRECT_PHONE, EMERGENCY_PHONE = "0261910101", "0261910202", "0639980303"


class OfferFactory(RereadFactory):
    """The bare row of an offer, written without `publish()`, for tests of what the database itself holds.

    Pages and channels are tested with `published_offer`. Usage: `OfferFactory(geographic_entity=entity)`,
    `OfferFactory(internal_organization=pole)`.
    """

    class Meta:
        model = Offer

    internal_organization = None
    geographic_entity = factory.Maybe(
        "internal_organization",
        factory.SelfAttribute("internal_organization.geographic_entity"),
        factory.SubFactory(GeographicEntityFactory),
    )
    name = factory.Sequence(lambda rank: f"Offre fictive {rank}")
    activity_field_id = "R227:04"
    care_mode_id = "R213:46"
    age_min = 60
    age_min_unit = "a"
    age_max = 120
    age_max_unit = "a"
    published_at = factory.LazyFunction(timezone.now)


class OpeningHoursFactory(RereadFactory):
    """Open on Mondays from 9 to 17. Usage: `OpeningHoursFactory(offer=offer, weekday=2)`."""

    class Meta:
        model = OpeningHours

    offer = factory.SubFactory(OfferFactory)
    geographic_entity = factory.SelfAttribute("offer.geographic_entity")
    slot_type_id = "R252:01"
    weekday = 1
    opens_at = "09:00"
    closes_at = "17:00"


class ContactFactory(RereadFactory):
    """The reception of an offer, at level 1, without any telecom.

    Usage: `ContactFactory(offer=offer)`, `ContactFactory(offer=None, internal_organization=pole)`,
    `ContactFactory(offer=None, legal_entity=legal)`, `ContactFactory(offer=None, geographic_entity=entity)`.
    """

    class Meta:
        model = Contact

    internal_organization = None
    legal_entity = None
    offer = factory.SubFactory(OfferFactory)
    geographic_entity = factory.LazyAttribute(
        lambda row: None if row.legal_entity else (row.offer or row.internal_organization).geographic_entity
    )
    nature_id = "R287:01"
    level = Level.PUBLIC


class TelecomFactory(RereadFactory):
    """A public phone of a contact. Also `TelecomFactory(contact=None, place=place)`."""

    class Meta:
        model = Telecom

    place = None
    contact = factory.SubFactory(ContactFactory)
    geographic_entity = factory.LazyAttribute(lambda row: (row.contact or row.place).geographic_entity)
    channel_id = "R200:2"
    address = PUBLIC_PHONE
    direct_line = False
    private_emergency_line = False
    level = Level.PUBLIC


class DraftFactory(factory.django.DjangoModelFactory):
    """A draft that could be published as it is.

    Usage: `DraftFactory(geographic_entity=entity)` for a new offer, `DraftFactory(offer=offer)` beside a published one,
    `DraftFactory(geographic_entity=entity, document=offer_document(name=None))` for one with something missing.
    """

    class Meta:
        model = Draft

    offer = None
    geographic_entity = factory.LazyAttribute(
        lambda draft: draft.offer.geographic_entity if draft.offer else GeographicEntityFactory()
    )
    base = factory.LazyAttribute(lambda draft: records.read_document(draft.offer) if draft.offer else None)
    document = factory.LazyAttribute(lambda draft: draft.base or offer_document())
    created_by = factory.LazyAttribute(lambda draft: describer(draft.geographic_entity))
    updated_by = factory.SelfAttribute("created_by")


class SubmissionFactory(factory.django.DjangoModelFactory):
    """A round of review that waits. Usage: `SubmissionFactory(draft=draft)`, with `document` for another content."""

    class Meta:
        model = Submission
        exclude = ("draft",)

    draft = factory.SubFactory(DraftFactory)
    draft_key = factory.SelfAttribute("draft.pk")
    geographic_entity = factory.SelfAttribute("draft.geographic_entity")
    offer = factory.SelfAttribute("draft.offer")
    document = factory.SelfAttribute("draft.document")
    base = factory.SelfAttribute("draft.base")
    revision = factory.SelfAttribute("draft.revision")
    draft_started_at = submitted_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=10))
    prepared_by = saved_by = submitted_by = factory.SelfAttribute("draft.created_by")


def published_offer(entity: GeographicEntity | None = None, *, author: User | str = AUTHOR, **changes: Any) -> Offer:
    """An offer of `entity` (a new establishment by default) published through `publish()`; see `offer_document`.

    Raises `NotPublishable` when the changes break a rule.
    """
    entity = entity or GeographicEntityFactory()
    return publish(offer_document(**changes), entity=entity, author=author, channel=CHANNEL).offer


def offer_document(**changes: Any) -> Document:
    """A complete document, that any kind of establishment may publish (hospitals are warned of crisis questions).

    Its contacts are at levels 1 (reception), 2 (a named professional) and 3 (a private emergency line), with
    `PUBLIC_PHONE`, `DIRECT_PHONE` and `EMERGENCY_PHONE`. `changes` replace data and lists of rows:
    `offer_document(name="Accueil de jour", contacts=[contact_row()])`. Row ids are new at each call.
    """
    return {
        "name": "Hébergement permanent fictif",
        "activity_field": "R227:04",
        "sensitive": False,
        "sensitive_motive": None,
        "care_mode": "R213:46",
        "offer_type": "R244:21",
        "reception_temporality": "R240:02",
        "age_min": 60,
        "age_min_unit": "a",
        "age_max": 120,
        "age_max_unit": "a",
        "publics": ["R239:01"],
        "always_open": False,
        "activities": [activity_row()],
        "hours": [hours_row(weekday=day) for day in range(1, 6)],
        "contacts": [
            contact_row(),
            contact_row(
                nature=None,
                function="R251:03",
                name="Camille Exemple",
                level=Level.PROFESSIONAL,
                telecoms=[telecom_row(DIRECT_PHONE, level=Level.PROFESSIONAL, direct_line=True)],
            ),
            contact_row(
                nature="R287:14",
                level=Level.CRISIS,
                telecoms=[telecom_row(EMERGENCY_PHONE, level=Level.CRISIS, private_emergency_line=True)],
            ),
        ],
        "places": [place_row()],
        **changes,
    }


def activity_row(**changes: Any) -> Document:
    """Accompagnements pour les actes de la vie quotidienne, with its family."""
    return {"id": new_id(), "activity": "R211:293", "family": "R265:011", **changes}


def hours_row(**changes: Any) -> Document:
    """Open on Mondays from 9 to 17."""
    slot = {"slot_type": "R252:01", "weekday": 1, "opens_at": "09:00", "closes_at": "17:00"}
    return {"id": new_id(), **slot, "period_start": None, "period_end": None, **changes}


def contact_row(**changes: Any) -> Document:
    """The reception, at level 1, reached by one public phone."""
    contact = {"nature": "R287:01", "function": None, "name": None, "level": int(Level.PUBLIC)}
    return {"id": new_id(), **contact, "telecoms": [telecom_row()], **_plain(changes)}


def telecom_row(address: str = PUBLIC_PHONE, **changes: Any) -> Document:
    """A fixed phone, at level 1: neither a direct line nor a private one."""
    telecom = {"channel": "R200:2", "address": address, "direct_line": False, "private_emergency_line": False}
    return {"id": new_id(), **telecom, "level": int(Level.PUBLIC), **_plain(changes)}


def place_row(**changes: Any) -> Document:
    """1, rue des Exemples, in Rennes."""
    return {
        "id": new_id(),
        "street_number": "1",
        "street_number_suffix": None,
        "street_type": "R35:RUE",
        "street_name": "des Exemples",
        "place_name": None,
        "address_complement": None,
        "postcode": "35000",
        "locality": "RENNES",
        "commune": "35238",
        **changes,
    }


def _plain(changes: dict[str, Any]) -> dict[str, Any]:
    """Levels as the numbers that JSON holds."""
    return {name: int(value) if isinstance(value, Level) else value for name, value in changes.items()}
