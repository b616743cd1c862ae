"""Figures of beds and places: what is kept, what is refused, what is only said."""

import datetime
import threading
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone

from confidentiality.levels import Level
from ror.history import writing
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import renew
from structures.beds import Figure, FigureErrors, report, withdraw
from structures.closing import DEFINITIVE, PROVISIONAL, close
from structures.models import BedCapacity, CareCapacity, Place
from structures.models.capacity import AVAILABLE, CLOSED, INSTALLED, NO_ASSIGNMENT, OCCUPIED, SUPPLEMENTARY
from tests.factories import BedCapacityFactory, OfferFactory, PlaceFactory, share_place

BY = {"author": "tests", "channel": "form"}
BED, COVID = "R329:01", "R337:02"
WOMAN, MAN = "R332:01", "R332:02"
TODAY = datetime.date.today()

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return PlaceFactory()


def beds(status=AVAILABLE, number=3, **changes):
    return Figure(BED, status, number, **changes)


def held(place):
    """What the database holds for this place: status, gender and number."""
    rows = BedCapacity.objects.filter(care_capacity__place=place).order_by("status", "gender")
    return list(rows.values_list("status", "gender", "number"))


def refused(place, *figures):
    """(rank, datum) of each error of a report, of which nothing may have been written."""
    before = held(place)
    with pytest.raises(FigureErrors) as refusal:
        report(place, figures, **BY)
    assert held(place) == before
    return [(error.index, error.field) for error in refusal.value.errors]


def test_figures_are_added_then_replaced_and_the_others_stay(place):
    first = report(place, [beds(INSTALLED, 20), beds(AVAILABLE, 4), beds(AVAILABLE, 2, gender=WOMAN)], **BY)
    second = report(place, [beds(AVAILABLE, 1), beds(OCCUPIED, 9)], **BY)
    assert (first.added, first.changed) == (3, 0)
    assert (second.added, second.changed) == (1, 1)
    assert sorted(held(place), key=str) == sorted(
        [(INSTALLED, None, 20), (AVAILABLE, WOMAN, 2), (AVAILABLE, None, 1), (OCCUPIED, None, 9)], key=str
    )


def test_a_figure_says_when_it_was_counted(place):
    before = timezone.now()
    report(place, [beds()], **BY)
    assert before <= BedCapacity.objects.get().counted_at <= timezone.now()
    morning = timezone.now() - datetime.timedelta(hours=2)
    report(place, [beds(OCCUPIED, counted_at=morning, source="R335:03")], **BY)
    bed = BedCapacity.objects.get(status=OCCUPIED)
    assert (bed.counted_at, bed.source_id) == (morning, "R335:03")


def test_the_database_gives_the_level_of_what_is_reported(place):
    """Arrêté, article 2: installed 1, available 2, supplementary 3; kept for some, 2 at least."""
    report(place, [beds(INSTALLED), beds(), beds(SUPPLEMENTARY), beds(INSTALLED, temporary_assignment=COVID)], **BY)
    levels = BedCapacity.objects.values_list("status", "care_capacity__temporary_assignment", "level")
    assert set(levels) == {
        (INSTALLED, NO_ASSIGNMENT, Level.PUBLIC),
        (AVAILABLE, NO_ASSIGNMENT, Level.PROFESSIONAL),
        (SUPPLEMENTARY, NO_ASSIGNMENT, Level.CRISIS),
        (INSTALLED, COVID, Level.PROFESSIONAL),
    }


def test_every_report_says_who_made_it(place):
    report(place, [beds()], author="bed management", channel="import")
    bed = BedCapacity.objects.get()
    event = BedCapacity.pgh_event_models["insert"].objects.get(pgh_obj=bed.pk)
    assert event.pgh_context.metadata["author_name"] == "bed management"


def test_the_comment_belongs_to_the_assignment(place):
    report(place, [beds(comment="unité fermée la nuit"), beds(OCCUPIED)], **BY)
    report(place, [beds(number=2), beds(temporary_assignment=COVID, comment="")], **BY)
    assert CareCapacity.objects.get(temporary_assignment=NO_ASSIGNMENT).comment == "unité fermée la nuit"
    report(place, [beds(comment="")], **BY)
    assert CareCapacity.objects.get(temporary_assignment=NO_ASSIGNMENT).comment == ""
    assert refused(place, beds(comment="une chose"), beds(OCCUPIED, comment="une autre")) == [(1, "comment")]


@pytest.mark.parametrize(
    ("figure", "datum"),
    [
        (beds(number=-1), "number"),
        (beds(number=100_000), "number"),
        (beds(number=2.5), "number"),
        (beds(number="3"), "number"),
        (beds(number=True), "number"),
        (beds(number=None), "number"),
        (replace(beds(), nature=""), "nature"),
        (replace(beds(), status=None), "status"),
        (beds(temporality="R331:99"), "temporality"),
        (beds(source="R329:01"), "source"),
        (beds(temporary_assignment="R337:99"), "temporary_assignment"),
        (beds(OCCUPIED, gender=MAN), "gender"),
        (beds(gender="R332:99"), "gender"),
        (beds(closing_type="R333:01"), "closing_type"),
        (beds(CLOSED, supplementary_type="R334:01"), "supplementary_type"),
        (beds(crisis_type="R336:01"), "crisis_type"),
        (beds(comment="x" * 301), "comment"),
        (beds(counted_at=timezone.now() + datetime.timedelta(days=1)), "counted_at"),
        (beds(counted_at=datetime.datetime(2026, 1, 1, 8)), "counted_at"),
    ],
)
def test_a_wrong_datum_is_refused(place, figure, datum):
    assert datum in {field for _, field in refused(place, beds(INSTALLED), figure)}


