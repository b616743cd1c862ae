"""The whole document of an offer: every nested list written, read back, merged, withdrawn."""

import copy

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ror.history import writing
from structures import records
from structures.document import canonical, new_id, upgraded
from structures.findings import NotPublishable
from structures.merging import same_row
from structures.models import (
    BedCapacity,
    EquipmentLimit,
    OfferExpertise,
    OfferVersion,
    OutsideOfficeActs,
    Place,
    SpecificEquipment,
    Telecom,
)
from structures.publishing import publish, revising
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    activity_row,
    contact_row,
    hours_row,
    offer_document,
    place_row,
    published_offer,
    telecom_row,
)

pytestmark = pytest.mark.django_db


def limit_row(**changes):
    return {"id": new_id(), "feature": "R340:001", "value": "250.00", "unit": "kg"} | changes


def equipment_row(**changes):
    return {"id": new_id(), "equipment_type": "R212:003", "in_service": 2, "limits": [limit_row()]} | changes


def full_place(**changes):
    row = place_row(name="Bâtiment A", function="R343:001", status="R203:3", description="Ascenseur B, 2e étage")
    row |= {
        "latitude": "48.110000",
        "longitude": "-1.680000",
        "coordinates_reliable": False,
        "external_sync_id": "ZONE-1",
        "telecoms": [telecom_row("01 99 00 12 34", usage="accueil du bâtiment")],
        "housing": [{"id": new_id(), "residential_type": "R242:02", "count": 12}],
        "equipment": [equipment_row()],
    }
    return row | changes


def full_document(**changes):
    """An offer that says something in each of its lists."""
    return offer_document(
        **{
            "reception_modalities": ["R338:02"],
            "intervention_communes": ["35238", "35051"],
            "psychiatric_sectors": ["35G01", "35G02"],
            "involuntary_care": False,
            "specific_acts": ["R210:0001", "R210:0005"],
            "outside_office_acts": ["R210:0005"],
            "comment": "Texte libre",
            "mailboxes": [{"id": new_id(), "address": "unite@exemple.mssante.fr"}],
            "contacts": [contact_row(description="Le matin"), contact_row(nature="R287:03")],
            "places": [full_place(), place_row(street_name="rue du second lieu")],
        }
        | changes
    )


def change(offer, base, **changes):
    """Publish what `base` becomes with `changes`."""
    return publish(
        {**copy.deepcopy(base), **changes},
        entity=offer.geographic_entity,
        author="tests",
        channel="form",
        offer=offer,
        base=base,
    )


def test_every_list_is_read_back_as_it_was_published():
    document = full_document()
    offer = publish(document, entity=GeographicEntityFactory(), author="tests", channel="form").offer
    clean, found = canonical(document)
    assert found == []
    read = records.read_document(offer)
    assert same_row(read, clean)
    assert canonical(read) == (read, [])
    assert OfferVersion.objects.get(offer=offer).document == read


def test_reading_a_document_costs_the_same_whatever_its_rows():
    one, many = (
        publish(document, entity=GeographicEntityFactory(), author="tests", channel="form").offer
        for document in (full_document(), full_document(places=[full_place(external_sync_id=str(n)) for n in range(8)]))
    )
    counts = []
    for offer in (one, many):
        with CaptureQueriesContext(connection) as queries:
            records.read_document(offer)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_what_is_nested_three_levels_down_is_changed_and_withdrawn():
    offer = published_offer(**full_document())
    base = records.read_document(offer)
    places = copy.deepcopy(base["places"])
    places[0]["equipment"][0]["limits"][0]["value"] = "180.00"
    change(offer, base, places=places)
    assert str(EquipmentLimit.objects.get().value) == "180.00"
    places[0]["equipment"] = []
    change(offer, records.read_document(offer), places=places)
    assert not SpecificEquipment.objects.exists()
    assert not EquipmentLimit.objects.exists()


def test_expertise_has_a_row_only_when_it_says_something():
    offer = published_offer(**full_document())
    assert OfferExpertise.objects.filter(offer=offer).exists()
    assert OutsideOfficeActs.objects.filter(offer=offer).exists()
    change(offer, records.read_document(offer), specific_acts=[], outside_office_acts=[])
    assert not OfferExpertise.objects.exists()
    assert not OutsideOfficeActs.objects.exists()


def test_a_row_of_another_offer_is_never_adopted():
    """A forged id: the equipment of one establishment, in the document of another."""
    victim = records.read_document(published_offer(**full_document()))
    for name in ("telecoms", "housing", "equipment"):
        document = full_document(places=[full_place(**{name: copy.deepcopy(victim["places"][0][name])})])
        with pytest.raises(NotPublishable) as refusal:
            publish(document, entity=GeographicEntityFactory(), author="tests", channel="form")
        assert any("n'a pas été reconnue" in finding.message for finding in refusal.value.findings), name


