"""What the history of an offer says besides its versions: closings, the flag, figures, reviews."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ror.history import writing
from structures import records
from structures.closing import close, reopen
from structures.describing.models import RegionSettings
from structures.describing.reviewing import moves
from structures.models import BedCapacity, SensitiveUnit
from tests.factories import (
    AssignmentFactory,
    BedCapacityFactory,
    DraftFactory,
    describer,
    holder,
    published_offer,
    territory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(entity):
    return published_offer(entity)


@pytest.fixture
def author(entity):
    return describer(entity, first_name="Camille", last_name="Décrit")


def history(user, offer) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("describing:history", args=[offer.slug]))
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'")


def flagged_once(offer, author) -> None:
    with writing(author, "form"):
        SensitiveUnit.objects.create(offer=offer)
    with writing(author, "form"):
        SensitiveUnit.objects.all().delete()


def test_closings_are_dated_and_signed(offer, author):
    close(offer, "R286:PRO", timezone.localdate(), author=author, channel="form", reason="travaux")
    reopen(offer, author=author, channel="form")
    page = history(author, offer)
    assert "Fermeture : " in page
    assert "par Camille Décrit (formulaire), motif : travaux" in page
    assert "Réouverture, par Camille Décrit (formulaire)" in page


def test_figures_reported_together_make_one_line(offer, author):
    place = offer.place_links.get().place
    bed = BedCapacityFactory(care_capacity__place=place)
    with writing(author, "form"):
        BedCapacity.objects.filter(pk=bed.pk).update(number=3)
    page = history(author, offer)
    assert "Lits et places : 1 chiffre mis à jour, par Camille Décrit" in page


def test_the_flag_is_told_to_those_who_know_sensitive_units_only(offer, author, entity):
    flagged_once(offer, author)
    assert "Signalée comme unité sensible, par Camille Décrit" in history(author, offer)
    team = holder("grades", territory("region", entity.region_id))
    ends = timezone.now() + datetime.timedelta(days=1)
    AssignmentFactory(user=team, role="mandated", perimeter=entity.perimeter, ends_at=ends)
    assert "sensible" not in history(team, offer)


@pytest.mark.slow
def test_each_move_of_a_review_is_told_and_costs_nothing_more(offer, author, entity, django_assert_max_num_queries):
    with writing("tests", "admin"):
        RegionSettings.objects.create(region_id=entity.region_id, review=True)
    reviewer = holder("regional_quality_manager", territory("region", entity.region_id), last_name="Relit")
    draft = DraftFactory(offer=offer, document={**records.read_document(offer), "name": "Autre"}, created_by=author)
    for _ in range(3):
        moves.send_back(moves.submit(draft, author), reviewer, "À revoir", [])
    moves.accept(moves.submit(draft, author), reviewer)
    page = history(author, offer)
    assert page.count("Soumise à la relecture régionale, par Camille Décrit") == 4
    assert page.count("Retournée par la relecture régionale, par") == 3
    assert "Publiée après relecture régionale (version 2), par" in page
    client = Client()
    client.force_login(author)
    with django_assert_max_num_queries(15):
        client.get(reverse("describing:history", args=[offer.slug]))