def test_everything_wrong_is_said_at_once(place):
    errors = refused(place, beds(number=-1, gender="R332:99"), beds(OCCUPIED, gender=MAN), beds(INSTALLED, 1))
    assert errors == [(0, "gender"), (0, "number"), (1, "gender")]


def test_the_same_figure_twice_is_refused(place):
    assert refused(place, beds(number=1), beds(number=2, gender=MAN), beds(number=3)) == [(2, "number")]


def test_a_code_closed_since_is_kept_by_the_figure_that_has_it_and_refused_to_others(place):
    report(place, [beds(gender=MAN)], **BY)
    yesterday = TODAY - datetime.timedelta(days=1)
    ValueSetMember.objects.filter(value_set="J190", concept=MAN).update(valid_to=yesterday)
    renew()
    try:
        assert report(place, [beds(number=1, gender=MAN)], **BY).changed == 1
        other = PlaceFactory(offer=OfferFactory())
        assert refused(other, beds(gender=MAN)) == [(0, "gender")]
    finally:
        ValueSetMember.objects.filter(value_set="J190", concept=MAN).update(valid_to=None)
        renew()


def test_a_late_count_never_replaces_a_newer_one(place):
    report(place, [beds(number=1)], **BY)
    late = timezone.now() - datetime.timedelta(minutes=10)
    assert refused(place, beds(number=9, counted_at=late)) == [(0, "counted_at")]


def test_nothing_is_available_where_every_offer_is_closed(place):
    """RG_EXP_047; an announced closing waits for its day, and another open offer keeps the place."""
    offer = place.offer_links.get().offer
    close(offer, PROVISIONAL, TODAY + datetime.timedelta(days=1), **BY)
    report(place, [beds(number=3)], **BY)
    close(offer, DEFINITIVE, TODAY, **BY)
    assert refused(place, beds(number=3)) == [(0, "number")]
    assert report(place, [beds(number=0), beds(CLOSED, 12)], **BY).warnings == []
    share_place(place, OfferFactory(geographic_entity=place.geographic_entity))
    assert report(place, [beds(number=3)], **BY).changed == 1
    connection.check_constraints()


def test_more_available_than_installed_is_kept_and_said(place):
    kept = report(place, [beds(INSTALLED, 10), beds(CLOSED, 4), beds(number=5), beds(number=2, gender=MAN)], **BY)
    (warning,) = kept.warnings
    assert "7 lits disponibles, pour 10 installés dont 4 fermés" in warning.message
    assert report(place, [beds(number=4)], **BY).warnings == []
    (later,) = report(place, [beds(number=9, temporality="R331:03")], **BY).warnings
    assert "9 lits" in later.message


def test_without_installed_beds_nothing_is_compared(place):
    assert report(place, [beds(number=500)], **BY).warnings == []


def test_withdrawn_figures_go_and_the_others_stay(place):
    report(place, [beds(), beds(OCCUPIED), beds(temporary_assignment=COVID, comment="à l'étage")], **BY)
    elsewhere = BedCapacityFactory()
    gone = [bed.pk for bed in BedCapacity.objects.exclude(pk=elsewhere.pk).exclude(status=OCCUPIED)]
    assert withdraw(place, [*gone, elsewhere.pk], **BY) == 2
    assert withdraw(place, gone, **BY) == 0
    assert held(place) == [(OCCUPIED, None, 3)]
    assert BedCapacity.objects.filter(pk=elsewhere.pk).exists()
    assert list(place.capacities.values_list("temporary_assignment", flat=True)) == [NO_ASSIGNMENT]


def test_a_place_that_is_gone_says_so(place):
    with writing("tests", "command"):
        place.offer_links.all().delete()
        Place.objects.filter(pk=place.pk).delete_rows()
    with pytest.raises(FigureErrors) as refusal:
        report(place, [beds()], **BY)
    assert "n'existe plus" in refusal.value.errors[0].message


def test_a_report_costs_the_same_whatever_its_size(place, django_assert_max_num_queries):
    codes = ["R331:01", "R331:02", "R331:03", "R331:04", "R331:05"]
    figures = [
        Figure(nature, status, 1, temporality=code)
        for code in codes
        for nature in ("R329:01", "R329:02")
        for status in (INSTALLED, AVAILABLE, OCCUPIED, CLOSED)
    ]
    with django_assert_max_num_queries(15):
        assert report(place, figures, **BY).added == 40
    with django_assert_max_num_queries(15):
        assert report(place, figures, **BY).changed == 40


@pytest.mark.usefixtures("real_transactions")
def test_two_reports_at_once_on_one_place_make_one_row_each():
    place = PlaceFactory()
    raised = []

    def press(number):
        try:
            report(place, [beds(number=number), beds(INSTALLED, 20), beds(temporary_assignment=COVID)], **BY)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[number]) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not raised
    assert BedCapacity.objects.filter(care_capacity__place=place).count() == 3
