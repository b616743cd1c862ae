"""The duty to describe oneself: who is counted, what moves the rate, who is written to."""

import csv
import io

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from ror.quality import duty
from ror.quality.models import Reminder
from structures.closing import close
from structures.models import GeographicEntity
from structures.models.base import DEFINITIVE
from tests.admin.conftest import signed_in
from tests.factories import (
    GeographicEntityFactory,
    administrator,
    describer,
    holder,
    published_offer,
    referent,
    territory,
)

pytestmark = pytest.mark.django_db

PAGE, REMIND = "/admin/peuplement/", "/admin/peuplement/relancer/"
BY = {"author": "tests", "channel": "command"}


@pytest.fixture
def national() -> Client:
    return signed_in(administrator())


@pytest.fixture
def entity() -> GeographicEntity:
    return GeographicEntityFactory(name="EHPAD Les Tilleuls")


def rate(client: Client) -> tuple[int, int]:
    """Described, and to be described, as the page says."""
    whole = client.get(PAGE).context["whole"]
    return whole.described, whole.total


def test_followed_categories_are_those_of_the_national_follow_up():
    followed = duty.followed_categories()
    assert len(followed) == 81
    assert {"R66:500", "R66:355", "R66:603"} <= followed
    assert not {"R66:620", "R66:124"} & followed


def test_the_rate_moves_when_an_offer_is_published_or_closed(national, entity):
    GeographicEntityFactory(outside=True)
    assert rate(national) == (0, 1)
    offer = published_offer(entity)
    assert rate(national) == (1, 1)
    close(offer, DEFINITIVE, timezone.localdate(), **BY)
    assert rate(national) == (0, 1)


@pytest.mark.usefixtures("entity")
def test_the_list_says_who_is_in_charge_and_filters(national, entity):
    other = GeographicEntityFactory(name="Hôpital du Phare", category_id="R66:355", insee="22113")
    referent(entity, first_name="Camille", last_name="Exemple")
    referent(other.legal_entity, first_name="Sacha", last_name="Modèle")
    page = national.get(PAGE).content.decode()
    for words in ("EHPAD Les Tilleuls", "Camille Exemple", "Hôpital du Phare", "Sacha Modèle", "jamais"):
        assert words in page
    assert "Les Tilleuls" not in national.get(PAGE, {"departement": "22"}).content.decode().split('id="liste"')[1]
    assert "Hôpital du Phare" not in national.get(PAGE, {"q": "tilleul"}).content.decode().split('id="liste"')[1]
    assert national.get(PAGE, {"categorie": "R66:355"}).context["page"].paginator.count == 1
    assert national.get(PAGE, {"etat": "avec"}).context["page"].paginator.count == 0
    assert national.get(PAGE, {"etat": "nimporte", "departement": "'", "page": "x"}).status_code == 200


def test_a_regional_manager_follows_its_region_only(entity):
    elsewhere = GeographicEntityFactory(insee="75056")
    manager = signed_in(holder("regional_quality_manager", territory("region", entity.region_id)))
    assert rate(manager) == (0, 1)
    manager.post(REMIND, {"chosen": [elsewhere.pk], "send": "1"})
    assert not Reminder.objects.exists()


def test_an_offer_that_one_may_not_know_does_not_count(entity):
    published_offer(entity, sensitive=True)
    manager = signed_in(holder("regional_quality_manager", territory("region", entity.region_id)))
    assert rate(manager) == (0, 1)
    assert rate(signed_in(administrator())) == (1, 1)


def test_only_those_who_follow_the_population_open_it(entity):
    for client in (signed_in(describer(entity)), signed_in(holder("data_protection_officer", territory("nation")))):
        for url in (PAGE, "/admin/peuplement.csv", "/admin/peuplement.xlsx"):
            assert client.get(url).status_code in (302, 403)
        assert client.post(REMIND, {"chosen": [entity.pk], "send": "1"}).status_code in (302, 403)
    assert not mail.outbox


def test_the_files_hold_the_list_as_text(national, entity):
    GeographicEntityFactory(name="=1+1")
    referent(entity, first_name="Camille", last_name="Exemple")
    answer = national.get("/admin/peuplement.csv", {"etat": "toutes"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert {row["Établissement"] for row in rows} == {"EHPAD Les Tilleuls", "'=1+1"}
    assert next(row for row in rows if row["FINESS"] == entity.finess)["Personne en charge"] == "Camille Exemple"
    book = load_workbook(io.BytesIO(b"".join(national.get("/admin/peuplement.xlsx").streaming_content)))
    cells = {cell.value: cell.data_type for row in book["Peuplement"] for cell in row}
    assert cells["=1+1"] == "s"
    assert cells[entity.finess] == "s"


def test_a_reminder_is_shown_then_sent_once_to_each_person_in_charge(national, entity):
    person = referent(entity.legal_entity)
    second = GeographicEntityFactory(legal_entity=entity.legal_entity, name="EHPAD Les Charmes")
    nobody = GeographicEntityFactory(name="EHPAD sans personne")
    chosen = {"chosen": [entity.pk, second.pk, nobody.pk]}
    page = national.post(REMIND, chosen).content.decode()
    assert person.email in page
    assert "Sans personne en charge, donc sans message : EHPAD sans personne" in page
    assert not mail.outbox
    national.post(REMIND, {**chosen, "send": "1"})
    (sent,) = mail.outbox
    assert sent.to == [person.email]
    assert "EHPAD Les Tilleuls" in sent.body
    assert "EHPAD Les Charmes" in sent.body
    assert "/mes-etablissements/" in sent.body
    assert set(Reminder.objects.values_list("geographic_entity", flat=True)) == {entity.pk, second.pk}
    national.post(REMIND, {**chosen, "send": "1"})
    assert len(mail.outbox) == 1
    assert "jamais" in national.get(PAGE, {"q": "sans personne"}).content.decode()
    assert "jamais" not in national.get(PAGE, {"q": "tilleuls"}).content.decode()


def test_a_described_establishment_is_not_reminded(national, entity):
    referent(entity)
    published_offer(entity)
    national.post(REMIND, {"chosen": [entity.pk], "send": "1"})
    assert not mail.outbox


def test_the_page_costs_few_queries_whatever_the_rows(national, django_assert_max_num_queries):
    for _ in range(3):
        referent(GeographicEntityFactory())
    national.get(PAGE)
    with django_assert_max_num_queries(15):
        national.get(PAGE)


def test_ille_et_vilaine(national, shared_data):
    """The real file of the department: 807 establishments whose category is followed."""
    name = "departement-35-cs1100507-20210108.csv"
    call_command("import_finess", str(shared_data / "finess" / name), scope="35", verbosity=0)
    assert rate(national) == (0, 807)
    one = GeographicEntity.objects.filter(category="R66:500").first()
    offer = published_offer(one)
    assert rate(national) == (1, 807)
    (department,) = [line for line in national.get(PAGE).context["departments"] if line["duty"].key == "35"]
    assert department["duty"].described == 1
    close(offer, DEFINITIVE, timezone.localdate(), **BY)
    assert rate(national) == (0, 807)
    assert reverse("admin:duty") == PAGE
