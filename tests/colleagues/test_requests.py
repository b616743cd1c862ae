"""Asking for a role: who may answer, and once."""

import datetime
import threading

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from structures.colleagues.models import AccessRequest
from tests.colleagues.conftest import signed_in, text
from tests.factories import (
    AssignmentFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    UserFactory,
    administrator,
    describer,
    holder,
    referent,
    territory,
)

pytestmark = pytest.mark.django_db

WHY = "Je remplace la cadre du service"


def ask(user, entity, role: str = "describer", place=None, **more):
    typed = {"role": role, "place": (place or entity).perimeter.pk, "reason": WHY, **more}
    return signed_in(user).post(f"/etablissements/{entity.id_nat_struct}/demander-un-role/", typed)


def answer(client: Client, decision: str = "approve", **typed):
    return client.post(f"/collegues/demandes/{AccessRequest.objects.latest('pk').pk}/", {decision: "1", **typed})


@pytest.fixture
def someone():
    return UserFactory(email="camille@example.org", first_name="Camille", last_name="Nouvelle")


def test_from_the_page_of_the_establishment_to_the_role(real_transactions, pages, manager, hospital, someone):
    path = f"/etablissements/{hospital.id_nat_struct}/"
    assert "Demander un rôle" not in text(Client().get(path))
    assert "Demander un rôle" in text(signed_in(someone).get(path))
    assert ask(someone, hospital).status_code == 302
    assert mail.outbox[0].to == [manager.email]
    listed = text(pages.get("/collegues/"))
    assert "Camille Nouvelle" in listed
    assert WHY in listed
    assert answer(pages).status_code == 302
    given = Assignment.objects.get(user=someone)
    assert (given.role_id, given.perimeter, given.given_by) == ("describer", hospital.perimeter, manager)
    assert mail.outbox[1].to == [someone.email]
    assert Viewer(someone).may("describe_offer")
    assert "Acceptée" in text(signed_in(someone).get("/mes-roles/"))


def test_the_emails_hold_a_link_and_no_datum(pages, hospital, someone):
    ask(someone, hospital)
    answer(pages)
    for sent in mail.outbox:
        said = f"{sent.subject} {sent.body}"
        for word in (hospital.name, hospital.id_nat_struct, "Nouvelle", "Référente", WHY, "gestionnaire"):
            assert word not in said


def test_a_refusal_gives_nothing_and_says_why(pages, hospital, someone):
    ask(someone, hospital)
    assert answer(pages, "refuse").status_code == 422
    answer(pages, "refuse", answer="Adressez-vous au pôle femme-enfant.")
    assert not someone.assignments.exists()
    page = text(signed_in(someone).get("/mes-roles/"))
    assert "Refusée : Adressez-vous au pôle femme-enfant." in page


def test_dates_are_given_with_the_answer(pages, hospital, someone):
    ask(someone, hospital)
    last = timezone.localdate() + datetime.timedelta(days=10)
    answer(pages, ends_on=str(last))
    assert timezone.localdate(someone.assignments.get().ends_at) == last + datetime.timedelta(days=1)


def test_the_same_request_is_sent_once(hospital, someone):
    ask(someone, hospital)
    ask(someone, hospital)
    assert AccessRequest.objects.count() == 1


def test_a_unit_may_be_asked_for(pages, hospital, someone):
    unit = InternalOrganizationFactory(geographic_entity=hospital)
    ask(someone, hospital, place=unit)
    answer(pages)
    assert someone.assignments.get().perimeter == unit.perimeter


def test_a_forged_place_or_role_is_refused(hospital, someone):
    assert ask(someone, hospital, place=GeographicEntityFactory()).status_code == 422
    assert ask(someone, hospital, role="national_administrator").status_code == 422
    assert ask(someone, hospital, role="regulation").status_code == 422
    assert not AccessRequest.objects.exists()


def test_a_request_for_ones_own_rank_goes_above(pages, manager, hospital, someone):
    above = administrator()
    ask(someone, hospital, role="referent")
    assert [sent.to for sent in mail.outbox] == [[above.email]]
    assert "Camille" not in text(pages.get("/collegues/"))
    assert answer(pages).status_code == 404
    assert answer(signed_in(above)).status_code == 302
    assert someone.assignments.get().role_id == "referent"


def test_without_a_referent_the_territory_is_told_and_answers(someone):
    entity = GeographicEntityFactory(health=True)
    above = administrator()
    ask(someone, entity)
    assert [sent.to for sent in mail.outbox] == [[above.email]]


def test_nobody_answers_their_own_request(pages, manager, hospital):
    ask(manager, hospital, role="describer")
    assert answer(pages).status_code == 404
    assert manager.assignments.count() == 1


def test_nobody_answers_for_another_establishment(hospital, someone):
    ask(someone, hospital)
    assert answer(signed_in(referent(GeographicEntityFactory()))).status_code == 404
    assert answer(signed_in(describer(hospital))).status_code == 403
    assert not someone.assignments.exists()


def test_an_answer_is_given_once(pages, hospital, someone):
    ask(someone, hospital)
    answer(pages)
    assert answer(pages).status_code == 404
    assert answer(pages, "refuse", answer="Non").status_code == 404
    assert someone.assignments.count() == 1


def test_two_approvals_at_once_give_the_role_once(real_transactions):
    hospital, someone = GeographicEntityFactory(health=True), UserFactory()
    clients = [signed_in(referent(hospital)), signed_in(referent(hospital))]
    ask(someone, hospital)
    path = f"/collegues/demandes/{AccessRequest.objects.get().pk}/"
    barrier, codes = threading.Barrier(2), []

    def approve(client: Client) -> None:
        barrier.wait()
        codes.append(client.post(path, {"approve": "1"}).status_code)
        connection.close()

    threads = [threading.Thread(target=approve, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {302, 404}
    assert 302 in codes
    assert someone.assignments.count() == 1


def test_one_reads_ones_own_requests_only(hospital, someone):
    ask(someone, hospital)
    other = holder("health_professional", territory("nation"))
    AssignmentFactory(user=other, perimeter=hospital.perimeter)
    assert WHY not in text(signed_in(other).get("/mes-roles/"))
    assert "En attente" not in text(signed_in(other).get("/mes-roles/"))


def test_asking_needs_an_account(hospital):
    path = f"/etablissements/{hospital.id_nat_struct}/demander-un-role/"
    assert Client().get(path).headers["Location"].startswith("/connexion/")
    assert signed_in(UserFactory()).get("/etablissements/1000000000/demander-un-role/").status_code == 404
