"""Anomalies that the portal finds by itself: born of a publication or of the whole base, ended once corrected."""

import datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from confidentiality.governed import GovernedModel
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from ror.history import writing
from ror.quality.anomalies import CLOSED_CODE, follow_publications
from ror.quality.closed_codes import LEFT_OUT, SOURCES
from ror.quality.models import COHERENCE, COMPLETENESS, CORRECTED, TO_TREAT, TOLERATED, Anomaly
from ror.reference.fields import CodeField, CodeSetField
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from structures import records
from structures.findings import Finding, NotPublishable
from structures.models import Offer, OfferActivity
from structures.publishing import Publication, publish
from tests import factories
from tests.factories import GeographicEntityFactory, contact_row, published_offer, telecom_row

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_nomenclature():
    """A test that closes a code is rolled back: the map of the process must forget it."""
    yield
    renew()


def close_code(value_set: str, concept: str) -> None:
    assert ValueSetMember.objects.filter(value_set=value_set, concept=concept).update(valid_to=YESTERDAY)
    renew()


def republish(offer, **changes):
    base = records.read_document(offer)
    return publish(
        {**base, **changes},
        entity=offer.geographic_entity,
        author="import",
        channel="import",
        offer=offer,
        base=base,
    )


def without_activity(offer) -> None:
    """As if the rule that asks for an activity were newer than the record."""
    with writing("tests", "command"):
        OfferActivity.objects.filter(offer=offer).delete_rows()


def find() -> str:
    out = StringIO()
    call_command("find_anomalies", stdout=out)
    return out.getvalue()


def test_a_rule_newer_than_the_record_blocks_no_correction_and_makes_one_anomaly():
    offer = published_offer()
    without_activity(offer)
    republish(offer, name="Nom corrigé")
    republish(offer, name="Nom encore corrigé")
    anomaly = Anomaly.objects.get()
    assert Offer.objects.get(pk=offer.pk).name == "Nom encore corrigé"
    assert (anomaly.offer_id, anomaly.rule, anomaly.element_path) == (offer.pk, "1", "activities")
    assert (anomaly.theme_id, anomaly.status_id) == (COMPLETENESS, TO_TREAT)
    assert "activité" in anomaly.description
    assert anomaly.deadline == timezone.localdate() + datetime.timedelta(days=90)


def test_it_ends_once_corrected():
    offer = published_offer()
    without_activity(offer)
    republish(offer, name="Nom corrigé")
    republish(offer, activities=[factories.activity_row()])
    anomaly = Anomaly.objects.get()
    assert anomaly.status_id == CORRECTED
    assert anomaly.ended_at is not None


def test_a_finding_on_a_changed_datum_still_blocks_and_makes_none():
    offer = published_offer()
    with pytest.raises(NotPublishable):
        republish(offer, activities=[])
    assert not Anomaly.objects.exists()


def test_a_closed_code_makes_one_anomaly_which_ends_with_another_code():
    offer = published_offer()
    close_code("J238", "R244:21")
    republish(offer, name="Nom corrigé")
    anomaly = Anomaly.objects.get()
    assert (anomaly.rule, anomaly.element_path, anomaly.theme_id) == (CLOSED_CODE, "offer_type", COHERENCE)
    assert anomaly.wrong_value == "R244:21"
    republish(offer, offer_type=None)
    assert Anomaly.objects.get().status_id == CORRECTED


def test_what_someone_tolerated_for_good_is_not_asked_again():
    offer = published_offer()
    without_activity(offer)
    republish(offer, name="Nom corrigé")
    with writing("tests", "command"):
        Anomaly.objects.update(status=TOLERATED, ended_at=timezone.now())
    republish(offer, name="Nom encore corrigé")
    assert Anomaly.objects.count() == 1


def test_a_report_by_someone_is_never_ended_by_a_publication():
    offer = published_offer()
    reported = factories.AnomalyFactory(offer=offer, rule="1", requester=factories.UserFactory())
    of_the_register = factories.AnomalyFactory(offer=offer, rule="CO4")
    without_activity(offer)
    republish(offer, activities=[factories.activity_row()])
    assert set(Anomaly.objects.open()) == {reported, of_the_register}


