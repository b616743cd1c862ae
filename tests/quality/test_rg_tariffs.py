"""Rules of tariffs: each is broken, and seen refused."""

import pytest

from structures.models.tariff import HOUSING
from tests.factories import GeographicEntityFactory, TariffFactory
from tests.quality.refusals import accepted, refused

pytestmark = pytest.mark.django_db


def test_rg_exp_026_one_housing_base_per_combination():
    base = TariffFactory(condition_id=None)
    with refused("tariff_one_housing_base"):
        TariffFactory(geographic_entity=base.geographic_entity, condition_id=None, amount="75.00")
    with accepted():
        TariffFactory(geographic_entity=base.geographic_entity, condition_id="R250:03")
        TariffFactory(geographic_entity=base.geographic_entity, under_60=True)
        TariffFactory(geographic_entity=GeographicEntityFactory())


@pytest.mark.parametrize("kind", ["day_care", "dependence", "home_help", "extra_service", "single_room", "meals"])
def test_rg_exp_027_one_amount_per_combination(kind):
    tariff = TariffFactory(**{kind: True})
    with refused("tariff_one_amount_per_combination"):
        TariffFactory(**{kind: True}, geographic_entity=tariff.geographic_entity, amount="75.00")


def test_rg_exp_029_a_supplement_is_for_a_single_room():
    with refused("tariff_supplement_for_single_room"):
        TariffFactory(single_room=True, residential_type_id="R242:03")


def test_rg_exp_036_an_extra_service_has_one_name():
    with refused("tariff_extra_service_named_once"):
        TariffFactory(extra_service=True, other_additional_service="Coiffure à domicile")
    with refused("tariff_extra_service_named_once"):
        TariffFactory(extra_service=True, additional_service_id=None)
    with accepted():
        TariffFactory(extra_service=True, additional_service_id=None, other_additional_service="Coiffure")


@pytest.mark.parametrize(
    "strange",
    [
        {"day_care": True, "dependency_group_id": "R237:02"},
        {"day_care": True, "under_60": True},
        {"meals": True, "included_services": ["R264:01"]},
        {"kind_id": HOUSING, "under_60": None},
        {"dependence": True, "dependency_group_id": None},
        {"home_help": True, "management_type_id": None},
        {"home_help": True, "other_included_services": ["Linge"]},
    ],
)
def test_each_kind_of_tariff_says_its_own_data_and_no_other(strange):
    with refused("tariff_says_what_its_kind_says"):
        TariffFactory(**strange)
