"""The sheets of a description: what is written and read again says nothing new, and each cell says its own datum."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ror.imports.reading import Refused, Severity
from ror.imports.reading.book import letters
from ror.imports.sheets import TITLES, Applied, applied, gather, resources, started
from ror.imports.sheets import gathering as told_by_gathering
from ror.imports.sheets import saying as told
from structures.differences import differences
from structures.document import Document, canonical, new_id
from structures.schema import OFFER, Rows
from tests.factories import contact_row, offer_document, telecom_row
from tests.imports.sheet_files import (
    FINESS,
    IDENTIFIER,
    Tables,
    added,
    as_csv,
    as_ods,
    as_xlsx,
    cell,
    change,
    code,
    opened,
    reread,
    tables,
    whole_document,
)

pytestmark = pytest.mark.django_db

CONTACTS, TELECOMS, PLACES, HOUSING = "Contacts", "Télécommunications des contacts", "Lieux", "Habitations"
KEY, LINE, REMOVE, NATURE = "Identifiant de l'offre", "Ligne", "Retirer", "Nature du contact"
ADDRESS = "Numéro, adresse électronique ou site"
NEW_CONTACT = {NATURE: "Standard", "Précision": "Le soir"}
NEW_TELECOM = {"Moyen de contact": "Téléphone fixe", ADDRESS: "0261910199"}
# One more word for each kind of datum: what a person could write instead.
OTHERS = {
    "publics": "R239:01",
    "intervention_communes": "35238",
    "psychiatric_sectors": "35G02",
    "commune": "35047",
    "postcode": "35170",
    "latitude": "47,5",
    "longitude": "-2",
    "value": "7,25",
    "opens_at": "8h15",
    "closes_at": "19:45",
    "period_start": "23/12/2026",
    "period_end": "30/12/2026",
    "address": "autre@exemple.mssante.fr",
}


@pytest.fixture
def document() -> Document:
    return whole_document()


def said(folder: Path, sheets: Tables, read: Document) -> Applied:
    """What a workbook of these sheets says of the only offer that it speaks of."""
    (typed,) = gather(reread(folder, sheets)).values()
    return applied(typed, read)


def messages(result: Applied) -> list[tuple[str, str, str]]:
    return [(problem["sheet"], problem["cell"], problem["message"]) for problem in result.problems]


def test_every_list_of_the_description_has_its_sheet():
    def lists(schema: Rows, path: tuple[str, ...] = ()):
        yield path
        for name, child in schema.rows.items():
            yield from lists(child, (*path, name))

    assert set(lists(OFFER)) == set(TITLES)
    headers = [resource.header() for resource in resources().values()]
    assert all(len(set(header)) == len(header) for header in headers)
    assert all(len(title) <= 31 for title in TITLES.values())
    assert not {"Est-ce une unité sensible", "Motif, si l'unité est sensible"} & {
        name for each in headers for name in each
    }


def test_what_is_written_and_read_again_says_nothing(tmp_path, document):
    sheets = tables(document)
    assert all(len(rows) > 1 for rows in sheets.values())
    book = reread(tmp_path, sheets)
    assert book.all_remarks() == []
    (typed,) = gather(book).values()
    result = applied(typed, document)
    assert (result.names, result.problems, result.document) == (set(), [], document)
    assert (typed.reference, typed.finess, typed.may_be_new) == (IDENTIFIER, FINESS, False)


@pytest.mark.slow
def test_a_new_offer_is_all_that_the_file_says_of_it(tmp_path, document):
    sheets = tables(document)
    for rows in sheets.values():
        for row in rows[1:]:
            row[0] = "N1"
    (typed,) = gather(reread(tmp_path, sheets)).values()
    assert typed.may_be_new
    result = started(typed, {"sensitive": False})
    clean, found = canonical(result.document)
    assert (found, result.problems) == ([], [])
    assert _without_ids(clean) == _without_ids(document | {"entry_model": None})
    again = started(typed, {"sensitive": False}).document
    assert not {row["id"] for row in clean["contacts"]} & {row["id"] for row in again["contacts"]}
    assert not {row["id"] for row in clean["contacts"]} & {row["id"] for row in document["contacts"]}


def test_lines_are_added_with_those_that_hang_on_them(tmp_path, document):
    sheets = tables(document)
    added(sheets[CONTACTS], **NEW_CONTACT, Ligne="C1")
    added(sheets[TELECOMS], **NEW_TELECOM, Contact="C1", **{"Utilisation prévue": "nuit"})
    result = said(tmp_path, sheets, document)
    assert result.problems == []
    assert result.names == {"contacts"}
    (change_,) = differences(document, result.document)
    contact = change_.after
    assert contact["nature"] == code_named("J221", "Standard")
    assert (contact["level"], contact["description"]) == (2, "Le soir")
    assert [row["address"] for row in contact["telecoms"]] == ["0261910199"]
    path = f"contacts.{contact['id']}.telecoms.{contact['telecoms'][0]['id']}.address"
    assert result.place(path).cell == f"F{len(sheets[TELECOMS])}"
    assert result.place(path).sheet == TELECOMS
    assert result.place(f"contacts.{contact['id']}.telecoms").cell == f"ligne {len(sheets[CONTACTS])}"
    assert result.place("contacts").sheet == CONTACTS
    assert result.place("name")[2:] == ("C2", "Nom de l'offre")
    assert document == whole_again(document)


@pytest.mark.slow
def test_the_same_new_lines_brought_twice_are_added_once(tmp_path, document):
    sheets = tables(document)
    added(sheets[CONTACTS], **NEW_CONTACT, Ligne="C1")
    added(sheets[TELECOMS], **NEW_TELECOM, Contact="C1")
    once = said(tmp_path, sheets, document).document
    again = said(tmp_path, sheets, once)
    assert (again.names, again.problems) == (set(), [])


@pytest.mark.slow
def test_a_line_goes_when_it_is_said_and_only_then(tmp_path, document):
    sheets = tables(document)
    change(sheets[CONTACTS], 1, REMOVE, "x")
    gone, *kept = document["contacts"]
    result = said(tmp_path, sheets, document)
    assert result.problems == []
    assert result.document["contacts"] == kept
    assert said(tmp_path, sheets, result.document).names == set()  # the same file again
    del sheets[CONTACTS][1]
    del sheets[TELECOMS][1]
    assert said(tmp_path, sheets, document).names == set()
    added(sheets[CONTACTS], **{LINE: gone["id"].upper(), REMOVE: "oui"})
    assert said(tmp_path, sheets, document).document["contacts"] == kept


@pytest.mark.slow
def test_what_is_absent_says_nothing_and_an_empty_cell_empties(tmp_path, document):
    only = {"Offres": [[KEY, "commentaire"], [IDENTIFIER, ""]]}
    result = said(tmp_path, only, document)
    assert [each.path for each in differences(document, result.document)] == ["comment"]
    assert result.document["comment"] is None
    only = {PLACES: [[KEY, LINE, "Nom du lieu"], [IDENTIFIER, document["places"][0]["id"], ""]]}
    result = said(tmp_path, only, document)
    assert [each.path for each in differences(document, result.document)] == [
        f"places.{document['places'][0]['id']}.name"
    ]


def test_what_one_does_not_read_is_neither_guessed_nor_written(tmp_path, document):
    read = {name: value for name, value in document.items() if name != "specific_acts"}
    read["places"] = [{name: value for name, value in row.items() if name != "comment"} for row in document["places"]]
    sheets = tables(read)
    assert said(tmp_path, sheets, read).problems == []
    told_of = []
    for guess in (code("J16"), code("J16", 7), "n'importe quoi"):
        change(sheets["Offres"], 1, "Actes spécifiques", guess)
        change(sheets[PLACES], 1, "Commentaire sur le lieu", guess)
        result = said(tmp_path, sheets, read)
        assert result.names == set()
        told_of.append(messages(result))
    assert told_of[0] == told_of[1] == told_of[2]
    assert [message for _, _, message in told_of[0]] == [told.NOT_YOURS, told.NOT_YOURS]
    hidden = document["contacts"][1]
    read = document | {"contacts": document["contacts"][:1]}
    for key in (hidden["id"], new_id()):
        sheets = {CONTACTS: [[KEY, LINE, "Précision"], [IDENTIFIER, key, "Pris"]]}
        result = said(tmp_path, sheets, read)
        assert messages(result) == [(CONTACTS, "B2", told.UNKNOWN_LINE)]
        assert result.names == set()


def test_everything_that_is_wrong_is_said_with_its_cell(tmp_path, document):
    sheets = tables(document)
    change(sheets["Offres"], 1, "Âge minimal", "dix")
    change(sheets["Offres"], 1, "Champ d'activité", "Inconnu au bataillon")
    sheets["Offres"].append(sheets["Offres"][1])
    sheets[CONTACTS].append(sheets[CONTACTS][1])
    change(sheets["Horaires"], 1, "De", "8h70")
    added(sheets[TELECOMS], **NEW_TELECOM)
    added(sheets[TELECOMS], **NEW_TELECOM, Contact="C9")
    added(sheets[HOUSING], **{"Type d'habitation": code("J32", 1), "Lieu": document["places"][1]["id"], REMOVE: "oui"})
    change(sheets[TELECOMS], 1, "Contact", document["contacts"][1]["id"])
    result = said(tmp_path, sheets, document)
    found = {(sheet, where): message for sheet, where, message in messages(result)}
    assert len(found) == len(result.problems)
    age = letters(sheets["Offres"][0].index("Âge minimal"))
    assert found["Offres", f"{age}2"].startswith("« dix » n'est pas un nombre")
    assert "ne figure pas dans la liste" in found["Offres", "D2"]
    assert found["Offres", "A3"] == told_by_gathering.TWICE.format(2)
    assert found[CONTACTS, "C4"] == told_by_gathering.LINE_TWICE.format(2)
    assert found[TELECOMS, "C4"] == told.WHICH_PARENT.format(2, CONTACTS)
    assert found[TELECOMS, "C5"] == told.UNKNOWN_PARENT.format(CONTACTS)
    assert found[TELECOMS, "C2"] == told.MOVED
    assert "n'est pas une heure" in found["Horaires", "F2"]
    assert found[HOUSING, "G3"] == told.NOTHING_TO_REMOVE
    assert len(found) == 10  # the two lines of the offer say « dix »


@pytest.mark.slow
def test_a_line_without_offer_is_a_problem_of_its_own(tmp_path, document):
    sheets = tables(document)
    sheets["Offres"][1][0] = ""
    sheets[CONTACTS][1][0] = ""
    offers = gather(reread(tmp_path, sheets))
    assert IDENTIFIER in offers
    nameless = [typed for typed in offers.values() if not typed.reference]
    assert [typed.lines for typed in nameless] == [[("Offres", 2)], [(CONTACTS, 2)]]
    assert all(typed.problems[0]["message"] == told_by_gathering.NO_KEY for typed in nameless)


@pytest.mark.slow
def test_a_closed_code_that_is_stored_stays_good(tmp_path, document):
    stored = document | {"publics": ["R239:01", "R239:99"], "offer_type": "R244:99"}
    sheets = tables(stored)
    assert said(tmp_path, sheets, stored).names == set()
    change(
        sheets["Offres"], 1, "Publics pris en charge", f"{cell(sheets['Offres'], 1, 'Publics pris en charge')};R239:02"
    )
    result = said(tmp_path, sheets, stored)
    assert result.problems == []
    assert sorted(result.document["publics"]) == ["R239:01", "R239:02", "R239:99"]


@pytest.mark.slow
@pytest.mark.parametrize("title", TITLES.values())
def test_each_sheet_alone_is_recognised_as_a_csv_file(tmp_path, document, title):
    table = tables(document)[title]
    book = opened(tmp_path, "lot.csv", as_csv(table))
    assert [sheet.shape.name for sheet in book.sheets] == [title]
    (typed,) = gather(book).values()
    result = applied(typed, document)
    assert (result.names, result.problems) == (set(), [])


@pytest.mark.slow
def test_a_file_that_holds_none_of_the_sheets_is_refused(tmp_path):
    with pytest.raises(Refused):
        opened(tmp_path, "a.xlsx", as_xlsx({"Feuille 1": [["Prénom", "Ville"], ["A", "B"]]}))


@pytest.mark.slow
def test_extra_sheets_and_columns_are_named(tmp_path, document):
    sheets = tables(document)
    for row, text in zip(sheets["Offres"], ("Mes notes", "à voir"), strict=True):
        row.append(text)
    book = reread(tmp_path, sheets | {"Brouillon": [["a", "b"]], "Mode d'emploi": [["a", "b"]], "Listes": [["Jour"]]})
    assert [str(remark) for remark in book.remarks] == [
        "La feuille « Brouillon » n'est pas du modèle : elle n'est pas lue."
    ]
    (remark,) = book.sheets[0].remarks
    assert "Mes notes" in str(remark)
    assert remark.severity == Severity.NOTE


@pytest.mark.slow
@pytest.mark.parametrize("title", TITLES.values())
def test_changing_one_cell_changes_one_datum(tmp_path, title):
    document = whole_document()
    resource = next(each for each in resources().values() if each.layout.title == title)
    base = tables(document)
    tried = 0
    for field in resource.fields.values():
        before = cell(base[title], 1, field.column_name)
        text = _another(field, before)
        sheets = {name: [list(row) for row in rows] for name, rows in base.items()}
        change(sheets[title], 1, field.column_name, text)
        result = said(tmp_path, sheets, document)
        clean, found = canonical(result.document)
        assert (result.problems, found) == ([], []), (field.name, before, text)
        assert [each.path.split(".")[-1] for each in differences(document, clean)] == [field.name], (before, text)
        tried += 1
    assert tried == len(resource.fields)


# Any text

HARD = [
    "010000024", "+33 1 40 41 42 43", "=1+1", "'=1", "@x", "-1", "1E5", "31/12/2026", "VRAI", "#N/A", "_x000D_", "a\nb",
    "« é »\u00a0!", "a;b", "œuvre", "😀", "x" * 120, "sep=;", '"', "08:30", "0", "+1-2", "\u200bz", "oui", "Ligne",
]  # fmt: skip
hard = st.sampled_from(HARD) | st.text(st.sampled_from("'=+-@;\"01 ,.xé\n"), min_size=1, max_size=12)
rows = st.lists(st.tuples(hard, hard), max_size=3)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=hard, comment=hard, sectors=st.lists(hard, max_size=3), contacts=rows, places=rows)
def test_any_text_comes_back_as_it_was(name, comment, sectors, contacts, places):
    document, _ = canonical(
        offer_document(
            name=name,
            comment=comment,
            psychiatric_sectors=sectors,
            contacts=[
                contact_row(name=one, telecoms=[telecom_row(two)] * (rank < 2))
                for rank, (one, two) in enumerate(contacts)
            ],
            places=[
                {"id": new_id(), "name": one, "postcode": "01000", "commune": "01053", "comment": two}
                for one, two in places
            ],
        )
    )
    document = whole_again(document)
    sheets = tables(document, document)
    with tempfile.TemporaryDirectory() as folder:
        for kind, content in (("xlsx", as_xlsx(sheets)), ("ods", None if _is_odd(sheets) else as_ods(sheets))):
            if content is not None:
                _says_nothing(gather(opened(Path(folder), f"offres.{kind}", content)), document, 2)
        for table in sheets.values():
            if len(table) > 1:
                _says_nothing(gather(opened(Path(folder), "offres.csv", as_csv(table))), document, 2)


def _says_nothing(offers: dict, document: Document, count: int) -> None:
    assert len(offers) == count
    for typed in offers.values():
        result = applied(typed, document)
        assert (result.names, result.problems) == (set(), [])
        assert result.document == document


def _is_odd(sheets: Tables) -> bool:
    """Whether a text holds what an OpenDocument paragraph folds: spaces side by side, or at its ends."""
    lines = [line for rows in sheets.values() for row in rows for text in row for line in text.split("\n")]
    return any("  " in line or line != line.strip(" ") for line in lines)


def _another(field, before: str) -> str:
    """Another answer to the question of a column."""
    if field.name in OTHERS and (field.name != "address" or "@" in before):
        return OTHERS[field.name]
    datum = field.datum
    if before in ("oui", "non"):
        return "non" if before == "oui" else "oui"
    if hasattr(datum, "value_set"):
        return next(
            key
            for key in (code(datum.value_set, rank) for rank in range(9))
            if field.written(_many(datum, key)) != before
        )
    if hasattr(datum, "choices"):
        return next(str(label) for key, label in datum.choices if key != "" and str(label) != before).upper()
    if before.isdigit() and len(before) < 4:
        return str(int(before) + 1)
    return "Autre réponse"[: datum.max_length]


def _many(datum, key: str):
    return [key] if "Set" in type(datum).__name__ else key


def _without_ids(document: Document) -> object:
    if isinstance(document, dict):
        return {name: _without_ids(value) for name, value in document.items() if name != "id"}
    if isinstance(document, list) and any(isinstance(item, dict) for item in document):
        return [_without_ids(item) for item in document]
    return document


def whole_again(document: Document) -> Document:
    return canonical(document)[0]


def code_named(value_set: str, label: str) -> str:
    field = next(each for each in resources()[("contacts",)].fields.values() if each.name == "nature")
    assert field.datum.value_set == value_set
    return field.meaning(label).value
