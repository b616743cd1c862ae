"""Workbooks refused before anything parses them: archives that lie, bombs, macros, links, passwords.

Everything here runs in the child process (`child`), which has little memory and little time.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from struct import unpack

from ror.imports.reading.kinds import ASK, HEAD, SAVE_AS, check_head
from ror.imports.reading.limits import MEGABYTE, Limits, Refused

END = b"PK\x05\x06"
END_SIZE = 22  # of the end of an archive, without comment
DIRECTORY = 1 * MEGABYTE  # the list of the parts
CHUNK = 256 * 1024
OVERLAP = 32  # longer than any of the words looked for
ENCRYPTED = 0x1  # flag of a part
XML = (".xml", ".rels", ".vml", ".rdf")
CELL = b"<c"  # of .xlsx; in other parts, such elements are few
ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")
ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)""")
PLAIN = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
LINKS = (b"<table:table-source", b"<table:dde-link", b"<table:cell-range-source")  # of .ods
PASSWORD = f"Ce fichier est protégé par un mot de passe. {SAVE_AS[:-1]}, sans mot de passe."
MACROS = "Ce classeur contient des macros. Enregistrez-le au format .xlsx (« Classeur Excel », sans macros)."
LINKED = (
    "Ce classeur est lié à d'autres fichiers. Rompez ces liaisons (dans Excel : Données, Modifier les liaisons, "
    "Rompre la liaison), enregistrez-le et déposez-le de nouveau."
)
DAMAGED = f"Ce fichier est abîmé ou incomplet. {SAVE_AS}"
ABSURD = (
    "Ce classeur est bien plus gros qu'il n'en a l'air. Copiez ses lignes dans un modèle vierge, "
    "ou partagez-le en plusieurs fichiers."
)
GIANT = "Une cellule de ce fichier contient un texte démesuré. Raccourcissez-le (32 767 caractères au plus)."
ENTITY = f"Ce classeur contient des définitions XML qu'aucun tableur n'écrit. {SAVE_AS}"


def check(path: Path, limits: Limits) -> str:
    """The kind of a file: xlsx, ods or csv. Refused when it is another, or when reading it would be unsafe."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return _check_archive(path, limits) if check_head(head) else "csv"


def _check_archive(path: Path, limits: Limits) -> str:
    _check_end(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            kind = _kind(archive)
            parts = archive.infolist()
            _check_parts(parts, limits)
            left = limits.unzipped
            for part in parts:
                left -= _check_part(archive, part, left, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise Refused(DAMAGED) from error
    return kind


def _check_end(path: Path, limits: Limits) -> None:
    """The end of the archive says how many parts follow: read before the library, which believes it.

    Spreadsheets write no comment there. Without one, all readers see the same list of parts.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END_SIZE))
        end = file.read()
    if len(end) < END_SIZE or not end.startswith(END):
        raise Refused(DAMAGED)
    entries, directory, _start, comment = unpack("<HIIH", end[10:])
    if comment:
        raise Refused(DAMAGED)
    if entries > limits.entries or directory > DIRECTORY:
        raise Refused(ABSURD)


def _kind(archive: zipfile.ZipFile) -> str:
    names = {name.lower() for name in archive.namelist()}
    if len(names) != len(archive.namelist()):
        raise Refused(DAMAGED)  # two parts of one name: which one is read depends on who reads
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise Refused(MACROS)
    if any(name.startswith("xl/externallinks/") for name in names):
        raise Refused(LINKED)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return _open_document(archive, names)
    raise Refused(_other(names))


def _open_document(archive: zipfile.ZipFile, names: set[str]) -> str:
    with archive.open("mimetype") as stream:
        kind = stream.read(200)
    if b"opendocument.spreadsheet" not in kind:
        raise Refused(f"Ce fichier est un document OpenDocument, mais pas un classeur. {ASK}")
    if any(name.startswith(("basic/", "scripts/")) for name in names):
        raise Refused(MACROS)
    return "ods"


def _other(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return "Ce fichier est un classeur Excel binaire (.xlsb). Enregistrez-le au format .xlsx."
    if any(name.endswith(".iwa") for name in names):
        return "Ce fichier est un document Apple (Numbers, Pages). Exportez-le au format .xlsx."
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return f"Ce fichier est un document Word ou PowerPoint, pas un tableur. {ASK}"
    return f"Ce fichier est une archive : décompressez-la. {ASK}"


def _check_parts(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(parts) > limits.entries or sum(part.file_size for part in parts) > limits.unzipped:
        raise Refused(ABSURD)
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise Refused(PASSWORD)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, limits: Limits) -> int:
    """Unzips one part, keeping nothing; how many bytes it truly holds. Refused as soon as it has more than `left`."""
    size = cells = 0
    before = b""
    name = part.filename.lower()
    for chunk in _chunks(archive, part, left):
        size += len(chunk)
        cells += chunk.count(CELL)
        if size > left or cells > 2 * limits.cells:  # twice: many may be empty, and have a colour only
            raise Refused(ABSURD)
        if name.endswith(XML):
            _check_markup(before + chunk, name, first=not before)
            if len(chunk) == CHUNK and b"<" not in chunk:
                raise Refused(GIANT)
        before = chunk[-OVERLAP:]
    if size != part.file_size:
        raise Refused(DAMAGED)  # the list of the parts lies
    return size


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> Iterator[bytes]:
    """What is truly there: the library stops at the size that the archive declares, so it is told another."""
    whole = copy(part)
    whole.file_size = left + 1
    with archive.open(whole) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _check_markup(text: bytes, name: str, *, first: bool) -> None:
    if first:
        declared = ENCODING.match(text.removeprefix(b"\xef\xbb\xbf"))
        if b"\0" in text[:HEAD] or (declared and declared[1].lower() not in PLAIN):
            raise Refused(DAMAGED)  # another encoding would hide what is looked for below
    if any(word in text for word in ENTITIES):
        raise Refused(ENTITY)
    if name == "[content_types].xml" and b"macroEnabled" in text:
        raise Refused(MACROS)
    if name == "meta-inf/manifest.xml" and b"encryption-data" in text:
        raise Refused(PASSWORD)
    if name == "content.xml" and any(word in text for word in LINKS):
        raise Refused(LINKED)
