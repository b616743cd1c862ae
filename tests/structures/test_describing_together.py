"""A description written by several people, from several tabs, over several days: nothing typed is lost."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from structures import records
from structures.describing import drafts
from structures.describing.models import Draft
from structures.describing.steps import STEPS, add_row, step_named
from structures.models import CrisisAnswer, Offer
from structures.publishing import publish
from tests.factories import (
    DraftFactory,
    GeographicEntityFactory,
    contact_row,
    describer,
    offer_document,
    published_offer,
)
from tests.structures.pages import review_url, started_from, step_url

pytestmark = pytest.mark.django_db


def test_an_assignment_ended_during_typing_closes_the_form(client, entity):
    user = describer(entity)
    draft = DraftFactory(geographic_entity=entity)
    client.force_login(user)
    assert client.get(step_url(draft)).status_code == 200
    from ror.history import writing

    with writing("tests", "command"):
        user.assignments.all().delete()
    assert client.get(step_url(draft)).status_code == 404


def test_what_was_posted_after_the_sign_in_expired_is_shown_again_and_saved_by_its_author_only(client, entity):
    user = describer(entity)
    draft = DraftFactory(geographic_entity=entity)
    client.force_login(user)
    page = {"started_from": started_from(client, step_url(draft)), "activity_field": "R227:04"}
    client.logout()
    answer = client.post(step_url(draft), {**page, "name": "Saisi sans être connecté"})
    assert answer.status_code == 302
    assert reverse("account_login") in answer.headers["Location"]
    client.force_login(user)
    shown = client.get(step_url(draft)).content.decode()
    assert 'value="Saisi sans être connecté"' in shown
    assert "pas encore enregistrée" in shown
    assert Draft.objects.get().document["name"] != "Saisi sans être connecté"
    client.post(step_url(draft), {**page, "name": "Saisi sans être connecté"})
    assert "pas encore enregistrée" not in client.get(step_url(draft)).content.decode()


def test_what_waits_for_its_author_does_not_undo_what_a_colleague_did_meanwhile(client, entity):
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[]))
    user = describer(entity)
    client.force_login(user)
    url = step_url(draft, "contacts")
    page = {"started_from": started_from(client, url)}
    client.logout()
    client.post(url, page)
    step = step_named("contacts")
    drafts.save_step(draft, step, {"contacts": [contact_row()]}, {"contacts": []}, describer(entity))
    client.force_login(user)
    client.post(url, {"started_from": started_from(client, url)})
    assert len(Draft.objects.get().document["contacts"]) == 1


def test_what_one_typed_is_not_shown_to_another_on_a_shared_browser(client, entity):
    draft = DraftFactory(geographic_entity=entity)
    client.force_login(describer(entity))
    page = {"started_from": started_from(client, step_url(draft)), "name": "Saisi par la première"}
    client.logout()
    client.post(step_url(draft), page)
    client.force_login(describer(entity))
    assert "Saisi par la première" not in client.get(step_url(draft)).content.decode()


def test_a_form_that_the_portal_did_not_make_leaves_nothing_behind(client, entity):
    """Another site can neither plant a text nor open a session."""
    draft = DraftFactory(geographic_entity=entity)
    for forged in ({}, {"started_from": "forged"}):
        stranger = Client(enforce_csrf_checks=True)
        assert stranger.post(step_url(draft), {"name": "PLANTÉ", **forged}).status_code == 403
        assert "sessionid" not in stranger.cookies
        assert client.post(step_url(draft), {"name": "PLANTÉ", **forged}).status_code == 302
        assert "unsent" not in client.session


def test_removing_a_row_that_a_colleague_has_just_changed_is_a_conflict(signed_in, entity):
    row = contact_row()
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[row]))
    url = step_url(draft, "contacts")
    opened = started_from(signed_in, url)
    step = step_named("contacts")
    changed = {**row, "telecoms": [{**row["telecoms"][0], "address": "0261910999"}]}
    drafts.save_step(draft, step, {"contacts": [changed]}, step.part(draft.document), describer(entity))
    telecom = row["telecoms"][0]
    path = f"contacts.{row['id']}"
    typed = {f"{path}.nature": row["nature"], f"{path}.level": "1", "rows:contacts": row["id"]}
    typed |= {f"rows:{path}.telecoms": telecom["id"]}
    typed |= {f"{path}.telecoms.{telecom['id']}.{name}": telecom[name] for name in telecom if name != "id"}

    answer = signed_in.post(url, {**typed, "remove": path, "started_from": opened})

    assert answer.status_code == 409
    assert "0261910999" in answer.content.decode()
    assert "retirez-la de nouveau" in answer.content.decode()
    assert len(Draft.objects.get().document["contacts"]) == 1


def test_the_crisis_answers_of_someone_signed_out_stay_in_no_session(client):
    entity = GeographicEntityFactory(health=True)
    url = reverse("describing:crisis", args=[entity.id_nat_struct])
    assert client.post(url, {"orsan_answer": "first_line", "landing_zone": "true"}).status_code == 302
    assert "unsent" not in client.session


def test_an_expired_form_shows_again_what_was_typed(entity):
    """Signing in from a second tab changes the token of the first."""
    draft = DraftFactory(geographic_entity=entity)
    client = Client(enforce_csrf_checks=True)
    client.force_login(describer(entity))
    page = {"started_from": started_from(client, step_url(draft)), "name": "Saisi dans un autre onglet"}
    answer = client.post(step_url(draft), page, follow=True)
    assert 'value="Saisi dans un autre onglet"' in answer.content.decode()
    assert Draft.objects.get().document["name"] != "Saisi dans un autre onglet"


def test_what_someone_else_posted_is_not_applied_to_a_draft_out_of_reach(client, entity):
    draft = DraftFactory(geographic_entity=entity)
    client.post(step_url(draft), {"name": "Saisi par une autre personne"})
    client.force_login(describer(GeographicEntityFactory()))
    assert client.get(step_url(draft)).status_code == 404
    assert Draft.objects.get().document["name"] != "Saisi par une autre personne"


def test_two_people_on_one_step_are_merged_when_they_agree_and_told_when_they_do_not(client, entity):
    """The colleague changed the name, as I did, and the publics and ages, which I never touched."""
    draft = DraftFactory(geographic_entity=entity)
    step = STEPS[2]
    client.force_login(describer(entity))
    opened = started_from(client, step_url(draft, step.slug))
    before = step.part(draft.document)
    theirs = {**before, "age_min": 65, "age_max": 99, "publics": ["R239:01", "R239:03"]}
    colleague = drafts.save_step(draft, step, theirs, before, describer(entity, last_name="Collègue"))
    assert not colleague.conflicts

    mine = {"publics": "R239:01", "age_min": "60", "age_min_unit": "a", "age_max": "110", "age_max_unit": "a"}
    answer = client.post(step_url(draft, step.slug), {**mine, "started_from": opened})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="110"' in page
    assert "« 99 »" in page
    assert 'value="65"' in page
    again = re.search(r'name="started_from" value="([^"]*)"', page).group(1)
    shown = {**mine, "publics": ["R239:01", "R239:03"], "age_min": "65"}
    assert client.post(step_url(draft, step.slug), {**shown, "started_from": again}).status_code == 302
    document = Draft.objects.get().document
    assert (document["age_min"], document["age_max"]) == (65, 110)
    assert document["publics"] == ["R239:01", "R239:03"]


def test_pressing_save_twice_is_no_conflict_with_oneself(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    opened = started_from(signed_in, step_url(draft))
    typed = {"name": "Mon nom", "activity_field": "R227:04", "sensitive": "true", "started_from": opened}
    for _ in range(2):
        assert signed_in.post(step_url(draft), typed).status_code == 302
    assert Draft.objects.get().document["sensitive"] is True


def test_a_page_opened_before_a_colleague_added_a_contact_does_not_remove_it(client, entity):
    draft = DraftFactory(geographic_entity=entity, document=offer_document(contacts=[]))
    step = step_named("contacts")
    client.force_login(describer(entity))
    opened = started_from(client, step_url(draft, step.slug))
    drafts.save_step(draft, step, {"contacts": [contact_row()]}, {"contacts": []}, describer(entity))
    client.post(step_url(draft, step.slug), {"started_from": opened, "goto": "lieux"})
    assert len(Draft.objects.get().document["contacts"]) == 1


def test_a_button_pressed_while_a_colleague_saves_another_step_loses_nothing(client, entity):
    """The row is added to the draft as it is now, under the lock, not to the one that was read before."""
    draft = DraftFactory(geographic_entity=entity)
    stale = Draft.objects.get(pk=draft.pk)
    drafts.save_step(
        draft,
        STEPS[0],
        {**STEPS[0].part(draft.document), "name": "Nom du collègue"},
        STEPS[0].part(draft.document),
        describer(entity),
    )
    step = step_named("contacts")
    part = step.part(stale.document)
    drafts.save_step(stale, step, part, part, describer(entity), adding=lambda document: add_row(document, "contacts"))
    document = Draft.objects.get().document
    assert document["name"] == "Nom du collègue"
    assert len(document["contacts"]) == len(part["contacts"]) + 1


def test_what_is_typed_on_a_draft_that_is_gone_is_given_back(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    url = step_url(draft)
    drafts.drop(draft)
    answer = signed_in.post(url, {"name": "Un nom long à retrouver", "activity_field": "R227:04"})
    assert answer.status_code == 404
    assert "Un nom long à retrouver" in answer.content.decode()
    assert "Médico-social" in answer.content.decode()


def test_a_draft_changed_since_its_review_asks_for_another_look(signed_in, entity):
    draft = DraftFactory(geographic_entity=entity)
    reviewed = draft.revision
    part = STEPS[0].part(draft.document)
    drafts.save_step(draft, STEPS[0], {**part, "name": "Nom du collègue"}, part, describer(entity))
    for url in (review_url(draft), reverse("describing:drop", args=[draft.pk])):
        signed_in.post(url, {"revision": reviewed})
        assert Draft.objects.exists()
        assert not Offer.objects.exists()
    assert signed_in.post(review_url(draft), {"revision": draft.revision}).status_code == 302
    assert Offer.objects.get().name == "Nom du collègue"


def test_publishing_twice_at_once_publishes_once_and_says_so(real_transactions):
    entity = GeographicEntityFactory()
    author = describer(entity)
    draft = DraftFactory(geographic_entity=entity, created_by=author)
    answers = []

    def press():
        client = Client()
        client.force_login(author)
        answers.append(client.post(review_url(draft)).status_code)
        connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(timeout=30)
    assert Offer.objects.count() == 1
    assert sorted(answers) in ([302, 302], [302, 404])


def test_a_conflict_with_a_newer_publication_is_shown_and_settled(signed_in, entity):
    offer = published_offer(entity, author=describer(entity))
    draft = DraftFactory(offer=offer)
    base = records.read_document(offer)
    publish({**base, "name": "Publié depuis"}, entity=entity, author="import", channel="import", offer=offer, base=base)
    Draft.objects.filter(pk=draft.pk).update(document={**draft.document, "name": "Du brouillon"})

    answer = signed_in.post(review_url(draft))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Publié depuis" in page
    assert "Du brouillon" in page
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    signed_in.post(review_url(draft), {"settle": "1", "version": version, "keep:name": "theirs"})
    signed_in.post(review_url(draft))
    assert Offer.objects.get(pk=offer.pk).name == "Publié depuis"


def test_crisis_answers_changed_meanwhile_are_not_replaced_without_a_word(client):
    entity = GeographicEntityFactory(health=True)
    url = reverse("describing:crisis", args=[entity.id_nat_struct])
    client.force_login(describer(entity))
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(url).content.decode()).group(1)
    client.post(url, {"orsan_answer": "first_line", "landing_zone": "true", "seen": seen})
    mine = {"orsan_answer": "none", "landing_zone": "false"}

    answer = client.post(url, {**mine, "seen": seen})

    assert answer.status_code == 409
    assert CrisisAnswer.objects.get().orsan_answer == "first_line"
    again = re.search(r'name="seen" value="([^"]*)"', answer.content.decode()).group(1)
    assert client.post(url, {**mine, "seen": again}).status_code == 302
    assert CrisisAnswer.objects.get().orsan_answer == "none"