def test_a_shared_place_that_changes_becomes_a_place_of_its_own_with_its_rows():
    entity = GeographicEntityFactory()
    first = publish(full_document(), entity=entity, author="tests", channel="form").offer
    shared = records.read_document(first)["places"]
    second = publish(offer_document(places=shared), entity=entity, author="tests", channel="form").offer
    base = records.read_document(second)
    moved = copy.deepcopy(base["places"])
    moved[0]["equipment"][0]["in_service"] = 9
    change(second, base, places=moved)
    assert records.read_document(first)["places"][0]["equipment"][0]["in_service"] == 2
    copied = records.read_document(second)["places"][0]
    assert copied["equipment"][0]["in_service"] == 9
    assert copied["id"] != shared[0]["id"]
    assert copied["equipment"][0]["limits"][0]["value"] == "250.00"


def test_a_key_of_synchronisation_that_another_place_has_is_refused():
    entity = GeographicEntityFactory()
    publish(full_document(), entity=entity, author="tests", channel="form")
    with pytest.raises(NotPublishable) as refusal:
        publish(full_document(), entity=entity, author="tests", channel="form")
    assert [finding.path.rpartition(".")[2] for finding in refusal.value.findings] == ["external_sync_id"]


def test_withdrawing_a_place_that_holds_beds_is_said_and_takes_them_away():
    offer = published_offer(**full_document())
    base = records.read_document(offer)
    place = Place.objects.get(pk=base["places"][0]["id"])
    BedCapacityFactory(care_capacity=CareCapacityFactory(place=place))
    publication = change(offer, base, places=base["places"][1:])
    assert [finding.rule for finding in publication.warnings if finding.rule == "107"] == ["107"]
    assert not Place.objects.filter(pk=place.pk).exists()
    assert not BedCapacity.objects.exists()


def test_an_organisation_of_another_establishment_is_refused():
    entity = GeographicEntityFactory()
    strange, own = InternalOrganizationFactory(), InternalOrganizationFactory(geographic_entity=entity)
    with pytest.raises(NotPublishable) as refusal:
        publish(offer_document(internal_organization=strange.identifier), entity=entity, author="tests", channel="form")
    assert [finding.path for finding in refusal.value.findings if finding.rule == "16"] == ["internal_organization"]
    offer = publish(
        offer_document(internal_organization=own.identifier), entity=entity, author="tests", channel="form"
    ).offer
    assert offer.internal_organization_id == own.identifier
    assert Place.objects.get().internal_organization == own


def test_everything_of_a_sensitive_unit_is_at_level_3():
    published_offer(**full_document(sensitive=True))
    assert set(Telecom.objects.values_list("level", flat=True)) == {3}


def test_the_database_itself_keeps_a_sensitive_unit_at_level_3():
    offer = published_offer(**full_document(sensitive=True))
    telecom = Telecom.objects.filter(contact__offer=offer).first()
    with pytest.raises(IntegrityError), transaction.atomic(), writing("tests", "command"):
        Telecom.objects.filter(pk=telecom.pk).update(level=1)


def test_incomplete_rows_are_all_said_at_once():
    place = full_place(
        housing=[{"id": new_id(), "residential_type": None, "count": 3}],
        equipment=[equipment_row(equipment_type=None, limits=[limit_row(value=None), limit_row(unit=None)])],
        longitude=None,
    )
    document = full_document(places=[place], mailboxes=[{"id": new_id(), "address": None}])
    with pytest.raises(NotPublishable) as refusal:
        publish(document, entity=GeographicEntityFactory(), author="tests", channel="form")
    wrong = {finding.path.rpartition(".")[2] for finding in refusal.value.findings if finding.rule == "RG_EXP_002"}
    assert wrong == {"residential_type", "equipment_type", "value", "unit", "longitude", "address"}


def test_a_document_of_the_first_format_is_read_in_todays():
    old = {"name": "Ancienne", "activities": [activity_row()], "hours": [hours_row()], "contacts": [], "places": []}
    assert upgraded(old, 1)["mailboxes"] == []
    assert upgraded(old, 1)["name"] == "Ancienne"
    with pytest.raises(ValueError, match="unknown document format 3"):
        upgraded(old, 3)


# revising(): the gate for a change made on the rows themselves.


def test_a_change_on_the_rows_makes_a_version_with_its_reason():
    offer = published_offer(**full_document())
    with revising([offer], author="tests", channel="admin", reason="Demande écrite") as publications:
        Telecom.objects.filter(contact__offer=offer).update(usage="corrigé")
    assert [publication.version for publication in publications] == [2]
    version = OfferVersion.objects.get(offer=offer, number=2)
    assert (version.reason, version.channel) == ("Demande écrite", "admin")
    assert version.document["contacts"][0]["telecoms"][0]["usage"] == "corrigé"


def test_nothing_changed_makes_no_version():
    offer = published_offer()
    with revising([offer], author="tests", channel="admin") as publications:
        pass
    assert publications == []


def test_a_change_on_the_rows_that_breaks_a_rule_is_undone():
    offer = published_offer(**full_document())
    before = records.read_document(offer)
    with pytest.raises(NotPublishable), revising([offer], author="tests", channel="admin"):
        Place.objects.filter(offer_links__offer=offer).update(postcode="")
    assert records.read_document(offer) == before
    assert OfferVersion.objects.filter(offer=offer).count() == 1
