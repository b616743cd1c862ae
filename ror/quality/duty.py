"""The duty to describe oneself: which establishments followed nationally have no published offer yet.

Followed: the categories of the population of the ROR (quality.md §2.1), in the bundled table of categories. An offer
that the viewer may not know of does not count: a rate must not tell of a sensitive unit.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

import structures
from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from ror.quality.models import About, Reminder
from ror.reference.copying import bundled_rows
from structures.models import GeographicEntity, Offer

PERMISSION = "follow_population"
REFERENT = "referent"
CATEGORIES = Path(structures.__file__).parent / "data"
NOT_FOLLOWED = ("", "Non suivi")
UNDESCRIBED, DESCRIBED, ALL = "sans", "avec", "toutes"
NOWHERE = ""  # department of an establishment whose address is not known


@dataclass(frozen=True)
class Duty:
    """How many establishments of a group are to be described, and how many have an open published offer."""

    key: str
    total: int = 0
    described: int = 0

    @property
    def missing(self) -> int:
        return self.total - self.described

    @property
    def rate(self) -> float:
        """Part described, of 100."""
        return 100 * self.described / self.total if self.total else 0.0


@dataclass(frozen=True)
class Criteria:
    """Which establishments are listed: a department (INSEE code), a category (key), words of the name, a state."""

    department: str = ""
    category: str = ""
    words: tuple[str, ...] = ()
    state: str = UNDESCRIBED


@dataclass(frozen=True)
class Referent:
    """The person in charge of an establishment."""

    name: str
    email: str


@cache
def followed_categories() -> frozenset[str]:
    """Keys (R66) of the categories whose population is followed."""
    rows = bundled_rows("establishment_categories.csv", CATEGORIES)
    return frozenset(row["concept"] for row in rows if row["perimeter"] not in NOT_FOLLOWED)


def followed(viewer: Viewer) -> QuerySet[GeographicEntity]:
    """The open establishments followed that `viewer` chases."""
    rows = GeographicEntity.objects.visible_to(viewer).permitted(viewer, PERMISSION).open()
    return rows.filter(gone_since=None, category__in=followed_categories())


def undescribed(viewer: Viewer) -> QuerySet[GeographicEntity]:
    """Those of them without an open published offer that `viewer` may know of."""
    return followed(viewer).filter(~_has_offer(viewer))


def described_among(viewer: Viewer, entities: Iterable[GeographicEntity]) -> set[int]:
    """The keys of those that have an open published offer. One query."""
    keys = [entity.pk for entity in entities]
    offers = Offer.objects.visible_to(viewer).open().filter(geographic_entity__in=keys)
    return set(offers.order_by().values_list("geographic_entity", flat=True))


def listed(viewer: Viewer, criteria: Criteria) -> QuerySet[GeographicEntity]:
    """Those that the criteria choose, by name."""
    rows = followed(viewer)
    if criteria.department:
        rows = rows.filter(department=criteria.department)
    if criteria.category:
        rows = rows.filter(category=criteria.category)
    for word in criteria.words:
        rows = rows.filter(Q(search__contains=word) | Q(finess=word.upper()))
    if criteria.state != ALL:
        has_offer = _has_offer(viewer)
        rows = rows.filter(has_offer if criteria.state == DESCRIBED else ~has_offer)
    return rows.select_related("legal_entity", "commune").order_by("search", "pk")


def counted(viewer: Viewer) -> tuple[list[Duty], list[Duty], Duty]:
    """By department, by category, and in all. Two queries: all those followed, then those that say nothing."""
    departments: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    silent_departments, silent_categories = Counter(), Counter()
    for (department, category), number in _numbers(followed(viewer)):
        departments[department or NOWHERE] += number
        categories[category] += number
    for (department, category), number in _numbers(undescribed(viewer)):
        silent_departments[department or NOWHERE] += number
        silent_categories[category] += number
    whole = Duty("", departments.total(), departments.total() - silent_departments.total())
    return _duties(departments, silent_departments), _duties(categories, silent_categories), whole


def _numbers(rows: QuerySet[GeographicEntity]) -> Iterator[tuple[tuple[str | None, str], int]]:
    """How many by department and category."""
    groups = rows.order_by().values_list("department_id", "category_id").annotate(number=Count("pk"))
    for department, category, number in groups:
        yield (department, category), number


def _has_offer(viewer: Viewer) -> Exists:
    return Exists(Offer.objects.visible_to(viewer).open().filter(geographic_entity=OuterRef("pk")))


def referents_of(entities: Iterable[GeographicEntity]) -> dict[int, list[Referent]]:
    """The people in charge of each establishment, by its key: its own, else those of its legal entity. One query."""
    entities = list(entities)
    perimeters = {key for entity in entities for key in (entity.perimeter_id, entity.legal_entity.perimeter_id)}
    held = Assignment.objects.in_force().filter(role=REFERENT, perimeter__in=perimeters, user__is_active=True)
    people: dict[int, list[Referent]] = defaultdict(list)
    for line in held.select_related("user").order_by("user__last_name", "user__first_name", "pk"):
        people[line.perimeter_id].append(Referent(str(line.user), line.user.own_address))
    return {
        entity.pk: people.get(entity.perimeter_id) or people.get(entity.legal_entity.perimeter_id) or []
        for entity in entities
    }


def reminded(entities: Iterable[GeographicEntity], about: About = About.DUTY) -> dict[int, datetime.datetime]:
    """When each establishment was last reminded of its duty, or of something else, by its key. One query."""
    rows = Reminder.objects.filter(geographic_entity__in=[entity.pk for entity in entities], about=about)
    return dict(rows.values_list("geographic_entity").annotate(last=Max("sent_at")))


def _duties(totals: Counter[str], missing: Counter[str]) -> list[Duty]:
    return [Duty(key, total, total - missing[key]) for key, total in sorted(totals.items())]
