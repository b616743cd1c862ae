"""Closing and reopening (RG_EXP_003, 043 to 047), seen from the rows and from two people at once."""

import datetime
import io
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from ror.history import writing
from structures import records
from structures.closing import DEFINITIVE, PROVISIONAL, ClosingError, close, close_what_is_due, reopen
from structures.models import BedCapacity, GeographicEntity, InternalOrganization, LegalEntity, Offer
from structures.models.capacity import AVAILABLE
from structures.models.organization import SERVICE, UNIT
from structures.publishing import publish
from tests.factories import (
    BedCapacityFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    OfferFactory,
    PlaceFactory,
    offer_document,
    published_offer,
    share_place,
)

BY = {"author": "tests", "channel": "command"}
TODAY = datetime.date.today()
YESTERDAY, TOMORROW = TODAY - datetime.timedelta(days=1), TODAY + datetime.timedelta(days=1)
NEXT_YEAR = TODAY + datetime.timedelta(days=365)

pytestmark = pytest.mark.django_db


def said(row):
    """What the database says of the closing of a row."""
    columns = ["closing_type", "closing_date"] + (["reopening_date"] if hasattr(row, "reopening_date") else [])
    return type(row).objects.filter(pk=row.pk).values_list(*columns).get()


def is_open(row):
    return said(row)[0] is None


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def tree(hospital):
    """A pôle, its service, the unit below, and an offer at each level, the establishment's own one first."""
    pole = InternalOrganizationFactory(geographic_entity=hospital)
    service = InternalOrganizationFactory(parent=pole, type_id=SERVICE)
    unit = InternalOrganizationFactory(parent=service, type_id=UNIT)
    offers = [
        OfferFactory(geographic_entity=hospital),
        *(OfferFactory(internal_organization=row) for row in (pole, service, unit)),
    ]
    return [pole, service, unit], offers


def beds_of(offer, **place):
    """Five available beds in a place of this offer."""
    place = PlaceFactory(offer=offer, **place)
    return BedCapacityFactory(care_capacity__place=place, status_id=AVAILABLE, number=5)


def available(beds):
    return BedCapacity.objects.get(pk=beds.pk).number


def test_an_establishment_closes_with_all_that_is_below_it(hospital, tree):
    organizations, offers = tree
    done = close(hospital, PROVISIONAL, YESTERDAY, reopening_date=NEXT_YEAR, **BY)
    assert said(hospital) == (PROVISIONAL, YESTERDAY)
    for row in (*organizations, *offers):
        assert said(row) == (PROVISIONAL, YESTERDAY, NEXT_YEAR)
    assert (done.establishments, done.organizations) == (1, 3)
    assert set(done.offers) == {offer.identifier for offer in offers}
    assert (hospital.closing_type_id, hospital.closing_date) == (PROVISIONAL, YESTERDAY)
    connection.check_constraints()


def test_an_organisation_closes_what_is_below_it_and_nothing_else(hospital, tree):
    (pole, service, unit), (own, of_pole, of_service, of_unit) = tree
    done = close(service, DEFINITIVE, TODAY, **BY)
    assert [is_open(row) for row in (hospital, pole, service, unit)] == [True, True, False, False]
    assert [is_open(row) for row in (own, of_pole, of_service, of_unit)] == [True, True, False, False]
    assert (done.establishments, done.organizations, len(done.offers)) == (0, 2, 2)
    connection.check_constraints()


def test_a_legal_entity_closes_its_establishments_by_its_own_type_and_the_rest_definitively():
    """RG_EXP_003: « sortie du champ FINESS » is no type of an offer."""
    legal = LegalEntityFactory()
    entity, other = GeographicEntityFactory(legal_entity=legal), GeographicEntityFactory()
    organization = InternalOrganizationFactory(geographic_entity=entity)
    offer, elsewhere = OfferFactory(internal_organization=organization), OfferFactory(geographic_entity=other)
    close(legal, "R286:CHP", TODAY, **BY)
    assert said(legal) == said(entity) == ("R286:CHP", TODAY)
    assert said(organization) == said(offer) == (DEFINITIVE, TODAY, None)
    assert is_open(other)
    assert is_open(elsewhere)
    reopen(legal, **BY)
    assert all(is_open(row) for row in (legal, entity, organization, offer))
    connection.check_constraints()


def test_what_was_closed_already_keeps_its_own_closing(hospital, tree):
    offer = tree[1][3]
    close(offer, DEFINITIVE, YESTERDAY, **BY)
    done = close(hospital, PROVISIONAL, TODAY, **BY)
    assert said(offer) == (DEFINITIVE, YESTERDAY, None)
    assert offer.identifier not in done.offers


def test_a_closing_that_changes_changes_below_for_what_it_closed(hospital, tree):
    organizations, offers = tree
    close(offers[0], DEFINITIVE, YESTERDAY, **BY)
    close(hospital, PROVISIONAL, TOMORROW, **BY)
    close(hospital, DEFINITIVE, NEXT_YEAR, **BY)
    assert said(offers[0]) == (DEFINITIVE, YESTERDAY, None)
    assert {said(row) for row in (*organizations, *offers[1:])} == {(DEFINITIVE, NEXT_YEAR, None)}
    again = close(hospital, DEFINITIVE, NEXT_YEAR, **BY)
    assert (again.establishments, again.organizations, again.offers) == (0, 0, ())


