"""Invented accounts, structures, offers, places, professionals and anomalies for the tests.

Everything is written as the command "tests" would: inside `writing("tests", "command")`. What people read is published
by `publish()` (`published_offer`); the factories of bare rows (`OfferFactory`, `PlaceFactory`…) serve the tests of what
the database itself holds. Each reads its row again, with what the database gave it.

Usage:

    entity = GeographicEntityFactory(health=True)            # a hospital of Rennes; also social, ville, outside
    user = describer(entity)                                 # an account whose assignment is in force
    offer = published_offer(entity, name="Cardiologie")      # version 1, with contacts at levels 1, 2 and 3
    draft = DraftFactory(geographic_entity=entity, created_by=user)
    beds = BedCapacityFactory(care_capacity__place__offer=offer)
    client.force_login(user)

The rows of a document are made by `activity_row`, `hours_row`, `contact_row`, `telecom_row` and `place_row`.
"""

from tests.factories.offers import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    ContactFactory,
    DraftFactory,
    OfferFactory,
    OpeningHoursFactory,
    SubmissionFactory,
    TelecomFactory,
    activity_row,
    contact_row,
    hours_row,
    offer_document,
    place_row,
    published_offer,
    telecom_row,
)
from tests.factories.people import PASSWORD, AssignmentFactory, UserFactory, administrator, describer, holder, referent
from tests.factories.places import (
    BedCapacityFactory,
    CareCapacityFactory,
    EquipmentFactory,
    EquipmentLimitFactory,
    HousingCapacityFactory,
    PlaceFactory,
    PlaceRowFactory,
    share_place,
)
from tests.factories.professionals import (
    PracticeFactory,
    ProfessionalFactory,
    QualificationFactory,
    SituationFactory,
    SituationHoursFactory,
    SituationTelecomFactory,
    rpps_number,
)
from tests.factories.quality import AnomalyFactory
from tests.factories.structures import (
    AUTHOR,
    CHANNEL,
    CrisisAnswerFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    PerimeterFactory,
    RereadFactory,
    StructureFactory,
    TariffFactory,
    WrittenFactory,
    finess_number,
    territory,
)

__all__ = [
    "AUTHOR",
    "CHANNEL",
    "DIRECT_PHONE",
    "EMERGENCY_PHONE",
    "PASSWORD",
    "PUBLIC_PHONE",
    "AnomalyFactory",
    "AssignmentFactory",
    "BedCapacityFactory",
    "CareCapacityFactory",
    "ContactFactory",
    "CrisisAnswerFactory",
    "DraftFactory",
    "EquipmentFactory",
    "EquipmentLimitFactory",
    "GeographicEntityFactory",
    "HousingCapacityFactory",
    "InternalOrganizationFactory",
    "LegalEntityFactory",
    "OfferFactory",
    "OpeningHoursFactory",
    "PerimeterFactory",
    "PlaceFactory",
    "PlaceRowFactory",
    "PracticeFactory",
    "ProfessionalFactory",
    "QualificationFactory",
    "RereadFactory",
    "SituationFactory",
    "SituationHoursFactory",
    "SituationTelecomFactory",
    "StructureFactory",
    "SubmissionFactory",
    "TariffFactory",
    "TelecomFactory",
    "UserFactory",
    "WrittenFactory",
    "activity_row",
    "administrator",
    "contact_row",
    "describer",
    "finess_number",
    "holder",
    "hours_row",
    "offer_document",
    "place_row",
    "published_offer",
    "referent",
    "rpps_number",
    "share_place",
    "telecom_row",
    "territory",
]
