"""One change to many offers: seen before it is published, published offer by offer, refused without harm."""

import re

import pytest
from django.core import signing
from django.urls import reverse

from ror.history import writing
from structures.describing.many_views import MOST, SALT
from structures.describing.models import Draft, RegionSettings, Submission
from structures.models import Offer, OfferVersion
from tests.factories import (
    PUBLIC_PHONE,
    AssignmentFactory,
    DraftFactory,
    GeographicEntityFactory,
    describer,
    published_offer,
)

pytestmark = pytest.mark.django_db

ADDRESS = "/mes-etablissements/changer-plusieurs-offres/"


@pytest.fixture
def offers(entity):
    return [published_offer(entity, name=f"Offre {rank}") for rank in range(3)]


def send(client, kind: str, offers, **data):
    return client.post(ADDRESS, {"quoi": kind, "offre": [offer.slug for offer in offers], **data})


def preview(client, kind: str, offers, **said) -> str:
    answer = send(client, kind, offers, said="1", **said)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def agree(client, page: str):
    agreed = re.search(r'name="apply" value="([^"]+)"', page).group(1)
    return client.post(ADDRESS, {"apply": agreed})


def test_the_address_is_the_one_of_the_site():
    assert reverse("describing:change_many") == ADDRESS


def test_each_offer_is_shown_before_and_after_then_published(signed_in, offers):
    chosen = offers[:2]
    assert "Nouveau" not in signed_in.get(ADDRESS).content.decode()
    assert send(signed_in, "ages", chosen).status_code == 200
    page = preview(signed_in, "ages", chosen, age_min="18", age_max="")
    assert page.count("<del>60</del>") == page.count("<ins>18</ins>") == 2
    assert not Offer.objects.filter(age_min=18).exists()

    result = agree(signed_in, page).content.decode()
    assert "2 offres publiées" in result
    assert set(Offer.objects.filter(age_min=18, age_max=120)) == set(chosen)
    version = OfferVersion.objects.get(offer=chosen[0], number=2)
    assert (version.channel, version.author_name != "") == ("form", True)
    offers[2].refresh_from_db()
    assert offers[2].version == 1


@pytest.mark.slow
def test_a_filter_and_all_that_is_shown(client, entity):
    other = GeographicEntityFactory()
    user = describer(entity)
    AssignmentFactory(user=user, role="describer", perimeter=other.perimeter)
    client.force_login(user)
    mine, beside = published_offer(entity, name="Répit"), published_offer(other, name="Accueil")
    page = client.get(ADDRESS, {"etablissement": other.id_nat_struct}).content.decode()
    assert (beside.slug in page, mine.slug in page) == (True, False)
    assert mine.slug in client.get(ADDRESS, {"q": "REPIT"}).content.decode()
    shown = {"quoi": "commentaire", "toutes": "1", "offre-affichee": [mine.slug, beside.slug]}
    page = client.post(ADDRESS, {**shown, "said": "1", "comment": "Fermé le 14 juillet."}).content.decode()
    agree(client, page)
    assert Offer.objects.filter(comment="Fermé le 14 juillet.").count() == 2


@pytest.mark.slow
def test_the_hours_start_from_those_of_the_first_offer_and_rows_are_added(signed_in, offers):
    page = send(signed_in, "horaires", offers).content.decode()
    assert page.count('name="rows:hours"') == 5
    page = send(signed_in, "horaires", offers, said="1", add="hours").content.decode()
    row = re.search(r'name="rows:hours" value="([^"]+)"', page).group(1)
    said = {"rows:hours": row, f"hours.{row}.slot_type": "R252:01", f"hours.{row}.weekday": "7"}
    page = preview(signed_in, "horaires", offers, **said, **{f"hours.{row}.opens_at": "08:00"})
    assert "Offre 0" in page


@pytest.mark.slow
def test_a_contact_replaces_the_one_of_the_same_nature(signed_in, offers):
    row, way = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    telecom = f"contacts.{row}.telecoms.{way}"
    said = {
        "rows:contacts": row,
        f"contacts.{row}.nature": "R287:01",
        f"contacts.{row}.level": "1",
        f"rows:contacts.{row}.telecoms": way,
        f"{telecom}.channel": "R200:2",
        f"{telecom}.address": "0261910909",
        f"{telecom}.level": "1",
        f"{telecom}.direct_line": "false",
        f"{telecom}.private_emergency_line": "false",
    }
    agree(signed_in, preview(signed_in, "remplacer-contact", offers, **said))
    for offer in offers:
        numbers = set(offer.contacts.values_list("telecoms__address", flat=True))
        assert "0261910909" in numbers
        assert PUBLIC_PHONE not in numbers
        assert offer.contacts.count() == 3
    assert len({contact.pk for offer in offers for contact in offer.contacts.all()}) == 9


@pytest.mark.slow
def test_a_number_is_replaced_wherever_it_stands(signed_in, offers):
    page = preview(signed_in, "numero", offers, old="02 61 91-01 01", new="0261910909")
    assert page.count("<ins>0261910909</ins>") == 3
    agree(signed_in, page)
    for offer in offers:
        numbers = set(offer.contacts.values_list("telecoms__address", flat=True))
        assert ("0261910909" in numbers, PUBLIC_PHONE in numbers) == (True, False)
    assert send(signed_in, "numero", offers, said="1", old="0261910909", new="").status_code == 422


