"""JSON documents of a file, a folder or a zip, read without trusting what they declare."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MEGABYTE = 1024 * 1024
LARGEST_DOCUMENT = 64 * MEGABYTE
LARGEST_TOTAL = 512 * MEGABYTE
MOST_DOCUMENTS = 5_000
MOST_ENTRIES = 20_000
# Beyond it a zip was made to explode: JSON shrinks about ten times, never a hundred.
LARGEST_RATIO = 100
# Files of a FHIR package that hold no resource.
NOT_RESOURCES = frozenset(("package.json", ".index.json", ".index.db"))


class UnreadableFile(Exception):
    """A file is refused; the message is French, names the file and says what to do."""


def read_documents(path: Path) -> Iterator[tuple[str, object]]:
    """Name and parsed content of each JSON document under `path`; raises `UnreadableFile`."""
    if path.is_dir():
        yield from _of_folder(path)
    elif not path.is_file():
        raise UnreadableFile(f"« {path} » n'existe pas : indiquez un fichier JSON, un dossier ou une archive zip.")
    elif zipfile.is_zipfile(path):
        yield from _of_zip(path)
    else:
        yield path.name, _of_file(path, path.name)


def _of_folder(folder: Path) -> Iterator[tuple[str, object]]:
    paths = sorted(path for path in folder.rglob("*.json") if path.is_file() and path.name not in NOT_RESOURCES)
    if not paths:
        raise UnreadableFile(f"« {folder} » ne contient aucun fichier .json.")
    _check_number(str(folder), len(paths))
    _check_total(str(folder), sum(path.stat().st_size for path in paths))
    for path in paths:
        name = str(path.relative_to(folder))
        yield name, _of_file(path, name)


def _of_file(path: Path, name: str) -> object:
    try:
        with path.open("rb") as stream:
            return _parsed(_limited(stream, name), name)
    except OSError as error:
        raise UnreadableFile(f"« {name} » ne peut pas être lu ({error.strerror}).") from error


def _of_zip(path: Path) -> Iterator[tuple[str, object]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _checked_entries(archive, path.name):
                name = f"{path.name} : {entry.filename}"
                with archive.open(entry) as stream:
                    yield name, _parsed(_limited(stream, name), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadableFile(f"« {path.name} » est une archive zip abîmée.") from error


def _checked_entries(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The JSON entries of the archive, refused before any is unzipped when what they declare is absurd."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnreadableFile(f"« {name} » contient {len(entries)} fichiers : {MOST_ENTRIES} au plus sont acceptés.")
    wanted = [
        entry
        for entry in entries
        if entry.filename.lower().endswith(".json") and Path(entry.filename).name not in NOT_RESOURCES
    ]
    if not wanted:
        raise UnreadableFile(f"« {name} » ne contient aucun fichier .json.")
    _check_number(name, len(wanted))
    _check_total(name, sum(entry.file_size for entry in wanted))
    for entry in wanted:
        if entry.flag_bits & 0x1:
            raise UnreadableFile(f"« {name} : {entry.filename} » est protégé par un mot de passe : retirez-le.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableFile(
                f"« {name} » est compressé d'une façon inhabituelle : refaites une archive zip simple."
            )
        if entry.file_size > MEGABYTE and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1):
            raise UnreadableFile(f"« {name} : {entry.filename} » est anormalement compressé : le fichier est refusé.")
    return wanted


def _limited(stream: BinaryIO, name: str) -> bytes:
    """The whole stream, unless it is larger than allowed, whatever size was declared."""
    content = stream.read(LARGEST_DOCUMENT + 1)
    if len(content) > LARGEST_DOCUMENT:
        raise UnreadableFile(f"« {name} » dépasse {LARGEST_DOCUMENT // MEGABYTE} Mo : le fichier est refusé.")
    return content


def _parsed(content: bytes, name: str) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"« {name} » n'est pas en UTF-8 : enregistrez-le dans cet encodage.") from error
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"« {name} » n'est pas du JSON valable (ligne {error.lineno}).") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableFile(f"« {name} » n'est pas du JSON valable.") from error


def _check_number(name: str, number: int) -> None:
    if number > MOST_DOCUMENTS:
        raise UnreadableFile(f"« {name} » contient {number} fichiers JSON : {MOST_DOCUMENTS} au plus sont acceptés.")


def _check_total(name: str, size: int) -> None:
    if size > LARGEST_TOTAL:
        raise UnreadableFile(
            f"« {name} » représente {size // MEGABYTE} Mo une fois ouvert : {LARGEST_TOTAL // MEGABYTE} Mo au plus "
            "sont acceptés."
        )
