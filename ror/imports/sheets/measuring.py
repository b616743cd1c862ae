"""What a template may hold: no more than what the portal reads when it comes back."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ror.imports.reading import LIMITS, Refused

TOO_MUCH = (
    "Ce fichier serait trop gros pour être relu une fois rempli ({}) : téléchargez-le établissement par établissement."
)
ROWS = "plus de {} lignes dans « {} »"
CELLS = "plus de {} cellules"
SIZE = "plus de {} Mo"


class Measure:
    """How much one file holds as it is written. Raises `Refused`, with a sentence, at what would not be read back."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.cells = 0

    def counted(self, title: str, lines: Iterable[list[str]]) -> Iterator[list[str]]:
        """The lines of the sheet of this title, counted."""
        for line in lines:
            self.rows[title] += 1
            self.cells += max((rank for rank, text in enumerate(line, 1) if text), default=0)
            if self.rows[title] >= LIMITS.rows:  # its header is a row too
                raise Refused(TOO_MUCH.format(ROWS.format(_grouped(LIMITS.rows), title)))
            if self.cells > LIMITS.cells:
                raise Refused(TOO_MUCH.format(CELLS.format(_grouped(LIMITS.cells))))
            yield line

    @staticmethod
    def weigh(size: int, unzipped: int) -> None:
        """The bytes of the file, and of its sheets."""
        for found, most in ((size, LIMITS.size), (unzipped, LIMITS.unzipped)):
            if found > most:
                raise Refused(TOO_MUCH.format(SIZE.format(most // 1024 // 1024)))


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
