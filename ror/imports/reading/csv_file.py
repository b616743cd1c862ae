"""CSV files as French spreadsheets write them: `;` or another separator, UTF-8 or cp1252, with or without a mark."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from ror.imports.reading.limits import Limits, Refused
from ror.imports.reading.texts import fold

SEPARATORS = ";\t,|"
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 1024 * 1024
SAMPLE = 50  # rows that tell which separator
DECLARED = "sep="  # first line that some spreadsheets write
UNREADABLE = (
    "Les accents de ce fichier ne se lisent dans aucun encodage connu. "
    "Enregistrez-le au format « CSV UTF-8 », ou au format .xlsx."
)
TOO_LONG = "Un texte de ce fichier dépasse {} caractères, ou un guillemet ouvert n'est jamais fermé. Corrigez-le."
UNCLOSED = "Un guillemet ouvert dans ce fichier n'est jamais fermé : la suite ne peut pas être lue. Corrigez-le."
LAST_LINE = "\0end\0"  # told after the file, to know whether a quote swallowed its end
Lines = Iterator[tuple[int, list[str]]]


def encoding_of(path: Path) -> str:
    """The encoding of a text, by its mark, else by trying. Refused when none reads it."""
    with path.open("rb") as file:
        head = file.read(4)
    named = next((name for mark, name in MARKS if head.startswith(mark)), None)
    for encoding in [named] if named else ["utf-8", "cp1252"]:
        if _decodes(path, encoding):
            return encoding
    raise Refused(UNREADABLE)


def rows_of(path: Path, encoding: str, separator: str, limits: Limits) -> Lines:
    """The rows, with the number that a spreadsheet gives them, from 1. Refused when quotes swallow the file."""
    csv.field_size_limit(limits.text)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(chain(file, [LAST_LINE]), delimiter=separator)
        try:
            first = next(reader, [])
            declared = _declared(first, separator)  # a line that spreadsheets obey, and do not show
            rows = enumerate(reader if declared else chain([first], reader), 1)
            for number, row in rows:
                if row == [LAST_LINE]:
                    return
                yield number, row
        except csv.Error as error:
            raise Refused(TOO_LONG.format(limits.text)) from error
    raise Refused(UNCLOSED)


def separator_of(path: Path, encoding: str, headers: Iterable[str], limits: Limits) -> str:
    """What stands between the columns: with it, the most folded `headers` are found; if none, it cuts most evenly."""
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(20).lower().strip('"\r\n ')
    if first.startswith(DECLARED) and first[len(DECLARED) :][:1] in SEPARATORS:
        return first[len(DECLARED) :][:1] or "\t"
    known = set(headers)
    samples = {each: _sample(path, encoding, each, limits) for each in SEPARATORS}
    found = {each: _headers_found(rows, known) for each, rows in samples.items()}
    if any(found.values()):
        return max(SEPARATORS, key=lambda each: found[each])
    return max(SEPARATORS, key=lambda each: _evenness(samples[each]))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _declared(row: list[str], separator: str) -> bool:
    return separator.join(row).lower().startswith(DECLARED) and len(row) <= 2


def _sample(path: Path, encoding: str, separator: str, limits: Limits) -> list[list[str]]:
    """The first rows that this separator makes, as far as they can be read: it may be another one."""
    rows = []
    try:
        for _number, row in islice(rows_of(path, encoding, separator, limits), SAMPLE):
            rows.append(row)
    except Refused:
        return rows  # said by the reading that follows, if this separator is the right one
    return rows


def _headers_found(rows: list[list[str]], known: set[str]) -> int:
    return max((len({fold(text) for text in row} & known) for row in rows), default=0)


def _evenness(rows: list[list[str]]) -> tuple[int, int]:
    """How many rows have the same number of columns, more than one; then that number."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))
