"""Files that are refused: each with a sentence, none with more memory than agreed."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from ror.imports.reading import LIMITS, ColumnShape, Refused, SheetShape, child, read
from ror.imports.reading.running import child_messages
from tests.imports.files import archive, kept, number, ods_parts, ods_rows, rows_xml, xlsx, xlsx_parts

SHAPE = SheetShape("Offres", (ColumnShape("Numéro"), ColumnShape("Nom")))
HEADER = [["Numéro", "Nom"]]
GOOD = xlsx_parts({"Offres": rows_xml([*HEADER, ["1", "Un"]])})
GOOD_ODS = ods_parts({"Offres": ods_rows([*HEADER, ["1", "Un"]])})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="macOS ne borne ni ne dit la mémoire d'un processus")
MEMORY = 300 * 1024  # kB, the reader and its child together


def refusal(path, name="offres.xlsx", limits=LIMITS):
    """What the child would refuse, without starting it: only for files that harm nobody."""
    with pytest.raises(Refused) as refused:
        list(child.messages(path, name, ["offres"], ["numero", "nom"], limits))
    return str(refused.value)


def changed(content: bytes, **fields: int) -> bytes:
    """An archive whose list of parts lies about its last part."""
    place = content.rindex(b"PK\x01\x02")
    offsets = {"flags": (8, "<H"), "crc": (16, "<I"), "size": (24, "<I")}
    lying = bytearray(content)
    for name, value in fields.items():
        offset, shape = offsets[name]
        struct.pack_into(shape, lying, place + offset, value)
    return bytes(lying)


def twice_the_same_part() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in GOOD.items():
            file.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


LAST = b"A" * 100_000
LIAR = archive({**GOOD, "xl/last.bin": LAST})
WRONG_KINDS = {
    "nothing": ("offres.xlsx", b"", "vide"),
    "blank": ("offres.csv", b" \r\n ", "vide"),
    "html": ("offres.xls", b"\n<HTML><table><tr><td>1</td></tr></table>", "page web"),
    "html-csv": ("offres.csv", b"\xef\xbb\xbf<!DOCTYPE html>", "page web"),
    "xml": ("offres.xls", b'<?xml version="1.0"?><Workbook/>', "XML"),
    "pdf": ("offres.xlsx", b"%PDF-1.7", "PDF"),
    "image": ("offres.xlsx", b"\x89PNG\r\n\x1a\n", "image"),
    "json": ("offres.csv", b'{"offres": []}', "JSON"),
    "json-list": ("offres.csv", b'[{"nom": 1}]', "JSON"),
    "gzip": ("offres.csv", b"\x1f\x8b\x08\x00", "décompressez"),
    "noise": ("offres.csv", bytes(range(256)) * 4, "ni un tableur"),
    "utf-16-without-mark": ("offres.csv", "Numéro;Nom".encode("utf-16-le"), "ni un tableur"),
    "old-or-protected": ("offres.xlsx", OLE, "sans mot de passe"),
    "text-named-xlsx": ("offres.xlsx", b"Numero;Nom\r\n1;Un\r\n", "ne contient que du texte"),
    "workbook-named-csv": ("offres.csv", archive(GOOD), "Renommez-le"),
    "workbook-named-xls": ("offres.xls", archive(GOOD), "« .xlsx »"),
    "ods-named-xlsx": ("offres.xlsx", archive(GOOD_ODS), "« .ods »"),
    "word": ("offres.xlsx", archive({"word/document.xml": "<w/>"}), "Word"),
    "binary": ("offres.xlsx", archive({"xl/workbook.bin": "x"}), ".xlsb"),
    "numbers": ("offres.xlsx", archive({"Index/Document.iwa": "x"}), "Numbers"),
    "archive": ("offres.xlsx", archive({"offres.csv": "a;b"}), "décompressez"),
    "odt": ("o.ods", archive({**GOOD_ODS, "mimetype": "application/vnd.oasis.opendocument.text"}), "pas un classeur"),
}
BAD_WORKBOOKS = {
    "cut": (archive(GOOD)[:-30], "abîmé"),
    "comment": (archive(GOOD)[:-2] + b"\x04\x00PK..", "abîmé"),
    "same-part-twice": (None, "abîmé"),
    "encrypted-part": (changed(LIAR, flags=1), "mot de passe"),
    "lying-size": (changed(LIAR, size=10), "abîmé"),
    "lying-size-and-checksum": (changed(LIAR, size=10, crc=zlib.crc32(LAST[:10])), "abîmé"),
    "lying-checksum": (changed(LIAR, crc=1), "abîmé"),
    "too-many-parts": (archive(GOOD | {f"xl/{n}.xml": "" for n in range(600)}), "plus gros"),
    "zeros": (archive({**GOOD, "xl/media/a.png": bytes(97 * 1024 * 1024)}), "plus gros"),
    "macros": (archive({**GOOD, "xl/vbaProject.bin": "x"}), "macros"),
    "macros-declared": (
        archive({**GOOD, "[Content_Types].xml": '<Types><Override ContentType="ms-excel.macroEnabled"/></Types>'}),
        "macros",
    ),
    "links": (archive({**GOOD, "xl/externalLinks/externalLink1.xml": "<x/>"}), "Rompez"),
    "entities": (
        archive({**GOOD, "xl/sharedStrings.xml": '<!DOCTYPE s [<!ENTITY a "b">]><sst/>'}),
        "définitions XML",
    ),
    "entities-hidden": (
        archive({**GOOD, "xl/sharedStrings.xml": '<?xml version="1.0"?><!DOCTYPE s><sst/>'.encode("utf-16")}),
        "abîmé",
    ),
    "entities-other-encoding": (
        archive({**GOOD, "xl/sharedStrings.xml": '<?xml version="1.0" encoding="utf-7"?><sst/>'}),
        "abîmé",
    ),
    "giant-cell": (xlsx({"Offres": [*HEADER, ["x" * 900_000]]}), "démesuré"),
    "long-cell": (xlsx({"Offres": [*HEADER, ["x" * 40_000]]}), "ligne 2"),
    "low-row": (archive(xlsx_parts({"Offres": rows_xml([["1"]], first=60_000)})), "60000"),
    "far-column": (xlsx({"Offres": [[*[""] * 300, "x"]]}), "colonne 301"),
    "no-sheet": (archive(xlsx_parts({})), "aucune feuille"),
    "many-sheets": (xlsx({f"F{n}": HEADER for n in range(70)}), "60 feuilles"),
    "part-missing": (archive({k: v for k, v in GOOD.items() if "sheet1" not in k}), "abîmé"),
    "broken-xml": (archive({**GOOD, "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row"}), "abîmé"),
    "broken-odd-cells": (
        archive({**GOOD, "xl/worksheets/sheet1.xml": '<worksheet><sheetData><row r="1"><c t="e"><v>#N/A</row>'}),
        "abîmé",
    ),
    "ods-macros": (archive({**GOOD_ODS, "Basic/Standard/Module1.xml": "<x/>"}), "macros"),
    "ods-password": (
        archive({**GOOD_ODS, "META-INF/manifest.xml": "<m><manifest:encryption-data/></m>"}),
        "mot de passe",
    ),
    "ods-links": (
        archive(ods_parts({"Offres": '<table:table-source xlink:href="file:///etc/passwd"/>' + ods_rows(HEADER)})),
        "Rompez",
    ),
}


@pytest.mark.parametrize("case", WRONG_KINDS)
def test_another_kind_of_file_is_named(case, tmp_path):
    name, content, said = WRONG_KINDS[case]
    assert said in refusal(kept(tmp_path, "file", content), name)


@pytest.mark.parametrize("case", BAD_WORKBOOKS)
def test_a_bad_workbook_is_refused_before_it_is_parsed(case, tmp_path):
    content, said = BAD_WORKBOOKS[case]
    path = kept(tmp_path, "file", twice_the_same_part() if content is None else content)
    assert said in refusal(path, "offres.ods" if case.startswith("ods") else "offres.xlsx")


def test_every_sentence_says_what_to_do(tmp_path):
    said = [refusal(kept(tmp_path, "file", content), name) for name, content, _said in WRONG_KINDS.values()]
    said += [refusal(kept(tmp_path, "file", content)) for content, _said in BAD_WORKBOOKS.values() if content]
    verbs = ("Déposez", "Ouvrez", "Enregistrez", "enregistrez", "Renommez", "Exportez", "Rompez", "Copiez", "Partez")
    verbs += ("Supprimez", "Raccourcissez", "Gardez")
    assert not [sentence for sentence in said if not any(verb in sentence for verb in verbs)]


def far_cell() -> bytes:
    data = rows_xml(HEADER) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    parts = xlsx_parts({"Offres": data})
    forged = parts["xl/worksheets/sheet1.xml"].replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    return archive({**parts, "xl/worksheets/sheet1.xml": forged})


def one_text_everywhere() -> bytes:
    """One long text, told once and shown by fifty thousand cells."""
    cells = '<row><c t="s"><v>0</v></c></row>' * 49_000
    text = f"<sst><si><t>{'x' * 32_000}</t></si></sst>"
    return archive(xlsx_parts({"Offres": cells}) | {"xl/sharedStrings.xml": text})


def repeated_text() -> bytes:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="1000000000">'
    row = f'<table:table-row table:number-rows-repeated="1000000000">{cell}<text:p>x</text:p></table:table-cell>'
    return archive(ods_parts({"Offres": f"{row}</table:table-row>"}))


def swollen() -> bytes:
    """Four million small cells, sixty megabytes, in a small archive."""
    row = "<row>" + "<c><v>1</v></c>" * 100 + "</row>"
    return archive(xlsx_parts({"Offres": row * 40_000}))


BOMBS = {
    "far-cell.xlsx": far_cell,
    "one-text-everywhere.xlsx": one_text_everywhere,
    "repeated-text.ods": repeated_text,
    "swollen.xlsx": swollen,
    "giant-cell.xlsx": lambda: BAD_WORKBOOKS["giant-cell"][0],
}
MEASURE = """
import json, resource, sys
from pathlib import Path
from ror.imports.reading import ColumnShape, Refused, SheetShape, read
try:
    read(Path(sys.argv[1]), sys.argv[1], [SheetShape("Offres", (ColumnShape("Numéro"), ColumnShape("Nom")))])
    said = ""
