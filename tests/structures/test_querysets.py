"""What pages ask of the rows in one query: below which perimeter, open, described, how complete."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from confidentiality.governed import Ungoverned, governance
from confidentiality.viewer import Viewer
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from structures.closing import DEFINITIVE, close
from structures.models import Contact, GeographicEntity, InternalOrganization, LegalEntity, Offer, Place
from structures.models.completeness import CRITERIA
from structures.models.organization import SERVICE, UNIT
from tests.factories import (
    ContactFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    OfferFactory,
    PlaceFactory,
    TelecomFactory,
    published_offer,
    territory,
)

BY = {"author": "tests", "channel": "command"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


def completeness(offer):
    return Offer.objects.with_completeness().get(pk=offer.pk).completeness


# within()


def test_rows_within_each_kind_of_perimeter(hospital):
    sister = GeographicEntityFactory(legal_entity=hospital.legal_entity)
    elsewhere = GeographicEntityFactory(insee="22113")
    offers = {entity: OfferFactory(geographic_entity=entity) for entity in (hospital, sister, elsewhere)}
    for perimeter, entities in [
        (territory("nation"), {hospital, sister, elsewhere}),
        (territory("region", "53"), {hospital, sister, elsewhere}),
        (territory("department", "35"), {hospital, sister}),
        (hospital.legal_entity.perimeter, {hospital, sister}),
        (hospital.perimeter, {hospital}),
        (territory("department", "75"), set()),
    ]:
        assert set(GeographicEntity.objects.within(perimeter)) == entities
        assert set(Offer.objects.within(perimeter)) == {offers[entity] for entity in entities}


def test_an_organisation_reaches_all_that_is_below_it(hospital):
    pole = InternalOrganizationFactory(geographic_entity=hospital)
    service = InternalOrganizationFactory(parent=pole, type_id=SERVICE)
    unit = InternalOrganizationFactory(parent=service, type_id=UNIT)
    offers = [OfferFactory(internal_organization=row) for row in (pole, service, unit)]
    OfferFactory(geographic_entity=hospital)
    contact = ContactFactory(offer=offers[2])
    ContactFactory(offer=OfferFactory(geographic_entity=hospital))
    assert set(InternalOrganization.objects.within(service.perimeter)) == {service, unit}
    assert set(Offer.objects.within(service.perimeter)) == set(offers[1:])
    assert list(Contact.objects.within(pole.perimeter)) == [contact]
    assert not GeographicEntity.objects.within(pole.perimeter).exists()


def test_within_costs_no_query_but_that_of_the_organisations(hospital, django_assert_num_queries):
    pole = InternalOrganizationFactory(geographic_entity=hospital)
    OfferFactory(internal_organization=pole)
    perimeters = hospital.perimeter, pole.perimeter
    for perimeter, queries in zip(perimeters, (1, 2), strict=True):
        with django_assert_num_queries(queries):
            assert len(Offer.objects.within(perimeter)) == 1


def test_within_discloses_nothing_by_itself(hospital):
    OfferFactory(geographic_entity=hospital)
    with governance():
        with pytest.raises(Ungoverned):
            list(Offer.objects.within(hospital.perimeter))
        assert len(Offer.objects.visible_to(Viewer.public()).within(hospital.perimeter)) == 1


# open(), described()


def test_open_leaves_out_what_is_closed_or_announced():
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    legal, closed = LegalEntityFactory(), LegalEntityFactory()
    kept, going = GeographicEntityFactory(legal_entity=legal), GeographicEntityFactory(legal_entity=legal)
    offers = [OfferFactory(geographic_entity=entity) for entity in (kept, going)]
    close(closed, DEFINITIVE, timezone.localdate(), **BY)
    close(going, DEFINITIVE, tomorrow, **BY)
    assert legal in LegalEntity.objects.open()
    assert closed not in LegalEntity.objects.open()
    assert list(GeographicEntity.objects.open()) == [kept]
    assert list(Offer.objects.open()) == [offers[0]]


def test_an_establishment_is_described_when_an_offer_is_open(django_assert_num_queries):
    described, closed, empty = (GeographicEntityFactory() for _ in range(3))
    OfferFactory(geographic_entity=described)
    OfferFactory(geographic_entity=described)
    close(OfferFactory(geographic_entity=closed), DEFINITIVE, timezone.localdate(), **BY)
    with django_assert_num_queries(1):
        assert list(GeographicEntity.objects.described()) == [described]
    with governance():
        assert GeographicEntity.objects.visible_to(Viewer.public()).described().get() == described
    assert empty not in GeographicEntity.objects.described()


# with_completeness()


def test_a_published_offer_is_complete_and_a_bare_row_is_not():
    assert len(CRITERIA) == 7
    assert completeness(published_offer()) == 7
    bare = OfferFactory()
    assert completeness(bare) == 4  # neither activity, nor place, nor contact
    PlaceFactory(offer=bare)
    assert completeness(bare) == 5
    contact = ContactFactory(offer=bare)
    assert completeness(bare) == 5
    TelecomFactory(contact=contact)
    assert completeness(bare) == 6


@pytest.mark.parametrize(
    ("address", "met"),
    [
        ({"street_name": "", "place_name": "Le Bourg"}, True),
        ({"street_name": "", "place_name": ""}, False),
        ({"postcode": ""}, False),
    ],
)
def test_an_address_has_a_street_or_a_place_and_a_postcode(address, met):
    offer = OfferFactory()
    before = completeness(offer)
    PlaceFactory(offer=offer, **address)
    assert completeness(offer) - before == met


def test_services_at_home_must_say_their_type_of_offer():
    at_home = GeographicEntityFactory(category_id="R66:460")
    assert completeness(OfferFactory(geographic_entity=at_home)) == 3
    assert completeness(OfferFactory(geographic_entity=at_home, offer_type_id="R244:21")) == 4
    assert completeness(OfferFactory(geographic_entity=GeographicEntityFactory(category_id=None))) == 4


@pytest.fixture
def nomenclature_again():
    """Have the map of codes read again after a test that changes them."""
    yield
    renew()


@pytest.mark.usefixtures("nomenclature_again")
def test_a_code_closed_since_no_longer_counts():
    offer = published_offer()
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    for value_set, code in (("J19", offer.care_mode_id), ("J17", "R211:293")):
        members = ValueSetMember.objects.filter(value_set=value_set, concept=code)
        assert members.update(valid_to=yesterday)
    renew()
    assert completeness(offer) == 5


def test_completeness_is_one_query_whatever_the_rows(hospital, django_assert_num_queries):
    for _ in range(4):
        contact = ContactFactory(offer=OfferFactory(geographic_entity=hospital))
        TelecomFactory(contact=contact)
    Offer.objects.with_completeness()  # the nomenclature is read once per process
    with django_assert_num_queries(1):
        rows = Offer.objects.visible_to(Viewer.public()).within(hospital.perimeter).open().with_completeness()
        assert [row.completeness for row in rows] == [5] * 4
    assert Offer.objects.with_completeness().filter(completeness__lt=7).count() == 4
    assert Place.objects.within(hospital.perimeter).count() == 0


def test_managers_ask_for_no_migration():
    call_command("makemigrations", "structures", check=True, dry_run=True, verbosity=0)
