"""« Professionnels » in a workbook: who practises in an offer, never what the register says of them."""

import json
from dataclasses import replace

import pytest

from confidentiality.viewer import Viewer
from professionals.models import OperationalSituation, Practice, SituationTelecom
from ror.imports.reading import read
from ror.imports.sheets import ASIDE, applied, csv_sheet, gather, people, read_by, shapes
from ror.imports.sheets.saying import NOT_YOURS
from structures import records
from structures.models import Offer
from structures.schema import TELECOM
from tests.factories import GeographicEntityFactory, published_offer, referent
from tests.factories.professionals import (
    PracticeFactory,
    ProfessionalFactory,
    SituationFactory,
    SituationTelecomFactory,
)
from tests.imports.files import kept
from tests.imports.sheet_files import as_csv, as_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MODE, COMMENT, ADDRESS = (
    "Mode d'exercice dans l'offre",
    "Commentaire de gestion",
    "Numéro, adresse électronique ou site",
)
REMOVE, PROFESSION = "Retirer", "Profession"


@pytest.fixture
def offer():
    return published_offer(GeographicEntityFactory(health=True))


@pytest.fixture
def user(offer):
    return referent(offer.geographic_entity)


@pytest.fixture
def situation(offer):
    found = SituationFactory(offer=offer, comment="=à voir")
    SituationTelecomFactory(situation=found, address="+33 1 40 41 42 43")
    return found


def offers_for(viewer: Viewer):
    return Offer.objects.visible_to(viewer).select_related("geographic_entity").order_by("pk")


def table(user) -> list[list[str]]:
    viewer = Viewer(user)
    text = "".join(csv_sheet(viewer, offers_for(viewer), people.PATH))
    return [line.split(";") for line in text.lstrip("\ufeff").splitlines()]


def practising(folder, user, rows: list[list[str]], *, name: str = "lot.csv") -> people.Practising:
    content = as_xlsx({people.TITLE: [[_typed(text) for text in row] for row in rows]}) if "xlsx" in name else None
    content = content or as_csv([[_typed(text) for text in row] for row in rows])
    book = read(kept(folder, name, content), name, shapes(), aside=ASIDE)
    assert [sheet.shape.name for sheet in book.sheets] == [people.TITLE]
    (typed,) = gather(book).values()
    viewer = Viewer(user)
    offers = list(offers_for(viewer).filter(identifier=typed.reference))
    documents = records.read_documents([each.pk for each in offers])
    said = applied(typed, read_by(viewer, offers, documents)[offers[0].pk])
    known = people.situations_of(viewer, offers)[typed.reference]
    return people.practising(said, offers[0], known, people.practices_of([said]))


def write(done: people.Practising, user, offer) -> list[str]:
    again = people.Practising.from_json(json.loads(json.dumps(done.to_json())))
    known = people.situations_of(Viewer(user), [offer])[offer.identifier]
    return [each["message"] for each in people.write(again, offer, known, author=user, channel="import")]


def change(rows: list[list[str]], title: str, text: str, row: int = -1) -> None:
    rows[row][rows[0].index(title)] = text


def line(rows: list[list[str]], **texts: str) -> list[str]:
    return [texts.get(title, "") for title in rows[0]]


def new_line(rows: list[list[str]], offer, number: str, **texts: str) -> list[str]:
    return line(rows, **{"Identifiant de l'offre": offer.identifier, people.NUMBER_TITLE: number, **texts})


def _typed(text: str) -> str:
    return text.removeprefix("'") if text.startswith("'=") else text


@pytest.mark.parametrize("name", ["lot.csv", "lot.xlsx"])
def test_what_is_exported_says_nothing(tmp_path, user, situation, name):
    rows = table(user)
    assert len(rows) == 2
    assert situation.practice.professional.rpps in rows[1]
    assert "+33 1 40 41 42 43" in rows[1]
    done = practising(tmp_path, user, rows, name=name)
    assert (done.changes, done.problems) == ([], [])


def test_what_is_said_of_a_professional_changes(tmp_path, user, offer, situation):
    rows = table(user)
    change(rows, COMMENT, "Vu")
    change(rows, ADDRESS, "02 61 91 01 99")
    done = practising(tmp_path, user, rows)
    assert done.problems == []
    (said,) = done.changes
    assert said.said.keys() == {"comment", "telecoms"}
    assert write(done, user, offer) == []
    row = OperationalSituation.objects.trusted("test").get()
    assert (row.comment, row.exercise_mode_id) == ("Vu", "R23:S")
    assert SituationTelecom.objects.trusted("test").get().address == "02 61 91 01 99"
    assert "depuis la vérification" in write(done, user, offer)[0]


def test_someone_of_the_register_comes_and_another_leaves(tmp_path, user, offer, situation):
    practice = PracticeFactory()
    rows = table(user)
    change(rows, REMOVE, "oui")
    rows.append(new_line(rows, offer, practice.professional.rpps, **{MODE: "Salarié"}))
    done = practising(tmp_path, user, rows)
    assert done.problems == []
    assert write(done, user, offer) == []
    assert OperationalSituation.objects.trusted("test").get().practice == practice
    again = practising(tmp_path, user, rows)
    assert (again.changes, again.problems) == ([], [])
    assert Practice.objects.trusted("test").count() == 2


def test_everything_wrong_is_said_with_its_cell(tmp_path, user, offer, situation):
    several = ProfessionalFactory()
    for profession in ("G15:10", "G15:60"):
        PracticeFactory(professional=several, profession_id=profession)
    alone = PracticeFactory()
    rows = table(user)
    rows.append(new_line(rows, offer, "", **{MODE: "Salarié"}))
    rows.append(new_line(rows, offer, "99999999999", **{MODE: "Salarié"}))
    rows.append(new_line(rows, offer, several.rpps, **{MODE: "Salarié"}))
    rows.append(new_line(rows, offer, alone.professional.rpps))
    rows.append(new_line(rows, offer, several.rpps, **{MODE: "Bénévolement", PROFESSION: "G15:60"}))
    rows.append(list(rows[1]))
    done = practising(tmp_path, user, rows)
    found = {problem["cell"]: problem["message"] for problem in done.problems}
    letters = "ABCDEFGHIJKLMNOP"
    mode = letters[rows[0].index(MODE)]
    assert found == {
        "C3": people.NO_NUMBER,
        "C4": people.UNKNOWN,
        f"{letters[rows[0].index(PROFESSION)]}5": people.WHICH,
        f"{mode}6": "Choisissez le mode d'exercice dans l'offre.",
        f"{mode}7": found[f"{mode}7"],
        "C8": people.TWICE.format(2),
    }


def test_a_way_of_being_reached_that_is_not_read_is_never_replaced(tmp_path, user, offer, situation, monkeypatch):
    rows = table(user)
    change(rows, ADDRESS, "02 61 91 01 99")
    (known,) = people.situations_of(Viewer(user), [offer])[offer.identifier]
    hidden = replace(known, said=known.said | dict.fromkeys(TELECOM.fields))
    monkeypatch.setattr(people, "situations_of", lambda viewer, offers: {offer.identifier: [hidden]})
    assert NOT_YOURS in [each["message"] for each in practising(tmp_path, user, rows).problems]
    assert practising(tmp_path, user, rows).changes == []
