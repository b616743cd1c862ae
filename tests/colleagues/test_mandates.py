"""Mandates: given and ended by the référent, dated, for drafts that only the establishment publishes."""

import datetime

import pytest
from django.utils import timezone

from confidentiality.models import Assignment
from structures.describing.models import Draft
from tests.accounts.codes import enrol
from tests.colleagues.conftest import invite, signed_in, text
from tests.factories import (
    EMERGENCY_PHONE,
    PASSWORD,
    AssignmentFactory,
    DraftFactory,
    GeographicEntityFactory,
    UserFactory,
    administrator,
    describer,
    holder,
    published_offer,
    territory,
)

pytestmark = pytest.mark.django_db

PAGE = "/collegues/mandats/"
WHY = "Préparer la description des consultations"


@pytest.fixture
def helper(hospital):
    """Someone of the GRADeS of the region."""
    return holder("grades", territory("region", hospital.region_id), first_name="Kim", last_name="Gabarit")


def mandate(client, place, person, **more):
    until = timezone.localdate() + datetime.timedelta(days=30)
    typed = {"place": place.perimeter.pk, "person": person.pk, "ends_on": str(until), "reason": WHY, **more}
    return client.post(PAGE, typed)


def mandates() -> list[Assignment]:
    return list(Assignment.objects.filter(role="mandated"))


def test_under_a_mandate_one_prepares_and_the_establishment_publishes(real_transactions, pages, hospital, helper):
    offer = published_offer(hospital)
    client, path = signed_in(helper), f"/mes-etablissements/{hospital.id_nat_struct}/"
    assert client.get(path).status_code == 404
    assert mandate(pages, hospital, helper).status_code == 302
    assert client.get(path).status_code == 200
    client.post(f"/mes-etablissements/offres/{offer.slug}/modifier/")
    draft = Draft.objects.trusted("test").get()
    review = f"/mes-etablissements/brouillons/{draft.pk}/relecture/"
    page = client.get(review)
    assert "seul l'établissement le publie" in page.content.decode()
    assert ">Publier<" not in page.content.decode()
    assert client.post(review, {"revision": draft.revision}).status_code == 404
    assert client.post(f"/mes-etablissements/offres/{offer.slug}/fermer/").status_code == 404
    assert client.get(f"{path}description/contacts/").status_code == 404
    assert client.get(f"{path}crise/").status_code == 404
    assert ">Publier<" in signed_in(describer(hospital)).get(review).content.decode()


def test_it_is_ended_by_the_referent_at_any_time(real_transactions, pages, hospital, helper):
    mandate(pages, hospital, helper)
    (given,) = mandates()
    assert "équipe régionale sous mandat" in text(pages.get("/collegues/"))
    pages.post(f"/collegues/roles/{given.pk}/retirer/")
    assert signed_in(helper).get(f"/mes-etablissements/{hospital.id_nat_struct}/").status_code == 404


def test_it_ends_with_the_place_in_the_regional_team(real_transactions, pages, hospital, helper):
    mandate(pages, hospital, helper)
    administration = signed_in(administrator())
    administration.post(f"/collegues/roles/{helper.assignments.get(role='grades').pk}/retirer/")
    assert signed_in(helper).get(f"/mes-etablissements/{hospital.id_nat_struct}/").status_code == 404


def test_it_asks_for_a_code(real_transactions, client, pages, hospital, helper):
    offer = published_offer(hospital)
    mandate(pages, hospital, helper)
    enrol(helper)
    client.post("/connexion/", {"login": helper.email, "password": PASSWORD})
    client.post("/connexion/sans-code/")
    assert client.get(f"/mes-etablissements/{hospital.id_nat_struct}/").status_code == 404
    assert EMERGENCY_PHONE not in client.get(f"/offres/{offer.slug}/").content.decode()
    assert EMERGENCY_PHONE in signed_in(helper).get(f"/offres/{offer.slug}/").content.decode()


def test_sensitive_units_stay_unknown(real_transactions, pages, hospital, helper):
    sensitive = published_offer(hospital, sensitive=True)
    draft = DraftFactory(offer=sensitive, created_by=describer(hospital))
    mandate(pages, hospital, helper)
    client = signed_in(helper)
    assert client.get(f"/offres/{sensitive.slug}/").status_code == 404
    assert sensitive.name not in client.get(f"/mes-etablissements/{hospital.id_nat_struct}/").content.decode()
    assert client.get(f"/mes-etablissements/brouillons/{draft.pk}/relecture/").status_code == 404


@pytest.mark.parametrize("days", [None, -1, 400])
def test_it_has_an_end_within_a_year(pages, hospital, helper, days):
    until = "" if days is None else str(timezone.localdate() + datetime.timedelta(days=days))
    assert mandate(pages, hospital, helper, ends_on=until).status_code == 422
    assert mandates() == []


def test_it_is_for_the_regional_team_of_the_place_only(pages, hospital):
    strangers = [
        UserFactory(),
        describer(hospital),
        holder("grades", territory("region", "28")),
        holder("regulation", territory("region", hospital.region_id)),
    ]
    for person in strangers:
        assert mandate(pages, hospital, person).status_code == 422
    assert mandates() == []


def test_a_forged_place_is_refused(pages, helper):
    assert mandate(pages, GeographicEntityFactory(), helper).status_code == 422
    assert mandates() == []


def test_nobody_but_a_referent_gives_one(hospital, helper):
    for user in (administrator(), helper, describer(hospital)):
        assert mandate(signed_in(user), hospital, helper).status_code == 403
        assert invite(signed_in(user), hospital, role="mandated").status_code in (403, 422)
    assert mandates() == []


def test_a_referent_does_not_give_it_as_a_role(pages, hospital):
    assert invite(pages, hospital, role="mandated").status_code == 422


def test_a_regional_team_names_the_first_referent_of_its_region_only(hospital, helper):
    client = signed_in(helper)
    assert invite(client, hospital, role="referent").status_code == 302
    elsewhere = GeographicEntityFactory(region_id="28", department_id="14")
    assert invite(client, elsewhere, role="referent").status_code == 422
    assert invite(client, hospital, role="grades").status_code == 422


def test_a_mandate_is_not_on_the_review_list(pages, hospital, helper):
    now = timezone.now()
    AssignmentFactory(
        user=helper,
        role="mandated",
        perimeter=hospital.perimeter,
        starts_at=now - datetime.timedelta(days=400),
        ends_at=now + datetime.timedelta(days=1),
    )
    assert "Aucun rôle n'est à revoir" in text(pages.get("/collegues/a-revoir/"))
