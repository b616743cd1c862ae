"""Two offers that describe the same thing become one: chosen datum by datum, shown first, nothing lost in silence."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as CHOSEN
from django.db import connection
from django.test.utils import CaptureQueriesContext

from confidentiality.levels import Level
from structures.models import BedCapacity, Offer, OfferVersion, Place
from structures.models.capacity import AVAILABLE
from structures.publishing import publish
from structures.records import read_document
from tests.admin.conftest import page, role_with, signed_in
from tests.admin.forms import WHY, typed_on
from tests.factories import (
    DIRECT_PHONE,
    AnomalyFactory,
    BedCapacityFactory,
    CareCapacityFactory,
    GeographicEntityFactory,
    SituationFactory,
    contact_row,
    holder,
    offer_document,
    place_row,
    published_offer,
    territory,
)

LIST = "/admin/structures/offer/"
OTHER, BOTH = "1", "2"


def merging(client, *offers, **typed: str):
    """Choose the offers; then, when something is typed, send the page that compares them."""
    keys = [str(offer.pk) for offer in offers]
    first = client.post(LIST, {"action": "unite_offers", CHOSEN: keys})
    if not typed:
        return first
    return client.post(LIST, {**typed_on(first.content.decode()), CHOSEN: keys, "reason": WHY, **typed})


def confirmed(client, shown, *offers):
    keys = [str(offer.pk) for offer in offers]
    return client.post(LIST, {**typed_on(shown.content.decode()), CHOSEN: keys})


@pytest.fixture
def twins(hospital):
    """The older, with a contact of its own; then the newer, in another place."""
    older = published_offer(
        hospital, name="Accueil ancien", age_min=50, contacts=[contact_row(description="Ancien accueil")]
    )
    newer = published_offer(hospital, name="Accueil récent", places=[place_row(street_number="9")])
    return older, newer


def test_two_offers_become_one_datum_by_datum(national, twins):
    older, newer = twins
    asked = merging(national, older, newer).content.decode()
    assert asked.index("Accueil récent") < asked.index("Accueil ancien"), "the one published last comes first"
    shown = merging(national, older, newer, keep=OTHER, age_min=OTHER, contacts=BOTH)
    html = shown.content.decode()
    assert "Nom de l&#x27;offre : Accueil ancien → Accueil récent" in html
    assert "→ retiré" in html
    assert Offer.objects.filter(closing_type=None).count() == 2, "nothing is written before it is confirmed"
    answer = confirmed(national, shown, older, newer)
    assert (answer.status_code, answer.url) == (302, page(Offer, "change", older.pk))
    document = read_document(older)
    assert (document["name"], document["age_min"]) == ("Accueil récent", 50)
    assert len(document["contacts"]) == 4
    assert [row["street_number"] for row in document["places"]] == ["9"]
    newer.refresh_from_db()
    assert newer.closing_type_id == "R286:DEF"
    version = OfferVersion.objects.get(offer=older, number=2)
    assert version.reason == f"Fusion des offres {newer.identifier} (fermée) et {older.identifier} (gardée) : {WHY}"
    event = Offer.pgh_event_model.objects.filter(pgh_obj_id=newer.pk).latest("pgh_id")
    assert event.pgh_context.metadata["reason"] == version.reason


def test_figures_of_beds_follow_the_places_kept(national, twins):
    older, newer = twins
    places = [Place.objects.get(offer_links__offer=offer) for offer in twins]
    beds = [
        BedCapacityFactory(care_capacity=CareCapacityFactory(place=place), status_id=AVAILABLE, number=3)
        for place in places
    ]
    shown = merging(national, older, newer, keep=OTHER, places=BOTH)
    assert confirmed(national, shown, older, newer).status_code == 302
    assert [row["id"] for row in read_document(older)["places"]] == [str(place.pk) for place in places]
    assert [BedCapacity.objects.get(pk=bed.pk).number for bed in beds] == [3, 3]


def test_figures_that_do_not_follow_are_said(national, twins):
    older, newer = twins
    place = Place.objects.get(offer_links__offer=older)
    BedCapacityFactory(care_capacity=CareCapacityFactory(place=place), status_id=AVAILABLE, number=3)
    html = merging(national, older, newer, keep="0").content.decode()
    assert "remis à zéro, sur les lieux qui restent à l&#x27;offre fermée : 1" in html
    assert "Non repris, lieu : 1, Rue, des Exemples" in html
    html = merging(national, older, newer, keep=OTHER).content.decode()
    assert "leurs chiffres seront retirés avec lui" in html


def test_what_stays_with_the_closed_offer_is_said(national, twins):
    older, newer = twins
    SituationFactory(offer=older)
    AnomalyFactory(offer=older)
    html = merging(national, older, newer, keep="0").content.decode()
    assert "à rattacher de nouveau dans l&#x27;offre gardée : 1" in html
    assert "Anomalies ouvertes qui restent avec l&#x27;offre fermée, à terminer : 1" in html


def test_what_changed_since_it_was_compared_is_compared_again(national, twins):
    older, newer = twins
    shown = merging(national, older, newer, keep="0")
    correct = page(Offer, "change", older.pk)
    typed = typed_on(national.get(correct).content.decode())
    assert national.post(correct, {**typed, "name": "Autre nom", "correction_reason": WHY}).status_code == 302
    answer = confirmed(national, shown, older, newer)
    assert "a changé depuis que vous les avez comparées" in answer.content.decode()
    assert "Autre nom" in answer.content.decode()
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_what_breaks_a_rule_is_said_and_nothing_is_written(national, hospital):
    older = published_offer(hospital, age_min=110)
    newer = published_offer(hospital, age_max=100)
    answer = merging(national, older, newer, keep="0", age_min=OTHER, age_max="0")
    assert answer.context["preview"] is None
    assert any("Âge" in said for said in answer.context["form"].non_field_errors())
    assert merging(national, older, newer, reason=" ").context["form"].errors["reason"]
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_the_page_costs_the_same_with_few_rows_and_with_many(national, twins, hospital):
    many = [published_offer(hospital, contacts=[contact_row() for _ in range(rows)]) for rows in (4, 8)]
    merging(national, *twins)  # what each process reads once is read
    costs = []
    for pair in (twins, many):
        with CaptureQueriesContext(connection) as captured:
            merging(national, *pair)
        costs.append(len(captured))
    assert costs[1] <= costs[0] <= 35


def test_two_offers_of_one_establishment_only(national, offer, hospital):
    elsewhere = published_offer(GeographicEntityFactory(health=True))
    answer = national.post(LIST, {"action": "unite_offers", CHOSEN: [str(offer.pk), str(elsewhere.pk)]}, follow=True)
    assert "transférez d&#x27;abord l&#x27;une des deux" in answer.content.decode()
    alone = national.post(LIST, {"action": "unite_offers", CHOSEN: [str(offer.pk)]}, follow=True)
    assert "Choisissez deux offres" in alone.content.decode()


def test_a_sensitive_unit_never_becomes_an_ordinary_offer(national, offer, sensitive_offer):
    keys = [str(offer.pk), str(sensitive_offer.pk)]
    answer = national.post(LIST, {"action": "unite_offers", CHOSEN: keys}, follow=True)
    assert "L&#x27;une des deux est une unité sensible" in answer.content.decode()


def test_what_only_professionals_read_never_passes_into_a_public_offer(national, hospital, settings):
    settings.RESTRICTED_ORIGINS = ["software"]
    fed = publish(offer_document(name="Alimentée"), entity=hospital, author="tests", channel="software").offer
    keys = [str(published_offer(hospital).pk), str(fed.pk)]
    answer = national.post(LIST, {"action": "unite_offers", CHOSEN: keys}, follow=True)
    assert "une source réservée aux professionnels" in answer.content.decode()


def test_whoever_may_not_know_it_meets_the_same_answer_as_for_one_that_does_not_exist(offer, sensitive_offer):
    client = signed_in(holder(role_with("enter_admin", "correct_record"), territory("nation")))
    answers = [
        client.post(LIST, {"action": "unite_offers", CHOSEN: [str(offer.pk), key]}, follow=True)
        for key in (str(sensitive_offer.pk), "999999999")
    ]
    said = [[str(message) for message in answer.context["messages"]] for answer in answers]
    assert said[0] == said[1] != []


def test_only_what_one_may_read_is_compared_and_the_rest_stays(twins):
    """P0 compares what the public reads; contacts of levels 2 and 3 stay in the offer kept."""
    older, newer = twins
    client = signed_in(holder(role_with("enter_admin", "correct_record"), territory("nation")))
    shown = merging(client, older, newer, keep="0", contacts=OTHER)
    assert DIRECT_PHONE not in shown.content.decode()
    confirmed(client, shown, older, newer)
    levels = sorted(row["level"] for row in read_document(newer)["contacts"])
    assert levels == [Level.PUBLIC, Level.PROFESSIONAL, Level.CRISIS]


def test_only_those_who_may_correct_both_merge(hospital, twins):
    client = signed_in(holder(role_with("enter_admin", profile="P1"), territory("nation")))
    assert "unite_offers" not in client.get(LIST).content.decode()
    region = holder(role_with("enter_admin", "correct_record", profile="P1"), territory("region", hospital.region_id))
    elsewhere = published_offer(GeographicEntityFactory(health=True, insee="75056"))
    answer = merging(signed_in(region), twins[0], elsewhere)
    assert answer.status_code == 302
    assert Offer.objects.filter(closing_type=None).count() == 3


def test_offers_alike_are_found_among_those_that_one_may_know(plain, national, hospital):
    twins = [published_offer(hospital, name=name) for name in ("Accueil de jour", "ACCUEIL  DE JOUR.")]
    published_offer(hospital, name="Accueil de nuit")
    published_offer(hospital, name="Accueil de nuit", sensitive=True, sensitive_motive="motif fictif")
    address = f"{LIST}?semblables={hospital.department_id}"
    assert set(plain.get(address).context["cl"].result_list) == set(twins)
    assert plain.get(f"{LIST}?semblables=75").context["cl"].result_count == 0
    assert national.get(address).context["cl"].result_count == 4


class TestPlaces:
    """Two places of one establishment that are the same."""

    LIST = "/admin/structures/place/"

    def merging(self, client, *places, **typed: str):
        keys = [str(place.pk) for place in places]
        first = client.post(self.LIST, {"action": "unite_places", CHOSEN: keys})
        if not typed:
            return first
        return client.post(self.LIST, {**typed_on(first.content.decode()), CHOSEN: keys, "reason": WHY, **typed})

    @pytest.fixture
    def places(self, twins):
        return [Place.objects.get(offer_links__offer=offer) for offer in twins]

    def test_one_place_stays_for_the_offers_of_both_with_its_figures(self, national, twins, places):
        first, second = places
        beds = BedCapacityFactory(care_capacity=CareCapacityFactory(place=second), status_id=AVAILABLE, number=3)
        shown = self.merging(national, first, second, keep=OTHER)
        assert "Accueil récent" in shown.content.decode()
        assert Place.objects.count() == 2, "nothing is written before it is confirmed"
        keys = [str(place.pk) for place in places]
        answer = national.post(self.LIST, {**typed_on(shown.content.decode()), CHOSEN: keys})
        assert (answer.status_code, answer.url) == (302, page(Place, "change", first.pk))
        assert Place.objects.get().street_number == "9"
        assert Place.objects.get().identifier == first.identifier
        assert set(first.offer_links.values_list("offer", flat=True)) == {offer.pk for offer in twins}
        assert BedCapacity.objects.get(pk=beds.pk).care_capacity.place == first
        reasons = OfferVersion.objects.filter(number=2).values_list("reason", flat=True)
        assert len(reasons) == 2
        assert all(reason.startswith(f"Fusion des lieux {second.identifier} (retiré)") for reason in reasons)

    def test_figures_are_never_added_up(self, national, places):
        for place in places:
            BedCapacityFactory(care_capacity=CareCapacityFactory(place=place), status_id=AVAILABLE, number=3)
        html = self.merging(national, *places, keep="0").content.decode()
        assert "Chiffres de lits ou places retirés avec l&#x27;autre lieu : 1" in html

    def test_a_place_of_a_sensitive_unit_stays_apart(self, national, places, sensitive_offer):
        hidden = Place.objects.get(offer_links__offer=sensitive_offer)
        answer = national.post(
            self.LIST, {"action": "unite_places", CHOSEN: [str(places[0].pk), str(hidden.pk)]}, follow=True
        )
        assert "Une unité sensible est dans un seul de ces lieux" in answer.content.decode()
