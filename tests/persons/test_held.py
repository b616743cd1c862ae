"""What a person reads of themself: each datum with its level and source, who read it, and by which link."""

import csv
import datetime
import io
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from confidentiality.journal import AccessRecord
from professionals.models import ProfessionalMailbox
from ror.history import writing
from ror.persons import answering
from ror.persons.links import READ, token_of
from ror.persons.models import PersonRequest
from structures.models import Contact
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PracticeFactory,
    QualificationFactory,
    SituationFactory,
    SituationHoursFactory,
    SituationTelecomFactory,
    UserFactory,
    contact_row,
    holder,
    published_offer,
    telecom_row,
    territory,
)
from tests.persons.conftest import by_password_only, carried, checked, signed_in, text

pytestmark = pytest.mark.django_db

PROFESSIONALS, CRISIS = "Visible par les professionnels", "Visible régulation et gestion de crise"


@pytest.fixture
def practice():
    made = PracticeFactory(last_name="Modèle", first_name="Dominique")
    QualificationFactory(practice=made)
    with writing("tests", "register"):
        ProfessionalMailbox.objects.create(professional=made.professional, address="d.modele@example.mssante.fr")
    return made


@pytest.fixture
def situation(hospital, practice):
    made = SituationFactory(offer=published_offer(hospital), practice=practice, comment="Consulte le lundi")
    SituationTelecomFactory(
        situation=made, address=EMERGENCY_PHONE, direct_line=True, private_emergency_line=True, level=3
    )
    SituationHoursFactory(situation=made)
    return made


@pytest.fixture
def contact(hospital) -> Contact:
    row = contact_row(
        nature=None,
        function="R251:01",
        name="Dominique Modèle",
        level=2,
        telecoms=[telecom_row(DIRECT_PHONE, level=2, direct_line=True)],
    )
    return Contact.objects.get(offer=published_offer(hospital, contacts=[contact_row(), row]), name="Dominique Modèle")


def opened(**matched) -> str:
    """The address of a personal link."""
    until = timezone.now() + datetime.timedelta(days=5)
    request = checked(matched={"access_nonce": "essai", "access_until": until, **matched})
    return f"/vos-donnees/lire/{token_of(request, READ)}/"


def test_a_personal_link_shows_everything_with_its_level_and_source(client, situation, practice, contact):
    link = opened(id_nat_ps=practice.professional.id_nat_ps, contacts=[contact.pk])
    page = text(client.get(link))
    for said in (
        practice.professional.rpps,
        "d.modele@example.mssante.fr",
        "Modèle",
        "Consulte le lundi",
        EMERGENCY_PHONE,
        CRISIS,
        DIRECT_PHONE,
        PROFESSIONALS,
        "Répertoire des professionnels (RPPS)",
        "Décrit par l'établissement",
        "Hôpital des Essais",
    ):
        assert said in page, said


def test_what_was_read_through_the_link_is_in_the_journal(client, situation, practice):
    client.get(opened(id_nat_ps=practice.professional.id_nat_ps))
    record = AccessRecord.objects.get()
    assert record.level_3 == [f"OperationalSituation {situation.identifier}"]
    assert record.reader is None


def test_others_data_are_not_shown(client, situation, hospital, practice):
    other = SituationFactory(offer=situation.offer, comment="Quelqu'un d'autre")
    SituationTelecomFactory(situation=other, address="0261910199")
    page = text(client.get(opened(id_nat_ps=practice.professional.id_nat_ps)))
    assert "Quelqu'un d'autre" not in page
    assert "0261910199" not in page


