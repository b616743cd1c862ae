"""Rows for every screen of the record: `row_of(model, entity)` gives one, with `count` of everything below it."""

from collections.abc import Callable

from django.db.models import Model

from professionals.models import (
    OperationalSituation,
    Practice,
    Professional,
    ProfessionalMailbox,
    SituationExpertise,
)
from ror.history import writing
from ror.quality.models import Anomaly
from structures.document import new_id
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    LegalEntity,
    Offer,
    OfferVersion,
    Place,
    SecureMailbox,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.models.capacity import AVAILABLE, INSTALLED, OCCUPIED
from structures.models.organization import SERVICE
from tests import factories
from tests.factories import AUTHOR, CHANNEL

ACTIVITIES = ("R211:293", "R211:294", "R211:295", "R211:296")
EQUIPMENT = ("R212:003", "R212:005", "R212:009", "R212:010")
ROOMS = ("R242:02", "R242:01", "R242:03", "R242:04")
PROFESSIONS = ("G15:21", "G15:40", "G15:50")
WITHOUT_CODE = ("R04:FQ", "R04:SH", "R04:CM")  # kinds of savoir-faire that the register names in full
TARIFFS = ("day_care", "home_help", "extra_service", "meals")


def row_of(model: type[Model], entity: GeographicEntity, count: int = 1) -> Model:
    """A row of `model` in `entity`, with `count` rows (4 at most) in each list of its page."""
    return MAKERS[model](entity, count)


def _legal_entity(entity: GeographicEntity, count: int) -> LegalEntity:
    for _ in range(count):
        _reached(factories.ContactFactory(offer=None, legal_entity=entity.legal_entity), count)
    return entity.legal_entity


def _establishment(entity: GeographicEntity, count: int) -> GeographicEntity:
    for _, kind in zip(range(count), TARIFFS, strict=False):
        _contact_of_establishment(entity, count)
        factories.TariffFactory(geographic_entity=entity, **{kind: True})
    factories.CrisisAnswerFactory(geographic_entity=entity)
    return entity


def _contact_of_establishment(entity: GeographicEntity, count: int) -> Contact:
    with writing(AUTHOR, CHANNEL):
        contact = Contact.objects.create(geographic_entity=entity, nature_id="R287:01", level=1)
    return _reached(contact, count)


def _organization(entity: GeographicEntity, count: int) -> InternalOrganization:
    pole = factories.InternalOrganizationFactory(geographic_entity=entity)
    service = factories.InternalOrganizationFactory(parent=pole, type_id=SERVICE)
    for rank in range(count):
        _reached(factories.ContactFactory(offer=None, internal_organization=service), count)
        _mailbox(entity, rank, internal_organization=service)
    return service


def _offer(entity: GeographicEntity, count: int) -> Offer:
    """Rows of every list of an offer, under an organisation."""
    return factories.published_offer(
        entity,
        internal_organization=factories.InternalOrganizationFactory(geographic_entity=entity).identifier,
        activities=[factories.activity_row(activity=key) for key in ACTIVITIES[:count]],
        hours=[factories.hours_row(weekday=day) for day in range(1, count + 1)],
        contacts=[factories.contact_row() for _ in range(count)],
        places=[factories.place_row(name=f"Lieu fictif {rank}") for rank in range(count)],
        mailboxes=[{"id": new_id(), "address": f"offre{rank}@exemple.mssante.fr"} for rank in range(count)],
    )


def _contact(entity: GeographicEntity, count: int) -> Contact:
    return _reached(factories.ContactFactory(offer=_bare_offer(entity)), count)


def _reached(contact: Contact, count: int) -> Contact:
    for rank in range(count):
        factories.TelecomFactory(contact=contact, address=f"026191010{rank}")
    return contact


def _mailbox(entity: GeographicEntity, rank: int, **owner: Model) -> SecureMailbox:
    with writing(AUTHOR, CHANNEL):
        return SecureMailbox.objects.create(
            geographic_entity=entity, address=f"essai{rank}@exemple.mssante.fr", **owner
        )


