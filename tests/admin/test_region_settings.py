"""The rules of a region: set by the national administrator and by the quality manager of that region."""

import pytest
from django.test import Client
from django.urls import reverse

from structures.describing import drafts
from structures.describing.models import RegionSettings
from tests.factories import GeographicEntityFactory, administrator, describer, holder, territory

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


CHARTER = "Décrivez ce qui est ouvert.\n<b>Répondez</b> sous dix jours."


def test_the_charter_of_a_region_is_shown_where_one_describes_and_nowhere_else(quality, hospital):
    signed(quality).post(reverse(ADD), typed(hospital.region_id, review="", charter=CHARTER))
    elsewhere = GeographicEntityFactory(insee="28085")
    draft = drafts.start(hospital, describer(hospital))
    shown = [
        (describer(hospital), reverse("describing:establishment", args=[hospital.id_nat_struct])),
        (draft.created_by, reverse("describing:review", args=[draft.pk])),
    ]
    for user, address in shown:
        html = signed(user).get(address).content.decode()
        assert "Charte de la région" in html, address
        assert "&lt;b&gt;Répondez&lt;/b&gt; sous dix jours." in html  # plain text: nothing in it is obeyed
    other = signed(describer(elsewhere)).get(reverse("describing:establishment", args=[elsewhere.id_nat_struct]))
    assert "Charte de la région" not in other.content.decode()


def test_a_charter_has_an_end(quality):
    answer = signed(quality).post(reverse(ADD), typed("53", charter="a" * 10_001))
    assert answer.status_code == 200
    assert not RegionSettings.objects.exists()