def test_a_link_revoked_renewed_or_expired_opens_nothing(client, practice):
    link = opened(id_nat_ps=practice.professional.id_nat_ps)
    rows = PersonRequest.objects.all()
    past = timezone.now() - datetime.timedelta(seconds=1)
    for change in (
        {"access_nonce": "autre"},
        {"access_nonce": "essai", "access_until": past},
        {"access_nonce": "", "access_until": None},
    ):
        rows.update(**change)
        for path in (link, f"{link}csv/", f"{link}json/"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "Modèle" not in text(answer)


def test_nothing_recognised_says_so_and_where_to_ask(client):
    page = text(client.get(opened()))
    assert "Rien dans le répertoire n'a été reconnu comme parlant de vous." in page


def test_the_data_are_taken_away_as_csv_and_json(client, situation, practice):
    with writing("tests", "command"):
        type(situation).objects.filter(pk=situation.pk).update(comment="=1+1")
    link = opened(id_nat_ps=practice.professional.id_nat_ps)
    answer = client.get(f"{link}csv/")
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Où", "Donnée", "Valeur", "Qui la voit", "Source", "Mise à jour"]
    assert EMERGENCY_PHONE in [line[2] for line in lines if len(line) == 6]
    assert "'=1+1" in [line[2] for line in lines if len(line) == 6], "a spreadsheet computes nothing"
    said = json.loads(client.get(f"{link}json/").content)
    assert {row["valeur"] for row in said["donnees"]} >= {EMERGENCY_PHONE, "=1+1", "Modèle"}
    assert client.get(f"{link}xml/").status_code == 404


def test_a_professional_known_by_a_card_reads_without_asking(situation, practice):
    user, _ = carried(practice.professional.id_nat_ps)
    page = text(signed_in(user).get("/vos-donnees/les-miennes/"))
    assert EMERGENCY_PHONE in page
    assert user.email in page
    assert signed_in(user).get("/vos-donnees/les-miennes/json/").status_code == 200
    assert "Voir ce que le portail contient sur moi" in text(signed_in(user).get("/vos-donnees/"))


def test_a_password_alone_reads_nothing_of_the_account_that_a_card_opened(situation, practice):
    _, client = carried(practice.professional.id_nat_ps)
    by_password_only(client)
    for form in ("", "csv/", "json/"):
        answer = client.get(f"/vos-donnees/les-miennes/{form}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/mon-compte/verification/?next=")


def test_an_account_without_national_identifier_reads_nothing(situation):
    answer = signed_in(UserFactory()).get("/vos-donnees/les-miennes/")
    assert answer.status_code == 404
    assert "faites une demande" in text(answer)
    assert Client().get("/vos-donnees/les-miennes/").status_code == 302


def renamed(contact: Contact, name: str) -> None:
    with writing("tests", "command"):
        Contact.objects.filter(pk=contact.pk).update(name=name)


def test_the_contact_that_passed_to_someone_else_is_read_no_more(client, hospital, practice, contact):
    """The row of a contact is kept for the successor: its number and its readings are the successor's."""
    reader = holder("health_professional", territory("nation"))
    assert signed_in(reader).get(f"/offres/{contact.offer.slug}/").status_code == 200
    link = opened(id_nat_ps=practice.professional.id_nat_ps, contacts=[contact.pk])
    renamed(contact, "DOMINIQUE MODELE")
    page = text(client.get(link))
    assert DIRECT_PHONE in page
    assert "une offre dont vous êtes un contact (niveau 2)" in page
    renamed(contact, "Claude Successeur")
    for path in (link, f"{link}csv/", f"{link}json/"):
        said = client.get(path).content.decode()
        assert practice.professional.rpps in said
        for others in ("Claude Successeur", DIRECT_PHONE, "vous êtes un contact", "dont vous êtes un contact"):
            assert others not in said, (path, others)


def test_one_s_account_shows_the_contacts_matched_last_and_not_refused(practice, contact, officer):
    person = practice.professional.id_nat_ps
    user, client = carried(person)

    def shown() -> bool:
        return DIRECT_PHONE in text(client.get("/vos-donnees/les-miennes/"))

    request = checked(matched={"id_nat_ps": person, "contacts": [contact.pk], "account": user})
    assert shown()
    checked(matched={"id_nat_ps": person, "account": user})
    assert shown(), "a newer request that nobody matched yet takes nothing away"
    renamed(contact, "Claude Successeur")
    assert not shown()
    renamed(contact, "Dominique Modèle")
    answering.refuse(answering.Shown(request.pk, request.revision), officer, "Ce n'est pas vous.")
    assert not shown()


def test_one_s_account_shows_no_contact_matched_for_someone_else(practice, contact):
    """A request in another name, sent from the account and confirmed by that other person."""
    user, client = carried(practice.professional.id_nat_ps)
    other = PracticeFactory().professional.id_nat_ps
    for person in (other, ""):
        checked(matched={"id_nat_ps": person, "contacts": [contact.pk], "account": user})
        assert DIRECT_PHONE not in text(client.get("/vos-donnees/les-miennes/"))


def test_readings_say_when_which_role_where_and_what_but_never_who(client, situation, practice):
    reader = holder("health_professional", territory("nation"), first_name="Curieux", last_name="Lecteur")
    offer = situation.offer
    assert signed_in(reader).get(f"/offres/{offer.slug}/").status_code == 200
    assert f"OperationalSituation {situation.identifier}" in str(list(AccessRecord.objects.values_list("level_2")))
    link = opened(id_nat_ps=practice.professional.id_nat_ps)
    page = text(client.get(link))
    assert "professionnel de santé, France entière" in page
    assert "votre situation dans une offre (niveau 2)" in page
    for export in ("", "csv/", "json/"):
        said = client.get(link + export).content.decode()
        assert "Curieux" not in said
        assert "Lecteur" not in said
        assert reader.email not in said


def test_statements_do_not_grow_with_the_situations(client, hospital, practice, situation):
    def statements() -> int:
        link = opened(id_nat_ps=practice.professional.id_nat_ps)
        with CaptureQueriesContext(connection) as captured:
            client.get(link)
        return len(captured)

    client.get(opened())
    few = statements()
    for _ in range(4):
        SituationTelecomFactory(situation=SituationFactory(offer=published_offer(hospital), practice=practice))
    assert statements() == few
