"""The officer answers: identity first, each step kept, two officers never over each other, nobody else."""

import re
import threading
from functools import partial

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from confidentiality.journal import AccessRecord
from ror.history import writing
from ror.persons import answering
from ror.persons.answering import Changed, NotAnswerable, Shown
from ror.persons.candidates import MOST
from ror.persons.models import Blanking, PersonRequest, RequestStep, Route, Status
from structures.models import Contact
from tests.factories import (
    ContactFactory,
    GeographicEntityFactory,
    PracticeFactory,
    UserFactory,
    administrator,
    describer,
    holder,
    referent,
    territory,
)
from tests.persons.conftest import ADMIN, answer, asked, checked, confirmed, granted, link_of, mails_to, signed_in, text
from tests.persons.test_blanking import NEW, OLD, OLD_PHONE, corrected, places_of, published

pytestmark = pytest.mark.django_db

NAMED = {"nature_id": None, "function_id": "R251:01"}
CHANGED = "Quelqu'un d'autre vient de s'occuper de cette demande"


def reread(request: PersonRequest) -> PersonRequest:
    return PersonRequest.objects.get(pk=request.pk)


# Who reads.


def test_only_the_officer_reads_requests(screens, hospital, editor):
    request = confirmed()
    assert "Modèle" in text(screens.get(f"{ADMIN}{request.pk}/change/"))
    others = [administrator(), editor, referent(hospital), holder("regulation", territory("region", "53"))]
    for client in [*map(signed_in, others), Client()]:
        for path in ("", f"{request.pk}/change/", f"{request.pk}/answer/", f"{request.pk}/blank/"):
            reply = client.get(f"{ADMIN}{path}")
            assert reply.status_code in (302, 403, 404), path
            assert "Modèle" not in text(reply)
        assert "Modèle" not in text(client.post(f"{ADMIN}{request.pk}/answer/", {"action": "keep", "revision": 1}))
    assert reread(request).status == Status.IDENTITY


def test_each_reading_is_noted_in_the_journal(screens, officer):
    request = confirmed()
    for path in ("", f"{request.pk}/change/", f"{request.pk}/answer/", f"{request.pk}/blank/"):
        before = AccessRecord.objects.count()
        screens.get(f"{ADMIN}{path}")
        assert AccessRecord.objects.count() == before + 1, path
        record = AccessRecord.objects.first()
        assert record.reader == officer
        assert f"PersonRequest {request.pk}" in record.level_3


def test_a_request_whose_address_is_not_proven_does_not_exist_yet(screens):
    request = asked()
    assert "Modèle" not in text(screens.get(ADMIN))
    assert screens.get(f"{ADMIN}{request.pk}/answer/").status_code == 404


def test_lists_are_searched_and_what_does_not_exist_is_said_so(screens):
    request = confirmed()
    assert str(request.pk) in screens.get(ADMIN, {"q": "modèle"}).content.decode()
    for words in ("inconnue", "l'Hôpital 35"):
        assert str(request.pk) not in screens.get(ADMIN, {"q": words}).content.decode()
    assert screens.get(ADMIN, {"email__startswith": "d"}).status_code != 200, "what no filter asks is not answered"
    for unknown in ("0", "inconnu", "a_00b", "9" * 40):
        assert screens.get(f"{ADMIN}{unknown}/change/").status_code == 302
        for page in ("answer", "blank"):
            assert screens.get(f"{ADMIN}{unknown}/{page}/").status_code == 404


def test_the_pages_of_the_officer_ask_few_questions(screens, django_assert_max_num_queries):
    for _ in range(5):
        request = checked()
        answering.note_step(request, None, "essai")
    Blanking.objects.create(author_name="essai", datum="autre", subject="essai", reason="essai")
    screens.get(ADMIN)
    for path in (ADMIN, f"{ADMIN}{request.pk}/change/", f"{ADMIN}{request.pk}/answer/", "/admin/persons/blanking/"):
        with django_assert_max_num_queries(20):
            assert screens.get(path).status_code == 200


def test_nothing_is_typed_over_a_request(screens):
    request = confirmed()
    assert screens.get(f"{ADMIN}add/").status_code == 403
    assert screens.post(f"{ADMIN}{request.pk}/change/", {"email": "autre@example.org"}).status_code == 403
    assert screens.post(f"{ADMIN}{request.pk}/delete/", {"post": "yes"}).status_code == 403


# Identity.


