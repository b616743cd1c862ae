"""The describing form, as a describer walks it."""

import re

import pytest
from django.urls import reverse

from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.steps import STEPS
from structures.models import Contact, CrisisAnswer, Offer
from tests.factories import (
    EMERGENCY_PHONE,
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    contact_row,
    describer,
    hours_row,
    offer_document,
    published_offer,
    referent,
    telecom_row,
)
from tests.structures.pages import added, review_url, save, step_url

pytestmark = pytest.mark.django_db


def test_my_establishments_are_those_entrusted_to_me_and_no_other(client, entity):
    other = GeographicEntityFactory(name="EHPAD fictif d'un autre")
    client.force_login(describer(entity))
    page = client.get(reverse("describing:mine")).content.decode()
    assert entity.name in page
    assert other.name not in page


def test_a_referent_of_a_legal_entity_describes_all_its_establishments(client):
    legal = LegalEntityFactory()
    below = [GeographicEntityFactory(legal_entity=legal) for _ in range(2)]
    client.force_login(referent(legal))
    page = client.get(reverse("describing:mine")).content.decode()
    assert all(entity.name in page for entity in below)


def test_from_blank_to_published_one_step_after_the_other(signed_in, entity):
    """What a describer types, through the real pages only."""
    location = signed_in.post(reverse("describing:new", args=[entity.id_nat_struct])).headers["Location"]
    draft = Draft.objects.get()
    place = draft.document["places"][0]["id"]
    assert location == f"{step_url(draft)}#etape"

    save(signed_in, draft, "informations", name="Accueil fictif", activity_field="R227:04", sensitive="false")
    save(signed_in, draft, "accueil", care_mode="R213:46", reception_temporality="R240:02")
    save(
        signed_in,
        draft,
        "patientele",
        publics=["R239:01"],
        age_min="60",
        age_min_unit="a",
        age_max="120",
        age_max_unit="a",
    )
    activity = added(signed_in, draft, "specificites", "activities")
    row = {"rows:activities": activity.rsplit(".", 1)[-1]}
    save(
        signed_in,
        draft,
        "specificites",
        **row,
        **{f"{activity}.activity": "R211:293", f"{activity}.family": "R265:011"},
    )
    save(signed_in, draft, "horaires", always_open="oui")
    contact = added(signed_in, draft, "contacts", "contacts")
    rows = {"rows:contacts": contact.rsplit(".", 1)[-1], f"{contact}.nature": "R287:01", f"{contact}.level": "1"}
    telecom = added(signed_in, draft, "contacts", f"{contact}.telecoms", **rows)
    save(
        signed_in,
        draft,
        "contacts",
        **rows,
        **{
            f"rows:{contact}.telecoms": telecom.rsplit(".", 1)[-1],
            f"{telecom}.channel": "R200:2",
            f"{telecom}.address": "02 61 91 01 01",
            f"{telecom}.level": "1",
            f"{telecom}.direct_line": "false",
            f"{telecom}.private_emergency_line": "false",
        },
    )
    save(
        signed_in,
        draft,
        "lieux",
        **{
            "rows:places": place,
            f"places.{place}.street_name": "des Exemples",
            f"places.{place}.postcode": "35000",
            f"places.{place}.commune": "Rennes",
        },
    )
    answer = signed_in.post(review_url(draft))

    offer = Offer.objects.get()
    assert answer.headers["Location"] == reverse("publication:offer", args=[offer.slug])
    assert "02 61 91 01 01" in signed_in.get(answer.headers["Location"]).content.decode()
    assert not Draft.objects.exists()


