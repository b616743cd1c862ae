"""Rules of closings: each is broken, and seen refused. What `structures.closing` does is tested beside it."""

import datetime

import pytest

from structures.closing import DEFINITIVE, PROVISIONAL, ClosingError, close, reopen
from structures.models import Offer
from structures.models.capacity import AVAILABLE
from structures.models.organization import SERVICE
from tests.factories import (
    AUTHOR,
    CHANNEL,
    BedCapacityFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    OfferFactory,
)
from tests.quality.refusals import accepted, change, refused

pytestmark = pytest.mark.django_db

TODAY = datetime.date.today()
NEXT_MONTH = TODAY + datetime.timedelta(days=30)
CLOSED = {"closing_type": DEFINITIVE, "closing_date": TODAY}
FACTORIES = [LegalEntityFactory, GeographicEntityFactory, InternalOrganizationFactory, OfferFactory]
BY = {"author": AUTHOR, "channel": CHANNEL}


def closing_of(offer):
    return Offer.objects.values_list("closing_type", "closing_date", "reopening_date").get(pk=offer.pk)


def test_rg_exp_003_a_definitive_closing_is_of_type_def():
    offer = OfferFactory()
    with refused("closing_type_id_in_J185"):
        change(offer, closing_type="R286:ERR", closing_date=TODAY)
    close(offer.geographic_entity.legal_entity, "R286:ERR", TODAY, **BY)
    assert closing_of(offer) == (DEFINITIVE, TODAY, None)


@pytest.mark.parametrize("factory", FACTORIES)
def test_rg_exp_043_a_closing_date_goes_with_a_type(factory):
    row = factory()
    constraint = f"{row._meta.model_name}_closing_type_with_date"
    with refused(constraint):
        change(row, closing_date=TODAY)
    with refused(constraint):
        change(row, closing_type=PROVISIONAL)
    with accepted():
        change(row, **CLOSED)


def test_rg_exp_044_nothing_stays_open_below_what_is_closed():
    pole = InternalOrganizationFactory()
    service = InternalOrganizationFactory(parent=pole, type_id=SERVICE)
    offer = OfferFactory(internal_organization=service)
    entity = pole.geographic_entity
    for row in (entity.legal_entity, entity, pole, service):
        with refused("stays open below a closed row"):
            change(row, **CLOSED)
    close(entity.legal_entity, DEFINITIVE, TODAY, **BY)
    assert closing_of(offer) == (DEFINITIVE, TODAY, None)
    for row in (entity, pole, service, offer):
        with refused("open hangs on a closed row"):
            change(row, closing_type=None, closing_date=None)


def test_nothing_is_created_open_below_what_is_closed():
    pole = InternalOrganizationFactory()
    entity = pole.geographic_entity
    close(entity, DEFINITIVE, TODAY, **BY)
    with refused("open hangs on a closed row"):
        OfferFactory(geographic_entity=entity)
    with refused("open hangs on a closed row"):
        InternalOrganizationFactory(parent=pole, type_id=SERVICE)


@pytest.mark.parametrize("factory", [InternalOrganizationFactory, OfferFactory])
def test_rg_exp_045_only_a_temporary_closing_has_a_reopening_date(factory):
    row = factory()
    constraint = f"{row._meta.model_name}_reopening_only_after_temporary_closing"
    with refused(constraint):
        change(row, **CLOSED, reopening_date=NEXT_MONTH)
    with refused(constraint):
        change(row, closing_type=PROVISIONAL, closing_date=NEXT_MONTH, reopening_date=TODAY)
    with accepted():
        change(row, closing_type=PROVISIONAL, closing_date=TODAY, reopening_date=NEXT_MONTH)
    with pytest.raises(ClosingError, match="fermeture provisoire"):
        close(factory(), DEFINITIVE, TODAY, reopening_date=NEXT_MONTH, **BY)


def test_rg_exp_046_what_reopens_keeps_nothing_of_its_closing():
    offer = OfferFactory()
    with refused("offer_reopening_only_after_temporary_closing"):
        change(offer, reopening_date=NEXT_MONTH)
    close(offer, PROVISIONAL, TODAY, reopening_date=NEXT_MONTH, **BY)
    with refused("offer_"):
        change(offer, closing_type=None)
    reopen(offer, **BY)
    assert closing_of(offer) == (None, None, None)


def test_rg_exp_047_a_closed_offer_has_no_available_bed():
    bed = BedCapacityFactory(status_id=AVAILABLE, number=3)
    offer = Offer.objects.get()
    with refused("a closed offer has no available bed"):
        change(offer, **CLOSED)
    close(offer, DEFINITIVE, TODAY, **BY)
    bed.refresh_from_db()
    assert bed.number == 0
    with refused("a closed offer has no available bed"):
        change(bed, number=1)
    with refused("a closed offer has no available bed"):
        BedCapacityFactory(care_capacity=bed.care_capacity, status_id=AVAILABLE, gender_id="R332:01", number=1)
