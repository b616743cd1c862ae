"""What each access profile may read, as a table computed once per process.

A viewer's rights on a row are one integer: the set of profiles held there, one bit each. `allowed_level` looks the
level up for that set; rights are the union of what one holds, so that adding a grant never hides.
"""

import csv
from functools import cache
from pathlib import Path

PROFILES = ("P0", "P1", "P2", "P3", "P4", "P5", "OWN", "MANDATE")
BIT = {profile: 1 << position for position, profile in enumerate(PROFILES)}
EVERYONE = BIT["P0"]
SOCIAL_FIELD = "R227:04"  # champ d'activité médico-social, the condition of profile P3

DATA = Path(__file__).parent / "data"


def allowed_level(category: str, rights: int, *, social: bool) -> int:
    """The strictest level readable in `category` by a viewer who holds the profiles of `rights` on a row."""
    return max(_level(profile, category, social) for profile in PROFILES if (rights | EVERYONE) & BIT[profile])


def knows_sensitive(rights: int) -> bool:
    """Whether one of the profiles knows that sensitive units exist."""
    return bool(rights & SENSITIVE_MASK)


@cache
def mask_reading(category: str, level: int, *, social: bool) -> int:
    """The bits of the profiles that read `level` in `category`: any of them on a row is enough."""
    return sum(BIT[profile] for profile in PROFILES if _level(profile, category, social) >= level)


@cache
def _level(profile: str, category: str, social: bool) -> int:
    lines = _table()
    line = lines.get((profile, category)) or lines[profile, "*"]
    return int(line["level_if_social" if social else "level_otherwise"])


@cache
def _table() -> dict[tuple[str, str], dict[str, str]]:
    with (DATA / "profiles.csv").open(encoding="utf-8", newline="") as lines:
        return {(line["profile"], line["category"]): line for line in csv.DictReader(lines, delimiter=";")}


SENSITIVE_MASK = sum(BIT[profile] for profile in PROFILES if _table()[profile, "*"]["knows_sensitive"] == "oui")
