"""The whole description of an offer in its seven steps: what is asked, kept apart, left out, nested, copied."""

import re

import pytest

from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.steps import STEPS, step_named
from structures.models import Offer, SpecificEquipment
from tests.factories import (
    DraftFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    describer,
    hours_row,
    offer_document,
    place_row,
    published_offer,
)
from tests.structures.pages import added, page_of, review_url, save, started_from, step_url

pytestmark = pytest.mark.django_db


def test_a_draft_of_the_first_format_is_read_in_the_second_with_its_base(signed_in, entity):
    offer = published_offer(entity)
    draft = DraftFactory(offer=offer)
    old = {name: value for name, value in draft.document.items() if name not in ("mailboxes", "specific_acts")}
    Draft.objects.filter(pk=draft.pk).update(document=old, base=old, format=1)
    loaded = Draft.objects.get(pk=draft.pk)
    assert (loaded.document["mailboxes"], loaded.base["mailboxes"], loaded.format) == ([], [], 2)
    save(signed_in, draft, "contacts", **{"rows:contacts": []})
    assert Draft.objects.values_list("format", flat=True).get() == 2


@pytest.mark.slow
def test_an_equipment_and_its_limit_are_typed_row_by_row_without_script_and_published(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    place = draft.document["places"][0]
    path = f"places.{place['id']}"
    data = {f"{path}.{name}": place[name] or "" for name in place if name != "id"} | {"rows:places": place["id"]}
    equipment = added(signed_in, draft, "lieux", f"{path}.equipment", **data)
    data |= {f"rows:{path}.equipment": equipment.rsplit(".", 1)[-1], f"{equipment}.equipment_type": "R212:054"}
    data |= {f"{equipment}.in_service": "1"}
    limit = added(signed_in, draft, "lieux", f"{equipment}.limits", **data)
    data |= {f"rows:{equipment}.limits": limit.rsplit(".", 1)[-1]}
    feature = re.search(rf'name="{limit}.feature".*?<option value="(R[^"]+)"', page_of(signed_in, draft, "lieux"), re.S)
    data |= {f"{limit}.feature": feature.group(1), f"{limit}.value": "150,5", f"{limit}.unit": "kg"}
    save(signed_in, draft, "lieux", **data)
    assert f'name="{limit}.value" value="150,50"' in page_of(signed_in, draft, "lieux")

    answer = signed_in.post(review_url(draft))

    assert answer.status_code == 302, re.findall(r"<li>.*?</li>", answer.content.decode())
    stored = SpecificEquipment.objects.get()
    assert (stored.equipment_type_id, str(stored.limits.get().value)) == ("R212:054", "150.50")


def test_a_row_of_the_third_level_is_removed_by_its_button(signed_in, entity):
    limit = {"id": "11111111-1111-4111-8111-111111111111", "feature": None, "value": None, "unit": None}
    equipment = {"id": "22222222-2222-4222-8222-222222222222", "equipment_type": "R212:054", "limits": [limit]}
    place = place_row(equipment=[equipment])
    draft = DraftFactory(geographic_entity=entity, document=offer_document(places=[place]))
    path = f"places.{place['id']}.equipment.{equipment['id']}"
    data = {
        "rows:places": place["id"],
        f"rows:places.{place['id']}.equipment": equipment["id"],
        f"rows:{path}.limits": limit["id"],
        f"{path}.equipment_type": "R212:054",
    }
    save(signed_in, draft, "lieux", remove=f"{path}.limits.{limit['id']}", **data)
    assert Draft.objects.get().document["places"][0]["equipment"][0]["limits"] == []


def test_what_is_rarely_said_is_folded_until_it_says_something(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    assert '<details class="ror-more">' in page_of(signed_in, draft, "specificites")
    Draft.objects.update(document={**draft.document, "specific_competences": ["R243:01"]})
    assert '<details class="ror-more" open>' in page_of(signed_in, draft, "specificites")


@pytest.mark.parametrize(
    ("changes", "name", "slug", "shown"),
    [
        ({"activity_field": "R227:01"}, "involuntary_care", "specificites", False),
        ({"activity_field": "R227:03"}, "involuntary_care", "specificites", True),
        ({"activity_field": None}, "involuntary_care", "specificites", True),
        ({"activity_field": "R227:01", "involuntary_care": False}, "involuntary_care", "specificites", True),
        ({"care_mode": "R213:46"}, "management_types", "accueil", False),
        ({"care_mode": "R213:49"}, "management_types", "accueil", True),
        ({"care_mode": "R213:46", "management_types": ["R236:01"]}, "management_types", "accueil", True),
        ({}, "outside_office_acts", "specificites", False),
        ({}, "entry_model", "informations", False),
    ],
)
def test_a_datum_is_left_out_when_it_makes_no_sense_and_says_nothing(signed_in, entity, changes, name, slug, shown):
    draft = DraftFactory(geographic_entity=entity, document=offer_document(**changes))
    assert (f'"id_{name}' in page_of(signed_in, draft, slug)) is shown


def test_acts_outside_the_office_are_asked_of_an_office(client):
    entity = GeographicEntityFactory(ville=True)
    client.force_login(describer(entity))
    draft = DraftFactory(geographic_entity=entity)
    assert 'id="id_outside_office_acts' in page_of(client, draft, "specificites")


def test_the_organisation_is_chosen_among_the_open_ones_of_the_establishment(signed_in, entity):
    mine = InternalOrganizationFactory(geographic_entity=entity, name="Service fictif")
    InternalOrganizationFactory(name="Service d'ailleurs")
    draft = DraftFactory(geographic_entity=entity)
    page = page_of(signed_in, draft, "informations")
    assert "Service fictif" in page
    assert "Service d&#x27;ailleurs" not in page
    typed = {"name": "Nom", "activity_field": "R227:04", "sensitive": "false"}
    save(signed_in, draft, "informations", internal_organization=mine.identifier, **typed)
    signed_in.post(review_url(draft))
    assert Offer.objects.get().internal_organization_id == mine.identifier


def test_the_mode_and_the_field_of_a_published_offer_are_read_only_and_stay(signed_in, entity):
    draft = DraftFactory(offer=published_offer(entity))
    page = page_of(signed_in, draft, "accueil")
    assert re.search(r'<input type="hidden" name="care_mode" value="R213:46">', page)
    assert '<input type="text"\n         name="care_mode"' not in page
    data = {"care_mode": "R213:46", "offer_type": "R244:21", "reception_temporality": "R240:01"}
    save(signed_in, draft, "accueil", **data)
    assert signed_in.post(review_url(draft)).status_code == 302
    assert Offer.objects.get().reception_temporality_id == "R240:01"


def test_changing_the_mode_starts_a_new_offer_that_says_the_same(signed_in, entity):
    places = [place_row(external_sync_id="LITS-1")]
    offer = published_offer(entity, sensitive=True, sensitive_motive="Fictif", places=places)
    draft = DraftFactory(offer=offer)
    assert "Décrire une nouvelle offre à partir de celle-ci" in page_of(signed_in, draft, "accueil")
    data = {"care_mode": "R213:46", "offer_type": "R244:21", "reception_temporality": "R240:02", "copy": "1"}
    answer = save(signed_in, draft, "accueil", **data)

    copied = Draft.objects.exclude(pk=draft.pk).get()

    assert answer.headers["Location"] == step_url(copied)
    assert (copied.offer, copied.base) == (None, None)
    assert copied.document["name"] == f"{offer.name} (copie)"
    assert (copied.document["care_mode"], copied.document["activity_field"]) == (None, None)
    assert (copied.document["sensitive"], copied.document["sensitive_motive"]) == (True, "Fictif")
    assert copied.document["places"][0]["external_sync_id"] is None
    assert not set(ids_of(copied.document)) & set(ids_of(draft.document))
    assert len(ids_of(copied.document)) == len(ids_of(draft.document))
    save(signed_in, copied, "informations", name="Accueil de nuit", activity_field="R227:04", sensitive="true")
    save(signed_in, copied, "accueil", **{**data, "care_mode": "R213:48", "copy": ""} | {"goto": "accueil"})


def ids_of(document):
    """The ids of all its rows."""
    rows = [row for value in document.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
    return [row["id"] for row in rows] + [below for row in rows for below in ids_of(row)]


def test_a_copy_needs_the_right_to_describe_there(client):
    draft = DraftFactory(offer=published_offer())
    client.force_login(describer(GeographicEntityFactory()))
    assert client.post(step_url(draft, "accueil"), {"copy": "1"}).status_code == 404
    assert Draft.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("slug", [*(step.slug for step in STEPS), "relecture"])
def test_a_draft_with_many_places_costs_no_more(signed_in, entity, slug, django_assert_max_num_queries):
    places = [place_row() for _ in range(12)]
    draft = DraftFactory(geographic_entity=entity, document=offer_document(places=places, name=None))
    url = review_url(draft) if slug == "relecture" else step_url(draft, slug)
    signed_in.get(url)
    with django_assert_max_num_queries(15):
        assert signed_in.get(url).status_code == 200


# The review shows the offer as three readers will, what changes, and keeps the access journal.
@pytest.mark.parametrize(("slug", "queries"), [("informations", 15), ("lieux", 15), ("relecture", 20)])
def test_a_published_offer_with_many_places_costs_no_more(
    signed_in, entity, slug, queries, django_assert_max_num_queries
):
    offer = published_offer(entity, places=[place_row() for _ in range(12)])
    draft = DraftFactory(offer=offer)
    Draft.objects.update(document={**draft.document, "name": None})
    url = review_url(draft) if slug == "relecture" else step_url(draft, slug)
    signed_in.get(url)
    with django_assert_max_num_queries(queries):
        assert signed_in.get(url).status_code == 200


def test_a_colleagues_communes_and_answers_are_said_in_words(client, entity):
    draft = DraftFactory(geographic_entity=entity)
    step = step_named("accueil")
    client.force_login(describer(entity))
    opened = started_from(client, step_url(draft, "accueil"))
    before = step.part(draft.document)
    theirs = {**before, "intervention_communes": ["35238", "35360"], "annual_opening": "R238:03"}
    drafts.save_step(draft, step, theirs, before, describer(entity))
    mine = {"care_mode": "R213:46", "offer_type": "R244:21", "reception_temporality": "R240:02"}
    answer = client.post(
        step_url(draft, "accueil"), {**mine, "intervention_communes": ["35051"], "started_from": opened}
    )
    assert answer.status_code == 409
    assert "Rennes (35238)" in answer.content.decode()
    assert "Vitré (35360)" in answer.content.decode()


def test_a_time_that_is_none_shows_as_it_was_typed(signed_in, entity):
    """A field of type time would show nothing of it."""
    slot = hours_row(opens_at="25:00")
    draft = DraftFactory(geographic_entity=entity, document=offer_document(hours=[slot]))
    page = page_of(signed_in, draft, "horaires")
    assert f'type="text" name="hours.{slot["id"]}.opens_at" value="25:00"' in page
    assert f'type="time" name="hours.{slot["id"]}.closes_at" value="17:00"' in page
