"""What is wrong or missing in a description, said to the person who can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True)
class Finding:
    """One remark: where (`path` in the document, e.g. `contacts.<id>.telecoms`), what to do, and on which basis.

    `rule` is the number of the rule in the table of mandatory data, or a name for the portal's own checks. A finding
    `tolerated` would block a new description, and only warns because the record already deserved it.
    """

    path: str
    message: str
    basis: str
    effect: Effect = Effect.BLOCKS
    rule: str = "format"
    tolerated: bool = False


def blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.effect is Effect.BLOCKS]


class NotPublishable(Exception):
    """The description cannot be published; `findings` says everything that stands in the way, at once."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings
