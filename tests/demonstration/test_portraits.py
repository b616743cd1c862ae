"""One establishment of each sector is described in full, and each reader finds there what it may know."""

import pytest
from django.apps import apps

from confidentiality.disclosure import Disclosed
from confidentiality.viewer import Viewer
from professionals.models import Practice, Professional, ProfessionalMailbox
from professionals.reading import situations_of
from ror.accounts.models import User
from ror.demonstration.portraits import portraits
from ror.demonstration.tables import by_key, geographic_identifier
from ror.quality.models import Reminder
from structures.models import (
    BedCapacity,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    Offer,
    OfferPlace,
    Tariff,
)
from structures.models.organization import POLE, SERVICE, UNIT
from structures.reading import organizations_of, read_establishment, read_legal_entity, read_offer
from tests.demonstration.test_data import FICTION, MARKED

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

HOSPITAL, NURSING_HOME, HOME_CARE, HOME_HELP = "chr-trois-rivieres", "ehpad-glycines", "ssiad-porte", "saa-porte"
PSYCHIATRY, HEALTH_HOUSE = "cmp-verger", "msp-pont-neuf"
INSTALLED, AVAILABLE, CLOSED, SUPPLEMENTARY = "R330:01", "R330:02", "R330:05", "R330:06"


def viewer(name: str | None = None) -> Viewer:
    return Viewer(User.objects.get(email=f"{name}@demo.example.org")) if name else Viewer.public()


def identifier(slug: str) -> str:
    return geographic_identifier(by_key("establishments")[slug])


def offer_of(slug: str, code: str) -> Offer:
    said = portraits()[slug].offers.get(code, {}).get("name") or by_key("offers")[code]["name"]
    return Offer.objects.get(geographic_entity__id_nat_struct=identifier(slug), name=f"{said} (offre fictive)")


def read(reader: Viewer, slug: str, code: str) -> Disclosed:
    return read_offer(reader, offer_of(slug, code).slug)


def figures(offer: Disclosed) -> list[dict]:
    return [
        bed for place in offer.get("places") for capacity in place.get("capacities", []) for bed in capacity["beds"]
    ]


def test_every_class_of_the_model_has_a_row():
    empty = [
        model.__name__
        for label in ("structures", "professionals", "quality")
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed and model is not Reminder and not model._base_manager.exists()
    ]
    assert empty == []


@pytest.mark.parametrize(
    ("model", "field"),
    [(InternalOrganization, "name"), (GeographicEntity, "usual_name"), (Tariff, "name")],
)
def test_every_other_name_says_that_it_is_fictitious(model, field):
    names = model.objects.exclude(**{field: ""}).values_list(field, flat=True)
    assert names
    assert [name for name in names if not MARKED.search(name)] == []


def test_the_hospital_is_a_tree_of_three_storeys():
    found = organizations_of(viewer("regulation"), identifier(HOSPITAL))
    by_identifier = {each.get("identifier"): each for each in found}
    assert {each.get("type") for each in found} == {POLE, SERVICE, UNIT}
    for each in found:
        parent = by_identifier.get(each.get("parent"))
        assert (parent is None) == (each.get("type") == POLE)
        assert parent is None or parent.get("type") < each.get("type")


def test_the_unit_of_the_sensitive_offer_is_unknown_to_the_public():
    names = [
        {each.get("name") for each in organizations_of(reader, identifier(HOSPITAL))}
        for reader in (viewer(), viewer("regulation"))
    ]
    assert names[1] - names[0] == {"Unité fictive de médecine pénitentiaire"}


def test_emergencies_and_maternity_bear_the_names_that_quality_rules_expect():
    """CO1 and CO2 of the national quality rules, for the invented authorisations: type 2B and emergencies."""
    offers = Offer.objects.filter(geographic_entity__id_nat_struct=identifier(HOSPITAL))
    emergencies = offers.filter(care_mode="R213:33", activities__activity__in=["R211:157", "R211:249"])
    assert emergencies.exists()
    assert all("urgence" in offer.name.lower() for offer in emergencies)
    assert offers.filter(name__icontains="maternité", expertise_levels__contains=["R253:03"]).count() == 1
    for activity, there in (("R211:100", True), ("R211:094", True), ("R211:369", True), ("R211:128", False)):
        assert offers.filter(activities__activity=activity).exists() is there


