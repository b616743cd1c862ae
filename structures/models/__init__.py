"""Legal entity > geographic entity > internal organisation > offer > place, and all that hangs there."""

from structures.models.capacity import BedCapacity, CareCapacity
from structures.models.contact import Contact, SecureMailbox, Telecom
from structures.models.geographic_entity import CrisisAnswer, GeographicEntity
from structures.models.hours import OpeningHours
from structures.models.legal_entity import LegalEntity
from structures.models.offer import Offer, OfferActivity, OfferExpertise, OutsideOfficeActs, SensitiveUnit
from structures.models.organization import InternalOrganization
from structures.models.place import EquipmentLimit, HousingCapacity, OfferPlace, Place, SpecificEquipment
from structures.models.tariff import Tariff
from structures.models.version import OfferVersion

__all__ = [
    "BedCapacity",
    "CareCapacity",
    "Contact",
    "CrisisAnswer",
    "EquipmentLimit",
    "GeographicEntity",
    "HousingCapacity",
    "InternalOrganization",
    "LegalEntity",
    "Offer",
    "OfferActivity",
    "OfferExpertise",
    "OfferPlace",
    "OfferVersion",
    "OpeningHours",
    "OutsideOfficeActs",
    "Place",
    "SecureMailbox",
    "SensitiveUnit",
    "SpecificEquipment",
    "Tariff",
    "Telecom",
]
