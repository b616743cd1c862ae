"""Cells that hold no value: errors (#N/A, #REF!) and formulas that were never computed.

calamine gives an empty text for both, as for an empty cell; they are looked for in the XML of the sheets, and read cell
by cell only in a sheet that has some. Runs in the child process, after `hostile.check`.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from ror.imports.reading.limits import Limits, Refused

CHUNK = 256 * 1024
OVERLAP = 64
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What a sheet holds when it has errors or formulas. A prefix may stand before the name of an element.
SIGNS = {
    "xlsx": (b't="e"', b"t='e'", b"<f>", b"<f ", b"<f/>", b":f>", b":f "),
    "ods": (b"table:formula", b'value-type="error"'),
}
FORMULA = "formula"
ERROR = "error"
TOO_MANY = (
    "Ce classeur a plus de {} cellules en erreur ou en attente de calcul. Ouvrez-le dans votre tableur, "
    "remplacez ses formules par leurs valeurs (copier, puis collage spécial), enregistrez-le et déposez-le de nouveau."
)
Odd = dict[int, dict[int, tuple[str, str]]]  # row → column → (FORMULA or ERROR, what is written), from 0


def odd_cells(archive: zipfile.ZipFile, kind: str, sheet: str, limits: Limits) -> Odd:
    """The cells without value of a sheet. Refused above `limits.odd_cells`; damaged XML raises expat.ExpatError."""
    part = "content.xml" if kind == "ods" else _part(archive, sheet)
    if part is None or not _has_signs(archive, part, SIGNS[kind]):
        return {}
    walk = _OpenDocument(limits, sheet) if kind == "ods" else _Excel(limits)
    walk.read(archive, part)
    return walk.found


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the archive keeps the cells of a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    ids = {each.get("name"): each.get(RELATION) for each in book.iter() if _local(each.tag) == "sheet"}
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    if not (target := targets.get(ids.get(sheet))):
        return None
    part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return part if part in archive.namelist() else None


def _has_signs(archive: zipfile.ZipFile, part: str, signs: tuple[bytes, ...]) -> bool:
    before = b""
    for chunk in _chunks(archive, part):
        text = before + chunk
        if any(sign in text for sign in signs):
            return True
        before = chunk[-OVERLAP:]
    return False


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


class _Walk:
    """Reads a part of a workbook element by element, keeping only the cells looked for."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.found: Odd = {}
        self.count = 0
        self.text: list[str] | None = None  # of the value being read

    def read(self, archive: zipfile.ZipFile, part: str) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        for chunk in _chunks(archive, part):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def keep(self, row: int, column: int, what: str, written: str) -> None:
        self.count += 1
        if self.count > self.limits.odd_cells:
            raise Refused(TOO_MANY.format(self.limits.odd_cells))
        self.found.setdefault(row, {})[column] = (what, written[:20])


class _Excel(_Walk):
    """The cells of xl/worksheets/*.xml. A row or a cell without a reference follows the one before."""

    def __init__(self, limits: Limits):
        super().__init__(limits)
        self.row = self.column = -1
        self.error = self.formula = False
        self.value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
                self.column = -1
            case "c":
                self.column = _column(attributes["r"]) if "r" in attributes else self.column + 1
                self.error = attributes.get("t") == "e"
                self.formula = False
                self.value = ""
            case "f":
                self.formula = True
            case "v" | "t":
                self.text = []

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "v" | "t":
                self.value += "".join(self.text or ())
                self.text = None
            case "c" if self.error:
                self.keep(self.row, self.column, ERROR, self.value)
            case "c" if self.formula and not self.value:
                self.keep(self.row, self.column, FORMULA, "")


class _OpenDocument(_Walk):
    """The cells of one table of content.xml. What is repeated is counted, and said once."""

    def __init__(self, limits: Limits, sheet: str):
        super().__init__(limits)
        self.sheet = sheet
        self.inside = self.error = self.formula = False
        self.row = self.column = 0
        self.repeated = 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.inside = attributes.get("table:name") == self.sheet
        if not self.inside:
            return
        match tag:
            case "table:table-row":
                self.column = 0
                self.repeated = int(attributes.get("table:number-rows-repeated", 1))
            case "table:table-cell" | "table:covered-table-cell":
                self.error = attributes.get("calcext:value-type") == "error"
                self.formula = "table:formula" in attributes and "office:value-type" not in attributes
                self.wide = int(attributes.get("table:number-columns-repeated", 1))
                self.written: list[str] = []
            case "text:p":
                self.text = []

    def end(self, tag: str) -> None:
        if not self.inside:
            return
        match tag:
            case "table:table":
                self.inside = False
            case "table:table-row":
                self.row += self.repeated
            case "text:p":
                self.written += self.text or ()
                self.text = None
            case "table:table-cell" | "table:covered-table-cell":
                if self.error or self.formula:
                    self.keep(self.row, self.column, ERROR if self.error else FORMULA, "".join(self.written))
                self.column += self.wide


def _column(reference: str) -> int:
    """The column of « AB12 », from 0."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
