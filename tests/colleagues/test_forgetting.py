"""What `purge_expired` forgets of invitations and requests: those that are over, never the roles."""

import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from structures.colleagues.models import AccessRequest, Invitation
from tests.colleagues.conftest import EMAIL, invite, last_link, signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

OLD = datetime.timedelta(days=400)


def purge() -> str:
    out = StringIO()
    call_command("purge_expired", stdout=out)
    return out.getvalue()


def test_what_is_over_is_forgotten_and_the_roles_stay(settings, pages, manager, hospital):
    settings.KEEP_INVITATIONS_DAYS = 365
    user = UserFactory(email=EMAIL)
    invite(pages, hospital)
    signed_in(user).post(last_link())
    invite(pages, hospital, email="autre@example.org")
    invite(pages, hospital, email="attendue@example.org")
    describer = user.assignments.get().role
    asked = AccessRequest.objects.create(user=UserFactory(), role=describer, perimeter=hospital.perimeter, reason="x")
    waiting = AccessRequest.objects.create(user=UserFactory(), role=describer, perimeter=hospital.perimeter, reason="y")
    before = timezone.now() - OLD
    Invitation.objects.exclude(email="attendue@example.org").update(expires_at=before)
    AccessRequest.objects.filter(pk=asked.pk).update(decided_at=before, decided_by=manager, approved=False)
    assert "3 lignes" in purge()
    assert list(Invitation.objects.values_list("email", flat=True)) == ["attendue@example.org"]
    assert list(AccessRequest.objects.all()) == [waiting]
    assert user.assignments.count() == 1