def test_a_refused_offer_says_why_and_stays_whole_while_the_others_are_published(signed_in, entity, offers):
    young = published_offer(entity, name="Jeunes fictifs", age_min=10, age_max=65)
    page = preview(signed_in, "ages", [*offers, young], age_min="70", age_min_unit="a")
    result = agree(signed_in, page).content.decode()
    assert "3 offres publiées, 1 laissée telle quelle" in result
    assert result.index("Jeunes fictifs") < result.index("Offre 0")
    assert result.count("rien n'a changé") == 1
    assert Offer.objects.filter(age_min=70).count() == 3
    young.refresh_from_db()
    assert (young.age_min, young.version, OfferVersion.objects.filter(offer=young).count()) == (10, 1, 1)


@pytest.mark.slow
def test_an_offer_published_since_the_preview_is_left_alone(signed_in, offers):
    page = preview(signed_in, "commentaire", offers, comment="Nouveau")
    with writing("essai", "command"):
        Offer.objects.filter(pk=offers[0].pk).update(version=5)
    result = agree(signed_in, page).content.decode()
    assert "a changé depuis l&#x27;aperçu" in result
    assert Offer.objects.filter(comment="Nouveau").count() == 2
    assert "0 offre publiée" in agree(signed_in, page).content.decode()  # the button pressed twice


@pytest.mark.slow
def test_a_draft_in_progress_is_not_touched_and_merges_later(signed_in, offers):
    draft = DraftFactory(offer=offers[0])
    before = draft.document
    agree(signed_in, preview(signed_in, "commentaire", offers, comment="Nouveau"))
    draft.refresh_from_db()
    assert draft.document == before
    assert signed_in.post(reverse("describing:review", args=[draft.pk])).status_code == 302
    offers[0].refresh_from_db()
    assert offers[0].comment == "Nouveau"


def test_where_the_region_reviews_the_change_is_submitted(signed_in, entity, offers):
    with writing("tests", "admin"):
        RegionSettings.objects.create(region_id=entity.region_id, review=True)
    draft = DraftFactory(offer=offers[0])
    result = agree(signed_in, preview(signed_in, "commentaire", offers, comment="Nouveau")).content.decode()
    assert result.count("soumise à la relecture") == 2
    assert "un brouillon de cette offre est en cours" in result
    assert Submission.objects.count() == 2
    assert not Offer.objects.filter(comment="Nouveau").exists()
    draft.refresh_from_db()
    assert draft.document["comment"] != "Nouveau"


def test_nothing_answered_or_something_wrong_goes_no_further(signed_in, offers):
    assert send(signed_in, "commentaire", offers, said="1", comment="").status_code == 422
    answer = send(signed_in, "ages", offers, said="1", age_min="douze")
    assert answer.status_code == 422
    assert "Écrivez un nombre entier" in answer.content.decode()
    assert send(signed_in, "inconnu", offers).status_code == 302
    assert send(signed_in, "ages", []).status_code == 302


def test_a_forged_or_foreign_offer_is_not_found_and_changes_nothing(signed_in, offers):
    foreign = published_offer()
    assert send(signed_in, "commentaire", [*offers, foreign], said="1", comment="x").status_code == 404
    for slug in ("53-99999", "x\x00", "'; --"):
        assert signed_in.post(ADDRESS, {"quoi": "ages", "offre": slug}).status_code == 404
    stolen = {"user": 0, "kind": "commentaire", "said": {"comment": "x"}, "shown": {foreign.slug: 1}}
    for agreed in ("", "faux", signing.dumps(stolen, salt=SALT), signing.dumps({}, salt=SALT)):
        assert signed_in.post(ADDRESS, {"apply": agreed}).status_code == 302
    assert not Offer.objects.filter(comment="x").exists()


def test_what_was_typed_waits_for_the_sign_in_that_was_lost(client, entity):
    user, offer = describer(entity), published_offer(entity)
    client.force_login(user)
    page = send(client, "commentaire", [offer]).content.decode()
    started = re.search(r'name="started_from" value="([^"]+)"', page).group(1)
    client.logout()
    data = {"quoi": "commentaire", "offre": offer.slug, "said": "1", "comment": "À ne pas perdre"}
    assert client.post(ADDRESS, {**data, "started_from": started}).status_code == 302
    client.force_login(user)
    assert "À ne pas perdre" in client.get(ADDRESS).content.decode()
    assert "À ne pas perdre" not in client.get(ADDRESS, {"recommencer": "1"}).content.decode()
    client.logout()
    client.post(ADDRESS, {**data, "started_from": started})
    client.force_login(describer(entity))
    assert "À ne pas perdre" not in client.get(ADDRESS).content.decode()


def test_a_right_lost_since_the_preview_is_lost(client, entity):
    user = describer(entity)
    client.force_login(user)
    offer = published_offer(entity)
    page = preview(client, "commentaire", [offer], comment="Nouveau")
    with writing("tests", "admin"):
        user.assignments.all().delete()
    assert agree(client, page).status_code == 404
    offer.refresh_from_db()
    assert offer.comment == ""


def test_whoever_publishes_nowhere_has_no_such_page(client, offers):
    client.force_login(describer(GeographicEntityFactory()))
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.slow
def test_a_preview_costs_as_much_for_many_as_for_one(signed_in, entity, django_assert_max_num_queries):
    offers = [published_offer(entity) for _ in range(6)]
    with django_assert_max_num_queries(30):
        preview(signed_in, "commentaire", offers, comment="Nouveau")
    with django_assert_max_num_queries(15):
        signed_in.get(ADDRESS)


def test_no_more_than_fifty_at_once(signed_in):
    slugs = [f"53-{rank}" for rank in range(MOST + 1)]
    assert signed_in.post(ADDRESS, {"quoi": "ages", "offre": slugs}).status_code == 404
    assert Draft.objects.count() == 0
