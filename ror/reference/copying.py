"""Bundled CSV files into the database by COPY, through a temporary table of text columns."""

import csv
import gzip
import io
from pathlib import Path

from django.db import connection

DATA = Path(__file__).parent / "data"


def bundled(name: str, folder: Path = DATA) -> bytes:
    """The content of a bundled file, unzipped."""
    raw = (folder / name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


def bundled_rows(name: str, folder: Path = DATA) -> list[dict[str, str]]:
    """The rows of a bundled CSV file, by column name."""
    return list(csv.DictReader(io.StringIO(bundled(name, folder).decode("utf-8"))))


def copy_csv(table: str, content: bytes) -> None:
    """Fill a new temporary table, gone at commit, with a CSV file; its columns are those of the header, all text.

    Empty cells become NULL. Must run inside a transaction.
    """
    header = content[: content.index(b"\n")].decode("utf-8").strip().split(",")
    columns = ", ".join(f'"{name}" text' for name in header)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{table}"')
        cursor.execute(f'CREATE TEMPORARY TABLE "{table}" ({columns}) ON COMMIT DROP')
        with cursor.copy(f'COPY "{table}" FROM STDIN WITH (FORMAT csv, HEADER)') as copy:
            copy.write(content)
        cursor.execute(f'ANALYZE "{table}"')


def as_csv(header: list[str], rows: list[list]) -> bytes:
    """Rows as `copy_csv` reads them; None becomes an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
