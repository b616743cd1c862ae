"""Opening a register's file safely: its size, compression and encoding are known before one line is parsed."""

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST = 1024**3  # bytes, once unzipped; the national file is 35 million
LONGEST_LINE = 20_000  # bytes; real lines stay under 600
CHUNK = 1024 * 1024
GZIP, ZIP, UTF8_MARK = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"
# Characters of Windows-1252 that a file read as Latin-1 leaves in the control range: 0x92 is an apostrophe.
CONTROLS = re.compile("[\x80-\x9f]")
WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") or None for code in range(0x80, 0xA0)}


class FileRefused(Exception):
    """The whole file is refused. The text is a French sentence; `line` is None when no line is at fault."""

    def __init__(self, reason: str, line: int | None = None):
        self.line = line
        super().__init__(reason if line is None else f"Ligne {line} : {reason}")


@dataclass(frozen=True)
class RegisterFile:
    """A file that can be read: `encoding` is « utf-8-sig », « utf-8 » or « latin-1 » (with Windows's characters)."""

    path: Path
    sha256: str
    encoding: str


def inspect(path: Path) -> RegisterFile:
    """Read the whole file once without keeping it; raises FileRefused when it is not a text of reasonable size."""
    _refuse_what_is_no_file(path)
    with _readable(path), path.open("rb") as raw:
        start = raw.read(len(ZIP))
        raw.seek(0)
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    if not start:
        raise FileRefused("Le fichier est vide.")
    if start == ZIP:
        raise FileRefused("Ce fichier est une archive zip. Décompressez-la, puis donnez le fichier qu'elle contient.")
    with _readable(path), _content(path) as content:
        return RegisterFile(path, digest, _encoding(content))


def numbered_lines(file: RegisterFile) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their number from 1, without their end of line."""
    encoding = "utf-8" if file.encoding == "utf-8-sig" else file.encoding
    with _readable(file.path), _content(file.path) as content:
        for number, raw in enumerate(content, start=1):
            if number == 1:
                raw = raw.removeprefix(UTF8_MARK)
            text = raw.decode(encoding).rstrip("\r\n")
            if text and not text.isspace():
                yield number, text.translate(WINDOWS) if CONTROLS.search(text) else text


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise FileRefused(f"« {path} » est un dossier. Indiquez un fichier.")
        if not path.exists():
            raise FileRefused(f"Le fichier « {path} » n'existe pas. Vérifiez son nom et son dossier.")
        if not path.is_file():
            raise FileRefused(
                f"« {path} » n'est pas un fichier ordinaire. Indiquez un fichier enregistré sur le disque."
            )
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be entered, a null byte
        raise FileRefused(f"« {path} » ne peut pas être ouvert. Vérifiez son nom et vos droits.") from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in French why the bytes cannot be read."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileRefused("La compression gzip est abîmée ou incomplète. Téléchargez le fichier à nouveau.") from error
    except UnicodeDecodeError as error:
        raise FileRefused("Le fichier a changé pendant sa lecture. Relancez l'import.") from error
    except OSError as error:
        raise FileRefused(f"« {path} » ne peut pas être lu. Vérifiez vos droits sur ce fichier.") from error


@contextmanager
def _content(path: Path) -> Iterator[BinaryIO]:
    """The bytes, unzipped."""
    with path.open("rb") as raw:
        zipped = raw.read(len(GZIP)) == GZIP
        raw.seek(0)
        if not zipped:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unzipped:
            yield unzipped


def _encoding(content: BinaryIO) -> str:
    utf8 = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8"
    size, line, started = 0, 1, 0
    while chunk := content.read(CHUNK):
        if size == 0 and chunk.startswith(UTF8_MARK):
            encoding = "utf-8-sig"
        size += len(chunk)
        if size > LARGEST:
            raise FileRefused("Une fois décompressé, le fichier dépasse 1 Go : ce n'est pas un fichier du registre.")
        line, started = _checked(chunk, line, started)
        if encoding != "latin-1" and not _decodes(utf8, chunk):
            encoding = "latin-1"
    if encoding != "latin-1" and not _decodes(utf8, b"", final=True):
        return "latin-1"
    if size == 0:
        raise FileRefused("Le fichier est vide.")
    return encoding


def _checked(chunk: bytes, line: int, started: int) -> tuple[int, int]:
    """Number of the last line of the chunk, and how much of it was read; refuses what no text line holds."""
    pieces = chunk.split(b"\n")
    if b"\0" in chunk:
        at = line + chunk[: chunk.index(b"\0")].count(b"\n")
        raise FileRefused("Cette ligne contient des octets nuls : le fichier n'est pas un fichier texte.", at)
    for place, piece in enumerate(pieces):
        length = len(piece) + (started if place == 0 else 0)
        if length > LONGEST_LINE:
            raise FileRefused(
                "Cette ligne est beaucoup trop longue : le fichier n'est pas un fichier FINESS.", line + place
            )
    carried = started if len(pieces) == 1 else 0
    return line + len(pieces) - 1, carried + len(pieces[-1])


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
