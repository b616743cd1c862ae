"""Invented places of offers, with their beds, dwellings and equipment."""

import factory

from ror.history import writing
from structures.models import (
    BedCapacity,
    CareCapacity,
    EquipmentLimit,
    HousingCapacity,
    OfferPlace,
    Place,
    SpecificEquipment,
)
from structures.models.capacity import CURRENT, INSTALLED, NO_ASSIGNMENT
from tests.factories.offers import OfferFactory
from tests.factories.structures import AUTHOR, CHANNEL, RereadFactory


class PlaceFactory(RereadFactory):
    """A place in Rennes where one offer is given; see `share_place` for a second one.

    Usage: `PlaceFactory(offer=offer)`, `PlaceFactory(offer=None, geographic_entity=entity)` for one without offer.
    """

    class Meta:
        model = Place

    offer = factory.SubFactory(OfferFactory)
    geographic_entity = factory.SelfAttribute("offer.geographic_entity")
    name = factory.Sequence(lambda rank: f"Bâtiment fictif {rank}")
    street_number = "1"
    street_type_id = "R35:RUE"
    street_name = "des Exemples"
    postcode = "35000"
    locality = "RENNES"
    commune_id = "35238"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        offer = kwargs.pop("offer")
        place = super()._create(model_class, *args, **kwargs)
        if offer is not None:
            share_place(place, offer)
        return place


def share_place(place: Place, offer) -> OfferPlace:
    """Give `offer` in `place` too."""
    with writing(AUTHOR, CHANNEL):
        return OfferPlace.objects.create(place=place, offer=offer, geographic_entity_id=place.geographic_entity_id)


class PlaceRowFactory(RereadFactory):
    """What hangs on a place, in its establishment."""

    class Meta:
        abstract = True

    place = factory.SubFactory(PlaceFactory)
    geographic_entity = factory.SelfAttribute("place.geographic_entity")


class CareCapacityFactory(PlaceRowFactory):
    """The beds of a place, kept for nobody in particular. Usage: `CareCapacityFactory(place=place)`."""

    class Meta:
        model = CareCapacity

    temporary_assignment_id = NO_ASSIGNMENT


class BedCapacityFactory(RereadFactory):
    """Twenty installed beds, typed by hand. Usage: `BedCapacityFactory(care_capacity=care, status_id=AVAILABLE)`."""

    class Meta:
        model = BedCapacity

    care_capacity = factory.SubFactory(CareCapacityFactory)
    geographic_entity = factory.SelfAttribute("care_capacity.geographic_entity")
    nature_id = "R329:01"
    status_id = INSTALLED
    temporality_id = CURRENT
    number = 20
    source_id = "R335:01"


class HousingCapacityFactory(PlaceRowFactory):
    """Thirty single rooms. Usage: `HousingCapacityFactory(place=place)`."""

    class Meta:
        model = HousingCapacity

    residential_type_id = "R242:02"
    count = 30


class EquipmentFactory(PlaceRowFactory):
    """One specific equipment in service. Usage: `EquipmentFactory(place=place)`."""

    class Meta:
        model = SpecificEquipment

    equipment_type_id = "R212:003"
    in_service = 1


class EquipmentLimitFactory(RereadFactory):
    """Up to 250 kg. Usage: `EquipmentLimitFactory(equipment=scanner)`."""

    class Meta:
        model = EquipmentLimit

    equipment = factory.SubFactory(EquipmentFactory)
    geographic_entity = factory.SelfAttribute("equipment.geographic_entity")
    feature_id = "R340:001"
    value = "250.00"
    unit = "kg"
