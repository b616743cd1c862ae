"""« Tout est encore exact »: the date is renewed, nothing else changes, and the past tells who said so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ror.dates import age_in_words
from ror.history import writing
from structures.confirming import confirm, confirmations
from structures.models import Offer, OfferVersion
from tests.factories import AssignmentFactory, GeographicEntityFactory, describer, holder, published_offer, territory

pytestmark = pytest.mark.django_db


def aged(offer: Offer, days: int) -> Offer:
    with writing("essai", "command"):
        Offer.objects.filter(pk=offer.pk).update(published_at=timezone.now() - timedelta(days=days))
    offer.refresh_from_db()
    return offer


def press(client, offer: Offer, version: int | None = None):
    address = reverse("describing:confirm", args=[offer.slug])
    return client.post(address, {"version": offer.version if version is None else version}, follow=True)


def several(client, entity, **data):
    return client.post(reverse("describing:confirm_many", args=[entity.id_nat_struct]), data, follow=True)


def test_one_tap_renews_the_date_without_a_version(signed_in, entity):
    offer = aged(published_offer(entity), 400)
    home = reverse("describing:establishment", args=[entity.id_nat_struct])
    assert "publiée il y a un an" in signed_in.get(home).content.decode()
    page = press(signed_in, offer).content.decode()
    offer.refresh_from_db()
    assert "confirmée exacte aujourd&#x27;hui" in page
    assert offer.confirmed_at is not None
    assert offer.updated_at >= offer.confirmed_at - timedelta(seconds=1)
    assert OfferVersion.objects.filter(offer=offer).count() == offer.version == 1
    public = signed_in.get(reverse("publication:offer", args=[offer.slug])).content.decode()
    assert "confirmée exacte le" in public


@pytest.mark.slow
def test_the_past_says_who_confirmed_and_how(signed_in, entity):
    offer = published_offer(entity)
    press(signed_in, offer)
    press(signed_in, offer)
    with writing("autre", "command"):
        Offer.objects.filter(pk=offer.pk).update(entry_model="")
    said = confirmations(offer)
    assert len({line.author for line in said}) == 1
    assert said[0].author not in ("", "autre")
    assert (said[0].channel, said[0].version) == ("form", 1)
    page = signed_in.get(reverse("describing:history", args=[offer.slug])).content.decode()
    assert "Confirmée exacte" in page
    assert said[0].author in page


def test_an_offer_published_since_it_was_shown_is_not_confirmed(signed_in, entity):
    offer = published_offer(entity)
    page = press(signed_in, offer, version=7).content.decode()
    offer.refresh_from_db()
    assert offer.confirmed_at is None
    assert "a changé depuis l&#x27;affichage" in page
    assert press(signed_in, offer, version="x").status_code == 200


@pytest.mark.slow
def test_what_today_s_rules_would_refuse_is_said_and_refuses_nothing(signed_in, entity, monkeypatch):
    from structures.describing import confirming_views
    from structures.findings import Finding

    monkeypatch.setattr(confirming_views, "check", lambda *_: [Finding("name", "Le nom est à revoir.", "")])
    offer = published_offer(entity)
    page = press(signed_in, offer).content.decode()
    offer.refresh_from_db()
    assert offer.confirmed_at is not None
    assert "à corriger à la prochaine modification. Le nom est à revoir." in page


def test_those_ticked_or_all_those_shown(signed_in, entity, django_assert_max_num_queries):
    offers = [published_offer(entity, name=f"Offre {rank}") for rank in range(8)]
    page = signed_in.get(reverse("describing:confirm_many", args=[entity.id_nat_struct])).content.decode()
    assert all(f'value="{offer.slug}:1"' in page for offer in offers)
    several(signed_in, entity, offre=[f"{offers[0].slug}:1", f"{offers[1].slug}:9"])
    assert Offer.objects.exclude(confirmed_at=None).get() == offers[0]
    with django_assert_max_num_queries(45):
        several(signed_in, entity, toutes="1", **{"offre-affichee": [f"{offer.slug}:1" for offer in offers]})
    assert not Offer.objects.filter(confirmed_at=None).exists()


def test_nothing_ticked_changes_nothing(signed_in, entity):
    published_offer(entity)
    assert "Cochez au moins une offre" in several(signed_in, entity).content.decode()
    assert Offer.objects.get().confirmed_at is None


def test_offers_elsewhere_and_forged_names_are_left_alone(signed_in, entity):
    mine, elsewhere = published_offer(entity), published_offer()
    several(signed_in, entity, offre=[f"{elsewhere.slug}:1", "53-999:1", "x", ":", f"{mine.slug}:1"])
    assert Offer.objects.exclude(confirmed_at=None).get() == mine
    assert press(signed_in, elsewhere).status_code == 404
    assert several(signed_in, elsewhere.geographic_entity, toutes="1").status_code == 404


@pytest.mark.slow
def test_a_definitive_closing_has_nothing_to_confirm(entity):
    offer = published_offer(entity)
    yesterday = timezone.localdate() - timedelta(days=1)
    with writing("essai", "command"):
        Offer.objects.filter(pk=offer.pk).update(closing_type="R286:DEF", closing_date=yesterday)
    assert confirm({offer.pk: 1}, author=describer(entity), channel="form").closed == [offer.pk]


def test_whoever_prepares_under_a_mandate_confirms_nothing(client):
    entity = GeographicEntityFactory()
    offer = published_offer(entity)
    ends = timezone.now() + timedelta(days=30)
    team = holder("grades", territory("region", entity.region_id))
    AssignmentFactory(user=team, role="mandated", perimeter=entity.perimeter, ends_at=ends)
    client.force_login(team)
    assert press(client, offer).status_code == 404
    page = client.get(reverse("describing:establishment", args=[entity.id_nat_struct])).content.decode()
    assert offer.name in page
    assert "Tout est encore exact" not in page


@pytest.mark.slow
def test_my_establishments_say_what_is_to_be_checked(signed_in, entity):
    for days in (10, 400, 500):
        aged(published_offer(entity), days)
    page = signed_in.get(reverse("describing:mine")).content.decode()
    assert "2 offres à vérifier" in page
    assert "3 offres, vérification la plus ancienne : il y a un an" in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        *[(0, "aujourd'hui"), (1, "hier"), (6, "il y a 6 jours"), (31, "il y a 1 mois"), (200, "il y a 6 mois")],
        *[(366, "il y a un an"), (800, "il y a 2 ans")],
    ],
)
def test_an_age_in_words(days, words):
    now = datetime(2026, 7, 15, 12, tzinfo=UTC)  # far from a change of hour, which makes a day of 23 hours
    assert age_in_words(now - timedelta(days=days), now) == words