@pytest.mark.usefixtures("real_transactions")
def test_an_offer_keeps_its_version_and_changes_its_date():
    offer = published_offer()
    before = Offer.objects.get(pk=offer.pk)
    close(offer, DEFINITIVE, TODAY, **BY)
    after = Offer.objects.get(pk=offer.pk)
    assert (after.version, after.published_at) == (before.version, before.published_at)
    assert after.updated_at > before.updated_at
    event = Offer.pgh_event_models["update"].objects.filter(pgh_obj=offer.pk).latest("pgh_id")
    assert (event.pgh_label, event.closing_type_id) == ("update", DEFINITIVE)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ((None, TODAY, None), "type de fermeture"),
        (("R286:CHP", TODAY, None), "« Définitive », « Provisoire »"),
        ((DEFINITIVE, None, None), "la date de fermeture"),
        ((DEFINITIVE, TODAY, TOMORROW), "fermeture provisoire"),
        ((PROVISIONAL, TODAY, YESTERDAY), "ne peut pas précéder"),
    ],
    ids=["no type", "type of a structure", "no date", "reopening of a definitive one", "reopening before closing"],
)
def test_a_closing_that_contradicts_itself_is_refused(terms, sentence):
    """RG_EXP_043 and 045."""
    offer = OfferFactory()
    with pytest.raises(ClosingError, match=sentence):
        close(offer, terms[0], terms[1], reopening_date=terms[2], **BY)
    assert is_open(offer)


def test_a_closing_before_an_opening_below_is_refused(hospital):
    pole = InternalOrganizationFactory(geographic_entity=hospital, opening_date=TODAY)
    with pytest.raises(ClosingError, match="ouverture"):
        close(hospital, DEFINITIVE, YESTERDAY, **BY)
    assert is_open(hospital)
    assert is_open(pole)


def test_reopening_gives_back_what_this_closing_closed_and_only_that(hospital, tree):
    (pole, service, unit), (own, of_pole, of_service, of_unit) = tree
    close(service, DEFINITIVE, YESTERDAY, **BY)
    close(hospital, PROVISIONAL, TODAY, reopening_date=TOMORROW, **BY)
    done = reopen(hospital, **BY)
    assert said(of_pole) == (None, None, None)
    assert [is_open(row) for row in (hospital, pole, service, unit)] == [True, True, False, False]
    assert [is_open(row) for row in (own, of_pole, of_service, of_unit)] == [True, True, False, False]
    assert set(done.offers) == {own.identifier, of_pole.identifier}
    connection.check_constraints()


def test_nothing_reopens_below_what_stays_closed(hospital, tree):
    """Even with the same type and the same day: an offer of a service that keeps another closing."""
    (_, service, _), (_, _, of_service, _) = tree
    close(hospital, PROVISIONAL, TODAY, **BY)
    close(service, DEFINITIVE, TODAY, **BY)
    close(of_service, PROVISIONAL, TODAY, **BY)
    reopen(hospital, **BY)
    assert not is_open(service)
    assert not is_open(of_service)
    connection.check_constraints()


def test_below_something_closed_nothing_is_reopened(hospital, tree):
    (pole, service, _), (own, of_pole, _, _) = tree
    close(pole, DEFINITIVE, TODAY, **BY)
    for row in (service, of_pole):
        with pytest.raises(ClosingError, match="organisation interne de rattachement est fermée"):
            reopen(row, **BY)
    close(hospital, DEFINITIVE, TODAY, **BY)
    with pytest.raises(ClosingError, match="établissement est fermé"):
        reopen(own, **BY)
    close(hospital.legal_entity, DEFINITIVE, TODAY, **BY)
    with pytest.raises(ClosingError, match="entité juridique est fermée"):
        reopen(hospital, **BY)


def test_what_is_open_is_not_reopened():
    with pytest.raises(ClosingError, match="rien à rouvrir"):
        reopen(OfferFactory(), **BY)


def test_no_bed_is_available_where_every_offer_is_closed():
    """RG_EXP_047: a place that another open offer shares keeps its figures."""
    offer = OfferFactory()
    other = OfferFactory(geographic_entity=offer.geographic_entity)
    alone, shared = beds_of(offer), beds_of(offer)
    share_place(shared.care_capacity.place, other)
    done = close(offer, DEFINITIVE, TODAY, **BY)
    assert (available(alone), available(shared), done.figures) == (0, 5, 1)
    assert close(other, DEFINITIVE, TODAY, **BY).figures == 1
    assert available(shared) == 0
    connection.check_constraints()
    reopen(offer, **BY)
    assert available(alone) == 0


def test_an_announced_closing_keeps_its_figures_until_the_day():
    offer = OfferFactory()
    beds = beds_of(offer)
    assert close(offer, DEFINITIVE, TOMORROW, **BY).figures == 0
    assert close_what_is_due(TODAY, **BY).figures == 0
    assert available(beds) == 5
    emptied = close_what_is_due(TOMORROW, **BY)
    assert (emptied.figures, emptied.places) == (1, 1)
    assert available(beds) == 0
    assert close_what_is_due(TOMORROW, **BY).figures == 0


