"""publish_all(): many offers at once are published as if one after the other, in as many queries as one."""

import copy

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from structures import records
from structures.document import new_id
from structures.findings import NotPublishable
from structures.merging import same_row
from structures.models import CareCapacity, Offer, OfferVersion, Place
from structures.publishing import Conflicting, Description, Refused, hold, publish, publish_all
from tests.factories import (
    CareCapacityFactory,
    GeographicEntityFactory,
    contact_row,
    offer_document,
    place_row,
    published_offer,
)

pytestmark = pytest.mark.django_db

SAID = {"author": "tests", "channel": "import"}


def descriptions_of(offers, change) -> list[Description]:
    """Each offer as it is published, changed."""
    found = []
    for offer in offers:
        base = records.read_document(offer)
        document = copy.deepcopy(base)
        change(document)
        found.append(Description(document, offer.geographic_entity, offer, base))
    return found


def test_many_new_offers_are_read_back_as_they_were_said():
    entities = [GeographicEntityFactory(), GeographicEntityFactory()]
    documents = [offer_document(name=f"Unité fictive {rank}", always_open=rank % 2 == 0) for rank in range(6)]
    said = [Description(document, entities[rank % 2]) for rank, document in enumerate(documents)]
    publications = publish_all(said, **SAID)
    for publication, document in zip(publications, documents, strict=True):
        assert same_row(records.read_document(publication.offer), document)
        assert publication.offer.identifier == Offer.objects.get(pk=publication.offer.pk).identifier != ""
        version = OfferVersion.objects.get(offer=publication.offer)
        assert (version.document, version.number) == (records.read_document(publication.offer), 1)


def test_what_is_kept_as_a_version_is_what_is_read_again():
    """Whatever changes: only the offer's own columns, which are not read again, or the rows below."""
    offers = [published_offer(GeographicEntityFactory()) for _ in range(4)]

    def change(document):
        document["name"] += " bis"
        document["comment"] = ""
        document["always_open"] = None
        if len(document["name"]) % 2:
            document["contacts"] = document["contacts"][:1]

    for publication in publish_all(descriptions_of(offers, change), **SAID):
        version = OfferVersion.objects.get(offer=publication.offer, number=2)
        assert version.document == records.read_document(publication.offer) == publication.document


def test_one_that_is_refused_holds_them_all_and_is_named_by_its_rank():
    offers = [published_offer(GeographicEntityFactory()) for _ in range(3)]
    said = descriptions_of(offers, lambda document: document.update(name="Autre nom"))
    said[1].document["name"] = None
    said[2].document["age_max"] = 1
    with pytest.raises(Refused) as refusal:
        publish_all(said, **SAID)
    assert {at: type(reason) for at, reason in refusal.value.reasons.items()} == {1: NotPublishable, 2: NotPublishable}
    assert set(Offer.objects.values_list("version", flat=True)) == {1}


def test_what_changed_meanwhile_on_both_sides_is_a_conflict_of_that_one_only():
    offers = [published_offer(GeographicEntityFactory()) for _ in range(2)]
    said = descriptions_of(offers, lambda document: document.update(name="Le nôtre"))
    base = said[0].base
    publish({**base, "name": "Le leur"}, entity=offers[0].geographic_entity, offer=offers[0], base=base, **SAID)
    with pytest.raises(Refused) as refusal:
        publish_all(said, **SAID)
    assert [type(reason) for reason in refusal.value.reasons.values()] == [Conflicting]


@pytest.mark.parametrize("change", [{"name": "Autre nom"}, {"contacts": [contact_row()]}], ids=["own", "rows"])
def test_twelve_cost_what_three_cost(change):
    def queries(count: int) -> int:
        entity = GeographicEntityFactory()
        offers = [published_offer(entity) for _ in range(count)]
        fresh = [{**change, "contacts": [contact_row()]} if "contacts" in change else change for _ in offers]
        said = [
            Description({**each.document, **new}, each.entity, each.offer, each.base)
            for each, new in zip(descriptions_of(offers, lambda document: None), fresh, strict=True)
        ]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            publish_all(said, **SAID)
        return len(asked)

    assert queries(3) == queries(12)


def test_a_row_given_to_two_offers_at_once_is_adopted_by_neither():
    entity, row = GeographicEntityFactory(), contact_row()
    said = [Description(offer_document(contacts=[row]), entity) for _ in range(2)]
    with pytest.raises(Refused) as refusal:
        publish_all(said, **SAID)
    assert "n'a pas été reconnue" in refusal.value.reasons[1].findings[0].message
    assert not Offer.objects.exists()


def test_two_new_places_of_one_establishment_do_not_take_the_same_key():
    entity = GeographicEntityFactory()
    said = [
        Description(offer_document(places=[place_row(external_sync_id="L1", external_sync_name="logiciel")]), entity)
        for _ in range(2)
    ]
    with pytest.raises(Refused) as refusal:
        publish_all(said, **SAID)
    (reason,) = refusal.value.reasons.values()
    assert any(finding.rule == "105" for finding in reason.findings)


def test_a_shared_place_that_both_change_keeps_its_beds():
    """One after the other: the first takes a copy, the last one changes the place itself, with its figures."""
    entity, row = GeographicEntityFactory(), place_row()
    offers = [published_offer(entity, places=[row]) for _ in range(2)]
    CareCapacityFactory(place=Place.objects.get())
    said = descriptions_of(offers, lambda document: document["places"][0].update(name="Bâtiment B"))
    publish_all(said, **SAID)
    assert Place.objects.count() == 2
    assert str(CareCapacity.objects.get().place_id) == row["id"]
    documents = [records.read_document(offer) for offer in offers]
    assert [document["places"][0]["name"] for document in documents] == ["Bâtiment B", "Bâtiment B"]
    assert documents[1]["places"][0]["id"] == row["id"] != documents[0]["places"][0]["id"]


def test_what_is_held_is_read_once_and_published_as_usual():
    """Whoever must know what offers say, to say what they become, locks and reads them once."""
    offers = [published_offer(GeographicEntityFactory()) for _ in range(2)]
    with transaction.atomic():
        held = hold({offer.geographic_entity_id for offer in offers}, {offer.pk for offer in offers})
        said = [
            Description(
                held.documents[offer.pk] | {"name": "Le nôtre"},
                offer.geographic_entity,
                offer,
                held.documents[offer.pk],
            )
            for offer in offers
        ]
        with CaptureQueriesContext(connection) as queries:
            publish_all(said, **SAID, held=held)
    assert {records.read_document(offer)["name"] for offer in offers} == {"Le nôtre"}
    assert not [each for each in queries if "FOR UPDATE" in each["sql"] or "FOR KEY SHARE" in each["sql"]]


def test_an_offer_is_described_once():
    offer = published_offer(GeographicEntityFactory())
    twice = descriptions_of([offer, offer], lambda document: None)
    with pytest.raises(ValueError, match="once"):
        publish_all(twice, **SAID)


def test_ids_are_kept_in_their_order():
    """The rows of a list that has an order keep it, whatever the ids."""
    rows = [contact_row(id=new_id()) for _ in range(5)]
    offer = publish_all([Description(offer_document(contacts=rows), GeographicEntityFactory())], **SAID)[0].offer
    assert [row["id"] for row in records.read_document(offer)["contacts"]] == [row["id"] for row in rows]
