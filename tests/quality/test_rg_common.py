"""Rules of every class: each is broken, and seen refused, or its effect is seen."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from ror.history import writing
from structures.models import Offer
from structures.models.base import Recorded
from tests import factories
from tests.factories import (
    AUTHOR,
    CHANNEL,
    BedCapacityFactory,
    ContactFactory,
    InternalOrganizationFactory,
    OfferFactory,
    OpeningHoursFactory,
    PlaceFactory,
    SituationHoursFactory,
    TariffFactory,
    TelecomFactory,
)
from tests.quality.refusals import change, refused, rules_that_refuse

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
RECORDED = sorted(
    name
    for name in factories.__all__
    if name.endswith("Factory") and issubclass(getattr(factories, name)._meta.model or object, Recorded)
)


def aged(row):
    """The same row, as if nobody had changed it for years."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        key = row._meta.pk.column
        cursor.execute(
            f'UPDATE {row._meta.db_table} SET created_at = %s, updated_at = %s WHERE "{key}" = %s',
            [LONG_AGO, LONG_AGO, row.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    ("factory", "missing", "words"),
    [
        (OfferFactory, {"name": ""}, "offer_name_not_empty"),
        (OfferFactory, {"age_min": None}, "age_min"),
        (OfferFactory, {"age_max_unit": None}, "age_max_unit"),
        (InternalOrganizationFactory, {"name": ""}, "internalorganization_name_not_empty"),
        (PlaceFactory, {"commune_id": None}, "place_commune_required"),
        (TelecomFactory, {"address": ""}, "telecom_address_not_empty"),
        (TelecomFactory, {"channel_id": None}, "channel_id"),
        (TariffFactory, {"amount": None}, "amount"),
        (TariffFactory, {"unit_id": None}, "unit_id"),
        (BedCapacityFactory, {"number": None}, "number"),
        (BedCapacityFactory, {"source_id": None}, "source_id"),
        (BedCapacityFactory, {"counted_at": None}, "counted_at"),
    ],
)
def test_rg_exp_002_nothing_enters_without_its_mandatory_data(factory, missing, words):
    with refused(words):
        factory(**missing)


def test_rg_exp_002_an_offer_is_not_published_without_activity_nor_place():
    assert {"1", "7"} <= rules_that_refuse(activities=[], places=[])


@pytest.mark.parametrize("name", RECORDED)
def test_rg_exp_020_every_row_has_its_dates(name):
    row = getattr(factories, name)()
    for column in ("created_at", "updated_at"):
        with refused(column):
            change(row, **{column: None}) if column == "created_at" else _without_date(row, column)


@pytest.mark.parametrize("name", RECORDED)
def test_rg_exp_023_both_dates_are_the_same_at_first(name):
    row = getattr(factories, name)()
    assert row.created_at == row.updated_at


@pytest.mark.parametrize("name", RECORDED)
def test_rg_exp_024_every_change_moves_the_date(name):
    row = aged(getattr(factories, name)())
    change(row, created_at=LONG_AGO)
    row.refresh_from_db()
    assert row.updated_at > timezone.now() - datetime.timedelta(hours=1)
    assert row.created_at == LONG_AGO
    change(row, updated_at=LONG_AGO)
    row.refresh_from_db()
    assert row.updated_at > LONG_AGO, "the date cannot be written by hand"


@pytest.mark.parametrize(
    ("factory", "parent"),
    [
        (OpeningHoursFactory, "offer"),
        (ContactFactory, "offer"),
        (TelecomFactory, "contact"),
        (BedCapacityFactory, "care_capacity"),
        (TariffFactory, "geographic_entity"),
        (SituationHoursFactory, "situation"),
    ],
)
def test_rg_exp_025_a_deletion_moves_the_date_of_its_parent(factory, parent):
    row = factory()
    above = aged(getattr(row, parent))
    with writing(AUTHOR, CHANNEL):
        type(row).objects.filter(pk=row.pk).delete_rows()
    above.refresh_from_db()
    assert above.updated_at > LONG_AGO


def test_rg_exp_025_a_deletion_leaves_the_other_rows_alone():
    row, other = OpeningHoursFactory(), aged(OfferFactory())
    with writing(AUTHOR, CHANNEL):
        type(row).objects.filter(pk=row.pk).delete_rows()
    assert Offer.objects.get(pk=other.pk).updated_at == LONG_AGO


def _without_date(row, column):
    """As a road would that no trigger watches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f'UPDATE {row._meta.db_table} SET "{column}" = NULL')
