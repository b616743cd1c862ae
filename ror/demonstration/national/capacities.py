"""Beds and places of an invented place: what is installed, then what is free, occupied, closed or kept for a crisis."""

import datetime
from random import Random
from typing import NamedTuple

from django.utils import timezone

from ror.demonstration.national.documents import Offered, row_id
from ror.demonstration.national.feed import Columns, Feed
from structures.models import BedCapacity, CareCapacity
from structures.models.capacity import (
    AVAILABLE,
    CLOSED,
    CURRENT,
    INSTALLED,
    NO_ASSIGNMENT,
    OCCUPIED,
    RESERVED,
    SUPPLEMENTARY,
)

CARE = Columns(CareCapacity, "id", "geographic_entity", "place", "temporary_assignment", "comment")
BEDS = Columns(
    BedCapacity,
    *("id", "geographic_entity", "care_capacity", "nature", "status", "temporality", "number", "source"),
    *("counted_at", "gender", "closing_type", "supplementary_type", "crisis_type"),
)
ASSIGNMENTS = ("R337:02", "R337:03")  # besides « aucune »
SOURCES = ("R335:01", "R335:02", "R335:03", "R335:04")


class Figure(NamedTuple):
    """One figure among those that a unit may report, and its part of the installed beds or places."""

    status: str
    part: float
    temporality: str = CURRENT
    gender: str | None = None
    closing_type: str | None = None
    supplementary_type: str | None = None
    crisis_type: str | None = None


FIRST = (Figure(INSTALLED, 1.0), Figure(AVAILABLE, 0.1), Figure(OCCUPIED, 0.8))
OTHERS = (
    Figure(CLOSED, 0.05, closing_type="R333:01"),
    Figure(SUPPLEMENTARY, 0.1, supplementary_type="R334:03", crisis_type="R336:02"),
    Figure(RESERVED, 0.05),
    Figure(AVAILABLE, 0.15, temporality="R331:03"),
    Figure(AVAILABLE, 0.05, gender="R332:01"),
    Figure(CLOSED, 0.02, closing_type="R333:02"),
    Figure(AVAILABLE, 0.05, gender="R332:02"),
    Figure(SUPPLEMENTARY, 0.05, supplementary_type="R334:01", crisis_type="R336:01"),
    Figure(AVAILABLE, 0.12, temporality="R331:02"),
    Figure(AVAILABLE, 0.2, temporality="R331:05"),
    Figure(CLOSED, 0.03, closing_type="R333:03"),
    Figure(AVAILABLE, 0.03, gender="R332:04"),
    Figure(SUPPLEMENTARY, 0.08, supplementary_type="R334:02", crisis_type="R336:02"),
    Figure(AVAILABLE, 0.18, temporality="R331:04"),
)
MOST = len(FIRST) + len(OTHERS)


def add(feed: Feed, offered: Offered, place: str, entity: int, number: int, random: Random) -> None:
    """Put `number` figures of that place in the feed; a closed offer has nothing available (RG_EXP_047)."""
    ordinal = offered.ordinal
    care = row_id(random)
    feed.add(CARE, care, entity, place, NO_ASSIGNMENT, "Chiffres inventés." if ordinal % 12 == 0 else "")
    if ordinal % 60 == 0:  # what is kept for some in a crisis says nothing more here
        feed.add(CARE, row_id(random), entity, place, ASSIGNMENTS[ordinal // 60 % 2], "")
    installed = random.randrange(6, 60)
    counted = timezone.now() - datetime.timedelta(minutes=random.randrange(5, 3 * 24 * 60))
    closed = offered.closing is not None
    for figure in _figures(ordinal, number):
        available = figure.status == AVAILABLE
        feed.add(
            BEDS,
            *(row_id(random), entity, care, offered.template.beds, figure.status, figure.temporality),
            0 if closed and available else round(installed * figure.part),
            *(SOURCES[ordinal % len(SOURCES)], counted, figure.gender, figure.closing_type),
            *(figure.supplementary_type, figure.crisis_type),
        )


def _figures(ordinal: int, number: int) -> tuple[Figure, ...]:
    """The first figures are everyone's; the others differ from one unit to the next."""
    start = ordinal % len(OTHERS)
    return (*FIRST, *OTHERS[start:], *OTHERS[:start])[:number]