def test_what_is_wrong_stays_as_typed_and_is_said_beside_its_field(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    save(signed_in, draft, "patientele", age_min="douze ans", age_max="120", age_min_unit="a", age_max_unit="a")
    page = signed_in.get(step_url(draft, "patientele")).content.decode()
    assert 'value="douze ans"' in page
    assert "Écrivez un nombre entier, en chiffres." in page
    refusal = signed_in.post(review_url(draft))
    assert refusal.status_code == 422
    assert f"{step_url(draft, 'patientele')}?verifier=1#id_age_min" in refusal.content.decode()
    assert Draft.objects.get().document["age_min"] == "douze ans"


def test_the_marks_on_the_page_say_what_publication_will_ask(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    page = signed_in.get(step_url(draft, "accueil")).content.decode()
    assert re.search(r"Mode de prise en charge\s*\*", page)
    assert "emandé par l&#x27;arrêté du 26 décembre 2023" in page
    assert not re.search(r"Temporalité d&#x27;accueil\s*\*", page)


def test_a_draft_of_another_establishment_does_not_exist(client, entity):
    draft = DraftFactory(geographic_entity=entity)
    client.force_login(describer(GeographicEntityFactory()))
    addresses = [
        review_url(draft),
        reverse("describing:drop", args=[draft.pk]),
        *(step_url(draft, s.slug) for s in STEPS),
    ]
    for address in addresses:
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    for name in ("establishment", "crisis", "new"):
        assert client.get(reverse(f"describing:{name}", args=[entity.id_nat_struct])).status_code == 404
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_an_offer_of_another_establishment_cannot_be_edited(client):
    offer = published_offer()
    client.force_login(describer(GeographicEntityFactory()))
    assert client.post(reverse("describing:edit", args=[offer.slug])).status_code == 404
    assert not Draft.objects.exists()


def test_a_list_that_is_full_takes_no_row_more_and_loses_none(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity, document=offer_document(hours=[hours_row() for _ in range(200)]))
    signed_in.post(step_url(draft, "horaires"), {"add": "hours", "started_from": "none", **typed_hours(draft)})
    assert len(Draft.objects.get().document["hours"]) == 200


def typed_hours(draft):
    """The two hundred rows as the page posts them."""
    rows = draft.document["hours"]
    data = {f"hours.{row['id']}.{name}": row[name] or "" for row in rows for name in row if name != "id"}
    return {"rows:hours": [row["id"] for row in rows], **data}


def test_the_review_shows_the_page_as_the_public_and_as_the_describer_see_it(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    page = signed_in.get(review_url(draft)).content.decode()
    public, own = page.split('id="apercu-complet"')
    assert "06 39 98 03 03" not in public
    assert "06 39 98 03 03" in own
    assert EMERGENCY_PHONE[:2] == "06"


def test_nobody_to_call_is_a_warning_not_a_refusal(signed_in, entity):
    hidden = [contact_row(level=2, telecoms=[telecom_row(level=2)])]
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=hidden))
    page = signed_in.get(review_url(draft)).content.decode()
    assert "Aucun contact ne sera visible du grand public" in page
    assert signed_in.post(review_url(draft)).status_code == 302
    assert Contact.objects.count() == 1


def test_the_register_phone_is_offered_never_copied(client):
    entity = GeographicEntityFactory(register_phone="0261910555")
    client.force_login(describer(entity))
    draft = drafts.start(entity, describer(entity))
    assert draft.document["contacts"] == []
    assert "0261910555" in client.get(step_url(draft, "contacts")).content.decode()
    client.post(step_url(draft, "contacts"), {"propose": "switchboard"})
    telecom = Draft.objects.get().document["contacts"][0]["telecoms"][0]
    assert (telecom["address"], telecom["direct_line"]) == ("0261910555", None)


def test_emergencies_wait_for_the_crisis_answers_then_publish(client):
    entity = GeographicEntityFactory(health=True)
    client.force_login(describer(entity))
    draft = DraftFactory(
        geographic_entity=entity, document=offer_document(activity_field="R227:01", care_mode="R213:33")
    )
    crisis = reverse("describing:crisis", args=[entity.id_nat_struct])
    assert f"{crisis}#id_orsan_answer" in client.post(review_url(draft)).content.decode()
    assert "Choisissez une réponse" in client.post(crisis, {}).content.decode()
    client.post(crisis, {"orsan_answer": "first_line", "landing_zone": "true"})
    answer = CrisisAnswer.objects.get()
    assert (answer.orsan_level_id, answer.landing_zone) == ("R284:1", True)
    assert client.post(review_url(draft)).status_code == 302


def test_dropping_a_draft_asks_first_and_leaves_the_offer(signed_in, entity):
    offer = published_offer(entity)
    draft = DraftFactory(offer=offer)
    url = reverse("describing:drop", args=[draft.pk])
    assert "Supprimer ce brouillon ?" in signed_in.get(url).content.decode()
    assert Draft.objects.exists()
    signed_in.post(url)
    assert not Draft.objects.exists()
    assert Offer.objects.filter(pk=offer.pk).exists()


@pytest.mark.parametrize("slug", [*(step.slug for step in STEPS), "relecture"])
def test_each_page_of_a_draft_costs_few_queries(signed_in, entity, slug, django_assert_max_num_queries):
    contacts = [contact_row() for _ in range(10)]
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=contacts))
    url = review_url(draft) if slug == "relecture" else step_url(draft, slug)
    signed_in.get(url)
    with django_assert_max_num_queries(15):
        assert signed_in.get(url).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {"add": "contacts.nope.telecoms"},
        {"add": "owner"},
        {"remove": "contacts"},
        {"remove": "places.x.y.z"},
        {"rows:contacts": "not-an-id"},
        {"started_from": "forged"},
        {"goto": "../../admin"},
        {
            "rows:contacts": "00000000-0000-4000-8000-000000000000",
            "contacts.00000000-0000-4000-8000-000000000000.name": "\x00",
        },
    ],
)
def test_forged_posts_are_answered_calmly(signed_in, entity, data):
    draft = DraftFactory(geographic_entity=entity)
    assert signed_in.post(step_url(draft, "contacts"), data).status_code in (200, 302, 400, 409)
    assert signed_in.get(review_url(draft)).status_code == 200


@pytest.mark.parametrize("path", ["%00/", "a%00/crise/", "../admin/", "x" * 500 + "/"])
def test_odd_addresses_lead_nowhere(signed_in, path):
    assert signed_in.get(f"/mes-etablissements/{path}").status_code in (302, 404)