def test_the_whole_base_is_looked_over_and_twice_is_as_once():
    entity = GeographicEntityFactory(health=True, accessibility_id="R202:1")
    offer = published_offer(entity)
    place = offer.place_links.get().place
    bed = factories.BedCapacityFactory(care_capacity=factories.CareCapacityFactory(place=place))
    situation = factories.SituationFactory(offer=offer, convention_sector_id="R282:c1")
    closed = (("J50", "R202:1"), ("J193", "R335:01"), ("J218", "R282:c1"), ("J29", "R239:01"), ("J41", "R252:01"))
    for value_set, concept in closed:
        close_code(value_set, concept)
    assert "ouvertes=9 corrigées=0" in find()
    assert "ouvertes=0 corrigées=0 déjà ouvertes=9" in find()
    found = {(row.offer_id, row.element_path) for row in Anomaly.objects.open()}
    assert (None, "accessibility") in found
    assert (offer.pk, f"places.{place.pk}.capacities.{bed.care_capacity_id}.beds.{bed.pk}.source") in found
    assert (offer.pk, f"situations.{situation.pk}.convention_sector") in found
    assert (offer.pk, "publics") in found


def test_a_publication_and_the_whole_base_say_the_same_once():
    """The anomaly that one made is that of the other; what is not in a document is not ended by a publication."""
    offer = published_offer()
    situation = factories.SituationFactory(offer=offer, convention_sector_id="R282:c1")
    close_code("J238", "R244:21")
    close_code("J218", "R282:c1")
    republish(offer, name="Nom corrigé")
    assert "ouvertes=1 corrigées=0 déjà ouvertes=1" in find()
    republish(offer, offer_type=None)
    assert [row.element_path for row in Anomaly.objects.open()] == [f"situations.{situation.pk}.convention_sector"]
    with writing("tests", "command"):
        type(situation).objects.update(convention_sector=None)
    assert "ouvertes=0 corrigées=1" in find()


def test_the_anomaly_of_a_sensitive_unit_is_hidden_with_it():
    entity = GeographicEntityFactory(health=True)
    published_offer(entity, sensitive=True)
    close_code("J238", "R244:21")
    find()
    reader = Viewer(factories.holder("health_professional", factories.territory("nation")))
    assert Anomaly.objects.exists()
    assert not Anomaly.objects.visible_to(reader).exists()


def test_an_anomaly_is_read_at_the_level_of_its_datum():
    private = contact_row(level=Level.CRISIS, telecoms=[telecom_row(level=Level.CRISIS)])
    offer = published_offer(contacts=[private, contact_row(level=Level.PUBLIC)])
    hidden = offer.contacts.get(level=Level.CRISIS)
    professional = Viewer(factories.holder("health_professional", factories.territory("nation")))
    regulation = Viewer(factories.holder("regulation", factories.territory("department", "35")))
    close_code("J221", hidden.nature_id)
    find()
    paths = {f"contacts.{contact.pk}.nature" for contact in offer.contacts.all()}
    of_hidden = f"contacts.{hidden.pk}.nature"
    assert {row.element_path for row in Anomaly.objects.visible_to(regulation)} == paths
    assert {row.element_path for row in Anomaly.objects.visible_to(professional)} == paths - {of_hidden}
    rows = [row | {"level": Level.PROFESSIONAL} for row in records.read_document(offer)["contacts"]]
    telecoms = [
        {**row, "telecoms": [{**each, "level": Level.PROFESSIONAL} for each in row["telecoms"]]} for row in rows
    ]
    republish(offer, contacts=telecoms)
    assert {row.element_path for row in Anomaly.objects.visible_to(professional)} == paths


def test_a_missing_crisis_answer_is_an_anomaly_of_level_3():
    offer = published_offer()
    finding = Finding("establishment.orsan_answer", "Indiquez la désignation ORSAN.", "déduit", tolerated=True)
    with writing("tests", "command"):
        follow_publications([Publication(offer, offer.version, [finding], [finding])])
    assert Anomaly.objects.get().level == Level.CRISIS


def test_a_contact_of_an_organisation_of_sensitive_units_makes_none():
    pole = factories.InternalOrganizationFactory()
    contact = factories.ContactFactory(offer=None, internal_organization=pole)
    published_offer(pole.geographic_entity, sensitive=True, internal_organization=pole.identifier)
    close_code("J221", contact.nature_id)
    find()
    assert not Anomaly.objects.filter(offer=None).exists()


def test_every_governed_code_is_followed_or_left_out_with_a_reason():
    followed = {source.model.__name__ for source in SOURCES} | LEFT_OUT.keys()
    with_codes = {
        model.__name__
        for model in apps.get_models()
        if issubclass(model, GovernedModel)
        and any(isinstance(column, (CodeField, CodeSetField)) for column in model._meta.concrete_fields)
    }
    assert with_codes == followed
