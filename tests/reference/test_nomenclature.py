"""The map of codes: labels, membership by date, search, and its renewal."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from ror.reference.middleware import NomenclatureMiddleware
from ror.reference.models import Concept, ValueSetMember
from ror.reference.nomenclature import nomenclature, renew

pytestmark = pytest.mark.django_db


def test_labels_and_codes():
    codes = nomenclature()
    assert codes.label("R213:28") == "Hospitalisation complète (HC)"
    assert codes.label("R213:03") == "Centre autre (médecine du travail,...)"  # closed in 2018
    assert codes.label("R213:inconnu") == "R213:inconnu"
    assert codes.code("R213:28") == "28"
    assert codes.concept("R66:355").parent == "R65:1102"
    assert codes.concept("nulle part") is None


def test_members_are_those_in_force_on_the_day(invented_set):
    codes = nomenclature()
    assert list(codes.members(invented_set)) == ["X1:01", "X1:02"]
    assert list(codes.members(invented_set, on=date(2019, 12, 31))) == ["X1:01", "X1:02", "X1:03"]
    assert list(codes.members(invented_set, on=date(2020, 1, 1))) == ["X1:01", "X1:02"]
    assert codes.members("J0") == {}


def test_current_and_known(invented_set):
    codes = nomenclature()
    assert codes.is_current(invented_set, "X1:01")
    assert not codes.is_current(invented_set, "X1:03")
    assert codes.is_current(invented_set, "X1:03", on=date(2019, 1, 1))
    assert codes.is_known(invented_set, "X1:03")
    assert not codes.is_known(invented_set, "R213:28")


def test_a_closed_concept_leaves_every_value_set():
    Concept.objects.filter(pk="R213:28").update(valid_to="2026-01-01")
    renew()
    assert not nomenclature().is_current("J19", "R213:28")
    assert nomenclature().is_known("J19", "R213:28")


def test_members_keep_the_order_of_the_value_set(invented_set):
    ValueSetMember.objects.filter(value_set=invented_set, concept="X1:01").update(position=9)
    renew()
    assert list(nomenclature().members(invented_set)) == ["X1:02", "X1:01"]


def test_the_map_cannot_be_changed():
    with pytest.raises(TypeError):
        nomenclature().members("J20")["R227:99"] = "Autre"


def test_one_query_per_request_whatever_is_asked(django_assert_num_queries):
    nomenclature()

    def view(request):
        for _ in range(50):
            nomenclature().label("R213:28")
            nomenclature().search("J17", "cardio")
        return HttpResponse()

    with django_assert_num_queries(1):
        NomenclatureMiddleware(view)(RequestFactory().get("/"))


def test_no_query_when_a_request_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        NomenclatureMiddleware(lambda request: HttpResponse())(RequestFactory().get("/"))


def test_a_change_is_seen_by_the_next_request():
    seen = []
    view = NomenclatureMiddleware(lambda request: HttpResponse(seen.append(nomenclature().label("R213:28")) or b""))
    view(RequestFactory().get("/"))
    Concept.objects.filter(pk="R213:28").update(label="Nouveau libellé")
    view(RequestFactory().get("/"))
    assert seen == ["Hospitalisation complète (HC)", "Nouveau libellé"]


def test_a_request_keeps_the_same_map_to_its_end_unless_renewed():
    seen = []

    def view(request):
        seen.append(nomenclature().label("R213:28"))
        Concept.objects.filter(pk="R213:28").update(label="Nouveau libellé")
        seen.append(nomenclature().label("R213:28"))
        renew()
        seen.append(nomenclature().label("R213:28"))
        return HttpResponse()

    NomenclatureMiddleware(view)(RequestFactory().get("/"))
    assert seen == ["Hospitalisation complète (HC)", "Hospitalisation complète (HC)", "Nouveau libellé"]


def test_a_rolled_back_change_is_forgotten():
    with transaction.atomic():
        Concept.objects.filter(pk="R213:28").update(label="Provisoire")
        renew()
        assert nomenclature().label("R213:28") == "Provisoire"
        transaction.set_rollback(True)
    renew()
    assert nomenclature().label("R213:28") == "Hospitalisation complète (HC)"


def test_labels_stay_readable_in_a_broken_transaction():
    nomenclature()
    with transaction.atomic():
        transaction.set_rollback(True)
        renew()
        assert nomenclature().label("R213:28") == "Hospitalisation complète (HC)"
        transaction.set_rollback(False)


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_map():
    found = []

    def ask():
        found.append(nomenclature())
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(codes) for codes in found}) == 1


@pytest.mark.parametrize(
    ("value_set", "text", "first"),
    [
        ("J17", "kiné", "Kinésithérapie"),
        ("J17", "KINESITHERAPIE", "Kinésithérapie"),
        ("J186", "kiné", "Masseur-Kinésithérapeute"),
        ("J17", "medecine du sport", "Médecine du sport"),
        ("J17", "sport medecine", "Médecine du sport"),
        ("J17", "psychatrie enfant", "Psychiatrie de l’enfant (pédopsychiatrie)"),  # two letters missing
        ("J17", "geriatire", "Gériatrie, Gérontologie"),  # two letters exchanged
        ("J55", "ehpad", "Etablissement d'hébergement pour personnes âgées dépendantes"),  # by its initials
        ("J55", "355", "Centre hospitalier (CH)"),  # by its code
        ("J19", "HAD", "Hospitalisation à domicile (HAD)"),
    ],
)
def test_search_finds_first(value_set, text, first):
    codes = nomenclature()
    found = codes.search(value_set, text)
    assert found
    assert codes.label(found[0]) == first


def test_search_is_limited_and_offers_current_codes_only(invented_set):
    codes = nomenclature()
    assert len(codes.search("J17", "a", limit=7)) == 7
    assert codes.search(invented_set, "coing") == []
    assert codes.search(invented_set, "") == ["X1:01", "X1:02"]
    assert codes.search("J17", "zzzzzz") == []


def test_a_text_that_names_a_code_exactly(invented_set):
    codes = nomenclature()
    assert codes.find(invented_set, "X1:02") == ["X1:02"]
    assert codes.find(invented_set, "02") == ["X1:02"]
    assert codes.find(invented_set, "peche de VIGNE") == ["X1:02"]
    assert codes.find(invented_set, "pêche") == []
    assert codes.find(invented_set, "Coing") == []


def test_namesakes_are_told_apart_by_their_code(invented_set):
    Concept.objects.filter(pk="X1:02").update(label="Pomme")
    renew()
    codes = nomenclature()
    assert codes.find(invented_set, "pomme") == ["X1:01", "X1:02"]
    assert codes.display(invented_set, "X1:02") == "Pomme (02)"
    assert codes.find(invented_set, "Pomme (02)") == ["X1:02"]


def test_what_is_displayed_names_the_code_again():
    codes = nomenclature()
    for value_set in ("J16", "J17", "J51", "J55", "J186", "J238"):
        for key in codes.members(value_set):
            assert codes.find(value_set, codes.display(value_set, key)) == [key]
