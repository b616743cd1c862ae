"""When an offer is fully populated: the seven criteria of the national follow-up (« statut de peuplement »)."""

from django.db.models import Exists, OuterRef, Q

from ror.reference.nomenclature import nomenclature
from structures.models.contact import Telecom
from structures.models.offer import OfferActivity
from structures.models.place import OfferPlace

REASON = "completeness: whether the rows that a complete offer needs are there"

CRITERIA = {
    "activity_field": "champ d'activité",
    "care_mode": "mode de prise en charge",
    "ages": "âges minimal et maximal",
    "activities": "activité opérationnelle",
    "offer_type": "type d'offre (services à domicile)",
    "address": "adresse d'un lieu (voie ou lieu-dit, commune, code postal)",
    "contacts": "contact que l'on peut joindre",
}
AT_HOME = ["R66:209", "R66:354", "R66:460"]  # categories of the services that must say their type of offer


def conditions() -> dict[str, Q]:
    """The condition of each criterion of `CRITERIA` on an offer.

    A code closed since is no longer valid. What the database itself demands is not asked again: that a contact has a
    nature or a function, a telecom a channel and a level.
    """
    codes = nomenclature()
    activities = OfferActivity.objects.trusted(REASON).filter(
        offer=OuterRef("pk"), activity__in=list(codes.members("J17"))
    )
    places = OfferPlace.objects.trusted(REASON).filter(
        ~Q(place__street_name="") | ~Q(place__place_name=""),
        ~Q(place__postcode=""),
        offer=OuterRef("pk"),
        place__commune__isnull=False,
    )
    return {
        "activity_field": Q(activity_field__in=list(codes.members("J20"))),
        "care_mode": Q(care_mode__in=list(codes.members("J19"))),
        "ages": Q(age_min__isnull=False, age_max__isnull=False),
        "activities": Q(Exists(activities)),
        "offer_type": Q(offer_type__isnull=False) | ~Q(geographic_entity__category__in=AT_HOME),
        "address": Q(Exists(places)),
        "contacts": Q(Exists(Telecom.objects.trusted(REASON).filter(contact__offer=OuterRef("pk")))),
    }
