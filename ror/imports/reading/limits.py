"""What a file may cost, and the sentence for one that would cost more."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may ask for. Whatever is above is refused, never cut."""

    size: int = 16 * MEGABYTE  # bytes of the file
    unzipped: int = 96 * MEGABYTE  # bytes of all that a workbook holds
    entries: int = 500  # parts of a workbook
    sheets: int = 60
    rows: int = 50_000  # number of the last row of a sheet that holds something
    columns: int = 200  # number of its last column
    cells: int = 1_000_000  # of all the sheets read
    text: int = 32_767  # characters of one cell: what a spreadsheet itself allows
    odd_cells: int = 50_000  # cells in error, formulas without a value
    memory: int = 256 * MEGABYTE  # address space of the process that reads
    cpu: int = 10  # seconds of processor
    seconds: int = 20  # seconds of the clock


LIMITS = Limits()


class Refused(Exception):
    """The file cannot be read at all. Its text is a French sentence for the person: what is wrong, what to do."""
