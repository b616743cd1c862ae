"""Inviting a colleague: who may, what the e-mail holds, and a link that serves once."""

import datetime
import re
import threading

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from structures.colleagues.models import INVITATION_LASTS, Invitation
from tests.colleagues.conftest import EMAIL, REASON, invite, last_link, signed_in, text
from tests.factories import (
    PASSWORD,
    AssignmentFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    UserFactory,
    administrator,
    describer,
    referent,
)

pytestmark = pytest.mark.django_db

CHOSEN = "cheval pile agrafe correct"
NEW_ACCOUNT = {"first_name": "Dominique", "last_name": "Modèle", "password": CHOSEN, "again": CHOSEN}
OVER = "Ce lien n'ouvre plus rien"


def accept_as_new(link: str, **changes):
    return Client().post(link, NEW_ACCOUNT | changes)


def test_someone_invited_opens_an_account_and_holds_the_role(real_transactions, pages, manager, hospital):
    assert invite(pages, hospital).status_code == 302
    client = Client()
    link = last_link()
    assert hospital.name in text(client.get(link))
    answer = client.post(link, NEW_ACCOUNT)
    assert answer.status_code == 302
    user = User.objects.get(email=EMAIL)
    given = Assignment.objects.get(user=user)
    assert (given.role_id, given.perimeter, given.given_by, given.reason) == (
        "describer",
        hospital.perimeter,
        manager,
        REASON,
    )
    assert hospital.name in text(client.get("/mes-etablissements/"))
    assert Client().post("/connexion/", {"login": EMAIL, "password": CHOSEN}).status_code == 302


def test_the_email_holds_a_link_and_nothing_of_the_establishment(pages, manager, hospital):
    unit = InternalOrganizationFactory(geographic_entity=hospital, name="Unité des essais")
    invite(pages, unit)
    (sent,) = mail.outbox
    said = f"{sent.subject} {sent.body}"
    assert sent.to == [EMAIL]
    for word in (hospital.name, hospital.id_nat_struct, unit.name, manager.last_name, REASON, "gestionnaire"):
        assert word not in said


def test_someone_who_has_an_account_signs_in_then_accepts(real_transactions, pages, hospital):
    user = UserFactory(email=EMAIL)
    invite(pages, hospital)
    link = last_link()
    assert "Vous avez déjà un compte" in text(Client().get(link))
    client = signed_in(user)
    assert client.post(link).status_code == 302
    assert Viewer(user).may("describe_offer")
    assert user.check_password(PASSWORD)


def test_an_account_opened_by_the_administration_gets_its_password_by_the_link(pages, hospital):
    User.objects.create_user(EMAIL)
    invite(pages, hospital)
    assert accept_as_new(last_link()).status_code == 302
    assert User.objects.get(email=EMAIL).check_password(CHOSEN)


def test_nothing_tells_the_sender_whether_the_address_has_an_account(pages, hospital):
    UserFactory(email="connue@example.org")
    answers = []
    for email in ("connue@example.org", "absente@example.org"):
        invite(pages, hospital, email=email)
        answers.append(text(pages.get("/collegues/")).replace(email, "?"))
        Invitation.objects.all().delete()
    assert answers[0] == answers[1]
    assert mail.outbox[0].subject == mail.outbox[1].subject


def test_a_link_serves_once(pages, hospital):
    invite(pages, hospital)
    link = last_link()
    accept_as_new(link)
    for answer in (Client().get(link), accept_as_new(link, first_name="Voleur")):
        assert answer.status_code == 404
        assert OVER in text(answer)
    assert Assignment.objects.filter(user__email=EMAIL).count() == 1


def test_a_link_is_worth_nothing_after_its_date(pages, hospital):
    invite(pages, hospital)
    Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    assert accept_as_new(last_link()).status_code == 404
    assert not User.objects.filter(email=EMAIL).exists()


def test_the_link_itself_is_dated(pages, hospital, monkeypatch):
    invite(pages, hospital)
    Invitation.objects.update(expires_at=timezone.now() + datetime.timedelta(days=365))
    later = timezone.now().timestamp() + INVITATION_LASTS.total_seconds() + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert accept_as_new(last_link()).status_code == 404


@pytest.mark.parametrize("alter", [lambda token: token[:-1], lambda token: f"x{token}", lambda token: "faux"])
def test_a_forged_link_opens_nothing(pages, hospital, alter):
    invite(pages, hospital)
    token = last_link().split("/")[2]
    assert accept_as_new(f"/invitation/{alter(token)}/").status_code == 404
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_cancelled_invitation_opens_nothing(pages, hospital):
    invite(pages, hospital)
    invitation = Invitation.objects.get()
    assert pages.post(f"/collegues/invitations/{invitation.pk}/", {"cancel": ""}).status_code == 302
    assert accept_as_new(last_link()).status_code == 404


def test_sending_again_makes_the_older_link_useless(pages, hospital):
    invite(pages, hospital)
    older = last_link()
    pages.post(f"/collegues/invitations/{Invitation.objects.get().pk}/", {"send": ""})
    assert accept_as_new(older).status_code == 404
    assert accept_as_new(last_link()).status_code == 302


def test_an_invitation_is_for_the_address_it_was_sent_to(pages, hospital):
    invite(pages, hospital)
    other = UserFactory()
    answer = signed_in(other).post(last_link())
    assert answer.status_code == 403
    assert not other.assignments.exists()


def test_a_weak_password_is_refused_in_french(pages, hospital):
    invite(pages, hospital)
    answer = accept_as_new(last_link(), password="court", again="court")
    assert answer.status_code == 422
    assert "trop court" in text(answer)
    assert not User.objects.filter(email=EMAIL).exists()


