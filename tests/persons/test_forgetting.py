"""Requests are forgotten once ended for longer than the delay set; the trace of what was blanked stays."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from ror.persons.models import Blanking, PersonRequest, Status
from tests.persons.conftest import asked, checked, confirmed

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - datetime.timedelta(days=100)


def aged(request: PersonRequest, **changes) -> PersonRequest:
    PersonRequest.objects.filter(pk=request.pk).update(created_at=LONG_AGO, **changes)
    return request


def test_only_what_ended_or_was_never_confirmed_is_forgotten(settings, capsys):
    settings.KEEP_PERSON_REQUESTS_DAYS = 90
    aged(asked())
    aged(checked(), status=Status.DONE, ended_at=LONG_AGO)
    kept = {aged(confirmed()).pk, asked().pk}
    kept.add(aged(checked(), status=Status.DONE, ended_at=timezone.now()).pk)
    Blanking.objects.create(author_name="essai", datum="autre", subject="essai", reason="essai")
    call_command("purge_expired", "--dry-run")
    assert "demandes des personnes : 2 dossiers à effacer" in capsys.readouterr().out
    assert PersonRequest.objects.count() == 5
    call_command("purge_expired")
    assert "demandes des personnes : 2 dossiers effacés" in capsys.readouterr().out
    assert set(PersonRequest.objects.values_list("pk", flat=True)) == kept
    assert Blanking.objects.exists()


def test_nothing_is_forgotten_by_default(capsys):
    aged(checked(), status=Status.DONE, ended_at=LONG_AGO)
    call_command("purge_expired")
    assert PersonRequest.objects.exists()
