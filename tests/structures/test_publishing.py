"""publish(): what enters the record, and what does not."""

import copy
import datetime

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from confidentiality.levels import Level
from ror.history import writing
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from structures import records
from structures.describing import drafts
from structures.describing.models import Draft
from structures.findings import NotPublishable
from structures.merging import same_row
from structures.models import Contact, Offer, OfferVersion, SensitiveUnit, Telecom
from structures.publishing import Conflicting, publish
from tests.factories import (
    DraftFactory,
    GeographicEntityFactory,
    activity_row,
    contact_row,
    describer,
    hours_row,
    offer_document,
    place_row,
    published_offer,
    telecom_row,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_nomenclature():
    """A test that closes a code is rolled back: the map of the process must forget it."""
    yield
    renew()


def republish(offer, document, base=None):
    """Publish again as another channel would, from what is published now unless `base` says otherwise."""
    base = base or records.read_document(offer)
    return publish(document, entity=offer.geographic_entity, author="import", channel="import", offer=offer, base=base)


def test_what_is_published_is_read_back_as_it_was():
    document = offer_document()
    offer = publish(document, entity=GeographicEntityFactory(), author="tests", channel="form").offer
    assert same_row(records.read_document(offer), document)


def test_a_draft_three_days_old_keeps_a_contact_published_since():
    """The describer changed the name; meanwhile a colleague's import changed a phone and added a contact."""
    offer = published_offer()
    draft = DraftFactory(offer=offer)
    Draft.objects.filter(pk=draft.pk).update(created_at=timezone.now() - datetime.timedelta(days=3))
    newer = records.read_document(offer)
    newer["contacts"][0]["telecoms"][0]["address"] = "0261910777"
    newer["contacts"].append(contact_row(telecoms=[telecom_row("0261910888")]))
    republish(offer, newer)

    draft.document = {**draft.document, "name": "Nom choisi il y a trois jours"}
    draft.save()
    drafts.publish_draft(draft, draft.created_by)

    record = records.read_document(offer)
    phones = [telecom["address"] for contact in record["contacts"] for telecom in contact["telecoms"]]
    assert record["name"] == "Nom choisi il y a trois jours"
    assert "0261910777" in phones
    assert "0261910888" in phones
    assert not Draft.objects.filter(pk=draft.pk).exists()
    assert list(OfferVersion.objects.filter(offer=offer).values_list("number", flat=True)) == [3, 2, 1]


def test_a_datum_changed_on_both_sides_is_a_conflict_and_changes_nothing():
    offer = published_offer()
    draft = DraftFactory(offer=offer)
    republish(offer, {**records.read_document(offer), "name": "Nom publié depuis"})
    draft.document = {**draft.document, "name": "Nom du brouillon"}
    draft.save()

    with pytest.raises(Conflicting) as clash:
        drafts.publish_draft(draft, draft.created_by)

    assert [(one.path, one.mine, one.theirs) for one in clash.value.conflicts] == [
        ("name", "Nom du brouillon", "Nom publié depuis")
    ]
    assert Offer.objects.get(pk=offer.pk).name == "Nom publié depuis"
    assert Draft.objects.get(pk=draft.pk).document["name"] == "Nom du brouillon"


@pytest.mark.parametrize(("choice", "kept"), [({"name"}, "Nom publié depuis"), (set(), "Nom du brouillon")])
def test_a_settled_conflict_publishes_the_value_chosen(choice, kept):
    offer = published_offer()
    draft = DraftFactory(offer=offer)
    republish(offer, {**records.read_document(offer), "name": "Nom publié depuis"})
    draft.document = {**draft.document, "name": "Nom du brouillon"}
    draft.save()

    drafts.settle(draft, 2, choice, draft.created_by)
    drafts.publish_draft(draft, draft.created_by)

    assert Offer.objects.get(pk=offer.pk).name == kept


def test_a_publication_that_nobody_was_shown_is_never_settled_over():
    """The age is published between the conflict page, which showed version 2, and its answer."""
    offer = published_offer()
    draft = DraftFactory(offer=offer)
    republish(offer, {**records.read_document(offer), "name": "Nom publié depuis"})
    draft.document = {**draft.document, "name": "Nom du brouillon", "age_min": 70}
    draft.save()
    republish(offer, {**records.read_document(offer), "age_min": 65})

    with pytest.raises(Conflicting) as clash:
        drafts.settle(draft, 2, {"name"}, draft.created_by)

    assert {conflict.path for conflict in clash.value.conflicts} == {"name", "age_min"}
    assert clash.value.version == 3
    assert Draft.objects.get(pk=draft.pk).document["name"] == "Nom du brouillon"


@pytest.mark.parametrize("change", ["swap", "moved"])
def test_activities_may_exchange_their_codes(change, real_transactions):
    """Two rows that swap, or a new row that takes a code left by another, within one publication."""
    first, second = activity_row(), activity_row(activity="R211:294")
    offer = published_offer(activities=[first, second])
    document = records.read_document(offer)
    rows = document["activities"]
    if change == "swap":
        rows[0]["activity"], rows[1]["activity"] = rows[1]["activity"], rows[0]["activity"]
    else:
        document["activities"] = [{**rows[0], "activity": "R211:295"}, rows[1], activity_row()]
    republish(offer, document)
    assert same_row(records.read_document(offer), document)


def test_an_address_changed_in_one_offer_leaves_the_others_where_they_are():
    """Publishing an offer never rewrites another one, that nobody checked nor versioned."""
    entity, place = GeographicEntityFactory(), place_row()
    first, second = (published_offer(entity, places=[place]) for _ in range(2))
    republish(first, {**records.read_document(first), "places": [{**place, "street_name": "Ailleurs"}]})
    assert [row["street_name"] for row in records.read_document(first)["places"]] == ["Ailleurs"]
    assert [row["street_name"] for row in records.read_document(second)["places"]] == [place["street_name"]]


def test_an_offer_is_never_published_by_the_rules_of_another_establishment():
    offer = published_offer()
    with pytest.raises(ValueError, match="its own establishment"):
        publish(offer_document(), entity=GeographicEntityFactory(), author="tests", channel="import", offer=offer)


def test_everything_that_stands_in_the_way_is_said_at_once_and_nothing_is_written():
    empty = offer_document(name=None, activities=[], contacts=[], hours=[], places=[], publics=[], age_min="douze")
    with pytest.raises(NotPublishable) as refusal:
        publish(empty, entity=GeographicEntityFactory(), author="tests", channel="form")
    paths = {finding.path for finding in refusal.value.findings}
    assert {"name", "activities", "contacts", "hours", "places", "publics", "age_min"} <= paths
    assert not Offer.objects.exists()
    assert not OfferVersion.objects.exists()


def test_mode_and_field_never_change_once_published():
    """RG_EXP_010 and 011: by the rule book, then by the database itself."""
    offer = published_offer()
    for name, value in (("care_mode", "R213:47"), ("activity_field", "R227:06")):
        with pytest.raises(NotPublishable) as refusal:
            republish(offer, {**records.read_document(offer), name: value})
        assert name in {finding.path for finding in refusal.value.findings}
        with pytest.raises(IntegrityError), transaction.atomic(), writing("tests", "command"):
            Offer.objects.filter(pk=offer.pk).update(**{name: value})


def test_the_identifier_is_given_by_the_database_and_never_given_again():
    entity = GeographicEntityFactory()
    first = published_offer(entity)
    with transaction.atomic():
        published_offer(entity)
        transaction.set_rollback(True)
    second = published_offer(entity)
    numbers = [int(offer.identifier.split("/")[1]) for offer in (first, second)]
    assert first.identifier.startswith("53/")
    assert numbers[1] > numbers[0] + 1
    with pytest.raises(IntegrityError), transaction.atomic(), writing("tests", "command"):
        Offer.objects.filter(pk=first.pk).update(identifier="53/1")


def test_a_sensitive_unit_has_every_contact_at_level_3():
    """RG_EXP_039."""
    offer = published_offer(GeographicEntityFactory(health=True), sensitive=True, sensitive_motive="détenus")
    assert set(Contact.objects.filter(offer=offer).values_list("level", flat=True)) == {Level.CRISIS}
    assert set(Telecom.objects.filter(contact__offer=offer).values_list("level", flat=True)) == {Level.CRISIS}
    assert SensitiveUnit.objects.get(offer=offer).motive == "détenus"


def test_rows_are_removed_changed_and_added_with_their_ids_kept():
    offer = published_offer(contacts=[contact_row(), contact_row()])
    document = records.read_document(offer)
    removed = document["contacts"].pop(0)
    document["contacts"][0]["telecoms"].append(telecom_row("0261910444"))
    document["activities"][0]["family"] = "R265:012"
    republish(offer, document)
    assert same_row(records.read_document(offer), document)
    assert not Contact.objects.filter(pk=removed["id"]).exists()


def test_two_offers_of_one_establishment_may_take_place_at_the_same_address():
    entity, place = GeographicEntityFactory(), place_row()
    first, second = (published_offer(entity, places=[place]) for _ in range(2))
    republish(first, {**records.read_document(first), "places": [place_row()]})
    assert [row["id"] for row in records.read_document(second)["places"]] == [place["id"]]


def test_a_row_id_taken_from_another_offer_is_refused_without_a_hint():
    victim, entity = published_offer(), GeographicEntityFactory()
    stolen = records.read_document(victim)["contacts"][2]
    with pytest.raises(NotPublishable) as refusal:
        publish(offer_document(contacts=[contact_row(id=stolen["id"])]), entity=entity, author="tests", channel="form")
    assert not [one for one in refusal.value.findings if stolen["telecoms"][0]["address"] in one.message]
    assert Contact.objects.get(pk=stolen["id"]).offer_id == victim.pk


@pytest.mark.parametrize(
    "document",
    [
        offer_document(owner="moi"),
        offer_document(contacts="tout"),
        offer_document(contacts=[{"nature": "R287:01"}]),
        offer_document(contacts=[contact_row(id="the same"), contact_row(id="the same")]),
        offer_document(hours=[hours_row() for _ in range(201)]),
        offer_document(contacts=[contact_row(level=0)]),
        offer_document(activity_field="R227:99"),
        offer_document(care_mode="R227:01"),
        offer_document(name="x" * 5_000),
    ],
    ids=[
        "unknown datum",
        "not a list",
        "row without id",
        "rows with one id",
        "too many rows",
        "level 0",
        "unknown code",
        "code of another set",
        "too long",
    ],
)
def test_what_the_document_does_not_declare_never_enters(document):
    with pytest.raises(NotPublishable) as refusal:
        publish(copy.deepcopy(document), entity=GeographicEntityFactory(), author="tests", channel="import")
    assert [finding for finding in refusal.value.findings if finding.rule == "format"]


def test_a_closed_code_kept_from_the_record_does_not_block_a_correction_elsewhere():
    offer = published_offer()
    _close("J238", "R244:21")

    publication = republish(offer, {**records.read_document(offer), "name": "Nom corrigé"})

    assert Offer.objects.get(pk=offer.pk).name == "Nom corrigé"
    assert [finding.path for finding in publication.warnings if finding.rule == "format"] == ["offer_type"]


def test_a_closed_code_chosen_anew_is_refused():
    offer = published_offer(offer_type=None)
    _close("J238", "R244:21")
    with pytest.raises(NotPublishable) as refusal:
        republish(offer, {**records.read_document(offer), "offer_type": "R244:21"})
    assert [finding.path for finding in refusal.value.findings if finding.rule == "format"] == ["offer_type"]


def _close(value_set, concept):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    ValueSetMember.objects.filter(value_set=value_set, concept=concept).update(valid_to=yesterday)
    renew()


def test_versions_are_never_rewritten():
    offer = published_offer()
    for change in (lambda rows: rows.update(number=9), lambda rows: rows.delete_rows()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change(OfferVersion.objects.filter(offer=offer))


def test_every_publication_says_who_and_through_which_channel():
    entity = GeographicEntityFactory()
    author = describer(entity)
    offer = published_offer(entity, author=author)
    version = OfferVersion.objects.get(offer=offer)
    assert (version.author, version.author_name, version.channel) == (author, str(author), "command")
