"""Sheets and columns are found whatever their case, order or place, and what is not expected is named."""

import pytest

from ror.imports.reading import ColumnShape, Kind, Refused, Severity, SheetShape, read
from tests.imports.files import kept, number, xlsx

OFFERS = SheetShape(
    "Offres",
    (
        ColumnShape("N° FINESS", ("Numéro FINESS", "finess"), digits=9, mandatory=True),
        ColumnShape("Nom de l'offre", ("Nom",), mandatory=True),
        ColumnShape("Date d'ouverture", kind=Kind.DATE),
        ColumnShape("Commentaire"),
    ),
    ("Offre",),
)
CONTACTS = SheetShape("Contacts", (ColumnShape("Offre"), ColumnShape("Téléphone", digits=10)))
WHOLE = ["N° FINESS", "Nom de l'offre", "Date d'ouverture", "Commentaire"]
GOOD = ["010000024", "Pédiatrie", "31/12/2026", "Rien"]


def read_book(tmp_path, sheets, states=None, shapes=(OFFERS, CONTACTS)):
    return read(kept(tmp_path, "offres.xlsx", xlsx(sheets, states)), "offres.xlsx", shapes)


def said(remarks, severity):
    return [remark.message for remark in remarks if remark.severity == severity]


def test_headers_are_known_however_they_are_written(tmp_path):
    header = ["COMMENTAIRE", " nom  de l’offre * ", "Numero finess", "", "DATE D OUVERTURE*"]
    rows = [header, ["Rien", "Pédiatrie", "010000024", "", "31/12/2026"]]
    [sheet] = read_book(tmp_path, {" OFFRE ": rows}, shapes=[OFFERS]).sheets
    assert sheet.by_name(sheet.rows[0]) == {
        "N° FINESS": "010000024",
        "Nom de l'offre": "Pédiatrie",
        "Date d'ouverture": "2026-12-31",
        "Commentaire": "Rien",
    }
    assert sheet.place(sheet.rows[0], "N° FINESS") == "C2"
    assert not sheet.remarks


def test_the_header_is_found_below_titles_and_explanations(tmp_path):
    title = [["Répertoire de l'offre"], [], ["Remplissez le nom", "Nom"], ["Commentaire : facultatif", number(2026)]]
    [sheet] = read_book(
        tmp_path, {"Offres": [*title, WHOLE, [], GOOD, ["", " ", "\u00a0"], GOOD]}, shapes=[OFFERS]
    ).sheets
    assert sheet.header_row == 5
    assert [row.number for row in sheet.rows] == [7, 9]


def test_what_is_not_expected_is_named(tmp_path):
    rows = [[*WHOLE[:2], "Date d'ouvertur", "Couleur", ""], [*GOOD, "perdu"]]
    book = read_book(tmp_path, {"Offres": rows, "Notes": [["x"]], "Listes": [["y"]]}, {"Listes": "hidden"})
    [sheet] = book.sheets
    assert [(column.header, column.letter) for column in sheet.unknown] == [("Date d'ouvertur", "C"), ("Couleur", "D")]
    assert sheet.missing == ("Date d'ouverture", "Commentaire")
    assert (book.unknown, book.missing) == (("Notes",), ("Contacts",))
    notes = " ".join(said(book.all_remarks(), Severity.NOTE))
    for name in (
        "« Couleur »",
        "Vouliez-vous dire « Date d'ouverture » ?",
        "« Commentaire »",
        "« Notes »",
        "« Contacts »",
    ):
        assert name in notes
    assert "n'a pas de titre" in notes
    assert "Listes" not in notes
    assert not said(book.all_remarks(), Severity.ERROR)


def test_an_absent_column_is_not_an_empty_one(tmp_path):
    [sheet] = read_book(tmp_path, {"Offres": [WHOLE[:3], GOOD[:2]]}, shapes=[OFFERS]).sheets
    assert sheet.by_name(sheet.rows[0]) == {
        "N° FINESS": "010000024",
        "Nom de l'offre": "Pédiatrie",
        "Date d'ouverture": "",
    }


