"""What those who follow the quality do from the lists: ask for a check, write to the people in charge."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as CHOSEN
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from ror.history import writing
from ror.quality.asking import TO_CHECK
from ror.quality.models import About, Anomaly, Reminder
from structures.confirming import confirm
from structures.models import GeographicEntity, Offer
from structures.publishing import publish
from structures.records import read_document
from tests.admin.conftest import SENSITIVE_NAME, page, signed_in
from tests.admin.forms import WHY
from tests.admin.test_bulk import chosen, confirmed
from tests.factories import AnomalyFactory, GeographicEntityFactory, holder, published_offer, referent, territory


@pytest.fixture
def manager(hospital):
    """A regional quality manager, who corrects nothing."""
    return signed_in(holder("regional_quality_manager", territory("region", hospital.region_id)))


def asked_for(client, row):
    return confirmed(client, chosen(client, "ask_to_check", row, reason=WHY), row)


def test_a_check_is_an_anomaly_that_waits_for_the_establishment(manager, hospital, offer):
    assert "close_row" not in manager.get(page(Offer, "changelist")).content.decode()
    assert asked_for(manager, offer).status_code == 302
    assert asked_for(manager, hospital).status_code == 302
    made = Anomaly.objects.get(offer=offer)
    assert (made.rule, made.description, made.level, made.status_id) == (TO_CHECK, WHY, 2, "R352:02")
    work = {line.label: line for line in manager.get("/admin/").context["work"]}
    waiting = work["Vérifications demandées, sans réponse"]
    assert waiting.count == manager.get(waiting.url).context["cl"].result_count == 2
    again = chosen(manager, "ask_to_check", offer, reason=WHY)
    assert "déjà demandée" in again.content.decode()


def test_a_check_ends_when_the_establishment_publishes_or_confirms(national, manager, hospital, offer):
    asked_for(manager, offer)
    document = read_document(offer)
    publish(document | {"age_min": 61}, entity=hospital, author="tests", channel="admin", offer=offer, base=document)
    assert Anomaly.objects.open().exists(), "a correction by the administration is no answer"
    document = read_document(offer)
    publish(document | {"age_min": 62}, entity=hospital, author="tests", channel="form", offer=offer, base=document)
    assert not Anomaly.objects.open().exists()
    asked_for(manager, offer)
    call_command("find_anomalies")
    assert Anomaly.objects.open().exists()
    with writing("tests", "command"):  # asked some time ago: a test has one moment only
        Anomaly.objects.update(created_at="2026-01-01T00:00:00Z")
    confirm({offer.pk: Offer.objects.get(pk=offer.pk).version}, author="tests", channel="form")
    call_command("find_anomalies")
    assert not Anomaly.objects.open().exists()


def test_other_anomalies_do_not_end_with_a_publication(offer, hospital):
    AnomalyFactory(offer=offer)
    document = read_document(offer)
    publish(document, entity=hospital, author="tests", channel="form", offer=offer, base=document)
    assert Anomaly.objects.open().exists()


def test_the_people_in_charge_get_one_message_each_without_a_word_of_the_offers(manager, hospital):
    offers = [published_offer(hospital, name=name) for name in ("Accueil fictif", "Écoute fictive")]
    person = referent(hospital)
    shown = chosen(manager, "write_to_people", *offers, about="check", reason=WHY)
    assert "1 message pour 1 établissement" in shown.content.decode()
    assert person.email in shown.content.decode()
    assert mail.outbox == []
    assert confirmed(manager, shown, *offers).status_code == 302
    (message,) = mail.outbox
    assert message.to == [person.email]
    assert hospital.name in message.body
    assert reverse("describing:mine") in message.body
    said = f"{message.subject} {message.body}"
    assert not [words for words in (WHY, *(offer.name for offer in offers), offers[0].identifier) if words in said]
    kept = Reminder.objects.get()
    assert (kept.geographic_entity, kept.about, kept.reason) == (hospital, About.CHECK, WHY)
    again = chosen(manager, "write_to_people", hospital, about="check", reason=WHY)
    assert "Déjà écrit à ce sujet depuis moins d'un jour" in again.content.decode()
    other = chosen(manager, "write_to_people", hospital, about="beds", reason=WHY)
    assert "1 message pour 1 établissement" in other.content.decode()


def test_whoever_has_nobody_in_charge_is_said(manager, hospital):
    shown = chosen(manager, "write_to_people", hospital, about="complete", reason=WHY).content.decode()
    assert "Sans personne en charge" in shown
    assert "Aucun message" in shown


@pytest.mark.parametrize("action", ["ask_to_check", "write_to_people"])
def test_only_what_one_follows_and_may_know_of(manager, plain, hospital, sensitive_offer, action):
    elsewhere = published_offer(GeographicEntityFactory(health=True, insee="75056"))
    referent(hospital)
    referent(elsewhere.geographic_entity)
    for row in (elsewhere, sensitive_offer):
        answers = [
            manager.post(page(Offer, "changelist"), {"action": action, CHOSEN: [key]}, follow=True)
            for key in (str(row.pk), "999999999")
        ]
        assert SENSITIVE_NAME not in answers[0].content.decode()
        assert "choisie :" not in answers[0].content.decode()
        sent = {"action": action, CHOSEN: [str(row.pk)], "bulk": "1", "confirmed": "x", "reason": WHY, "about": "check"}
        manager.post(page(Offer, "changelist"), sent, follow=True)
    assert action not in plain.get(page(GeographicEntity, "changelist")).content.decode()
    assert (Anomaly.objects.count(), Reminder.objects.count(), mail.outbox) == (0, 0, [])
