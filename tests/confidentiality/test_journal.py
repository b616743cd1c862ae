"""The access journal: each answer that disclosed level 2 or 3 leaves one record, which nobody changes."""

import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from confidentiality.journal import AccessRecord, readings_of
from tests import factories
from tests.factories import contact_row, published_offer, telecom_row

pytestmark = pytest.mark.django_db


def signed_in(role: str, perimeter=None) -> Client:
    client = Client()
    client.force_login(factories.holder(role, perimeter or factories.territory("nation")))
    return client


@pytest.fixture
def offer():
    """An offer with one contact at each level."""
    rows = [contact_row(level=level, telecoms=[telecom_row(level=level)]) for level in (1, 2, 3)]
    return published_offer(contacts=rows)


def page_of(offer) -> str:
    return reverse("publication:offer", args=[offer.slug])


def test_a_page_above_level_1_leaves_one_record_that_names_what_it_showed(offer):
    client = signed_in("health_professional")
    client.get(page_of(offer))
    record = AccessRecord.objects.get()
    assert record.reader.assignments.exists()
    assert f"Offer {offer.identifier}" in record.level_2
    assert (record.level_3, record.channel, record.view) == ([], "page", "publication:offer")
    assert (record.roles, record.perimeters) == (["health_professional"], ["nation FR"])


def test_level_3_is_told_apart(offer):
    signed_in("regulation", factories.territory("department", "35")).get(page_of(offer))
    record = AccessRecord.objects.get()
    assert f"Offer {offer.identifier}" in record.level_3
    assert record.perimeters == ["department 35"]


def test_public_reading_leaves_none(offer):
    Client().get(page_of(offer))
    signed_in("local_authority_agent", factories.territory("department", "75")).get(page_of(offer))
    assert not AccessRecord.objects.exists()


def test_fifty_rows_of_level_2_leave_one_record_that_names_them():
    entity = factories.GeographicEntityFactory(health=True)
    anomalies = [factories.AnomalyFactory(offer=published_offer(entity)) for _ in range(50)]
    client = signed_in("national_administrator")
    client.get(reverse("admin:quality_anomaly_changelist"))
    record = AccessRecord.objects.get()
    named = {name for name in (*record.level_2, *record.level_3) if name.startswith("Anomaly ")}
    assert named == {f"Anomaly {row.pk}" for row in anomalies}
    assert record.channel == "admin"


def test_an_answer_that_cannot_be_recorded_is_not_given(offer, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError("the journal is full")

    monkeypatch.setattr(AccessRecord.objects, "create", broken)
    client = signed_in("health_professional")
    with pytest.raises(DatabaseError):
        client.get(page_of(offer))


def test_nobody_changes_nor_erases_a_record(offer):
    signed_in("health_professional").get(page_of(offer))
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessRecord.objects.update(level_2=["Offer 00/1"])
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessRecord.objects.all().delete()
    assert AccessRecord.objects.count() == 1


def test_records_are_kept_twelve_months_then_purged(offer):
    signed_in("health_professional").get(page_of(offer))
    kept = AccessRecord.objects.get()
    AccessRecord.objects.create(
        at=timezone.now() - datetime.timedelta(days=366),
        roles=[],
        perimeters=[],
        channel="page",
        view="",
        level_2=["Offer 53/1"],
        level_3=[],
    )
    out = StringIO()
    call_command("purge_expired", stdout=out)
    assert "journal des consultations : 1 accès effacé" in out.getvalue()
    assert AccessRecord.objects.get() == kept


def test_the_readings_of_one_object_are_found(offer):
    signed_in("health_professional").get(page_of(offer))
    assert readings_of({f"Offer {offer.identifier}"}).count() == 1
    assert not readings_of({"Offer 99/999"}).exists()


@pytest.mark.parametrize("role", ["data_protection_officer", "national_administrator"])
def test_two_roles_read_the_journal_and_their_reading_is_recorded(offer, role):
    signed_in("health_professional").get(page_of(offer))
    read = AccessRecord.objects.get()
    client = signed_in(role)
    page = client.get(reverse("admin:confidentiality_accessrecord_changelist")).content.decode()
    assert str(read.reader) in page
    assert AccessRecord.objects.first().level_3 == [f"AccessRecord {read.pk}"]
    page = client.get(reverse("admin:confidentiality_accessrecord_change", args=[read.pk])).content.decode()
    assert f"Offer {offer.identifier}" in page
    assert f"AccessRecord {read.pk}" in AccessRecord.objects.first().level_3


def test_the_officer_reads_no_identifier_of_a_sensitive_unit():
    entity = factories.GeographicEntityFactory(health=True)
    hidden = published_offer(entity, sensitive=True, sensitive_motive="Fictif")
    client = Client()
    client.force_login(factories.describer(entity))
    client.get(page_of(hidden))
    read = AccessRecord.objects.get()
    address = reverse("admin:confidentiality_accessrecord_change", args=[read.pk])
    page = signed_in("data_protection_officer").get(address).content.decode()
    assert "Offer (identifiant masqué)" in page
    assert hidden.identifier not in page
    assert hidden.identifier in signed_in("national_administrator").get(address).content.decode()
    listed = reverse("admin:confidentiality_accessrecord_changelist")
    officer = signed_in("data_protection_officer")
    assert officer.get(listed, {"q": hidden.identifier}).context_data["cl"].result_count == 0


def test_the_officer_reads_no_identifier_of_an_internal_organisation():
    pole = factories.InternalOrganizationFactory()
    offer = published_offer(pole.geographic_entity, internal_organization=pole.identifier)
    client = signed_in("describer", pole.perimeter)
    client.get(page_of(offer))
    address = reverse("admin:confidentiality_accessrecord_change", args=[AccessRecord.objects.get().pk])
    held = f"internal_organization {pole.identifier}"
    assert held not in signed_in("data_protection_officer").get(address).content.decode()
    assert held in signed_in("national_administrator").get(address).content.decode()


def test_a_review_and_a_past_version_are_named_by_their_offer(offer):
    draft = factories.DraftFactory(offer=offer)
    client = Client()
    client.force_login(draft.created_by)
    for address in (
        reverse("describing:review", args=[draft.pk]),
        reverse("describing:version", args=[offer.slug, 1]),
    ):
        client.get(address)
        assert f"Offer {offer.identifier}" in AccessRecord.objects.first().level_3


def test_the_journal_is_searched_by_object(offer):
    signed_in("health_professional").get(page_of(offer))
    url = reverse("admin:confidentiality_accessrecord_changelist")
    client = signed_in("data_protection_officer")
    assert client.get(url, {"q": offer.identifier}).context_data["cl"].result_count == 1
    assert client.get(url, {"q": "99/999"}).context_data["cl"].result_count == 0


@pytest.mark.parametrize("role", ["health_professional", "regulation", "referent", "grades"])
def test_nobody_else_reads_it(role):
    kinds = {"referent": lambda: factories.GeographicEntityFactory().perimeter}
    perimeter = kinds.get(role, lambda: factories.territory("region", "53"))()
    answer = signed_in(role, perimeter).get(reverse("admin:confidentiality_accessrecord_changelist"))
    assert answer.status_code in (302, 403)