except Refused as refused:
    said = str(refused)
# The peak that the system counts for a process begins with that of the process that started it; this one does not.
own = next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
print(json.dumps([said, own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


@LINUX
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_its_memory(name, tmp_path):
    path = kept(tmp_path, name, BOMBS[name]())
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, path], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    said, memory = json.loads(told.stdout)
    assert said
    assert memory < MEMORY


@pytest.fixture
def started(monkeypatch):
    """The processes started during the test."""
    processes = []
    start = subprocess.Popen

    def watched(*args, **options):
        processes.append(start(*args, **options))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", watched)
    return processes


def test_the_child_is_gone_when_it_died(tmp_path, started):
    path = kept(tmp_path, "far-cell.xlsx", far_cell())
    with pytest.raises(Refused, match="très loin"):
        read(path, path.name, [SHAPE])
    assert gone(started)


def test_the_child_is_gone_when_nobody_listens_any_more(tmp_path, started):
    path = kept(tmp_path, "offres.csv", "Numéro;Nom\r\n" * 40_000)
    with child_messages(path, path.name, [], [], LIMITS) as messages:
        next(messages)
    assert gone(started)


def gone(processes) -> bool:
    """Whether a process was started, is dead, and was waited for."""
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
    return bool(processes)


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    path = kept(tmp_path, "offres.xlsx", archive(GOOD))
    with pytest.raises(Refused, match="trop long"):
        read(path, path.name, [SHAPE], replace(LIMITS, seconds=0))


def test_a_big_file_is_not_even_opened(tmp_path):
    path = kept(tmp_path, "offres.csv", b"Num\xc3\xa9ro;Nom\r\n" * 100)
    with pytest.raises(Refused, match="0 Mo"):
        read(path, path.name, [SHAPE], replace(LIMITS, size=1000))


@LINUX
def test_the_child_has_none_of_our_secrets(tmp_path, monkeypatch, started):
    monkeypatch.setenv("SECRET_KEY", "planted")
    path = kept(tmp_path, "offres.csv", "Numéro;Nom\r\n" * 40_000)
    with child_messages(path, path.name, [], [], LIMITS):
        environment = Path(f"/proc/{started[0].pid}/environ").read_bytes()
    assert b"planted" not in environment


def test_cells_without_value_are_counted(tmp_path):
    rows = [*HEADER, *[['<c t="e"><v>#N/A</v></c>', number(1)] for _ in range(20)]]
    path = kept(tmp_path, "offres.xlsx", xlsx({"Offres": rows}))
    assert "plus de 10 cellules" in refusal(path, limits=replace(LIMITS, odd_cells=10))