def test_nothing_is_answered_before_the_identity_is_checked(screens, officer):
    request = confirmed()
    page = text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert "Vérifier l'identité" in page
    assert "Lien personnel" not in page
    answer(screens, request, "link")
    answer(screens, request, "finish", answer="C'est fait.")
    assert reread(request).access_nonce == ""
    with pytest.raises(NotAnswerable):
        answering.open_link(Shown(request.pk, request.revision), officer)
    with pytest.raises(IntegrityError):
        PersonRequest.objects.filter(pk=request.pk).update(status=Status.GRANTED)


def test_the_officer_says_how_the_identity_was_checked(screens, officer):
    request = confirmed()
    assert "Dites comment l'identité a été vérifiée." in text(answer(screens, request, "identity", means=""))
    answer(screens, request, "identity", means="call", note="Rappelé au standard")
    request = reread(request)
    assert (request.status, request.identity_checked_by, request.identity_means) == (Status.CHECKED, officer, "call")
    step = request.steps.last()
    assert (step.author, step.note) == (officer, "Rappelé au standard")


# The personal link.


def test_the_officer_recognises_the_person_and_opens_the_link(screens, hospital):
    practice = PracticeFactory(last_name="Modèle", first_name="Dominique")
    published(hospital, "Dominique Modèle")
    contact = Contact.objects.get(name="Dominique Modèle")
    request = checked()
    page = text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert practice.professional.id_nat_ps in page
    assert "Dominique Modèle" in page
    person = practice.professional.id_nat_ps
    answer(screens, request, "match", professional=person, contacts=[str(contact.pk)])
    request = reread(request)
    assert (request.id_nat_ps, request.contacts) == (person, [contact.pk])
    answer(screens, request, "link")
    (message,) = mails_to(request.email)
    assert "Modèle" not in message.body
    page = text(Client().get(link_of(message)))
    assert practice.professional.rpps in page
    assert "Dominique Modèle" in page
    request = reread(request)
    assert request.status == Status.GRANTED
    answer(screens, request, "revoke")
    assert Client().get(link_of(message)).status_code == 404


def test_those_recognised_come_first_and_a_list_that_is_cut_says_so(screens, hospital):
    """Thirty-five people of that name: those recognised, then those with the first name, are chosen still."""
    others = [ContactFactory(geographic_entity=hospital, **NAMED, name=f"Modèle {rank}", level=2) for rank in range(35)]
    wanted, known = sorted(others, key=lambda contact: contact.pk)[-2:]
    with writing("tests", "command"):
        Contact.objects.filter(pk=wanted.pk).update(name="Modèle Dominique")
    request = checked(matched={"contacts": [known.pk]})
    page = screens.get(f"{ADMIN}{request.pk}/answer/").content.decode()
    shown = re.findall(r'name="contacts" value="([^"]+)"', page)
    assert shown[:2] == [str(known.pk), str(wanted.pk)]
    assert len(shown) == MOST
    assert re.search(rf'value="{known.pk}"[^>]* checked', page)
    assert "seuls les 30 premiers sont montrés" in page
    answer(screens, request, "match", contacts=shown[:2])
    assert set(reread(request).contacts) == {known.pk, wanted.pk}


def test_professionals_recognised_come_first_too(screens):
    practices = [PracticeFactory(last_name="Modèle", first_name="Dominique") for _ in range(MOST + 1)]
    last = max(practices, key=lambda practice: practice.pk).professional.id_nat_ps
    request = checked(matched={"id_nat_ps": last})
    page = screens.get(f"{ADMIN}{request.pk}/answer/").content.decode()
    assert re.search(rf'value="{last}"[^>]* checked', page)
    assert "seuls les 30 premiers sont montrés" in page


def test_a_contact_that_bears_another_name_is_recognised_no_more_by_itself(screens, hospital):
    """The officer who saves again does not recognise the successor without meaning to."""
    contact = ContactFactory(geographic_entity=hospital, **NAMED, name="Dominique Modèle", level=2)
    request = checked(matched={"contacts": [contact.pk]})
    with writing("tests", "command"):
        Contact.objects.filter(pk=contact.pk).update(name="Claude Successeur")
    page = screens.get(f"{ADMIN}{request.pk}/answer/")
    assert "Claude Successeur" in text(page)
    assert "qui ne porte plus le nom reconnu" in text(page)
    assert not re.search(rf'value="{contact.pk}"[^>]* checked', page.content.decode())


def test_nobody_else_than_the_account_is_recognised(officer):
    own, other = PracticeFactory().professional.id_nat_ps, PracticeFactory().professional.id_nat_ps
    request = checked(matched={"identity_means": "account", "id_nat_ps": own})
    with pytest.raises(NotAnswerable, match="un autre professionnel"):
        answering.match(Shown(request.pk, request.revision), officer, other, [])
    answering.match(Shown(request.pk, request.revision), officer, "", [])
    assert reread(request).id_nat_ps == own


