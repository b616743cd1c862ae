"""Workbooks of any length: what surrounds the cells is made by openpyxl, the rows are written as they come.

openpyxl writes some 80,000 cells a second; a region has millions of them, and most of them say nothing.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterable
from typing import IO, BinaryIO
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from ror.spreadsheets import CODED, LONGEST_CELL, UNSAYABLE

END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*" ?/>')
IN_MEMORY = 1024 * 1024  # bytes of one sheet before it goes to the disk
CHUNK = 1024 * 1024


class Rows:
    """The rows of one sheet, as text cells of one style, after those that the workbook has already."""

    def __init__(self, first: int, width: int, style: int) -> None:
        self.number, self.written = first, first - 1
        self.letters = [get_column_letter(rank) for rank in range(1, width + 1)]
        self.style = style
        self.xml: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed with the book

    def add(self, lines: Iterable[list[str]]) -> None:
        for line in lines:
            self.xml.write(self._row(line).encode())
            self.number += 1

    def _row(self, line: list[str]) -> str:
        number, style = self.number, self.style
        cells = "".join(
            f'<c r="{letter}{number}" s="{style}" t="inlineStr">'
            f'<is><t xml:space="preserve">{cell_text(text)}</t></is></c>'
            for letter, text in zip(self.letters, line, strict=True)
            if text
        )
        return f'<row r="{number}">{cells}</row>'

    @property
    def dimension(self) -> str:
        return f"A1:{self.letters[-1]}{max(self.number - 1, 1)}"


def save(book: Workbook, rows: dict[str, Rows], out: BinaryIO) -> None:
    """Write the workbook with the rows of these sheets, by title."""
    with tempfile.TemporaryFile() as plain:
        book.save(plain)
        with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            places = {f"xl/worksheets/sheet{rank}.xml": name for rank, name in enumerate(book.sheetnames, 1)}
            for entry in source.infolist():
                content = source.read(entry)
                added = rows.get(places.get(entry.filename, ""))
                if added is None:
                    target.writestr(entry.filename, content)
                else:
                    with target.open(entry.filename, "w", force_zip64=True) as part:
                        _join(part, content, added)


def _join(part: IO[bytes], content: bytes, rows: Rows) -> None:
    """One sheet: its head, its own rows, those added, its end."""
    content = DIMENSION.sub(f'<dimension ref="{rows.dimension}"/>'.encode(), content, count=1)
    head, _, tail = content.partition(END)
    part.write(head)
    with rows.xml as added:
        added.seek(0)
        while chunk := added.read(CHUNK):
            part.write(chunk)
    part.write(END + tail)


def cell_text(text: str) -> str:
    """The text as the XML of a cell."""
    return escape(CODED.sub("_x005F_", UNSAYABLE.sub("", text)[:LONGEST_CELL])).replace("\r", "&#13;")
