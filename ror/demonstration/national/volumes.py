"""How much of each there is at national scale, and how a total is shared among many."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Volumes:
    """Rows of the base at one scale: design §7 for the four first, an assumption for professionals."""

    establishments: int
    offers: int
    contacts: int
    capacities: int
    professionals: int

    @classmethod
    def at(cls, scale: float) -> "Volumes":
        return cls(*(max(1, round(number * scale)) for number in (100_000, 300_000, 600_000, 500_000, 60_000)))


class Pace:
    """Shares `total` among `parts`: each share is near the mean of what is left, so that the sum is exact."""

    def __init__(self, total: int, parts: int) -> None:
        self._left, self._parts = max(total, 0), parts

    def next(self, random: Random, least: int, most: int) -> int:
        """The share of the next part, between `least` and `most`."""
        mean = self._left / max(self._parts, 1)
        spread = random.uniform(-1, 1) if self._parts > 1 and mean > least + 1 else 0
        share = min(max(int(mean + spread + random.random()), least), most) if self._parts > 1 else self._left
        share = min(max(share, least), most)
        self._left = max(self._left - share, 0)
        self._parts -= 1
        return share
