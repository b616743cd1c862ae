"""Rules of legal and geographic entities: each is broken, and seen refused."""

import pytest

from tests.factories import ContactFactory, GeographicEntityFactory, LegalEntityFactory, TelecomFactory
from tests.quality.refusals import accepted, change, refused

pytestmark = pytest.mark.django_db

RPPS_RANK, ADELI_RANK = "90000000010011", "35999999901"
FALSE = "1999999999"


def test_rg_exp_004_a_legal_entity_is_known_by_its_finess_first():
    legal = LegalEntityFactory(id_nat_struct=FALSE, siren="732829320")
    legal.refresh_from_db()
    assert legal.id_nat_struct == f"1{legal.finess}"
    with refused("frozen column"):
        change(legal, id_nat_struct=FALSE)


def test_rg_exp_005_a_geographic_entity_is_known_by_its_finess_first():
    entity = GeographicEntityFactory(id_nat_struct=FALSE, siret="73282932000074")
    entity.refresh_from_db()
    assert entity.id_nat_struct == f"1{entity.finess}"
    with refused("frozen column"):
        change(entity, id_nat_struct=FALSE)


def test_without_finess_an_entity_is_known_by_its_insee_number():
    entity = GeographicEntityFactory(finess=None, siret="73282932000074", id_nat_struct="")
    legal = LegalEntityFactory(finess=None, siren="732829320", id_nat_struct="")
    entity.refresh_from_db()
    legal.refresh_from_db()
    assert (entity.id_nat_struct, legal.id_nat_struct) == ("373282932000074", "2732829320")


def test_rg_exp_006_an_establishment_has_its_director_and_its_alert_cell():
    entity = GeographicEntityFactory(health=True)
    owner = {"offer": None, "geographic_entity": entity}
    with accepted():
        ContactFactory(**owner, nature_id=None, function_id="R251:03", name="Camille Exemple", level=2)
        TelecomFactory(contact=ContactFactory(**owner, nature_id="R287:08", level=2), level=2)
    with refused("contact_alert_nature_not_public"):
        ContactFactory(**owner, nature_id="R287:08", level=1)


def test_rg_exp_030_a_health_territory_is_one():
    entity = GeographicEntityFactory()
    with refused("health_territories_in_J249"):
        change(entity, health_territories=["R30:53"])
    with refused("health_territories_in_J249"):
        GeographicEntityFactory(health_territories=["35238"])


@pytest.mark.parametrize(("rank", "identifier"), [(RPPS_RANK, f"4{RPPS_RANK}"), (ADELI_RANK, f"0{ADELI_RANK}")])
def test_rg_exp_037_a_rank_identifies_a_legal_entity(rank, identifier):
    legal = LegalEntityFactory(office_rank=rank)
    legal.refresh_from_db()
    assert legal.id_nat_struct == identifier
    with refused("frozen column"):
        change(legal, office_rank="")


@pytest.mark.parametrize(("rank", "identifier"), [(RPPS_RANK, f"4{RPPS_RANK}"), (ADELI_RANK, f"0{ADELI_RANK}")])
def test_rg_exp_038_a_rank_identifies_a_geographic_entity(rank, identifier):
    entity = GeographicEntityFactory(office_rank=rank)
    entity.refresh_from_db()
    assert entity.id_nat_struct == identifier
    with refused("frozen column"):
        change(entity, office_rank="")


def test_a_rank_has_one_of_two_shapes():
    with refused("geographicentity_office_rank_shape"):
        GeographicEntityFactory(office_rank="1234")
    with refused("legalentity_office_rank_shape"):
        LegalEntityFactory(office_rank="1234")