def test_beds_of_intensive_care_by_reader():
    shown = [
        {bed["status"] for bed in figures(read(reader, HOSPITAL, "reanimation"))}
        for reader in (viewer(), viewer("professionnel"), viewer("regulation"))
    ]
    assert shown[0] <= {INSTALLED}
    assert SUPPLEMENTARY not in shown[1]
    assert shown[2] >= {INSTALLED, AVAILABLE, CLOSED, SUPPLEMENTARY}
    beds = figures(read(viewer("regulation"), HOSPITAL, "reanimation"))
    assert {bed["gender"] for bed in beds if bed["status"] == AVAILABLE} >= {"R332:01", "R332:02"}
    assert any(bed["closing_type"] == "R333:01" for bed in beds if bed["status"] == CLOSED)
    assert all(bed["crisis_type"] for bed in beds if bed["status"] == SUPPLEMENTARY)


def test_every_full_hospitalisation_of_a_hospital_says_its_crisis_beds():
    """Line 21 of the table of mandatory data."""
    wards = Offer.objects.filter(care_mode="R213:28", geographic_entity__legal_kind="I-1")
    answered = BedCapacity.objects.filter(status=SUPPLEMENTARY).values("care_capacity__place")
    places = OfferPlace.objects.filter(place__in=answered).values("offer")
    assert wards.exists()
    assert not wards.exclude(pk__in=places).exists()


def test_one_unit_is_closed_for_a_time_with_nothing_available():
    closed = Offer.objects.exclude(closing_type=None).get()
    assert (closing := closed.closing_type_id) == "R286:PRO"
    assert closed.reopening_date > closed.closing_date
    assert closed.internal_organization.closing_type_id == closing
    beds = BedCapacity.objects.filter(care_capacity__place__offer_links__offer=closed, status=AVAILABLE)
    assert set(beds.values_list("number", flat=True)) == {0}


def test_the_imaging_unit_says_the_limits_of_its_equipment():
    assert [place.get("equipment", []) for place in read(viewer(), HOSPITAL, "imagerie").get("places")] in (
        [[]],
        [None],
    )
    places = read(viewer("regulation"), HOSPITAL, "imagerie").get("places")
    limits = {limit["unit"] for row in places[0]["equipment"] for limit in row["limits"]}
    assert limits == {"kg", "cm"}


def test_one_operating_theatre_is_shared_by_two_offers():
    theatres = [
        {place["id"] for place in read(viewer("regulation"), HOSPITAL, code).get("places")}
        for code in ("chirurgie-viscerale", "ambulatoire")
    ]
    assert len(theatres[0] & theatres[1]) == 1


def test_the_legal_entity_of_the_hospital_is_reached_according_to_the_reader():
    entity = GeographicEntity.objects.get(id_nat_struct=identifier(HOSPITAL)).legal_entity
    counts = [
        len(read_legal_entity(reader, entity.id_nat_struct).get("contacts"))
        for reader in (viewer(), viewer("professionnel"))
    ]
    assert counts == [1, 2]


def test_all_seven_kinds_of_tariff_are_shown_to_the_public():
    tariffs = {
        slug: read_establishment(viewer(), identifier(slug)).get("tariffs")
        for slug in (NURSING_HOME, HOME_HELP, "smr-second-souffle")
    }
    kinds = {slug: {row["kind"] for row in rows} for slug, rows in tariffs.items()}
    assert kinds[NURSING_HOME] == {"R246:02", "R246:03", "R246:04", "R246:05"}
    assert kinds[HOME_HELP] == {"R246:06", "R246:07"}
    assert kinds["smr-second-souffle"] == {"R246:01"}
    extra = [row for row in tariffs[NURSING_HOME] if row["kind"] == "R246:04"]
    assert {bool(row["additional_service"]) for row in extra} == {True, False}
    groups = {row["dependency_group"] for row in tariffs[NURSING_HOME]} - {None}
    assert groups == {"R237:01", "R237:02", "R237:03"}


