"""What waits for each person, on the home of the administration: a figure, and the list that has exactly these."""

import datetime

from django.urls import reverse
from django.utils import timezone

from confidentiality.models import Assignment
from ror.history import writing
from ror.quality.models import CREATED, TO_TREAT, Anomaly
from structures.models import GeographicEntity
from tests.admin.conftest import signed_in
from tests.factories import GeographicEntityFactory, administrator, describer, holder, published_offer, territory

HOME = "/admin/"
REGIONS = {"35238": "53", "75056": "11"}


def work(client) -> dict[str, tuple[int, str]]:
    return {line.label: (line.count, line.url) for line in client.get(HOME).context["work"]}


def anomaly(entity: GeographicEntity, **said) -> Anomaly:
    with writing("tests", "command"):
        return Anomaly.objects.create(geographic_entity=entity, rule="1", theme_id="R350:01", **said)


def yesterday() -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=1)


def test_nothing_waits_in_an_empty_portal(national):
    assert work(national) == {}


def test_each_figure_is_that_of_its_list(national):
    entity = GeographicEntityFactory()
    anomaly(entity, deadline=yesterday(), status_id=TO_TREAT)
    anomaly(entity, deadline=timezone.localdate(), status_id=CREATED, element_path="name")
    gone = GeographicEntityFactory()
    with writing("tests", "command"):
        GeographicEntity.objects.filter(pk=gone.pk).update(gone_since=yesterday())
    found = work(national)
    assert {label: count for label, (count, _) in found.items()} == {
        "Anomalies en retard": 1,
        "Établissements suivis sans offre publiée": 1,
        "Établissements absents du registre": 1,
    }
    for label in ("Anomalies en retard", "Établissements absents du registre"):
        count, url = found[label]
        assert national.get(url).context["cl"].result_count == count


def test_a_region_sees_its_own(hospital):
    elsewhere = GeographicEntityFactory(insee="75056")
    anomaly(elsewhere, deadline=yesterday(), status_id=TO_TREAT)
    manager = signed_in(holder("regional_quality_manager", territory("region", hospital.region_id)))
    assert work(manager) == {"Établissements suivis sans offre publiée": (1, reverse("admin:duty") + "#liste")}
    published_offer(hospital)
    assert work(manager) == {}


def test_roles_given_long_ago_wait_for_whom_they_concern(hospital):
    describer(hospital)
    with writing("tests", "command"):
        Assignment.objects.update(starts_at=timezone.now() - datetime.timedelta(days=400))
    published_offer(hospital)
    assert work(signed_in(administrator())) == {
        "Rôles donnés depuis plus d'un an, à confirmer": (1, reverse("colleagues:review"))
    }


def test_the_home_is_ordered_by_what_one_does_and_no_screen_is_left_out(national):
    groups = {
        group["name"]: [screen["object_name"] for screen in group["models"]]
        for group in national.get(HOME).context["app_list"]
    }
    assert list(groups) == [
        "Structures et offres", "Professionnels", "Qualité", "Personnes et droits", "Référentiels", "Suivi",
    ]  # fmt: skip
    assert groups["Structures et offres"][:2] == ["LegalEntity", "GeographicEntity"]


def test_every_page_says_who_one_is(national):
    manager = signed_in(holder("regional_quality_manager", territory("region", "53")))
    for client, place in ((national, "France entière"), (manager, "Bretagne")):
        for address in (HOME, reverse("admin:structures_offer_changelist")):
            assert place in client.get(address).context["who"], address
