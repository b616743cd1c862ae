"""Legal entity > geographic entity > offer, and all that hangs there."""

from structures.models.contact import Contact, Telecom
from structures.models.geographic_entity import CrisisAnswer, GeographicEntity
from structures.models.legal_entity import LegalEntity
from structures.models.offer import Offer, OfferActivity, OpeningHours, SensitiveUnit
from structures.models.place import OfferPlace, Place
from structures.models.version import OfferVersion

__all__ = [
    "Contact",
    "CrisisAnswer",
    "GeographicEntity",
    "LegalEntity",
    "Offer",
    "OfferActivity",
    "OfferPlace",
    "OfferVersion",
    "OpeningHours",
    "Place",
    "SensitiveUnit",
    "Telecom",
]
