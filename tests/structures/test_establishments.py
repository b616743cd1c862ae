"""What an establishment says of itself: tariffs, contacts, and the rules that they obey."""

import copy

import pytest

from structures import records
from structures.document import canonical, new_id
from structures.establishments import describe_establishment
from structures.findings import NotPublishable
from structures.merging import same_row
from structures.models import Contact, GeographicEntity, Tariff, Telecom
from structures.publishing import Conflicting
from structures.schema import ESTABLISHMENT
from tests.factories import GeographicEntityFactory, contact_row, published_offer, telecom_row

pytestmark = pytest.mark.django_db


def tariff_row(**changes):
    """The housing base of an EHPAD, permanent, single room, over 60."""
    row = {"id": new_id(), "kind": "R246:02", "amount": "62.50", "unit": "R228:2", "under_60": False}
    return row | {"residential_type": "R242:02", "reception_temporality": "R240:02"} | changes


def extra_service(**changes):
    return {"id": new_id(), "kind": "R246:04", "amount": "9.90", "unit": "R228:4"} | changes


def establishment_document(**changes):
    return {
        "usual_name": "Les Exemples",
        "health_territories": [],
        "financial_aids": [],
        "family_accommodation": True,
        "permanent_social_aid_places": 10,
        "comment": "Texte libre",
        "contacts": [contact_row()],
        "tariffs": [tariff_row(), tariff_row(residential_type="R242:01"), extra_service(additional_service="R264:01")],
        **changes,
    }


def describe(entity, document, base=None):
    return describe_establishment(document, entity=entity, author="tests", channel="form", base=base)


def refused(entity, **changes) -> set[tuple[str, str]]:
    """(rule, datum) of each finding that refuses the document."""
    with pytest.raises(NotPublishable) as refusal:
        describe(entity, establishment_document(**changes))
    return {(finding.rule, finding.path.rpartition(".")[2]) for finding in refusal.value.findings}


def test_what_is_said_is_read_back():
    entity = GeographicEntityFactory()
    document = establishment_document()
    assert describe(entity, document) == []
    clean, found = canonical(document, ESTABLISHMENT)
    assert found == []
    assert same_row(records.read_establishment_document(entity), clean, ESTABLISHMENT)


def test_the_word_of_the_register_is_not_touched():
    entity = GeographicEntityFactory(name="EHPAD fictif du registre")
    describe(entity, establishment_document())
    again = GeographicEntity.objects.get(pk=entity.pk)
    assert (again.name, again.usual_name) == ("EHPAD fictif du registre", "Les Exemples")
    assert (again.finess, again.postcode, again.commune_id) == (entity.finess, entity.postcode, entity.commune_id)


def test_contacts_of_its_offers_are_not_its_own():
    entity = GeographicEntityFactory()
    published_offer(entity)
    before = set(Contact.objects.values_list("pk", flat=True))
    describe(entity, establishment_document(contacts=[]))
    assert set(Contact.objects.values_list("pk", flat=True)) == before
    assert records.read_establishment_document(entity)["contacts"] == []


def test_withdrawn_rows_go_with_what_hangs_on_them():
    entity = GeographicEntityFactory()
    describe(entity, establishment_document())
    describe(entity, establishment_document(contacts=[], tariffs=[]))
    assert not Tariff.objects.exists()
    assert not Telecom.objects.exists()


@pytest.mark.parametrize(
    ("tariffs", "expected"),
    [
        ([tariff_row(), tariff_row()], {("RG_EXP_026", "kind")}),
        (
            [extra_service(additional_service="R264:01"), extra_service(additional_service="R264:01")],
            {("RG_EXP_027", "kind")},
        ),
        ([{**extra_service(), "kind": "R246:01", "residential_type": "R242:01"}], {("RG_EXP_029", "residential_type")}),
        (
            [extra_service(additional_service="R264:01", other_additional_service="Autre")],
            {("RG_EXP_036", "additional_service")},
        ),
        ([extra_service()], {("RG_EXP_036", "additional_service")}),
        ([tariff_row(under_60=None)], {("RG_EXP_002", "under_60")}),
        ([tariff_row(amount=None, unit=None)], {("RG_EXP_002", "amount"), ("RG_EXP_002", "unit")}),
        ([tariff_row(dependency_group="R237:01")], {("106", "dependency_group")}),
    ],
)
def test_tariffs_obey_the_rules_of_their_kind(tariffs, expected):
    rows = [{**row, "id": new_id()} for row in tariffs]
    assert refused(GeographicEntityFactory(), tariffs=rows) == expected


def test_contacts_obey_the_rules_of_levels():
    person = contact_row(nature=None, function="R251:03", name="Camille Exemple", telecoms=[])
    direct = contact_row(telecoms=[telecom_row(direct_line=True)])
    assert refused(GeographicEntityFactory(), contacts=[person, direct]) == {
        ("10", "level"),
        ("8", "telecoms"),
    }


def test_a_row_of_another_establishment_is_never_adopted():
    theirs = GeographicEntityFactory()
    describe(theirs, establishment_document())
    stolen = records.read_establishment_document(theirs)["tariffs"]
    with pytest.raises(NotPublishable) as refusal:
        describe(GeographicEntityFactory(), establishment_document(tariffs=stolen))
    assert all("n'a pas été reconnue" in finding.message for finding in refusal.value.findings)
    assert Tariff.objects.filter(geographic_entity=theirs).count() == 3


def test_what_a_colleague_changed_meanwhile_is_kept_or_said():
    entity = GeographicEntityFactory()
    describe(entity, establishment_document())
    base = records.read_establishment_document(entity)
    describe(entity, {**copy.deepcopy(base), "comment": "Le commentaire d'un collègue"}, base)
    describe(entity, {**copy.deepcopy(base), "usual_name": "Autre nom"}, base)
    after = records.read_establishment_document(entity)
    assert (after["comment"], after["usual_name"]) == ("Le commentaire d'un collègue", "Autre nom")
    with pytest.raises(Conflicting) as conflict:
        describe(entity, {**copy.deepcopy(base), "comment": "Le mien"}, base)
    assert [found.path for found in conflict.value.conflicts] == ["comment"]
