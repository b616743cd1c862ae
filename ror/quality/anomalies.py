"""Anomalies that the portal finds by itself: one open row per breach, ended when the breach is gone.

`keep` compares breaches with the open anomalies of the same reach. `follow_publications` does it for offers, in the
transaction of each publication; `manage.py find_anomalies` does it for the whole base (`ror.quality.closed_codes`).
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from confidentiality.levels import Level
from ror.quality.models import (
    ADDITION,
    CANCELLED,
    COHERENCE,
    COMPLETENESS,
    CORRECTED,
    CORRECTION,
    PORTAL,
    REFUSED,
    TO_TREAT,
    TOLERATED,
    Anomaly,
    AnomalyQuerySet,
)
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from structures.document import Document, value_at
from structures.fields import EMPTY
from structures.findings import Finding
from structures.publishing import Publication, follow
from structures.schema import OFFER, Rows

REASON = "anomalies: what the portal finds by itself"
CLOSED_CODE = "code fermé"
SETTLED = (CANCELLED, TOLERATED, REFUSED)  # someone has decided: the portal does not ask again
# What hangs on an offer without being in its document is looked at over the base only.
OUTSIDE_DOCUMENT = Q(element_path__startswith="situations.") | Q(element_path__contains=".capacities.")
CRISIS_ANSWERS = "establishment."
RULES_OF_DOCUMENTS = r"^([0-9]+|RG_EXP_[0-9]+|format|code fermé)$"
BATCH = 2000


@dataclass(frozen=True)
class Breach:
    """What breaks `rule` at `path`, in an establishment, and in one of its offers unless `offer` is None.

    `level` is that of the datum, at least 2.
    """

    geographic_entity: int
    offer: int | None
    rule: str
    path: str
    message: str
    theme: str = COHERENCE
    wrong_value: str = ""
    level: int = Level.PROFESSIONAL

    @property
    def key(self) -> tuple[int, int | None, str, str]:
        return self.geographic_entity, self.offer, self.rule, self.path[:300]


@dataclass(frozen=True)
class Kept:
    """How many anomalies were opened, ended because corrected, and are still open as before."""

    opened: int
    corrected: int
    still_open: int


def keep(breaches: Iterable[Breach], reach: AnomalyQuerySet) -> Kept:
    """Have one open anomaly per breach, and end the open ones of `reach` that have none any more.

    Writes inside the `writing` of the caller. One that someone cancelled, refused or tolerated for good is left so.
    """
    by_key = {breach.key: breach for breach in breaches}
    open_rows = {_key(row): row for row in reach.open()}
    settled = {_key(row) for row in reach.filter(status__in=SETTLED)}
    gone = [row.pk for key, row in open_rows.items() if key not in by_key]
    new = [breach for key, breach in by_key.items() if key not in open_rows and key not in settled]
    if gone:
        Anomaly.objects.trusted(REASON).filter(pk__in=gone).update(status=CORRECTED, ended_at=timezone.now())
    for level in (Level.PROFESSIONAL, Level.CRISIS):
        moved = [row.pk for key, row in open_rows.items() if key in by_key and by_key[key].level == level != row.level]
        if moved:
            Anomaly.objects.trusted(REASON).filter(pk__in=moved).update(level=level)
    Anomaly.objects.trusted(REASON).bulk_create(
        map(_row, new),
        batch_size=BATCH,
        ignore_conflicts=True,  # a publication may keep the same one at this very moment
    )
    return Kept(opened=len(new), corrected=len(gone), still_open=len(open_rows) - len(gone))


def portal_anomalies() -> AnomalyQuerySet:
    """The anomalies that the portal found by itself, open or ended."""
    return Anomaly.objects.trusted(REASON).filter(source_system=PORTAL, requester=None)


@follow
def follow_publications(publications: Sequence[Publication]) -> None:
    """Keep the anomalies of offers in step with what their publications tolerate."""
    offers = [each.offer.pk for each in publications]
    reach = portal_anomalies().filter(offer__in=offers, rule__regex=RULES_OF_DOCUMENTS).exclude(OUTSIDE_DOCUMENT)
    breaches = [_breach(each, finding, each.document) for each in publications for finding in each.tolerated]
    if breaches or reach.open().exists():
        keep(breaches, reach)


def _breach(publication: Publication, finding: Finding, document: Document) -> Breach:
    value = value_at(document, finding.path)
    missing = value in EMPTY
    return Breach(
        geographic_entity=publication.offer.geographic_entity_id,
        offer=publication.offer.pk,
        rule=CLOSED_CODE if _is_closed_code(finding) else finding.rule,
        path=finding.path,
        message=finding.message,
        theme=COMPLETENESS if missing else COHERENCE,
        wrong_value="" if missing or isinstance(value, dict) else _in_one_line(value),
        level=_level_at(document, finding.path),
    )


def _level_at(document: Document, path: str) -> int:
    """The level of what the path of a finding leads to: that of the rows on its way (contacts, telecoms), at least 2.

    What an offer's rules say of its establishment is about crisis answers (rules 18 and 19).
    """
    if path.startswith(CRISIS_ANSWERS):
        return Level.CRISIS
    parts = path.split(".")
    rows = (value_at(document, ".".join(parts[:end])) for end in range(2, len(parts) + 1, 2))
    return max([Level.PROFESSIONAL, *(row.get("level") or Level.PROFESSIONAL for row in rows if isinstance(row, dict))])


def _is_closed_code(finding: Finding) -> bool:
    """A stored code cannot be refused for its form but when it is closed: the database holds no other."""
    return finding.rule == "format" and isinstance(_datum(finding.path), (CodeChoiceField, CodeSetChoiceField))


def _datum(path: str) -> forms.Field | None:
    """The datum of the schema to which the path of a finding leads."""
    schema: Rows | None = OFFER
    *above, name = path.split(".")
    for part in above[::2]:  # a list, then the id of a row
        schema = schema.rows.get(part) if schema else None
    return schema.fields.get(name) if schema else None


def _in_one_line(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return ", ".join(str(item) for item in value if not isinstance(item, dict))


def _key(row: Anomaly) -> tuple[int, int | None, str, str]:
    return row.geographic_entity_id, row.offer_id, row.rule, row.element_path


def _row(breach: Breach) -> Anomaly:
    entity, offer, rule, path = breach.key
    return Anomaly(
        geographic_entity_id=entity,
        offer_id=offer,
        rule=rule,
        element_path=path,
        theme_id=breach.theme,
        status_id=TO_TREAT,
        proposed_action_id=ADDITION if breach.theme == COMPLETENESS else CORRECTION,
        description=breach.message[:1000],
        wrong_value=breach.wrong_value[:300],
        level=breach.level,
        deadline=timezone.localdate() + datetime.timedelta(days=settings.ROR_ANOMALY_DAYS),
    )