def test_dates_are_kept(pages, hospital):
    today = timezone.localdate()
    last = today + datetime.timedelta(days=30)
    invite(pages, hospital, starts_on=str(today + datetime.timedelta(days=2)), ends_on=str(last))
    accept_as_new(last_link())
    given = Assignment.objects.get(user__email=EMAIL)
    assert timezone.localdate(given.starts_at) == today + datetime.timedelta(days=2)
    assert timezone.localdate(given.ends_at) == last + datetime.timedelta(days=1)
    assert not Viewer(given.user).may("describe_offer")


def test_an_end_already_past_is_refused(pages, hospital):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    answer = invite(pages, hospital, ends_on=str(yesterday))
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_several_roles_in_one_invitation(pages, hospital):
    unit = InternalOrganizationFactory(geographic_entity=hospital)
    invite(pages, hospital, rows=2, role_1="bed_manager", place_1=unit.perimeter.pk)
    accept_as_new(last_link())
    held = Assignment.objects.filter(user__email=EMAIL)
    assert set(held.values_list("role", "perimeter")) == {
        ("describer", hospital.perimeter.pk),
        ("bed_manager", unit.perimeter.pk),
    }


def test_a_row_more_keeps_what_was_typed(pages, hospital):
    answer = invite(pages, hospital, add="1")
    assert answer.status_code == 200
    assert 'name="role_1"' in answer.content.decode()
    assert EMAIL in answer.content.decode()
    assert not Invitation.objects.exists()


def test_another_search_keeps_the_place_chosen_before(pages, manager, hospital):
    other = GeographicEntityFactory(name="EHPAD fictif des Tilleuls")
    AssignmentFactory(user=manager, role="referent", perimeter=other.perimeter)
    answer = invite(pages, hospital, search="1", words="tilleuls")
    assert re.search(rf'<option value="{hospital.perimeter.pk}"[^>]* selected', answer.content.decode())
    both = {"rows": 2, "role_1": "describer", "place_1": other.perimeter.pk, "words": "tilleuls"}
    assert invite(pages, hospital, **both).status_code == 302
    assert Invitation.objects.get().roles.count() == 2


# Who may invite, where, for which role.


def refused(answer) -> bool:
    return answer.status_code == 422 and not Invitation.objects.exists() and not mail.outbox


def test_nobody_invites_themself(pages, manager, hospital):
    assert refused(invite(pages, hospital, email="ALIX@example.org"))


def test_no_role_of_ones_own_rank_or_above_is_offered(pages, hospital):
    for role in ("referent", "grades", "national_administrator"):
        assert refused(invite(pages, hospital, role=role))


def test_a_forged_place_elsewhere_is_refused(pages):
    assert refused(invite(pages, GeographicEntityFactory()))


def test_a_place_that_does_not_suit_the_role_is_refused(pages, hospital):
    owner = signed_in(referent(hospital.legal_entity))
    assert refused(invite(owner, hospital.legal_entity, role="describer"))


def test_only_those_who_manage_accounts_open_these_pages(hospital):
    for path in ("/collegues/", "/collegues/inviter/"):
        assert signed_in(describer(hospital)).get(path).status_code == 403
        assert Client().get(path).headers["Location"].startswith("/connexion/")
    assert "Comptes de mes" not in text(signed_in(describer(hospital)).get("/"))


def test_an_administrator_names_the_first_referent(hospital):
    invite(signed_in(administrator()), hospital, role="referent")
    accept_as_new(last_link())
    assert Assignment.objects.get(user__email=EMAIL).role_id == "referent"


def test_what_the_sender_may_no_longer_give_is_not_given(real_transactions, pages, manager, hospital):
    invite(pages, hospital)
    end_all(manager)
    assert accept_as_new(last_link()).status_code == 404
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_role_held_already_is_not_given_twice(pages, hospital):
    user = describer(hospital, email=EMAIL)
    invite(pages, hospital)
    signed_in(user).post(last_link())
    assert user.assignments.count() == 1
    assert Invitation.objects.get().accepted_by == user


def test_invitations_are_shown_to_those_who_manage_each_of_their_places_only(pages, hospital):
    elsewhere = GeographicEntityFactory()
    other = referent(elsewhere)
    invite(pages, hospital)
    invitation = Invitation.objects.get()
    client = signed_in(other)
    assert EMAIL not in text(client.get("/collegues/"))
    assert client.post(f"/collegues/invitations/{invitation.pk}/", {"cancel": ""}).status_code == 404
    AssignmentFactory(user=other, role="referent", perimeter=hospital.perimeter)
    assert EMAIL in text(client.get("/collegues/"))


def test_two_acceptances_at_once_give_the_role_once(real_transactions):
    hospital = GeographicEntityFactory(health=True)
    user = UserFactory(email=EMAIL)
    invite(signed_in(referent(hospital)), hospital)
    link, clients = last_link(), [signed_in(user), signed_in(user)]
    barrier, codes = threading.Barrier(2), []

    def accept(client: Client) -> None:
        barrier.wait()
        codes.append(client.post(link).status_code)
        connection.close()

    threads = [threading.Thread(target=accept, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [302, 404]
    assert user.assignments.count() == 1


def end_all(user: User) -> None:
    from ror.history import writing

    with writing("tests", "command"):
        now = timezone.now()
        user.assignments.update(starts_at=now - datetime.timedelta(days=2), ends_at=now - datetime.timedelta(days=1))
