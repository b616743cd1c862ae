"""The rules of a region: set by the national administrator and by the quality manager of that region."""

import pytest
from django.test import Client
from django.urls import reverse

from structures.describing.models import RegionSettings
from tests.factories import administrator, holder, territory

pytestmark = pytest.mark.django_db

ADD = "admin:describing_regionsettings_add"


def signed(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def quality():
    return holder("regional_quality_manager", territory("region", "53"))


def typed(region, **changes):
    return {"region": region, "review": "on", "review_days": "15", **changes}


def test_a_quality_manager_sets_the_rules_of_their_region_only(quality):
    client = signed(quality)
    page = client.get(reverse(ADD)).content.decode().replace("&#x27;", "'")
    assert "aucun texte ne l'impose" in page
    assert '<option value="28">' not in page
    refused = client.post(reverse(ADD), typed("28"))
    assert refused.status_code == 200
    assert not RegionSettings.objects.exists()
    client.post(reverse(ADD), typed("53"))
    rules = RegionSettings.objects.get()
    assert (rules.region_id, rules.review, rules.review_days) == ("53", True, 15)
    event = RegionSettings.pgh_event_models["insert"].objects.select_related("pgh_context").get()
    assert event.pgh_context.metadata["author"] == quality.pk


def test_nobody_else_opens_them(quality):
    signed(administrator()).post(reverse(ADD), typed("28", review_days="1"))
    rules = RegionSettings.objects.get()
    change = reverse("admin:describing_regionsettings_change", args=[rules.pk])
    assert signed(administrator()).get(change).status_code == 200
    assert signed(quality).get(change).status_code == 302
    grades = holder("grades", territory("region", "28"))
    assert signed(grades).get(change).status_code == 302


@pytest.mark.parametrize("days", ["0", "91", "dix", ""])
def test_a_delay_is_a_number_of_days(days):
    answer = signed(administrator()).post(reverse(ADD), typed("53", review_days=days))
    assert answer.status_code == 200
    assert not RegionSettings.objects.exists()
