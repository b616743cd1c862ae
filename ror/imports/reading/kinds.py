"""What a file is, by its first bytes: names and types that a browser declares may lie."""

import re
from pathlib import PurePath

from ror.imports.reading.limits import Refused

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of protected workbooks and of .xls
HEAD = 4096  # bytes that are enough to know
SAVE_AS = "Ouvrez-le dans votre tableur et enregistrez-le au format .xlsx, .ods ou .csv."
ASK = "Déposez un fichier .xlsx, .ods ou .csv."
# First bytes, and what such a file is.
FOREIGN = (
    (b"%PDF", f"Ce fichier est un document PDF, pas un tableur. {ASK}"),
    (b"\x89PNG", f"Ce fichier est une image, pas un tableur. {ASK}"),
    (b"\xff\xd8\xff", f"Ce fichier est une image, pas un tableur. {ASK}"),
    (b"GIF8", f"Ce fichier est une image, pas un tableur. {ASK}"),
    (b"II*\x00", f"Ce fichier est une image, pas un tableur. {ASK}"),
    (b"MM\x00*", f"Ce fichier est une image, pas un tableur. {ASK}"),
    (b"RIFF", f"Ce fichier est une image ou un son, pas un tableur. {ASK}"),
    (b"{\\rtf", f"Ce fichier est un texte, pas un tableur. {ASK}"),
    (b"MZ\x90\x00", f"Ce fichier est un programme, pas un tableur. {ASK}"),
    (b"\x7fELF", f"Ce fichier est un programme, pas un tableur. {ASK}"),
    (b"\x1f\x8b", f"Ce fichier est une archive : décompressez-la. {ASK}"),
    (b"7z\xbc\xaf", f"Ce fichier est une archive : décompressez-la. {ASK}"),
    (b"Rar!", f"Ce fichier est une archive : décompressez-la. {ASK}"),
    (b"BZh", f"Ce fichier est une archive : décompressez-la. {ASK}"),
    (b"\xfd7zXZ", f"Ce fichier est une archive : décompressez-la. {ASK}"),
    (b"PK\x05\x06", f"Ce fichier est une archive vide, pas un tableur. {ASK}"),
    (OLE, f"Ce fichier a un mot de passe, ou un ancien format (.xls, .doc). {SAVE_AS[:-1]}, sans mot de passe."),
)  # fmt: skip
MARKUP = re.compile(rb"<(!doctype|html|head|body|table|meta|style|script|div|\?php)", re.IGNORECASE)
JSON = re.compile(rb'(\{\s*("|\})|\[\s*(\{|\[|"|\]))')
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # byte-order marks of texts
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SUFFIXES = {"xlsx": {".xlsx"}, "ods": {".ods"}, "csv": {".csv", ".txt", ".tsv"}}
SAID = {
    "xlsx": "un classeur Excel (.xlsx)",
    "ods": "un classeur OpenDocument (.ods)",
    "csv": "un fichier de texte",
}


def check_head(head: bytes) -> bool:
    """Whether these first bytes are those of a ZIP archive, else of a text. Refused when they are neither."""
    if not head.strip():
        raise Refused(f"Ce fichier est vide. {ASK}")
    if head.startswith(ZIP):
        return True
    for first, sentence in FOREIGN:
        if head.startswith(first):
            raise Refused(sentence)
    _check_text(head)
    return False


def check_name(name: str, kind: str) -> None:
    """Refused when the name promises another kind of file than it is. A name without suffix promises nothing."""
    suffix = PurePath(name.strip().lower()).suffix
    if not suffix or suffix in SUFFIXES[kind]:
        return
    wanted = min(SUFFIXES[kind])
    if kind == "csv":
        raise Refused(f"Ce fichier se nomme « {suffix} » mais n'en est pas un : il ne contient que du texte. {SAVE_AS}")
    raise Refused(
        f"Ce fichier est {SAID[kind]}, mais son nom finit par « {suffix} ». "
        f"Renommez-le pour qu'il finisse par « {wanted} »."
    )


def _check_text(head: bytes) -> None:
    if head.startswith(MARKS[1:]):
        return
    start = head.removeprefix(MARKS[0]).lstrip()
    if MARKUP.match(start):
        raise Refused(f"Ce fichier est une page web, même si son nom dit autre chose. {SAVE_AS}")
    if start.startswith(b"<?xml"):
        raise Refused(f"Ce fichier est un fichier XML, pas un classeur. {SAVE_AS}")
    if JSON.match(start):
        raise Refused(f"Ce fichier est un fichier JSON, pas un tableur. {ASK}")
    if len(CONTROLS.findall(head)) > len(head) // 10:
        raise Refused(f"Ce fichier n'est ni un tableur ni un texte lisible. {SAVE_AS}")