def test_nobody_who_was_not_found_is_recognised(screens):
    stranger = PracticeFactory(last_name="Inconnue", first_name="Autre")
    request = checked()
    answer(screens, request, "match", professional=stranger.professional.id_nat_ps)
    assert reread(request).id_nat_ps == ""


def test_the_link_of_a_request_that_is_over_is_closed_still(screens):
    request = checked()
    answer(screens, request, "link")
    link = link_of(mail.outbox[-1])
    answer(screens, reread(request), "finish", answer="C'est fait.")
    assert Client().get(link).status_code == 200
    page = text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert "Fermer le lien personnel" in page
    assert "elle ne change plus" in page
    answer(screens, reread(request), "revoke")
    assert Client().get(link).status_code == 404
    assert reread(request).status == Status.DONE
    assert "Fermer le lien personnel" not in text(screens.get(f"{ADMIN}{request.pk}/answer/"))


def test_a_new_link_makes_the_older_one_useless(screens):
    request = checked()
    answer(screens, request, "link")
    older = link_of(mail.outbox[-1])
    answer(screens, reread(request), "link")
    assert Client().get(older).status_code == 404
    assert Client().get(link_of(mail.outbox[-1])).status_code == 200


# Routing.


def test_what_comes_from_the_register_is_routed_there_and_the_person_told_so(screens):
    request = checked()
    answer(screens, request, "register")
    request = reread(request)
    assert (request.status, request.route) == (Status.ROUTED, Route.REGISTER)
    page = text(Client().get(link_of(mails_to(request.email)[-1])))
    assert "votre ordre" in page


def test_what_an_establishment_describes_is_routed_to_those_who_describe_it(screens, hospital, editor):
    elsewhere = describer(GeographicEntityFactory())
    request = checked()
    answer(screens, request, "describer", establishment=hospital.finess)
    request = reread(request)
    assert (request.status, request.route, request.geographic_entity) == (Status.ROUTED, Route.DESCRIBER, hospital)
    assert len(mails_to(editor.email)) == 1
    assert mails_to(elsewhere.email) == []
    for said in ("Modèle", "Hôpital", "mal écrit"):
        assert said not in mails_to(editor.email)[0].body


def test_an_establishment_that_nobody_describes_is_told_to_the_officer(screens, hospital):
    request = checked()
    page = text(answer(screens, request, "describer", establishment=hospital.id_nat_struct))
    assert "Personne ne décrit cet établissement" in page
    assert reread(request).status == Status.CHECKED
    assert "Aucun établissement n'a ce numéro" in text(answer(screens, request, "describer", establishment="999999999"))


@pytest.mark.parametrize("kind", ["opposition", "erasure"])
def test_opposition_and_erasure_are_requests_answered_by_someone(screens, kind):
    """Not known whether they apply: no button erases anything, the officer answers."""
    request = checked(kind=kind)
    page = text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert "Effacer" not in page
    answer(screens, request, "keep")
    answer(screens, reread(request), "refuse", answer="Ce droit ne s'applique pas à ces données.")
    request = reread(request)
    assert request.status == Status.REFUSED
    page = text(Client().get(link_of(mails_to(request.email)[-1])))
    assert "Ce droit ne s'applique pas à ces données." in page
    assert "CNIL" in page


# Those who describe.


def routed(hospital) -> PersonRequest:
    return checked(Status.ROUTED, matched={"route": Route.DESCRIBER, "geographic_entity": hospital})


def test_a_describer_reads_the_request_and_says_it_is_corrected(hospital, editor, officer):
    request = routed(hospital)
    client = signed_in(editor)
    page = text(client.get(f"/demandes-des-personnes/{request.pk}/"))
    assert "Mon nom est mal écrit." in page
    assert request.email not in page
    assert f"PersonRequest {request.pk}" in AccessRecord.objects.first().level_3
    client.post(f"/demandes-des-personnes/{request.pk}/", {"revision": request.revision, "corrected": "1"})
    request = reread(request)
    assert request.status == Status.GRANTED
    assert request.steps.last().author == editor
    assert len(mails_to(officer.email)) == 1
    assert client.get(f"/demandes-des-personnes/{request.pk}/").status_code == 404


