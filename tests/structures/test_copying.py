"""Nothing typed twice: an offer duplicated, hours and contacts copied into a draft."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from confidentiality.viewer import Viewer
from ror.history import writing
from structures.describing import copying
from structures.describing.models import Draft
from structures.models import Offer
from structures.reading import read_offer
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    AssignmentFactory,
    ContactFactory,
    DraftFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    TelecomFactory,
    contact_row,
    describer,
    holder,
    hours_row,
    offer_document,
    place_row,
    published_offer,
    telecom_row,
    territory,
)
from tests.structures.pages import page_of, review_url, save, step_url

pytestmark = pytest.mark.django_db

LATE = {"opens_at": "20:00", "closes_at": "22:00"}


def address(name: str, draft: Draft, source: str = "") -> str:
    found = reverse(f"describing:{name}", args=[draft.pk])
    return f"{found}?source={source}" if source else found


def mandated(entity):
    """Someone of the regional team, who prepares drafts for a month."""
    team = holder("grades", territory("region", entity.region_id))
    ends = timezone.now() + timedelta(days=30)
    AssignmentFactory(user=team, role="mandated", perimeter=entity.perimeter, ends_at=ends)
    return team


def duplicate(client, offer: Offer, **data):
    return client.post(reverse("describing:duplicate", args=[offer.slug]), data)


@pytest.fixture
def draft(entity):
    return DraftFactory(geographic_entity=entity)


@pytest.fixture
def evening(entity):
    """Another offer of the establishment, open on Saturday evenings."""
    return published_offer(entity, name="Soirées fictives", hours=[hours_row(weekday=6, **LATE)])


def test_hours_of_another_offer_replace_those_of_the_draft_or_follow_them(signed_in, draft, evening):
    page = signed_in.get(address("copy_hours", draft)).content.decode()
    assert "20:00–22:00" in page
    assert "09:00–17:00" in page
    before = draft.document["hours"]

    answer = signed_in.post(address("copy_hours", draft), {"source": evening.slug, "comment": "ajouter"})
    assert answer.headers["Location"] == f"{step_url(draft, 'horaires')}#etape"
    draft.refresh_from_db()
    assert [row["weekday"] for row in draft.document["hours"]] == [1, 2, 3, 4, 5, 6]
    assert draft.document["hours"][:5] == before
    signed_in.post(address("copy_hours", draft), {"source": evening.slug, "comment": "ajouter"})
    assert len(Draft.objects.get().document["hours"]) == 6  # what the draft says already is left out

    signed_in.post(address("copy_hours", draft), {"source": evening.slug, "comment": "remplacer"})
    (row,) = Draft.objects.get().document["hours"]
    assert (row["weekday"], row["opens_at"]) == (6, "20:00")
    assert row["id"] != str(evening.hours.get().pk)
    page = page_of(signed_in, draft, "horaires")
    assert f'value="hours.{row["id"]}"' in page  # « Retirer »


@pytest.mark.slow
def test_always_open_is_copied_too(signed_in, draft, entity):
    source = published_offer(entity, always_open=True, hours=[])
    signed_in.post(address("copy_hours", draft), {"source": source.slug, "comment": "remplacer"})
    draft.refresh_from_db()
    assert (draft.document["always_open"], draft.document["hours"]) == (True, [])


def test_contacts_of_the_establishment_are_chosen_one_by_one_and_keep_their_level(signed_in, draft, entity):
    public, restricted = (ContactFactory(offer=None, geographic_entity=entity, level=level) for level in (1, 2))
    TelecomFactory(contact=restricted, address=DIRECT_PHONE, level=2)
    page = signed_in.get(address("copy_contacts", draft)).content.decode()
    assert f'id="ligne-{public.pk}"' in page
    data = {"source": "etablissement", "ligne": [str(restricted.pk), "forgé"], "comment": "remplacer"}
    signed_in.post(address("copy_contacts", draft), data)
    draft.refresh_from_db()
    (row,) = draft.document["contacts"]
    assert (row["level"], row["telecoms"][0]["level"], row["telecoms"][0]["address"]) == (2, 2, DIRECT_PHONE)
    assert row["id"] != str(restricted.pk)


@pytest.mark.slow
def test_nothing_chosen_copies_nothing(signed_in, draft, evening):
    before = draft.document
    answer = signed_in.post(address("copy_contacts", draft), {"source": evening.slug}, follow=True)
    assert "Rien n&#x27;a été copié" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.document == before


@pytest.mark.slow
def test_the_button_of_a_step_saves_then_leads_to_the_copy(signed_in, draft, evening):
    page = page_of(signed_in, draft, "horaires")
    assert 'name="goto" value="copier"' in page
    assert 'value="copier"' not in page_of(signed_in, draft, "lieux")
    answer = save(signed_in, draft, "horaires", always_open="oui", goto="copier")
    assert answer.headers["Location"] == address("copy_hours", draft)
    draft.refresh_from_db()
    assert draft.document["always_open"] is True


@pytest.mark.parametrize("name", ["copy_hours", "copy_contacts"])
def test_a_source_elsewhere_is_no_source(signed_in, draft, name):
    elsewhere = published_offer(name="Offre de loin")
    before = draft.document
    page = signed_in.get(address(name, draft, elsewhere.slug)).content.decode()
    assert elsewhere.name not in page
    for source in (elsewhere.slug, "53-9999", "../..", ""):
        assert signed_in.post(address(name, draft), {"source": source, "ligne": "x"}).status_code in (302, 404)
    draft.refresh_from_db()
    assert draft.document == before


def test_nobody_copies_into_the_draft_of_others(client, draft, evening):
    client.force_login(describer(GeographicEntityFactory()))
    assert client.get(address("copy_hours", draft)).status_code == 404
    assert client.post(address("copy_hours", draft), {"source": evening.slug}).status_code == 404


def test_whoever_prepares_under_a_mandate_does_not_copy_from_a_sensitive_unit(client, entity, draft):
    secret = contact_row(level=3, telecoms=[telecom_row(level=3)])
    hidden = published_offer(entity, name="Unité cachée", sensitive=True, sensitive_motive="essai", contacts=[secret])
    client.force_login(mandated(entity))
    page = client.get(address("copy_hours", draft)).content.decode()
    assert "Copier les horaires" in page
    assert "Unité cachée" not in page
    assert client.post(address("copy_hours", draft), {"source": hidden.slug}).status_code == 404


def test_whoever_prepares_under_a_mandate_copies_nothing_from_what_closed_for_good(client, entity, draft):
    gone = published_offer(entity, name="Offre disparue")
    with writing("tests", "command"):
        Offer.objects.filter(pk=gone.pk).update(closing_type="R286:DEF", closing_date=timezone.localdate())
    client.force_login(mandated(entity))
    assert "Offre disparue" not in client.get(address("copy_hours", draft)).content.decode()
    assert client.post(address("copy_hours", draft), {"source": gone.slug}).status_code == 404
    assert duplicate(client, gone).status_code == 404


def test_an_offer_is_duplicated_for_another_unit(signed_in, entity):
    unit = InternalOrganizationFactory(geographic_entity=entity)
    places = [place_row(external_sync_id="clé", external_sync_name="nom")]
    offer = published_offer(entity, places=places)
    page = signed_in.get(reverse("describing:duplicate", args=[offer.slug])).content.decode()
    assert unit.name in page
    answer = duplicate(signed_in, offer, unite=unit.identifier, contacts="1")
    copied = Draft.objects.get()
    assert answer.headers["Location"] == review_url(copied)
    said = copied.document
    assert copied.offer_id is None
    assert (said["name"], said["internal_organization"]) == (f"{offer.name} (copie)", unit.identifier)
    assert (said["activity_field"], said["care_mode"]) == (offer.activity_field_id, offer.care_mode_id)
    place = said["places"][0]
    assert (place["external_sync_id"], place["external_sync_name"]) == (None, None)
    assert place["id"] != places[0]["id"]
    assert [contact["level"] for contact in said["contacts"]] == [1, 2, 3]
    phones = [telecom["address"] for contact in said["contacts"] for telecom in contact["telecoms"]]
    assert phones == [PUBLIC_PHONE, DIRECT_PHONE, EMERGENCY_PHONE]
    assert signed_in.post(review_url(copied)).status_code == 302
    assert Offer.objects.count() == 2


@pytest.mark.slow
def test_elsewhere_the_place_is_the_address_of_that_establishment(client, entity):
    other = GeographicEntityFactory(street_name="d'Ailleurs")
    user = describer(entity)
    AssignmentFactory(user=user, role="describer", perimeter=other.perimeter)
    client.force_login(user)
    offer = published_offer(entity)
    page = client.get(reverse("describing:duplicate", args=[offer.slug]), {"vers": other.id_nat_struct})
    assert other.name in page.content.decode()
    duplicate(client, offer, vers=other.id_nat_struct)
    copied = Draft.objects.get()
    assert copied.geographic_entity == other
    assert [place["street_name"] for place in copied.document["places"]] == ["d'Ailleurs"]
    assert (copied.document["contacts"], copied.document["mailboxes"]) == ([], [])


def test_nothing_is_duplicated_for_an_establishment_or_a_unit_of_others(signed_in, entity):
    elsewhere = GeographicEntityFactory()
    unit = InternalOrganizationFactory(geographic_entity=elsewhere)
    offer, foreign = published_offer(entity), published_offer(elsewhere)
    assert duplicate(signed_in, offer, vers=elsewhere.id_nat_struct).status_code == 404
    assert duplicate(signed_in, offer, unite=unit.identifier).status_code == 404
    assert duplicate(signed_in, offer, unite="forgé").status_code == 404
    assert duplicate(signed_in, foreign).status_code == 404
    assert not Draft.objects.exists()


def test_what_the_person_may_not_read_is_not_copied(entity):
    offer = published_offer(entity, contacts=offer_document()["contacts"])
    said = read_offer(Viewer.public(), offer.slug)
    copied = copying.duplicate(said, entity, entity, None, describer(entity), contacts=True).document
    assert [contact["level"] for contact in copied["contacts"]] == [1]
    assert DIRECT_PHONE not in str(copied)
    assert copied["sensitive"] is False
