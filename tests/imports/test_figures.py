"""« Lits et places » in a workbook: figures of one's own units, through the one way in for figures."""

import json

import pytest

from confidentiality.viewer import Viewer
from ror.history import writing
from ror.imports.reading import read
from ror.imports.sheets import ASIDE, applied, csv_sheet, figures, gather, read_by, shapes
from ror.imports.sheets.saying import NOT_YOURS
from structures import records
from structures.models import BedCapacity, Offer, Place
from structures.models.capacity import AVAILABLE, INSTALLED, SUPPLEMENTARY
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    GeographicEntityFactory,
    administrator,
    published_offer,
    referent,
)
from tests.imports.files import kept
from tests.imports.sheet_files import as_csv, as_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SHEET, NUMBER, STATUS, REMOVE = figures.TITLE, "Nombre", "Statut", "Retirer"


@pytest.fixture
def offer():
    return published_offer(GeographicEntityFactory(health=True))


@pytest.fixture
def place(offer):
    place = Place.objects.trusted("test").get(offer_links__offer=offer)
    care = CareCapacityFactory(place=place)
    BedCapacityFactory(care_capacity=care, number=20)
    BedCapacityFactory(care_capacity=care, status_id=AVAILABLE, number=3)
    BedCapacityFactory(care_capacity=care, status_id=SUPPLEMENTARY, number=2)
    return place


def offers_for(viewer: Viewer):
    return Offer.objects.visible_to(viewer).select_related("geographic_entity").order_by("pk")


def table(user) -> list[list[str]]:
    viewer = Viewer(user)
    text = "".join(csv_sheet(viewer, offers_for(viewer), figures.PATH))
    return [line.split(";") for line in text.lstrip("\ufeff").splitlines()]


def counted(folder, user, rows: list[list[str]], *, name: str = "lits.xlsx") -> figures.Counted:
    content = as_xlsx({SHEET: rows}) if name.endswith("xlsx") else as_csv(rows)
    book = read(kept(folder, name, content), name, shapes(), aside=ASIDE)
    assert [sheet.shape.name for sheet in book.sheets] == [SHEET]
    (typed,) = gather(book).values()
    viewer = Viewer(user)
    offers = list(offers_for(viewer).filter(identifier=typed.reference))
    documents = records.read_documents([each.pk for each in offers])
    said = applied(typed, read_by(viewer, offers, documents)[offers[0].pk])
    assert said.names == set()
    done = figures.counted(said, figures.rooms_of(viewer, offers))
    figures.checked(done, {str(each.pk): each for each in Place.objects.trusted("test").all()})
    done.problems += said.problems
    return done


def column(rows: list[list[str]], title: str) -> int:
    return rows[0].index(title)


def numbers() -> dict[str, int]:
    return dict(BedCapacity.objects.trusted("test").values_list("status", "number"))


@pytest.mark.parametrize("name", ["lits.xlsx", "lits.csv"])
def test_what_is_exported_counts_nothing_new(tmp_path, offer, place, name):
    user = referent(offer.geographic_entity)
    rows = table(user)
    assert sorted(row[column(rows, NUMBER)] for row in rows[1:]) in (["20", "3"], ["2", "20", "3"])
    done = counted(tmp_path, user, rows, name=name)
    assert (done.counts, done.problems) == ([], [])


def test_figures_are_changed_added_and_removed(tmp_path, offer, place):
    user = referent(offer.geographic_entity)
    rows = table(user)
    free = next(row for row in rows[1:] if row[column(rows, NUMBER)] == "3")
    free[column(rows, NUMBER)] = "5"
    installed = next(row for row in rows[1:] if row[column(rows, NUMBER)] == "20")
    installed[column(rows, REMOVE)] = "oui"
    taken = list(free)
    taken[column(rows, STATUS)], taken[column(rows, NUMBER)] = "R330:03", "7"
    rows.append(taken)
    done = counted(tmp_path, user, rows)
    assert done.problems == []
    assert [(count.shown, count.number) for count in done.counts] in (
        [(3, 5), (20, None), (None, 7)],
        [(20, None), (3, 5), (None, 7)],
    )
    assert {"label": "Lits disponibles", "before": "3", "after": "5"} in done.in_words()
    again = figures.Counted.from_json(json.loads(json.dumps(done.to_json())))
    assert again.counts == done.counts
    viewer = Viewer(user)
    with writing(user, "import"):
        problems = figures.write(again, figures.rooms_of(viewer, [offer]), author=user, channel="import")
    assert problems == []
    assert numbers() == {AVAILABLE: 5, "R330:03": 7, SUPPLEMENTARY: 2}


def test_what_was_counted_meanwhile_is_not_written_over(tmp_path, offer, place):
    user = referent(offer.geographic_entity)
    rows = table(user)
    free = next(row for row in rows[1:] if row[column(rows, NUMBER)] == "3")
    free[column(rows, NUMBER)] = "5"
    done = counted(tmp_path, user, rows)
    with writing(user, "form"):
        BedCapacity.objects.trusted("test").filter(status=AVAILABLE).update(number=1)
    problems = figures.write(done, figures.rooms_of(Viewer(user), [offer]), author=user, channel="import")
    assert [problem["message"] for problem in problems] == [figures.OVERTAKEN]
    assert numbers()[AVAILABLE] == 1


def test_everything_wrong_is_said_with_its_cell(tmp_path, offer, place):
    user = referent(offer.geographic_entity)
    rows = table(user)
    good = next(row for row in rows[1:] if row[column(rows, NUMBER)] == "3")
    del rows[1:]
    for title, text in ((NUMBER, "cinq"), (STATUS, ""), (STATUS, "Inconnu"), ("Lieu", "P9"), (NUMBER, "")):
        rows.append([*good])
        rows[-1][column(rows, title)] = text
    done = counted(tmp_path, user, rows)
    assert sorted((problem["cell"][-1], problem["column"]) for problem in done.problems) == [
        ("2", NUMBER), ("3", STATUS), ("4", STATUS), ("5", "Lieu"), ("6", NUMBER),
    ]  # fmt: skip
    assert done.counts == []


def test_figures_that_one_does_not_report_are_neither_shown_nor_written(tmp_path, offer, place):
    user = referent(offer.geographic_entity)
    rows = table(user)
    national = administrator()
    assert len(table(national)) == 1
    line = next(row for row in rows[1:] if row[column(rows, NUMBER)] == "3")
    line[column(rows, NUMBER)] = "9"
    done = counted(tmp_path, national, [rows[0], line])
    assert [problem["message"] for problem in done.problems] == [NOT_YOURS]
    assert done.counts == []
    forged = figures.Counted([figures.Count(str(place.pk), _key(), 3, 9, _spot())])
    said = figures.write(forged, figures.rooms_of(Viewer(national), [offer]), author=national, channel="import")
    assert [problem["message"] for problem in said] == [NOT_YOURS]
    assert numbers()[AVAILABLE] == 3
    assert numbers()[INSTALLED] == 20


def _key():
    return figures.Key("R337:01", "R329:01", AVAILABLE, "R331:01", None, None, None, None)


def _spot():
    return figures.Spot(SHEET, 2, "L2", NUMBER)
