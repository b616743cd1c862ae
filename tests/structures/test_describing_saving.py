"""A step saved as it is typed: merged as the button merges, never over a colleague, told in words."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from confidentiality.models import AccessRecord
from structures.describing import drafts, unsent
from structures.describing.models import Draft
from structures.describing.saving.models import Presence
from structures.describing.steps import STEPS, step_named
from tests.factories import DraftFactory, GeographicEntityFactory, contact_row, describer, offer_document
from tests.structures.pages import started_from, step_url

pytestmark = pytest.mark.django_db

PATIENTS = {"publics": ["R239:01"], "age_min": "60", "age_min_unit": "a", "age_max": "120", "age_max_unit": "a"}


@pytest.fixture
def me(entity):
    return describer(entity, first_name="Camille", last_name="Fictive")


@pytest.fixture
def colleague(entity):
    return describer(entity, first_name="Dominique", last_name="Inventée")


@pytest.fixture
def draft(entity):
    return DraftFactory(geographic_entity=entity, document=offer_document(publics=["R239:01"], age_min=60, age_max=120))


def autosave(client, draft, slug, start, **data):
    url = reverse("describing:autosave", args=[draft.pk, slug])
    return client.post(url, {**data, "started_from": start}, headers={"accept": "application/json"})


def change(draft, author, slug="patientele", **data):
    """What a colleague saves meanwhile."""
    part = step_named(slug).part(Draft.objects.get(pk=draft.pk).document)
    done = drafts.save_step(draft, step_named(slug), {**part, **data}, part, author)
    assert not done.conflicts


def test_each_save_starts_from_what_the_page_says(client, me, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    for age in ("61", "62"):
        said = autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": age}).json()
        assert (said["state"], said["conflicts"]) == ("saved", [])
        start = said["started_from"]
    stored = Draft.objects.get()
    assert stored.document["age_min"] == 62
    assert said["revision"] == stored.revision


def test_a_save_whose_answer_was_lost_is_sent_again_without_harm(client, me, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    for _ in range(2):
        said = autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": "61"}).json()
        assert said["conflicts"] == []
    assert Draft.objects.get().revision == draft.revision + 1


def test_saving_nothing_new_leaves_the_name_of_who_saved(client, me, colleague, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    change(draft, colleague, "informations", name="Nom de la collègue")
    autosave(client, draft, "patientele", start, **PATIENTS)
    assert Draft.objects.get().updated_by == colleague


def test_what_a_colleague_changed_is_told_and_never_undone_by_a_page_that_does_not_show_it(
    client, me, colleague, draft
):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    change(draft, colleague, age_max=99)
    for age in ("61", "62"):
        said = autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": age}).json()
        assert said["conflicts"] == []
        assert said["elsewhere"]["paths"] == ["age_max"]
        start = said["started_from"]
    document = Draft.objects.get().document
    assert (document["age_min"], document["age_max"]) == (62, 99)


def test_a_disagreement_keeps_theirs_and_saves_the_rest_until_one_chooses(client, me, colleague, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    change(draft, colleague, age_max=99)
    typed = {**PATIENTS, "age_min": "61", "age_max": "110"}
    for _ in range(2):
        said = autosave(client, draft, "patientele", start, **typed).json()
        assert [conflict["path"] for conflict in said["conflicts"]] == ["age_max"]
        assert "«\u00a099\u00a0»" in said["conflicts"][0]["message"]
        assert "«\u00a0110\u00a0»" in said["conflicts"][0]["message"]
        start = said["started_from"]
        document = Draft.objects.get().document
        assert (document["age_min"], document["age_max"]) == (61, 99)
    told = AccessRecord.objects.filter(view="describing:autosave")
    assert [record.level_3 for record in told] == [[f"Draft {draft.pk}"]] * 2
    said = autosave(client, draft, "patientele", start, **typed, keep="age_max").json()
    assert said["conflicts"] == []
    assert told.count() == 2
    assert Draft.objects.get().document["age_max"] == 110


def test_keeping_ones_own_does_not_keep_it_over_a_later_change(client, me, colleague, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    change(draft, colleague, age_max=99)
    typed = {**PATIENTS, "age_max": "110"}
    start = autosave(client, draft, "patientele", start, **typed).json()["started_from"]
    change(draft, colleague, age_max=98)
    said = autosave(client, draft, "patientele", start, **typed, keep=["age_max", "name", "contacts.x"]).json()
    assert "«\u00a098\u00a0»" in said["conflicts"][0]["message"]
    assert Draft.objects.get().document["age_max"] == 98


def test_a_row_that_a_colleague_removed_and_one_changed_waits_for_a_choice(client, entity, me, colleague):
    row = contact_row()
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[row]))
    client.force_login(me)
    start = started_from(client, step_url(draft, "contacts"))
    change(draft, colleague, "contacts", contacts=[])
    path = f"contacts.{row['id']}"
    typed = {"rows:contacts": row["id"], f"{path}.nature": row["nature"], f"{path}.level": "1"}
    typed[f"{path}.description"] = "Précision fictive"
    said = autosave(client, draft, "contacts", start, **typed).json()
    assert said["conflicts"][0]["path"] == path
    assert "a retiré cette ligne" in said["conflicts"][0]["message"]
    assert Draft.objects.get().document["contacts"] == []
    autosave(client, draft, "contacts", said["started_from"], **typed, keep=path)
    assert Draft.objects.get().document["contacts"][0]["description"] == "Précision fictive"


def test_without_script_taking_the_value_of_a_colleague_is_one_button(client, me, colleague, draft):
    client.force_login(me)
    url = step_url(draft, "patientele")
    start = started_from(client, url)
    change(draft, colleague, age_max=99)
    typed = {**PATIENTS, "age_min": "61", "age_max": "110"}
    page = client.post(url, {**typed, "started_from": start}).content.decode()
    assert 'name="theirs" value="age_max"' in page
    again = page.split('name="started_from" value="')[1].split('"')[0]
    for odd in ("name.x", "publics.R239:01", "contacts.x.telecoms", "nulle part"):
        assert client.post(url, {**PATIENTS, "age_max": "99", "started_from": again, "theirs": odd}).status_code == 302
    again = started_from(client, url)
    client.post(url, {**typed, "started_from": again, "theirs": "age_max"})
    document = Draft.objects.get().document
    assert (document["age_min"], document["age_max"]) == (61, 99)


def test_what_is_typed_after_the_session_ended_waits_for_the_page(client, me, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    client.logout()
    answer = autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": "61"})
    assert (answer.status_code, answer.json()) == (401, {"state": "expired", "kept": True})
    client.force_login(me)
    page = client.get(step_url(draft, "patientele")).content.decode()
    assert 'value="61"' in page
    assert "pas encore enregistrée" in page
    start = page.split('name="started_from" value="')[1].split('"')[0]
    autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": "61"})
    assert "pas encore enregistrée" not in client.get(step_url(draft, "patientele")).content.decode()
    assert Draft.objects.get().document["age_min"] == 61


def test_an_old_token_keeps_what_was_typed_and_says_so_to_the_script(me, draft):
    client = Client(enforce_csrf_checks=True)
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    answer = autosave(client, draft, "patientele", start, **PATIENTS)
    assert (answer.status_code, answer.json()) == (403, {"state": "expired", "kept": True})


def test_nothing_is_saved_under_the_name_of_someone_else(client, me, colleague, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    client.force_login(colleague)
    answer = autosave(client, draft, "patientele", start, **{**PATIENTS, "age_min": "61"})
    assert answer.status_code == 403
    assert "Une autre personne" in answer.json()["message"]
    assert Draft.objects.get().document["age_min"] == 60


def test_a_draft_that_is_gone_or_out_of_reach_is_said_in_the_same_words(client, me, draft):
    client.force_login(me)
    start = started_from(client, step_url(draft, "patientele"))
    other = DraftFactory(geographic_entity=GeographicEntityFactory())
    drafts.drop(draft)
    gone = autosave(client, draft, "patientele", start, **PATIENTS)
    hidden = autosave(client, other, "patientele", unsent.sign(other.pk, me, {"age_max": 3}), **PATIENTS)
    assert (gone.status_code, gone.json()) == (hidden.status_code, hidden.json())
    assert gone.status_code == 404
    assert "copiez-la" in gone.json()["message"]
    for each in (draft, other):
        assert client.post(reverse("describing:presence", args=[each.pk, "contacts"])).json() == gone.json()


@pytest.mark.parametrize("data", [{}, {"started_from": "faux"}])
def test_a_page_that_the_portal_did_not_make_saves_nothing(client, me, draft, data):
    client.force_login(me)
    url = reverse("describing:autosave", args=[draft.pk, "patientele"])
    assert client.post(url, {**PATIENTS, "age_min": "61", **data}).status_code == 400
    assert Draft.objects.get().document["age_min"] == 60


def test_two_people_on_one_draft_are_told_of_each_other_for_two_minutes(client, entity, me, colleague, draft):
    theirs = Client()
    theirs.force_login(colleague)
    theirs.get(step_url(draft, "contacts"))
    Presence.objects.update(since=timezone.now() - datetime.timedelta(minutes=3, seconds=5))
    client.force_login(me)
    told = "Dominique Inventée a ce brouillon ouvert, étape «\u00a0Contacts\u00a0», depuis 3 minutes."
    page = client.get(step_url(draft, "patientele")).content.decode()
    assert told in page
    assert "Camille Fictive a ce brouillon" not in page
    beat = reverse("describing:presence", args=[draft.pk, "patientele"])
    assert client.post(beat).json() == {"state": "here", "revision": draft.revision, "present": [told]}
    stranger = Client()
    stranger.force_login(describer(GeographicEntityFactory()))
    assert stranger.post(beat).status_code == 404
    Presence.objects.filter(user=colleague).update(seen_at=timezone.now() - datetime.timedelta(minutes=2, seconds=1))
    assert client.post(beat).json()["present"] == []
    DraftFactory(geographic_entity=entity)
    client.get(step_url(Draft.objects.exclude(pk=draft.pk).get(), "contacts"))
    assert not Presence.objects.filter(user=colleague).exists()


@pytest.mark.parametrize("slug", [STEPS[0].slug, "contacts", "lieux"])
def test_an_autosave_costs_few_queries(client, entity, me, slug, django_assert_max_num_queries):
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[contact_row() for _ in range(10)]))
    client.force_login(me)
    start = started_from(client, step_url(draft, slug))
    start = autosave(client, draft, slug, start).json()["started_from"]
    with django_assert_max_num_queries(15):
        assert autosave(client, draft, slug, start, name="Nom").json()["conflicts"] == []
    with django_assert_max_num_queries(7):
        client.post(reverse("describing:presence", args=[draft.pk, slug]))
