"""Lists of large tables: counted so far and no further, searched with as many queries whatever is typed."""

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from confidentiality.admin.lists import CappedPaginator
from structures.models import Contact, GeographicEntity, InternalOrganization, Offer
from tests.admin.conftest import page
from tests.factories import (
    CareCapacityFactory,
    EquipmentFactory,
    GeographicEntityFactory,
    PlaceFactory,
    published_offer,
)


def test_a_long_list_says_more_than_and_still_finds_every_row(national, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "most", 2)
    entities = [GeographicEntityFactory(name=f"Maison fictive {rank}") for rank in range(4)]
    listed = page(GeographicEntity, "changelist")
    answer = national.get(listed)
    assert "plus de" in answer.content.decode()
    assert "Choisir tout ce que la liste a trouvé" in answer.content.decode()
    found = national.get(listed, {"q": entities[-1].finess})
    assert [row.pk for row in found.context["cl"].result_list] == [entities[-1].pk]
    assert "plus de" not in found.content.decode().split('class="paginator"')[1].split("</p>")[0]


def test_the_pages_of_what_is_found_hold_each_row_once_and_in_order(national, monkeypatch):
    monkeypatch.setattr(admin.site.get_model_admin(GeographicEntity), "list_per_page", 2)
    expected = [GeographicEntityFactory(name=f"Maison cherchée {rank}").pk for rank in range(5)]
    GeographicEntityFactory(name="Autre maison")
    asked = [{"q": "cherchee", "o": "1", "p": number} for number in (1, 2, 3)]
    lists = [national.get(page(GeographicEntity, "changelist"), each).context["cl"] for each in asked]
    assert [changelist.result_count for changelist in lists] == [5, 5, 5]
    assert [row.pk for changelist in lists for row in changelist.result_list] == expected


def test_what_is_typed_is_found_here_and_in_what_the_row_points_to(national, hospital):
    offer = published_offer(hospital, name="Équipe mobile fictive")
    published_offer(GeographicEntityFactory(), name="Équipe mobile fictive")
    for typed in (f"mobile {hospital.finess}", f"equipe {hospital.id_nat_struct}", offer.identifier):
        listed = national.get(page(Offer, "changelist"), {"q": typed}).context["cl"].result_list
        assert [row.pk for row in listed] == [offer.pk], typed
    assert not national.get(page(Offer, "changelist"), {"q": "mobile introuvable"}).context["cl"].result_count


def test_a_common_word_finds_as_a_rare_one_does(national, hospital, monkeypatch):
    offer = published_offer(hospital)
    monkeypatch.setattr("confidentiality.admin.lists.MOST_OWNERS", 0)
    for typed in (hospital.finess, f"{offer.name} {hospital.finess}"):
        listed = national.get(page(Offer, "changelist"), {"q": typed}).context["cl"].result_list
        assert offer.pk in [row.pk for row in listed], typed


def test_many_words_ask_no_more_than_one(national, offer):
    def asked(model, text: str) -> int:
        national.get(page(model, "changelist"), {"q": text})
        with CaptureQueriesContext(connection) as captured:
            national.get(page(model, "changelist"), {"q": text})
        return len(captured)

    for model in (Contact, Offer, InternalOrganization):
        assert asked(model, "aa bb cc dd ee ff 11 22") <= asked(model, "aa 11") <= 15


def test_the_duty_page_costs_the_same_with_one_establishment_and_with_several(national, hospital):
    def asked() -> int:
        national.get(reverse("admin:duty"))
        with CaptureQueriesContext(connection) as captured:
            assert national.get(reverse("admin:duty")).status_code == 200
        return len(captured)

    alone = asked()
    for _ in range(4):
        published_offer(GeographicEntityFactory())
    assert asked() == alone <= 15


def test_a_commune_and_a_siret_find_what_is_there(national):
    here, elsewhere = GeographicEntityFactory(siret="0" * 14), GeographicEntityFactory(insee="35288")
    offer, other = published_offer(here), published_offer(elsewhere)
    for typed, expected in (("saint malo", other), (here.siret, offer), (f"rennes {here.finess}", offer)):
        listed = national.get(page(Offer, "changelist"), {"q": typed}).context["cl"].result_list
        assert [row.pk for row in listed] == [expected.pk], typed
    found = national.get(page(GeographicEntity, "changelist"), {"q": "saint-malo"}).context["cl"].result_list
    assert [row.pk for row in found] == [elsewhere.pk]


def test_the_page_of_an_offer_counts_what_its_places_hold(national, plain, offer):
    place = PlaceFactory(offer=offer)
    CareCapacityFactory(place=place)
    EquipmentFactory(place=place)
    address = page(Offer, "change", offer.pk)
    html = national.get(address).content.decode()
    assert "1 capacité de prise en charge" in html
    assert "1 équipement" in html
    assert "1 équipement" not in plain.get(address).content.decode()  # of level 2
