"""Moving an offer to another establishment: its identifier stays, and everything that hangs on it follows."""

import datetime

import pghistory.models
import pytest
from django.apps import apps
from django.db import connection

from confidentiality.viewer import Viewer
from structures.closing import DEFINITIVE, close
from structures.models import (
    BedCapacity,
    EquipmentLimit,
    HousingCapacity,
    Offer,
    OfferPlace,
    OfferVersion,
    Place,
    SpecificEquipment,
)
from structures.transferring import TransferError, transfer
from tests.factories import (
    AnomalyFactory,
    BedCapacityFactory,
    DraftFactory,
    EquipmentFactory,
    EquipmentLimitFactory,
    GeographicEntityFactory,
    HousingCapacityFactory,
    InternalOrganizationFactory,
    OfferFactory,
    PlaceFactory,
    SituationFactory,
    SituationHoursFactory,
    describer,
    published_offer,
    share_place,
)

BY = {"author": "tests", "channel": "form", "reason": "fusion de deux établissements"}
TODAY = datetime.date.today()

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def target():
    return GeographicEntityFactory(health=True, insee="22113")


def left_behind(entity):
    """The models that still have a row in this establishment; history and past versions are what they were."""
    return {
        model.__name__
        for model in apps.get_models()
        if any(field.name == "geographic_entity" for field in model._meta.concrete_fields)
        and not issubclass(model, pghistory.models.Event)
        and model is not OfferVersion
        and model.objects.filter(geographic_entity=entity).exists()
    }


def test_everything_follows_and_the_identifier_stays(hospital, target):
    pole = InternalOrganizationFactory(geographic_entity=target)
    offer = published_offer(hospital)
    place = Place.objects.get(offer_links__offer=offer)
    BedCapacityFactory(care_capacity__place=place)
    HousingCapacityFactory(place=place)
    EquipmentLimitFactory(equipment__place=place)
    SituationHoursFactory(situation=SituationFactory(offer=offer))
    AnomalyFactory(offer=offer, geographic_entity=hospital)
    DraftFactory(offer=offer)
    identifiers = offer.identifier, place.identifier

    done = transfer(offer, target, organization=pole, **BY)

    assert left_behind(hospital) == set()
    assert {"Contact", "Telecom", "BedCapacity", "EquipmentLimit", "OperationalSituation", "Anomaly", "Draft"} <= (
        left_behind(target)
    )
    place.refresh_from_db()
    assert (done.offer.identifier, place.identifier) == identifiers
    assert (done.offer.internal_organization_id, done.offer.version) == (pole.identifier, offer.version)
    assert place.internal_organization_id == pole.pk
    assert (done.places_moved, done.places_copied) == (1, 0)
    connection.check_constraints()


def test_who_describes_there_describes_it_from_now_on(hospital, target):
    offer = published_offer(hospital)
    viewers = [Viewer(describer(entity)) for entity in (hospital, target)]
    transfer(offer, target, **BY)
    described = [Offer.objects.visible_to(one).permitted(one, "describe_offer").exists() for one in viewers]
    assert described == [False, True]


def test_an_organisation_of_the_old_establishment_is_left(hospital, target):
    offer = OfferFactory(internal_organization=InternalOrganizationFactory(geographic_entity=hospital))
    assert transfer(offer, target, **BY).offer.internal_organization_id is None


def test_the_history_says_who_and_why(hospital, target):
    offer = OfferFactory(geographic_entity=hospital)
    transfer(offer, target, **BY)
    event = Offer.pgh_event_models["update"].objects.filter(pgh_obj=offer.pk).latest("pgh_id")
    assert event.pgh_context.metadata["reason"] == BY["reason"]


def test_a_shared_place_stays_with_its_beds_and_is_copied_without_them(hospital, target):
    pole = InternalOrganizationFactory(geographic_entity=hospital)
    going, staying = OfferFactory(geographic_entity=hospital), OfferFactory(internal_organization=pole)
    place = PlaceFactory(offer=going, external_sync_id="GEF-1")
    share_place(place, staying)
    beds = BedCapacityFactory(care_capacity__place=place)
    dwelling = HousingCapacityFactory(place=place)
    scanner = EquipmentFactory(place=place)
    EquipmentLimitFactory(equipment=scanner)

    done = transfer(going, target, **BY)

    assert (done.places_moved, done.places_copied) == (0, 1)
    copy = Place.objects.get(offer_links__offer=going)
    assert copy.identifier != place.identifier
    assert (copy.name, copy.geographic_entity, copy.external_sync_id) == (place.name, target, "")
    assert HousingCapacity.objects.get(place=copy).count == dwelling.count
    limit = EquipmentLimit.objects.get(geographic_entity=target)
    assert limit.equipment == SpecificEquipment.objects.get(place=copy)
    assert list(BedCapacity.objects.all()) == [beds]
    place.refresh_from_db()
    assert (place.geographic_entity, place.internal_organization) == (hospital, pole)
    assert [link.offer for link in OfferPlace.objects.filter(place=place)] == [staying]
    assert SpecificEquipment.objects.get(place=place) == scanner
    connection.check_constraints()


def test_what_cannot_move_is_said_and_nothing_is_written(hospital, target):
    offer = OfferFactory(geographic_entity=hospital)
    stranger = InternalOrganizationFactory()
    for entity, organization, sentence in (
        (hospital, None, "déjà dans cet établissement"),
        (target, stranger, "organisation interne de l'établissement d'arrivée"),
    ):
        with pytest.raises(TransferError, match=sentence):
            transfer(offer, entity, organization=organization, **BY)
    pole = InternalOrganizationFactory(geographic_entity=target)
    close(pole, DEFINITIVE, TODAY, author="tests", channel="form")
    with pytest.raises(TransferError, match="organisation interne est fermée"):
        transfer(offer, target, organization=pole, **BY)
    close(target, DEFINITIVE, TODAY, author="tests", channel="form")
    with pytest.raises(TransferError, match="établissement d'arrivée est fermé"):
        transfer(offer, target, **BY)
    assert Offer.objects.get(pk=offer.pk).geographic_entity == hospital
    close(offer, DEFINITIVE, TODAY, author="tests", channel="form")
    assert transfer(offer, target, **BY).offer.geographic_entity == target
    connection.check_constraints()


def test_two_places_of_one_establishment_never_bear_the_same_external_identifier(hospital, target):
    offer = OfferFactory(geographic_entity=hospital)
    PlaceFactory(offer=offer, external_sync_id="GEF-1")
    PlaceFactory(offer=OfferFactory(geographic_entity=target), external_sync_id="GEF-1")
    with pytest.raises(TransferError, match="« GEF-1 »"):
        transfer(offer, target, **BY)


def test_a_transfer_costs_the_same_whatever_follows(hospital, target, django_assert_max_num_queries):
    small, large = OfferFactory(geographic_entity=hospital), OfferFactory(geographic_entity=hospital)
    for offer, places in ((small, 1), (large, 6)):
        for _ in range(places):
            EquipmentLimitFactory(equipment__place=PlaceFactory(offer=offer))
            shared = PlaceFactory(offer=offer)
            share_place(shared, OfferFactory(geographic_entity=hospital))
            EquipmentFactory(place=shared)
    for offer in (small, large):
        with django_assert_max_num_queries(70):
            transfer(offer, target, **BY)
