"""The workbook that one downloads, fills and gives back: what it shows, to whom, and that it comes back unchanged."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from confidentiality.viewer import Viewer
from ror.imports.reading import Workbook
from ror.imports.sheets import (
    ASIDE,
    BESIDE,
    OFFERS,
    TITLES,
    applied,
    csv_sheet,
    gather,
    read_by,
    resources,
    write_template,
)
from ror.imports.sheets.choices import LAST_ROW
from ror.imports.sheets.mandatory import mandatory
from structures import records
from structures.describing.entry_models.model import EntryModel
from structures.fields import is_many
from structures.models import Offer, Place
from tests.factories import (
    GeographicEntityFactory,
    administrator,
    holder,
    published_offer,
    share_place,
    territory,
)
from tests.imports.sheet_files import opened, whole_document

pytestmark = pytest.mark.django_db


def offers_for(viewer: Viewer):
    return Offer.objects.visible_to(viewer).select_related("geographic_entity").order_by("pk")


def template(user, model: EntryModel | None = None, offers=None) -> bytes:
    viewer, out = Viewer(user), io.BytesIO()
    write_template(out, viewer, offers_for(viewer) if offers is None else offers, model)
    return out.getvalue()


def texts(content: bytes) -> dict[str, list[list[str]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value or "" for cell in row] for row in sheet.rows] for sheet in book}


def everything(content: bytes) -> str:
    """All the cells that say something of an offer."""
    return "\n".join(
        text for title, rows in texts(content).items() if title not in ASIDE for row in rows for text in row
    )


def assert_nothing_changes(book: Workbook, user, count: int) -> None:
    viewer = Viewer(user)
    offers = {offer.identifier: offer for offer in offers_for(viewer)}
    read = read_by(viewer, offers.values(), records.read_documents([offer.pk for offer in offers.values()]))
    said = gather(book)
    assert len(said) == count
    for reference, typed in said.items():
        result = applied(typed, read[offers[reference].pk])
        assert (result.names, result.problems) == (set(), [])


def offered(sheet: Worksheet) -> dict[str, str]:
    """The list that each column with a drop-down offers, by letter."""
    found = {}
    for each in sheet.data_validations.dataValidation:
        for cells in str(each.sqref).split():
            first, _, last = cells.partition(":")
            assert (first[-1], last.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) == ("2", str(LAST_ROW))
            found[first.rstrip("2")] = each.formula1
    return found


def test_a_template_given_back_untouched_changes_nothing(tmp_path):
    entity = GeographicEntityFactory(health=True)
    first = published_offer(entity, **whole_document())
    second = published_offer(GeographicEntityFactory(), name="'=Seconde")
    user = administrator()
    content = template(user)
    book = opened(tmp_path, "offres.xlsx", content)
    assert book.all_remarks() == []
    assert_nothing_changes(book, user, 2)
    lines = texts(content)["Offres"]
    assert [row[:3] for row in lines[1:]] == [
        [first.identifier, entity.finess, "=Unité « été » +33"],
        [second.identifier, second.geographic_entity.finess, "'=Seconde"],
    ]


@pytest.mark.slow
def test_a_template_without_offer_is_ready_to_be_filled(tmp_path):
    content = template(administrator())
    assert list(texts(content)) == [ASIDE[0], *TITLES.values(), ASIDE[1]]
    book = load_workbook(io.BytesIO(content))
    for title in TITLES.values():
        sheet = book[title]
        assert sheet.max_row == 1
        assert sheet.freeze_panes.endswith("2")
        header = {cell.column_letter: cell for cell in sheet[1]}
        assert all(
            sheet.column_dimensions[letter].width >= 10 for letter in header if letter in sheet.column_dimensions
        )
    guide = "\n".join(str(cell.value) for row in book[ASIDE[0]].rows for cell in row if cell.value)
    for word in ("Retirer", "oui", "obligatoire", "Ligne", "point-virgule", "unité sensible"):
        assert word in guide
    assert opened(tmp_path, "vide.xlsx", content).all_remarks() == []


@pytest.mark.slow
def test_every_cell_is_a_text_so_that_zeros_and_formulas_stay():
    published_offer(GeographicEntityFactory(), **whole_document())
    book = load_workbook(io.BytesIO(template(administrator())))
    for title in TITLES.values():
        for row in book[title].iter_rows(min_row=2):
            for cell in row:
                assert cell.value is None or (cell.data_type, cell.number_format) == ("s", "@")
    place = book["Lieux"]
    postcode = next(cell.column_letter for cell in place[1] if cell.value.startswith("Code postal"))
    assert place[f"{postcode}2"].value == "01000"
    assert all(book["Offres"].column_dimensions[letter].number_format == "@" for letter in "AB")


@pytest.mark.slow
def test_each_choice_has_its_drop_down_list():
    book = load_workbook(io.BytesIO(template(administrator())))
    lists = {
        cell.column_letter: [row[cell.column - 1] for row in book["Listes"].iter_rows(min_row=2, values_only=True)]
        for cell in book["Listes"][1]
    }
    for resource in resources().values():
        sheet = book[resource.layout.title]
        drops = offered(sheet)
        letters = {cell.value.removesuffix(" *"): cell.column_letter for cell in sheet[1]}
        for field in resource.fields.values():
            letter = letters[field.column_name]
            single = hasattr(field.datum, "value_set") or hasattr(field.datum, "choices")
            if is_many(field.datum):
                assert letter not in drops
                assert sheet[f"{letter}1"].comment
            elif single:
                formula = drops[letter]
                assert formula.startswith("'Listes'!$")
                source, last = formula.removeprefix("'Listes'!$").split("$2:$")[0], int(formula.rpartition("$")[2])
                words = [text for text in lists[source] if text]
                assert len(words) == last - 1
                assert all(field.meaning(word).message == "" for word in words)


@pytest.mark.slow
def test_mandatory_columns_are_those_of_the_rules():
    always = mandatory(social=None)
    assert {name for path, name in always if path == OFFERS} == {
        *("name", "activity_field", "care_mode", "age_min", "age_min_unit", "age_max", "age_max_unit", "sensitive"),
    }
    assert mandatory(social=True) - always == {(OFFERS, "publics"), (("activities",), "family")}
    assert {(("activities",), "activity"), (("hours",), "slot_type"), (("places",), "commune")} <= always
    assert (("hours",), "opens_at") not in always
    book = load_workbook(io.BytesIO(template(administrator())))
    starred = {cell.value for cell in book["Lieux"][1] if cell.value.endswith(" *")}
    assert starred == {"Identifiant de l'offre *", "Code postal *", "Commune *"}
    reds = {cell.value for cell in book["Lieux"][1] if cell.font.color and cell.font.color.rgb.endswith("C9191E")}
    assert reds == starred


@pytest.mark.slow
def test_the_template_of_a_kind_of_offer_asks_what_its_model_asks(tmp_path):
    model = EntryModel.objects.get(slug="ehpad", number=1)
    published_offer(GeographicEntityFactory())
    user = administrator()
    content = template(user, model)
    sheets = texts(content)
    asked = model.read()
    assert "Équipements" not in sheets
    assert model.title in str(sheets[ASIDE[0]])
    titles = [title.removesuffix(" *") for title in sheets["Offres"][0]]
    for name, field in resources()[OFFERS].fields.items():
        assert (field.column_name in titles) == (asked.asks(name) or (OFFERS, name) in mandatory(social=True))
    assert "Publics pris en charge *" in sheets["Offres"][0]
    modes = next(column[1:] for column in zip(*sheets["Listes"], strict=True) if column[0] == "Mode de prise en charge")
    field = resources()[OFFERS].fields["care_mode"]
    assert [text for text in modes if text] == [field.written(key) for key in asked.entry("care_mode").codes]
    book = opened(tmp_path, "ehpad.xlsx", content)
    assert book.all_remarks() == []
    assert_nothing_changes(book, user, 1)


def test_what_one_may_not_read_is_not_in_the_template():
    office = GeographicEntityFactory(ville=True)
    shown = published_offer(office, **whole_document())
    hospital = GeographicEntityFactory(health=True)
    other = published_offer(hospital, name="Ouverte à tous")
    hidden = published_offer(hospital, name="Unité cachée", sensitive=True, sensitive_motive="motif fictif")
    shared = Place.objects.trusted("test").get(offer_links__offer=hidden)
    share_place(shared, other)
    reader = holder("health_professional", territory("nation"))
    content = everything(template(reader))
    for text in (shown.identifier, other.identifier, "Ouverte à tous", str(hospital.finess)):
        assert text in content
    for text in ("Unité cachée", hidden.identifier, str(shared.pk), "motif fictif"):
        assert text not in content
    public = everything(template(None))
    competence = resources()[OFFERS].fields["specific_competences"]
    words = competence.written(whole_document()["specific_competences"])
    assert words not in public
    assert "C. Exemple" not in public
    assert str(shared.pk) not in public
    national = everything(template(administrator()))
    for text in ("Unité cachée", str(shared.pk), words):
        assert text in national


@pytest.mark.slow
def test_a_sheet_alone_is_a_csv_file_that_changes_nothing(tmp_path):
    published_offer(GeographicEntityFactory(), **whole_document())
    user = administrator()
    for path, title in TITLES.items():
        viewer = Viewer(user)
        content = "".join(csv_sheet(viewer, offers_for(viewer), path)).encode()
        assert content.startswith(b"\xef\xbb\xbf")
        book = opened(tmp_path, "lot.csv", content)
        assert [sheet.shape.name for sheet in book.sheets] == [title]
        assert_nothing_changes(book, user, 1)


@pytest.mark.slow
def test_the_queries_of_a_template_do_not_grow_with_its_offers():
    entity, user = GeographicEntityFactory(), administrator()

    def queries() -> int:
        viewer = Viewer(user)
        offers = list(offers_for(viewer))
        with CaptureQueriesContext(connection) as counted:
            write_template(io.BytesIO(), viewer, offers)
        return len(counted)

    published_offer(entity)
    queries()  # what is read once for the process
    few = queries()
    for _ in range(5):
        published_offer(entity)
    assert queries() == few


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["cabinet", "ssiad", "urgences", "psychiatrie-cmp"])
def test_the_template_of_any_kind_is_read_back(tmp_path, slug):
    published_offer(GeographicEntityFactory(), **whole_document())
    user = administrator()
    book = opened(tmp_path, "lot.xlsx", template(user, EntryModel.objects.get(slug=slug, number=1)))
    assert book.all_remarks() == []
    assert_nothing_changes(book, user, 1)


@pytest.mark.slow
def test_the_sheets_beside_a_description_are_there_when_they_are_asked_for():
    published_offer(GeographicEntityFactory())
    viewer, out = Viewer(administrator()), io.BytesIO()
    write_template(out, viewer, offers_for(viewer), beside=BESIDE)
    book = load_workbook(out)
    titles = [each().layout.title for each in BESIDE.values()]
    assert book.sheetnames == [ASIDE[0], *TITLES.values(), *titles, ASIDE[1]]
    starred = {cell.value for title in titles for cell in book[title][1] if cell.value.endswith(" *")}
    assert {"Nature *", "Statut *", "Nombre *", "N° RPPS ou ADELI *"} <= starred
    assert all(offered(book[title]) for title in titles)
    assert "« Lieux »" in book[titles[0]]["C1"].comment.text
    assert [sheet.title for sheet in load_workbook(io.BytesIO(template(None)))][-2] == list(TITLES.values())[-1]