def _place(entity: GeographicEntity, count: int) -> Place:
    place = factories.PlaceFactory(offer=_bare_offer(entity))
    for rank in range(count):
        if rank:
            factories.share_place(place, _bare_offer(entity))
        factories.TelecomFactory(contact=None, place=place, address=f"026191010{rank}")
        factories.HousingCapacityFactory(place=place, residential_type_id=ROOMS[rank])
        _equipment(entity, count, place=place, equipment_type_id=EQUIPMENT[rank])
    _care(entity, count, place=place)
    return place


def _equipment(entity: GeographicEntity, count: int, **columns) -> SpecificEquipment:
    columns.setdefault("place", factories.PlaceFactory(offer=_bare_offer(entity)))
    equipment = factories.EquipmentFactory(**columns)
    for _ in range(count):
        factories.EquipmentLimitFactory(equipment=equipment)
    return equipment


def _care(entity: GeographicEntity, count: int, **columns) -> CareCapacity:
    columns.setdefault("place", factories.PlaceFactory(offer=_bare_offer(entity)))
    care = factories.CareCapacityFactory(**columns)
    figures = ((INSTALLED, "R329:01"), (AVAILABLE, "R329:01"), (OCCUPIED, "R329:01"), (INSTALLED, "R329:02"))
    for status, nature in figures[:count]:
        factories.BedCapacityFactory(care_capacity=care, status_id=status, nature_id=nature)
    return care


def _bed(entity: GeographicEntity, count: int) -> BedCapacity:
    return _care(entity, 1).beds.first()


def _professional(entity: GeographicEntity, count: int) -> Professional:
    professional = _situation(entity, 1).practice.professional
    with writing(AUTHOR, CHANNEL):
        for rank in range(count):
            ProfessionalMailbox.objects.create(professional=professional, address=f"essai{rank}@exemple.mssante.fr")
    for profession in PROFESSIONS[: count - 1]:
        practice = factories.PracticeFactory(professional=professional, profession_id=profession)
        factories.SituationFactory(offer=_bare_offer(entity), practice=practice)
    return professional


def _practice(entity: GeographicEntity, count: int) -> Practice:
    practice = _situation(entity, 1).practice
    factories.QualificationFactory(practice=practice)
    for type_id in WITHOUT_CODE[: count - 1]:
        factories.QualificationFactory(practice=practice, type_id=type_id, specialty_id=None, subspecialty="Fictive")
    return practice


def _situation(entity: GeographicEntity, count: int) -> OperationalSituation:
    situation = factories.SituationFactory(offer=_bare_offer(entity))
    for day in range(1, count + 1):
        factories.SituationHoursFactory(situation=situation, weekday=day)
    factories.SituationTelecomFactory(situation=situation)
    with writing(AUTHOR, CHANNEL):
        SituationExpertise.objects.create(situation=situation, specific_competences=["R243:01"])
    return situation


def _bare_offer(entity: GeographicEntity) -> Offer:
    return factories.OfferFactory(geographic_entity=entity)


MAKERS: dict[type[Model], Callable[[GeographicEntity, int], Model]] = {
    LegalEntity: _legal_entity,
    GeographicEntity: _establishment,
    InternalOrganization: _organization,
    Offer: _offer,
    OfferVersion: lambda entity, count: factories.published_offer(entity).versions.get(),
    Contact: _contact,
    Telecom: lambda entity, count: _contact(entity, 1).telecoms.get(),
    SecureMailbox: lambda entity, count: _mailbox(entity, 0, offer=_bare_offer(entity)),
    Place: _place,
    HousingCapacity: lambda entity, count: factories.HousingCapacityFactory(
        place=factories.PlaceFactory(offer=_bare_offer(entity))
    ),
    SpecificEquipment: _equipment,
    CareCapacity: _care,
    BedCapacity: _bed,
    Tariff: lambda entity, count: factories.TariffFactory(geographic_entity=entity),
    Professional: _professional,
    Practice: _practice,
    OperationalSituation: _situation,
    Anomaly: lambda entity, count: factories.AnomalyFactory(offer=_bare_offer(entity)),
}