def test_a_mandatory_column_that_is_missing_is_an_error(tmp_path):
    book = read_book(tmp_path, {"Offres": [WHOLE[1:], GOOD[1:]]})
    [message] = said(book.all_remarks(), Severity.ERROR)
    assert "« N° FINESS »" in message


def test_a_column_twice_is_an_error(tmp_path):
    book = read_book(tmp_path, {"Offres": [[*WHOLE, "FINESS"], [*GOOD, "9"]]})
    [message] = said(book.all_remarks(), Severity.ERROR)
    assert "A et E" in message
    assert book.sheets[0].rows[0].texts[0] == "010000024"


def test_a_sheet_twice_is_an_error(tmp_path):
    book = read_book(tmp_path, {"Offres": [WHOLE, GOOD], "offre": [WHOLE, GOOD]})
    [message] = said(book.all_remarks(), Severity.ERROR)
    assert "Deux feuilles" in message


def test_a_sheet_without_header_is_an_error(tmp_path):
    book = read_book(tmp_path, {"Offres": [GOOD, GOOD], "Contacts": [["Offre", "Téléphone"], ["1", number(140414243)]]})
    [message] = said(book.all_remarks(), Severity.ERROR)
    assert "titres" in message
    assert book.sheet("Offres").rows == []
    assert book.sheet("Contacts").rows[0].texts == ("1", "0140414243")


def test_a_sheet_is_known_by_its_columns_when_no_name_is(tmp_path):
    book = read_book(tmp_path, {"Feuil1": [WHOLE, GOOD], "Feuil2": [["Bonjour"]]})
    assert [(sheet.name, sheet.shape.name) for sheet in book.sheets] == [("Feuil1", "Offres")]
    assert "d'après ses colonnes" in book.sheets[0].remarks[0].message
    assert book.unknown == ("Feuil2",)


@pytest.mark.parametrize("name", ["contacts.csv", "n'importe quoi.csv"])
def test_a_csv_file_is_known_by_its_columns(name, tmp_path):
    book = read(kept(tmp_path, name, "Téléphone;Offre\r\n+33 1 40;12\r\n"), name, [OFFERS, CONTACTS])
    [sheet] = book.sheets
    assert sheet.shape is CONTACTS
    assert sheet.by_name(sheet.rows[0]) == {"Téléphone": "+33 1 40", "Offre": "12"}
    assert not book.all_remarks()


def test_one_column_of_texts_with_commas_is_one_column(tmp_path):
    shape = SheetShape("Notes", (ColumnShape("Commentaire"),))
    path = kept(tmp_path, "notes.csv", "Commentaire\r\na, b\r\nc, d\r\n")
    assert [row.texts for row in read(path, path.name, [shape]).sheets[0].rows] == [("a, b",), ("c, d",)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("autre.xlsx", xlsx({"Budget": [["Mois", "Euros"], ["mai", "3"]]})),
        ("vide.xlsx", xlsx({"Feuil1": []})),
        ("autre.csv", b"Mois;Euros\r\nmai;3\r\n"),
    ],
)
def test_another_template_is_said(name, content, tmp_path):
    with pytest.raises(Refused, match="pas le modèle attendu"):
        read(kept(tmp_path, name, content), name, [OFFERS, CONTACTS])


def test_a_template_without_any_row_is_read(tmp_path):
    [sheet] = read_book(tmp_path, {"Offres": [WHOLE]}, shapes=[OFFERS]).sheets
    assert (len(sheet.columns), sheet.rows) == (4, [])


def test_all_errors_of_all_rows_are_said_at_once(tmp_path):
    rows = [[number(10000024), "Nom", "bientôt", ""] for _ in range(1_200)]
    [sheet] = read_book(tmp_path, {"Offres": [WHOLE, *rows]}, shapes=[OFFERS]).sheets
    assert [[f"{each.column}{each.row}" for each in row.remarks] for row in sheet.rows] == [
        [f"A{n}", f"C{n}"] for n in range(2, 1_202)
    ]
