"""The named guards, one mutant each (`mutants.toml`)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "mutants.toml"


class Stale(ValueError):
    """A guard is no longer where the table says."""


@dataclass(frozen=True)
class Mutant:
    """A guard to remove: what stands for it in `file`, what replaces it, and the tests that must then fail.

    `fresh`: the guard is in the database, made again for this mutant.
    """

    name: str
    file: str
    text: str
    tests: tuple[str, ...]
    by: str = ""
    fresh: bool = False

    def applied_to(self, source: str) -> str:
        """The source without the guard. Raises `Stale` unless the guard stands there exactly once."""
        if source.count(self.text) != 1:
            raise Stale(f"« {self.name} » : la garde ne se trouve plus une seule fois dans {self.file}.")
        return source.replace(self.text, self.by)


def mutants() -> list[Mutant]:
    """The whole table, in its order."""
    lines = tomllib.loads(TABLE.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**line, "tests": tuple(line["tests"])}) for line in lines]
