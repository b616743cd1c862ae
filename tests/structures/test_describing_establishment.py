"""What an establishment says of itself, and the closing of its offers, on their pages."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from structures import records
from structures.establishments import describe_establishment
from structures.models import Contact, GeographicEntity, Offer, Tariff
from structures.models.capacity import AVAILABLE
from tests.factories import (
    BedCapacityFactory,
    GeographicEntityFactory,
    contact_row,
    describer,
    published_offer,
)
from tests.structures.pages import started_from

pytestmark = pytest.mark.django_db
ROW = "33333333-3333-4333-8333-333333333333"


def url_of(entity, step="informations"):
    return reverse("describing:describe", args=[entity.id_nat_struct, step])


def tariff(row=ROW, **data):
    """A tariff as its page posts it."""
    return {"rows:tariffs": row} | {f"tariffs.{row}.{name}": value for name, value in data.items()}


def test_the_description_is_reached_from_my_establishments_saved_and_read_again(signed_in, entity):
    above = signed_in.get(reverse("describing:establishment", args=[entity.id_nat_struct])).content.decode()
    assert url_of(entity) in above
    data = {"usual_name": "Les Glycines fictives", "accessibility": "", "family_accommodation": "oui"}
    answer = signed_in.post(url_of(entity), {**data, "started_from": started_from(signed_in, url_of(entity))})
    assert answer.status_code == 302
    stored = GeographicEntity.objects.get(pk=entity.pk)
    assert (stored.usual_name, stored.family_accommodation) == ("Les Glycines fictives", True)


def test_adding_a_row_writes_nothing_and_keeps_what_was_typed(signed_in, entity):
    opened = started_from(signed_in, url_of(entity))
    page = signed_in.post(url_of(entity), {"usual_name": "Tapé", "add": "contacts", "started_from": opened})
    shown = page.content.decode()
    assert page.status_code == 200
    assert 'value="Tapé"' in shown
    row = re.search(r'name="rows:contacts" value="([^"]+)"', shown).group(1)
    assert re.search(rf'id="groupe-contacts.{row}" tabindex="-1" autofocus', shown)
    below = signed_in.post(
        url_of(entity), {"rows:contacts": row, "add": f"contacts.{row}.telecoms", "started_from": opened}
    )
    assert f'name="rows:contacts.{row}.telecoms"' in below.content.decode()
    assert not Contact.objects.exists()


def test_all_that_is_wrong_is_said_at_once_linked_and_nothing_is_lost(signed_in, entity):
    data = {**tariff(kind="R246:02", amount="beaucoup", name="Nom de trop"), "started_from": ""}
    answer = signed_in.post(url_of(entity, "tarifs"), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="beaucoup"' in page
    assert 'value="Nom de trop"' in page
    links = re.findall(r'<li><a href="#id_([^"]+)">', page)
    for name in ("amount", "unit", "under_60", "residential_type", "reception_temporality", "name"):
        assert f"tariffs.{ROW}.{name}" in links
    assert all(f'id="id_{link}' in page for link in links)
    assert not Tariff.objects.exists()


def test_a_tariff_says_what_each_of_its_data_is_for_and_is_published(signed_in, entity):
    opened = started_from(signed_in, url_of(entity, "tarifs"))
    typed = tariff(
        kind="R246:02",
        amount="62,40",
        unit="R251:02",
        under_60="false",
        residential_type="R242:02",
        reception_temporality="R240:02",
        other_included_services="Ménage\nLinge",
    )
    shown = signed_in.post(url_of(entity, "tarifs"), {**typed, "add": "", "started_from": opened}).content.decode()
    assert "Pour : Forfait socle hébergement" in shown
    unit = re.search(rf'name="tariffs.{ROW}.unit".*?<option value="(R[^"]+)"', shown, re.S).group(1)
    answer = signed_in.post(url_of(entity, "tarifs"), {**typed, f"tariffs.{ROW}.unit": unit, "started_from": opened})
    assert answer.status_code == 302, re.findall(r"<li>.*?</li>", answer.content.decode())
    stored = Tariff.objects.get()
    assert (str(stored.amount), stored.other_included_services) == ("62.40", ["Ménage", "Linge"])


def test_two_people_do_not_overwrite_each_other(client, entity):
    client.force_login(describer(entity))
    opened = started_from(client, url_of(entity))
    base = records.read_establishment_document(entity)
    theirs = {**base, "usual_name": "Nom du collègue", "comment": "Du collègue", "contacts": [contact_row()]}
    describe_establishment(theirs, entity=entity, author=describer(entity), channel="form", base=base)

    answer = client.post(url_of(entity), {"usual_name": "Mon nom", "started_from": opened})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "« Nom du collègue »" in page
    assert 'value="Mon nom"' in page
    assert "Du collègue" in page
    assert GeographicEntity.objects.get(pk=entity.pk).usual_name == "Nom du collègue"
    assert Contact.objects.count() == 1


def test_what_an_expired_form_said_is_shown_again(entity):
    client = Client(enforce_csrf_checks=True)
    client.force_login(describer(entity))
    page = {"started_from": started_from(client, url_of(entity)), "usual_name": "Saisi dans un autre onglet"}
    answer = client.post(url_of(entity), page, follow=True)
    assert 'value="Saisi dans un autre onglet"' in answer.content.decode()
    assert GeographicEntity.objects.get(pk=entity.pk).usual_name != "Saisi dans un autre onglet"


def test_only_those_who_describe_there_reach_the_pages_and_get_back_what_they_typed(client, entity):
    client.force_login(describer(GeographicEntityFactory()))
    assert client.get(url_of(entity)).status_code == 404
    answer = client.post(url_of(entity), {"usual_name": "À ne pas perdre"})
    assert answer.status_code == 404
    assert "À ne pas perdre" in answer.content.decode()
    assert entity.name not in answer.content.decode()
    assert client.get(url_of(entity, "inconnu")).status_code == 404


@pytest.mark.parametrize(
    "data", [{"add": "nope"}, {"remove": "contacts.x.y"}, {"started_from": "forged"}, {"add": "a.b.c"}]
)
def test_forged_posts_are_answered_calmly(signed_in, entity, data):
    assert signed_in.post(url_of(entity), data).status_code in (200, 302, 409, 422)


@pytest.mark.parametrize("step", ["informations", "tarifs"])
def test_each_page_of_an_establishment_costs_few_queries(signed_in, entity, step, django_assert_max_num_queries):
    base = records.read_establishment_document(entity)
    rows = [contact_row() for _ in range(8)]
    describe_establishment({**base, "contacts": rows}, entity=entity, author="tests", channel="command", base=base)
    for _ in range(3):
        published_offer(entity)
    above = reverse("describing:establishment", args=[entity.id_nat_struct])
    for url in (url_of(entity, step), above):
        signed_in.get(url)
        with django_assert_max_num_queries(15):
            assert signed_in.get(url).status_code == 200


def closing_url(offer, name="close"):
    return reverse(f"describing:{name}", args=[offer.slug])


def closing(**changes):
    return {"closing_type": "R286:PRO", "closing_date": timezone.localdate().isoformat(), "confirmed": "on", **changes}


def test_an_offer_is_closed_after_confirmation_then_reopened(signed_in, entity):
    offer = published_offer(entity)
    above = reverse("describing:establishment", args=[entity.id_nat_struct])
    assert closing_url(offer) in signed_in.get(above).content.decode()
    assert "disponibles passent à 0" in signed_in.get(closing_url(offer)).content.decode()
    refused = signed_in.post(closing_url(offer), closing(confirmed="", reason="Travaux"))
    assert refused.status_code == 422
    assert 'href="#id_confirmed"' in refused.content.decode()
    assert 'value="Travaux"' in refused.content.decode()
    assert Offer.objects.get().closing_type_id is None
    assert signed_in.post(closing_url(offer), closing()).headers["Location"] == above
    assert Offer.objects.get().closing_type_id == "R286:PRO"
    shown = signed_in.get(above).content.decode()
    assert "fermée depuis le" in shown
    assert closing_url(offer, "reopen") in shown
    signed_in.get(closing_url(offer, "reopen"))
    assert signed_in.post(closing_url(offer, "reopen"), {}).status_code == 302
    assert Offer.objects.get().closing_type_id is None


def test_what_the_record_refuses_of_a_closing_is_said_and_nothing_is_written(signed_in, entity):
    offer = published_offer(entity)
    data = closing(closing_type="R286:DEF", reopening_date="2031-01-01", closing_date="bientôt")
    page = signed_in.post(closing_url(offer), data).content.decode()
    assert re.search(r'type="text" name="closing_date" value="bientôt"', page)
    assert "Écrivez une date" in page
    page = signed_in.post(closing_url(offer), {**data, "closing_date": "2030-01-01"}).content.decode()
    assert "Une date de réouverture ne se donne que pour une fermeture provisoire" in page
    assert "Choisissez un type" in signed_in.post(closing_url(offer), closing(closing_type="")).content.decode()
    page = signed_in.post(closing_url(offer, "reopen"), {})
    assert page.status_code == 422
    assert Offer.objects.get().closing_type_id is None


def test_closing_empties_the_available_figures_and_says_so(signed_in, entity):
    offer = published_offer(entity)
    beds = BedCapacityFactory(care_capacity__place=offer.place_links.get().place, status_id=AVAILABLE, number=4)
    page = signed_in.post(closing_url(offer), closing(), follow=True).content.decode()
    beds.refresh_from_db()
    assert beds.number == 0
    assert "mis à 0 : 1" in page


def test_an_offer_of_another_establishment_cannot_be_closed(client):
    offer = published_offer()
    client.force_login(describer(GeographicEntityFactory()))
    for name in ("close", "reopen"):
        assert client.get(closing_url(offer, name)).status_code == 404
        assert client.post(closing_url(offer, name), closing()).status_code == 404
    assert Offer.objects.get().closing_type_id is None
