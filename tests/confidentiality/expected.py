"""The hand-written table of what each reader sees, with its source (`expected.csv`)."""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "expected.csv"
READING = "lecture"


def expected_lines() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


@cache
def expected_reading() -> dict[tuple[str, str], bool]:
    """By profile and datum: whether the profile, held on the row, reads it."""
    return {
        (line["who"], line["datum"]): line["seen"] == "oui" for line in expected_lines() if line["channel"] == READING
    }
