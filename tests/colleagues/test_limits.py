"""What the page of colleagues lets nobody do: undo what was given above, ask for a mandate, take an account in use."""

import pytest
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.viewer import Viewer
from structures.colleagues import requesting
from structures.colleagues.inviting import Offered
from structures.colleagues.models import AccessRequest, Invitation
from tests.colleagues.conftest import EMAIL, invite, last_link, signed_in, text
from tests.factories import AssignmentFactory, UserFactory, administrator, describer, holder, territory

pytestmark = pytest.mark.django_db


def test_a_referent_neither_cancels_nor_renews_what_the_nation_offered(pages, hospital):
    invite(signed_in(administrator()), hospital, role="referent")
    invitation = Invitation.objects.get()
    page = text(pages.get("/collegues/"))
    assert EMAIL in page
    assert "Annuler l'invitation" not in page.replace("&#x27;", "'")
    for button in ("cancel", "send"):
        assert pages.post(f"/collegues/invitations/{invitation.pk}/", {button: ""}).status_code == 404
    assert Invitation.objects.pending().get().nonce == invitation.nonce


def test_a_mandate_is_neither_asked_for_nor_given_by_answering(hospital, manager):
    asker = holder("grades", territory("region", "11"))
    asked = AccessRequest.objects.create(user=asker, role_id="mandated", perimeter=hospital.perimeter, reason="Aide")
    for answerer in (administrator(), manager):
        delegation = Delegation(Viewer(answerer))
        assert asked not in requesting.shown_to(delegation)
        with pytest.raises(requesting.AlreadyAnswered):
            requesting.approve(delegation, asked.pk, Offered((), "Aide"))
    assert not asker.assignments.filter(role="mandated").exists()


def test_a_role_held_already_is_not_given_twice_by_answering(hospital, manager):
    asker = describer(hospital)
    asked = AccessRequest.objects.create(user=asker, role_id="describer", perimeter=hospital.perimeter, reason="Encore")
    requesting.approve(Delegation(Viewer(manager)), asked.pk, Offered((), "Encore"))
    assert asker.assignments.count() == 1


def test_a_closed_account_is_given_nothing(hospital, manager):
    asker = UserFactory(is_active=False)
    asked = AccessRequest.objects.create(user=asker, role_id="describer", perimeter=hospital.perimeter, reason="Encore")
    with pytest.raises(requesting.AlreadyAnswered):
        requesting.approve(Delegation(Viewer(manager)), asked.pk, Offered((), "Encore"))


@pytest.mark.parametrize("used", [{"national_id": "810000000001"}, {"last_login": timezone.now()}])
def test_the_link_of_an_invitation_takes_no_account_in_use(client, pages, hospital, used):
    user = UserFactory(email=EMAIL, last_name="Carte", **used)
    user.set_unusable_password()
    user.save()
    invite(pages, hospital)
    typed = {"first_name": "Autre", "last_name": "Nom", "password": "Un-mot-de-passe-long-2026"}
    client.post(last_link(), typed)
    user.refresh_from_db()
    assert (user.last_name, user.has_usable_password()) == ("Carte", False)


def test_odd_words_and_addresses_break_nothing(pages, manager, hospital):
    assert pages.get("/collegues/", {"q": "\x00"}).status_code == 200
    AssignmentFactory(user=manager, role="national_administrator", perimeter=territory("nation"))
    for address in ("foo", "//elsewhere.example.org", "\x00"):
        assert pages.get("/mon-compte/verification/", {"next": address}).status_code in (200, 302)
