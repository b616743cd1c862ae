"""The same rows from .xlsx, .ods and .csv, whatever the program that wrote them."""

import resource
from dataclasses import replace

import openpyxl
import pytest

from ror.imports.reading import LIMITS, ColumnShape, Kind, Refused, Severity, SheetShape, read
from tests.imports.files import archive, kept, number, ods, ods_parts, ods_rows, rows_xml, xlsx, xlsx_parts

FINESS = ColumnShape("N° FINESS", digits=9, mandatory=True)
OFFERS = SheetShape(
    "Offres",
    (
        FINESS,
        ColumnShape("Nom"),
        ColumnShape("Ouverture", kind=Kind.DATE),
        ColumnShape("Début", kind=Kind.TIME),
        ColumnShape("Tarif", kind=Kind.NUMBER),
        ColumnShape("Urgences", kind=Kind.BOOLEAN),
    ),
)
HEADER = ["N° FINESS", "Nom", "Ouverture", "Début", "Tarif", "Urgences"]
SAID = {
    "N° FINESS": "010000024",
    "Nom": "Unité « Été »",
    "Ouverture": "2026-12-31",
    "Début": "08:30",
    "Tarif": "12.5",
    "Urgences": "oui",
}
TYPED = ["010000024", "Unité « Été »", "31/12/2026", "8h30", "12,5", "Oui"]
CSV = "\r\n".join(";".join(row) for row in (HEADER, TYPED)) + "\r\n"


def read_one(tmp_path, name, content, shapes=(OFFERS,)):
    return read(kept(tmp_path, name, content), name, list(shapes))


def numeric_xlsx() -> bytes:
    cells = [number(10000024), TYPED[1], number(46387, 1), number(0.3541666666666667, 2), number(12.5)]
    return xlsx({"Offres": [HEADER, [*cells, '<c t="b"><v>1</v></c>']]})


def ods_cell(kind: str, said: str, shown: str) -> str:
    return f'<table:table-cell office:value-type="{kind}" office:{said}><text:p>{shown}</text:p></table:table-cell>'


def numeric_ods() -> bytes:
    cells = [
        ods_cell("float", 'value="10000024"', "10000024"),
        TYPED[1],
        ods_cell("date", 'date-value="2026-12-31"', "31/12/26"),
        ods_cell("time", 'time-value="PT08H30M00S"', "08:30"),
        ods_cell("float", 'value="12.5"', "12,5"),
        ods_cell("boolean", 'boolean-value="true"', "VRAI"),
    ]
    end = '<table:table-cell table:number-columns-repeated="16384"/>'
    end = f'<table:table-row table:number-rows-repeated="1048573">{end}</table:table-row>'
    return archive(ods_parts({"Offres": ods_rows([HEADER, cells]) + end}))