def test_the_nursing_home_says_its_aids_and_dwellings():
    home = read_establishment(viewer(), identifier(NURSING_HOME))
    assert set(home.get("financial_aids")) == {"R241:01", "R241:02"}
    assert home.get("permanent_social_aid_places") == 30
    assert home.get("temporary_social_aid_places") == 2
    assert HousingCapacity.objects.filter(geographic_entity__id_nat_struct=identifier(NURSING_HOME)).count() >= 4
    types = Offer.objects.filter(geographic_entity__id_nat_struct=identifier(NURSING_HOME)).values_list("offer_type")
    assert {"R244:23", "R244:25"} <= {code for (code,) in types}  # UHR and PASA


def test_the_home_care_service_says_its_zone_to_the_public():
    offer = read(viewer(), HOME_CARE, "ssiad-age")
    zone = offer.get("intervention_communes")
    assert len(zone) >= 20
    assert all(code.startswith("35") for code in zone)
    assert offer.get("management_types") == ["R236:01"]
    housing = HousingCapacity.objects.filter(geographic_entity__id_nat_struct=identifier(HOME_CARE))
    assert not housing.exists()


def test_the_psychiatric_centre_says_its_sectors_and_hours():
    offer = read(viewer(), PSYCHIATRY, "cmp-adulte")
    assert offer.get("psychiatric_sectors")
    assert offer.get("involuntary_care") is True
    slots = offer.get("hours")
    assert "R252:06" in {row["slot_type"] for row in slots}
    assert any(row["period_start"] for row in slots)


def test_professionals_of_the_health_house_are_known_to_the_public():
    found = situations_of(viewer(), offer_of(HEALTH_HOUSE, "medecine-generale").slug)
    assert {(each.get("first_name"), each.get("last_name")) for each in found} == {
        ("Camille", "Exemple"),
        ("Claude", "Modèle"),
        ("Sacha", "Spécimen"),
    }
    doctor = next(each for each in found if each.get("last_name") == "Exemple")
    assert doctor.get("hours")
    assert doctor.get("convention_sector") == "R282:c1"
    assert doctor.get("controlled_fees") is True
    assert doctor.get("vitale_card") is True
    assert doctor.get("telecoms")
    assert len(doctor.get("qualifications")) == 3


def test_competences_of_a_professional_are_for_professionals():
    slug = offer_of(HEALTH_HOUSE, "medecine-generale").slug
    said = [
        [code for each in situations_of(reader, slug) for code in each.get("specific_competences") or []]
        for reader in (viewer(), viewer("professionnel"))
    ]
    assert said[0] == []
    assert said[1] == ["R243:01", "R243:06"]


def test_professionals_of_the_hospital_are_known_to_professionals_only():
    slug = offer_of(HOSPITAL, "reanimation").slug
    assert situations_of(viewer(), slug) == []
    assert len(situations_of(viewer("professionnel"), slug)) == 1


def test_one_person_practises_two_professions():
    assert Practice.objects.filter(last_name="Spécimen").values("professional").distinct().count() == 1
    assert Practice.objects.filter(last_name="Spécimen").count() == 2


def test_nobody_of_the_register_has_these_numbers():
    assert not Professional.objects.exclude(rpps=None).exclude(rpps__startswith="99").exists()
    assert not Professional.objects.exclude(adeli="").exclude(adeli__startswith="00").exists()
    addresses = ProfessionalMailbox.objects.values_list("address", flat=True)
    assert all(address.endswith(".example.org") for address in addresses)


def test_phones_of_professionals_ring_nowhere():
    found = [
        telecom["address"]
        for offer in Offer.objects.exclude(situations=None)
        for each in situations_of(viewer("regulation"), offer.slug)
        for telecom in each.get("telecoms") or []
    ]
    assert found
    assert [address for address in found if not FICTION.fullmatch(address)] == []
