"""The rule book itself: how a rule is declared, what it may know, and what is asked of it.

A rule's number is its line in the bundled table of mandatory data (`data/mandatory_data.csv`), which says its basis and
its effect; the portal's own are above 100. Nothing else says what is mandatory.
"""

import csv
import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ror.reference.models import Commune
from structures.demands import Demand
from structures.document import Document
from structures.findings import Effect, Finding
from structures.models import CrisisAnswer, GeographicEntity

DATA = Path(__file__).parents[1] / "data"
OFFER, ESTABLISHMENT = "offer", "establishment"
PORTAL = "règle du portail"
DEMANDED = "107"  # what the entry model of the offer needs besides the table


@dataclass(frozen=True)
class Facts:
    """What the rules need to know besides the document itself."""

    legal_kind: str
    category: str | None
    orsan_answered: bool
    landing_zone_answered: bool
    today: datetime.date
    published_activity_field: str | None = None
    published_care_mode: str | None = None
    organizations: frozenset[str] = frozenset()  # identifiers of the open internal organisations of the establishment
    communes: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # INSEE code: name, postcodes
    demands: tuple[Demand, ...] = ()  # what the entry model of the offer needs besides the table


Check = Callable[[Document, Facts], Iterator[Finding]]

_checks: dict[str, dict[int, Check]] = defaultdict(dict)


def rule(number: int, *documents: str) -> Callable[[Check], Check]:
    """Declare the check of one line of the table, for the documents that it speaks of (an offer's, unless told)."""

    def declare(check: Check) -> Check:
        for document in documents or (OFFER,):
            _checks[document][number] = check
        return check

    return declare


def findings(document: Document, facts: Facts, kind: str = OFFER) -> list[Finding]:
    """Everything that stands in the way of publication, and everything worth a warning, at once.

    `document` is canonical; a value still not valid counts as missing nowhere (its own finding says so already).
    """
    checks = _checks[kind]
    return _each_datum_once([finding for number in sorted(checks) for finding in checks[number](document, facts)])


def mandatory_basis(number: int) -> str:
    """On which text, norm or portal rule line `number` rests, in the words of the table."""
    return _table()[number]["basis_label_fr"]


def facts_of(
    entity: GeographicEntity,
    crisis: CrisisAnswer | None,
    today: datetime.date,
    published: Document | None = None,
    communes: Mapping[str, tuple[str, tuple[str, ...]]] | None = None,
    organizations: Iterable[str] = (),
    demands: Iterable[Demand] = (),
) -> Facts:
    """The facts about `entity`; `published` is the record's document when the offer is already published.

    `communes` (`communes_of`) are those that the document names at least, so that their postcodes can be compared.
    """
    return Facts(
        legal_kind=entity.legal_kind,
        category=entity.category_id,
        orsan_answered=bool(crisis and crisis.orsan_answer),
        landing_zone_answered=bool(crisis and crisis.landing_zone is not None),
        today=today,
        published_activity_field=(published or {}).get("activity_field"),
        published_care_mode=(published or {}).get("care_mode"),
        organizations=frozenset(organizations),
        communes=communes or {},
        demands=tuple(demands),
    )


def communes_of(communes: Iterable[Commune]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name and postcodes of communes, by INSEE code."""
    return {commune.pk: (commune.name, tuple(commune.postcodes)) for commune in communes}


def because(number: int, path: str, message: str, effect: Effect = Effect.BLOCKS) -> Finding:
    """A finding of line `number` of the table."""
    return Finding(path, message, mandatory_basis(number), effect, str(number))


def portal(number: int, path: str, message: str, effect: Effect = Effect.WARNS) -> Finding:
    """A finding of one of the portal's own rules."""
    return Finding(path, message, PORTAL, effect, str(number))


def norm(number: int, path: str, message: str, effect: Effect = Effect.BLOCKS) -> Finding:
    """A finding of a rule of the exposition model that the table does not carry (RG_EXP_nnn)."""
    return Finding(path, message, f"norme ANS RG_EXP_{number:03}", effect, f"RG_EXP_{number:03}")


def _each_datum_once(found: list[Finding]) -> list[Finding]:
    """What an entry model and a rule both ask is said once, by the stricter of them (the rule, when they agree)."""
    asked = {finding.path: finding.effect for finding in found if finding.rule == DEMANDED}
    ruled = {
        finding.path
        for finding in found
        if finding.rule != DEMANDED and (finding.effect is Effect.BLOCKS or asked.get(finding.path) is Effect.WARNS)
    }
    return [
        finding
        for finding in found
        if finding.path not in asked or (finding.rule == DEMANDED) is (finding.path not in ruled)
    ]


@cache
def _table() -> dict[int, dict[str, str]]:
    with (DATA / "mandatory_data.csv").open(encoding="utf-8", newline="") as lines:
        return {int(line["number"]): line for line in csv.DictReader(lines)}