def test_a_describer_who_does_not_correct_says_why(hospital, editor):
    request = routed(hospital)
    client, path = signed_in(editor), f"/demandes-des-personnes/{request.pk}/"
    reply = client.post(path, {"revision": request.revision, "hand_back": "1"})
    assert reply.status_code == 422
    assert "Dites pourquoi" in text(reply)
    client.post(path, {"revision": request.revision, "hand_back": "1", "note": "Le nom est juste"})
    request = reread(request)
    assert (request.status, request.route) == (Status.ROUTED, Route.OFFICER)
    assert request.steps.last().note == "Le nom est juste"


def test_requests_routed_elsewhere_do_not_exist(hospital, editor):
    mine, others = routed(hospital), routed(GeographicEntityFactory())
    kept = checked(Status.ROUTED, matched={"route": Route.OFFICER, "geographic_entity": hospital})
    client = signed_in(editor)
    assert str(mine.pk) in client.get("/demandes-des-personnes/").content.decode()
    for request in (others, kept, confirmed()):
        assert client.get(f"/demandes-des-personnes/{request.pk}/").status_code == 404
    stranger = signed_in(UserFactory())
    assert stranger.get(f"/demandes-des-personnes/{mine.pk}/").status_code == 404
    assert Client().get("/demandes-des-personnes/").status_code == 302


# Two at once.


def test_what_someone_else_changed_meanwhile_is_not_overwritten(screens, officer):
    request = checked()
    answering.keep(Shown(request.pk, request.revision), officer)
    page = text(answer(screens, request, "refuse", revision=request.revision, answer="Non."))
    assert CHANGED in page
    assert reread(request).status == Status.ROUTED


def test_of_two_officers_at_once_one_is_told(real_transactions):
    officers = [holder("data_protection_officer", territory("nation")) for _ in range(2)]
    request = checked()
    shown, outcomes, start = Shown(request.pk, request.revision), [], threading.Barrier(2)

    def keep(officer) -> None:
        start.wait()
        try:
            answering.keep(shown, officer)
            outcomes.append("done")
        except Changed:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=keep, args=(officer,)) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "told"]
    assert RequestStep.objects.filter(request=request, what__startswith="Prise en charge").count() == 1


def test_a_request_that_ended_changes_no_more(screens, officer):
    request = checked(Status.DONE, matched={"ended_at": timezone.now()})
    assert "elle ne change plus" in text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    with pytest.raises(NotAnswerable):
        answering.keep(Shown(request.pk, request.revision), officer)


# Old values.


def blank(client, request, **said):
    typed = {"datum": "Contact.name", "values": f"{OLD}\n{OLD_PHONE}", "reason": "accordée", "confirmed": ""}
    return client.post(f"{ADMIN}{request.pk}/blank/", typed | said, follow=True)


def test_the_officer_sees_what_would_be_blanked_then_confirms(screens, officer, hospital):
    offer = published(hospital)
    corrected(offer)
    request = granted(details=f"Je suis {NEW}, plus {OLD}.")
    page = blank(screens, request, place=hospital.finess)
    assert "versions publiées : 1" in text(page)
    assert not Blanking.objects.exists()
    seal = page.context["seal"]
    page = blank(screens, request, place=hospital.finess, confirmed=seal)
    assert "C'est fait" in text(page)
    assert places_of(OLD) == places_of(OLD_PHONE) == []
    trace = Blanking.objects.get()
    assert (trace.author, trace.request, trace.datum) == (officer, request.pk, "Contact.name")
    assert reread(request).steps.last().what == "Ancienne valeur effacée : Nom d'un contact"
    listed = text(screens.get("/admin/persons/blanking/"))
    assert hospital.id_nat_struct in listed


def test_what_was_not_shown_is_not_confirmed(screens, hospital):
    corrected(published(hospital))
    request = granted()
    seal = blank(screens, request, place=hospital.finess, values=NEW).context["seal"]
    blank(screens, request, place=hospital.finess, confirmed=seal)
    assert places_of(OLD)


@pytest.mark.parametrize("request_of", [checked, *(partial(granted, kind=kind) for kind in ("erasure", "opposition"))])
def test_old_values_are_blanked_for_a_granted_correction_only(screens, hospital, request_of):
    corrected(published(hospital))
    request = request_of()
    assert "Effacer une ancienne valeur" not in text(screens.get(f"{ADMIN}{request.pk}/answer/"))
    assert "une fois la demande acceptée" in text(blank(screens, request, place=hospital.finess))
    assert places_of(OLD)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"place": "000000000"}, "Rien n'a ce numéro."),
        ({"values": "ab"}, "caractères"),
        ({"datum": ""}, "Choisissez la donnée qui a été corrigée."),
    ],
)
def test_what_cannot_be_blanked_is_said(screens, hospital, said, words):
    assert words in text(blank(screens, granted(), **{"place": hospital.finess} | said))
