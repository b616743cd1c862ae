"""Each factory makes a row that the database accepts, with what the database gives it."""

import pytest

from tests import factories
from tests.factories import (
    BedCapacityFactory,
    ContactFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    OfferFactory,
    PlaceFactory,
    ProfessionalFactory,
    SituationFactory,
    TariffFactory,
    share_place,
)

pytestmark = pytest.mark.django_db

ROWS = sorted(
    name for name in factories.__all__ if name.endswith("Factory") and getattr(factories, name)._meta.model is not None
)
TARIFF_KINDS = ["day_care", "dependence", "home_help", "extra_service", "single_room", "meals"]


@pytest.mark.parametrize("name", ROWS)
def test_each_factory_makes_two_rows(name):
    first, second = getattr(factories, name)(), getattr(factories, name)()
    assert first.pk
    assert first.pk != second.pk


def test_the_database_gives_what_is_its_own():
    pole = InternalOrganizationFactory()
    assert pole.identifier.startswith("53/")
    assert pole.perimeter.code == pole.identifier
    offer = OfferFactory(internal_organization=pole)
    assert offer.identifier.startswith("53/")
    assert offer.geographic_entity == pole.geographic_entity
    situation = SituationFactory(offer=offer)
    assert situation.identifier == f"{offer.identifier}/{situation.practice.professional.id_nat_ps}"
    assert BedCapacityFactory().level == 1


def test_an_organisation_below_another_is_of_the_same_establishment():
    pole = InternalOrganizationFactory()
    service = InternalOrganizationFactory(parent=pole, type_id="R207:2")
    assert service.geographic_entity == pole.geographic_entity
    assert service.perimeter.parent == pole.perimeter


@pytest.mark.parametrize("kind", TARIFF_KINDS)
def test_each_kind_of_tariff(kind):
    assert TariffFactory(**{kind: True}).pk


def test_each_owner_of_a_contact():
    entity, legal, pole = GeographicEntityFactory(), LegalEntityFactory(), InternalOrganizationFactory()
    assert ContactFactory(offer=None, geographic_entity=entity).geographic_entity == entity
    assert ContactFactory(offer=None, legal_entity=legal).geographic_entity is None
    assert ContactFactory(offer=None, internal_organization=pole).geographic_entity == pole.geographic_entity


def test_a_place_of_two_offers_or_of_none():
    entity = GeographicEntityFactory()
    place = PlaceFactory(offer=None, geographic_entity=entity)
    assert place.offer_links.count() == 0
    for _ in range(2):
        share_place(place, OfferFactory(geographic_entity=entity))
    assert place.offer_links.count() == 2


def test_a_professional_known_by_the_adeli_number():
    assert ProfessionalFactory(rpps=None, adeli="359999999").id_nat_ps == "0359999999"