SAME = {
    "typed.xlsx": lambda: xlsx({"Offres": [HEADER, TYPED]}),
    "numeric.xlsx": numeric_xlsx,
    "typed.ods": lambda: ods({"Offres": [HEADER, TYPED]}),
    "numeric.ods": numeric_ods,
    "utf-8.csv": lambda: CSV.encode(),
    "mark.csv": lambda: CSV.encode("utf-8-sig"),
    "windows.csv": lambda: CSV.encode("cp1252"),
    "utf-16.csv": lambda: CSV.encode("utf-16"),
    "lone-returns.csv": lambda: CSV.replace("\r\n", "\r").encode(),
    "tabs.txt": lambda: CSV.replace(";", "\t").encode(),
    "pipes.csv": lambda: CSV.replace(";", "|").encode(),
    "commas.csv": lambda: CSV.replace("12,5", '"12,5"').replace(";", ",").encode(),
    "quotes.csv": lambda: "\n".join(";".join(f'"{cell}"' for cell in row) for row in (HEADER, TYPED)).encode(),
    "declared.csv": lambda: f"sep=;\r\n{CSV}".encode(),
    "lost-zero.csv": lambda: CSV.replace("010000024", "10000024").encode(),
    "no-break-spaces.csv": lambda: CSV.replace("« ", "«\u00a0").replace(" »", "\u202f»\u200b").encode(),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_row_whatever_the_format(name, tmp_path):
    book = read_one(tmp_path, name, SAME[name]())
    [sheet] = book.sheets
    [row] = sheet.rows
    assert sheet.by_name(row) == SAID
    assert (sheet.header_row, row.number) == (1, 2)
    assert not [remark for remark in book.all_remarks() if remark.severity == Severity.ERROR]


@pytest.mark.parametrize(("name", "said"), [("windows.csv", "cp1252"), ("utf-16.csv", "UTF-16")])
def test_another_encoding_is_said(name, said, tmp_path):
    [remark] = read_one(tmp_path, name, SAME[name]()).remarks
    assert said in remark.message


def test_an_encoding_that_nothing_reads_is_said(tmp_path):
    with pytest.raises(Refused, match="CSV UTF-8"):
        read_one(tmp_path, "mac.csv", CSV.encode("cp1252").replace(b"\xc9", b"\x81"))


@pytest.mark.parametrize("rows", [3, 20_000])
def test_a_quote_never_closed_is_said(rows, tmp_path):
    with pytest.raises(Refused, match="jamais fermé"):
        read_one(tmp_path, "offres.csv", CSV + '010000025;"Unité\r\n' + "010000026;Nom\r\n" * rows)


def test_a_line_longer_than_any_cell_is_no_trouble(tmp_path):
    [sheet] = read_one(tmp_path, "offres.csv", CSV + "1;" + "x" * 30_000 + ";;;;;" + "y" * 30_000).sheets
    assert len(sheet.rows) == 2


@pytest.mark.parametrize("name", ["numeric.xlsx", "numeric.ods", "lost-zero.csv"])
def test_zeros_put_back_are_said_with_their_cell(name, tmp_path):
    [row] = read_one(tmp_path, name, SAME[name]()).sheets[0].rows
    [remark] = row.remarks
    assert (remark.severity, remark.row, remark.column, remark.name) == (Severity.REPAIR, 2, "A", "N° FINESS")
    assert "zéros" in remark.message


def test_errors_and_formulas_never_computed_are_said_with_their_cell(tmp_path):
    rows = [
        HEADER,
        ["010000024", '<c t="e"><v>#N/A</v></c>', "<c><f>TODAY()</f></c>", '<c t="str"><f>A1</f><v>8h30</v></c>'],
        ["010000025", "", "", "", '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'],
    ]
    book = read_one(tmp_path, "offres.xlsx", xlsx({"Offres": rows}))
    assert [str(remark).partition(" :")[0] for remark in book.all_remarks() if remark.row] == [
        "Feuille « Offres », cellule B2",
        "Feuille « Offres », cellule C2",
        "Feuille « Offres », cellule E3",
    ]
    assert book.sheets[0].by_name(book.sheets[0].rows[0])["Début"] == "08:30"
    messages = " ".join(remark.message for remark in book.all_remarks())
    assert "#N/A" in messages
    assert "#DIV/0!" in messages
    assert "formule" in messages


def test_errors_of_open_document_are_said_with_their_cell(tmp_path):
    error = (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    )
    waiting = '<table:table-cell table:formula="of:=TODAY()"/>'
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    wide = '<table:table-cell table:number-columns-repeated="3"/>'
    table = ods_rows([HEADER, ["1", error]]) + blank + ods_rows([["2", wide, waiting]])
    book = read_one(tmp_path, "offres.ods", archive(ods_parts({"Notes": ods_rows([[error]]), "Offres": table})))
    cells = [
        f"{remark.column}{remark.row}" for remark in book.sheets[0].rows[0].remarks + book.sheets[0].rows[1].remarks
    ]
    assert cells == ["B2", "E6"]


def test_dates_counted_from_1904_are_read(tmp_path):
    parts = xlsx_parts({"Offres": rows_xml([["N° FINESS", "Ouverture"], ["1", number(44925, 1)]])})
    book = parts["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    read_book = read_one(tmp_path, "offres.xlsx", archive({**parts, "xl/workbook.xml": book}))
    assert read_book.sheets[0].rows[0].texts == ("1", "2026-12-31")


def test_what_openpyxl_writes_is_read(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "OFFRES"
    sheet["C4"], sheet["D4"], sheet["C5"], sheet["D5"] = "N° FINESS", "Nom", "010000024", "=1+1"
    sheet["D5"].data_type = "s"
    sheet["Z900"].fill = openpyxl.styles.PatternFill("solid", fgColor="FF0000")
    book.save(tmp_path / "offres.xlsx")
    [sheet] = read(tmp_path / "offres.xlsx", "offres.xlsx", [OFFERS]).sheets
    assert [(column.name, column.letter) for column in sheet.columns] == [("N° FINESS", "C"), ("Nom", "D")]
    assert [(row.number, row.texts) for row in sheet.rows] == [(5, ("010000024", "=1+1"))]
    assert sheet.place(sheet.rows[0], "Nom") == "D5"


def test_a_file_above_a_limit_says_which(tmp_path):
    path = kept(tmp_path, "offres.csv", CSV + "1;2\r\n" * 30)
    with pytest.raises(Refused, match="ligne 21"):
        read(path, path.name, [OFFERS], replace(LIMITS, rows=20))
    with pytest.raises(Refused, match="trop de cellules"):
        read(path, path.name, [OFFERS], replace(LIMITS, cells=20))


@pytest.mark.slow
def test_twenty_thousand_rows_take_little_memory(tmp_path):
    names = [f"Donnée {n}" for n in range(17)]
    cells = [f"texte accentué {n}" for n in range(17)]
    path = kept(tmp_path, "offres.xlsx", xlsx({"Offres": [names, *([cells] * 20_000)]}))
    shape = SheetShape("Offres", tuple(map(ColumnShape, names)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [sheet] = read(path, path.name, [shape], replace(LIMITS, memory=120 * 1024 * 1024)).sheets
    assert len(sheet.rows) == 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024
