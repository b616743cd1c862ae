"""Workbooks of offers for the tests: written as the portal writes them, read as it reads them."""

import io
from pathlib import Path
from xml.sax.saxutils import escape

from ror.imports.reading import Workbook, read
from ror.imports.sheets import ASIDE, TITLES, resources, shapes
from ror.imports.sheets.lines import Described, lines_of
from ror.reference.nomenclature import nomenclature
from ror.spreadsheets import csv_lines, write_sheets
from structures.document import Document, canonical, new_id
from tests.factories import contact_row, hours_row, offer_document, place_row, telecom_row
from tests.imports.files import kept, ods

IDENTIFIER, FINESS = "53/1", "350000022"
PATHS = {title: path for path, title in TITLES.items()}
Table = list[list[str]]
Tables = dict[str, Table]


def tables(*documents: Document) -> Tables:
    """The sheets that say these documents (offers 53/1, 53/2…), header first, by title."""
    offers = [Described(f"53/{rank}", FINESS, document) for rank, document in enumerate(documents, 1)]
    return {each.layout.title: [each.header(), *lines_of(each, offers)] for each in resources().values()}


def as_xlsx(sheets: Tables) -> bytes:
    out = io.BytesIO()
    write_sheets(out, [(title, rows[0], rows[1:]) for title, rows in sheets.items()])
    return out.getvalue()


def as_ods(sheets: Tables) -> bytes:
    return ods({title: [[_ods_cell(text) for text in row] for row in rows] for title, rows in sheets.items()})


def as_csv(table: Table) -> bytes:
    return "".join(csv_lines(table[0], table[1:])).encode()


def opened(folder: Path, name: str, content: bytes) -> Workbook:
    return read(kept(folder, name, content), name, shapes(), aside=ASIDE)


def reread(folder: Path, sheets: Tables) -> Workbook:
    return opened(folder, "offres.xlsx", as_xlsx(sheets))


def cell(table: Table, row: int, title: str) -> str:
    return table[row][table[0].index(title)]


def change(table: Table, row: int, title: str, text: str) -> None:
    table[row][table[0].index(title)] = text


def added(table: Table, **texts: str) -> None:
    """One more line: « Identifiant de l'offre » and the texts given by title."""
    said = {"Identifiant de l'offre": IDENTIFIER} | texts
    table.append([said.get(title, "") for title in table[0]])


def code(value_set: str, rank: int = 0) -> str:
    return list(nomenclature().members(value_set))[rank]


def whole_document(**changes) -> Document:
    """A canonical document that says each datum that a file may say, with a row at least in every list."""
    limit = {"id": new_id(), "feature": code("J228"), "value": "12.50", "unit": "kg"}
    equipment = {"id": new_id(), "equipment_type": code("J18"), "in_service": 2, "limits": [limit]}
    person = contact_row(nature=None, function="R251:03", name="C. Exemple", level=2, telecoms=[telecom_row(level=2)])
    place = place_row(
        name="=Bâtiment A",
        delivery_point="2e étage",
        address_complement="Entrée B",
        street_number_suffix="bis",
        place_name="Le Bourg",
        postal_box="BP 012",
        postcode="01000",
        commune="01053",
        function=code("J198"),
        status=code("J224"),
        latitude="48.117200",
        longitude="-1.677700",
        coordinates_reliable=True,
        external_sync_id="0012",
        external_sync_name="Lits A",
        description="Au fond\nà gauche",
        comment="@ noter",
        telecoms=[telecom_row("+33 1 40 41 42 43", usage="-rendez-vous")],
        housing=[{"id": new_id(), "residential_type": code("J32"), "count": 12}],
        equipment=[equipment, {**equipment, "id": new_id(), "equipment_type": code("J18", 1), "limits": []}],
    )
    period = {"period_start": "2026-12-24", "period_end": "2026-12-31"}
    said = {
        "name": "=Unité « été » +33",
        "comment": "+33 est un indicatif\nSuite",
        "psychiatric_sectors": ["35G01", "0012"],
        "intervention_communes": ["01053", "35238"],
        "reception_modalities": [code("J226")],
        "management_types": [code("J26"), code("J26", 1)],
        "annual_opening": code("J28"),
        "publics": ["R239:01", "R239:02"],
        "expertise_levels": [code("J227")],
        "involuntary_care": False,
        "specific_acts": [code("J16"), code("J16", 5)],
        "outside_office_acts": [code("J16", 2)],
        "specialisations": [code("J35")],
        "resource_professions": [code("J186")],
        "specific_competences": [code("J33")],
        "mailboxes": [{"id": new_id(), "address": "accueil@exemple.mssante.fr"}],
        "hours": [hours_row(), hours_row(weekday=None, **period)],
        "contacts": [contact_row(description="Le matin"), person],
        "places": [place, place_row()],
    }
    document, found = canonical(offer_document(**said | changes))
    assert not found
    return document


def _ods_cell(text: str) -> str:
    """A paragraph for each line, as spreadsheets write them."""
    if "\n" not in text:
        return text
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