def test_what_is_published_then_closed_at_once_is_judged_as_it_ends(hospital):
    """The checks of the end look at the rows as they are then, not as they were first written."""
    with writing(**BY):
        offer = published_offer(hospital)
        beds_of(offer)
        close(hospital, DEFINITIVE, TODAY, **BY)
        connection.check_constraints()
        reopen(hospital, **BY)
        close(offer, DEFINITIVE, TODAY, **BY)
        connection.check_constraints()
    assert not is_open(offer)


def test_the_daily_command_empties_what_is_due_and_says_so(monkeypatch):
    offer = OfferFactory()
    beds = beds_of(offer)
    close(offer, DEFINITIVE, TOMORROW, **BY)
    monkeypatch.setattr(timezone, "localdate", lambda *_: TOMORROW)
    printed = [_run_daily(), _run_daily()]
    assert printed == ["chiffres mis à zéro : 1 ; lieux : 1\n", "chiffres mis à zéro : 0 ; lieux : 0\n"]
    assert available(beds) == 0


def _run_daily():
    out = io.StringIO()
    call_command("close_due_offers", stdout=out)
    return out.getvalue()


def test_closing_costs_the_same_whatever_hangs_below(hospital, django_assert_max_num_queries):
    pole = InternalOrganizationFactory(geographic_entity=hospital)
    for _ in range(6):
        service = InternalOrganizationFactory(parent=pole, type_id=SERVICE)
        for _ in range(3):
            beds_of(OfferFactory(internal_organization=service))
    with django_assert_max_num_queries(18):
        done = close(hospital, DEFINITIVE, TODAY, **BY)
    assert (done.organizations, len(done.offers), done.figures) == (7, 18, 18)
    with django_assert_max_num_queries(16):
        reopen(hospital, **BY)


# Two people at once.


def _together(*acts):
    """Run these at once, each with a connection of its own; returns what each raised, or None."""
    raised = [None] * len(acts)
    ready = threading.Barrier(len(acts))

    def run(rank):
        try:
            ready.wait(timeout=30)
            acts[rank]()
        except Exception as error:
            raised[rank] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[rank]) for rank in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


@pytest.mark.usefixtures("real_transactions")
def test_an_offer_published_while_its_establishment_closes_is_closed_with_it_or_refused():
    entity = GeographicEntityFactory()
    written, closing = threading.Event(), threading.Event()
    raised = []

    def publish_slowly():
        try:
            with writing(**BY):
                publish(offer_document(), entity=entity, **BY)
                written.set()
                closing.wait(timeout=5)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    publisher = threading.Thread(target=publish_slowly)
    publisher.start()
    assert written.wait(timeout=30)
    threading.Timer(0.5, closing.set).start()
    close(GeographicEntity.objects.get(pk=entity.pk), DEFINITIVE, TODAY, **BY)
    publisher.join(timeout=30)
    closing.set()
    assert not Offer.objects.filter(closing_type=None).exists()
    assert Offer.objects.exists() != bool(raised)


@pytest.mark.slow
@pytest.mark.usefixtures("real_transactions")
def test_people_who_publish_close_and_reopen_at_once_never_leave_something_open_below_something_closed():
    legal = LegalEntityFactory()
    entities = [GeographicEntityFactory(legal_entity=legal) for _ in range(2)]
    poles = [InternalOrganizationFactory(geographic_entity=entity) for entity in entities]
    offers = [published_offer(entity) for entity in entities]
    for _ in range(5):
        raised = _together(
            lambda: close(LegalEntity.objects.get(pk=legal.pk), PROVISIONAL, TODAY, **BY),
            lambda: close(GeographicEntity.objects.get(pk=entities[1].pk), DEFINITIVE, TODAY, **BY),
            lambda: close(InternalOrganization.objects.get(pk=poles[0].pk), PROVISIONAL, TODAY, **BY),
            lambda: _republish(offers[0]),
            lambda: OfferFactory(internal_organization=poles[1]),
        )
        _nothing_open_below_closed()
        deadlocked = [error for error in raised if "deadlock" in str(error)]
        assert not deadlocked
        for thing in (legal, *entities, *poles, *offers):
            row = type(thing).objects.get(pk=thing.pk)
            if row.closing_type_id is not None:
                reopen(row, **BY)


def _republish(offer):
    offer = Offer.objects.get(pk=offer.pk)
    document = records.read_document(offer)
    publish({**document, "name": "Autre nom"}, entity=offer.geographic_entity, offer=offer, base=document, **BY)


def _nothing_open_below_closed():
    assert not GeographicEntity.objects.filter(closing_type=None, legal_entity__closing_type__isnull=False).exists()
    for model in (InternalOrganization, Offer):
        assert not model.objects.filter(closing_type=None, geographic_entity__closing_type__isnull=False).exists()
    assert not Offer.objects.filter(closing_type=None, internal_organization__closing_type__isnull=False).exists()
