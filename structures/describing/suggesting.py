"""Codes that a describer is likely to look for: those that the establishment uses, those of similar offers.

The establishment's own codes are read as the describer may read them. Those of similar offers elsewhere are counted on
what the public may read and nothing else, whoever asks: a sensitive unit, an expertise shown to professionals only, an
offer hidden or closed for good are never in the count, so that it cannot reveal them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from django.core.cache import cache

from confidentiality.viewer import Viewer
from ror.reference.nomenclature import nomenclature
from ror.reference.widgets import Suggestion
from structures.describing.models import Draft
from structures.models import Offer, OfferActivity, OfferExpertise
from structures.schema import Rows

OWN, SIMILAR, MODEL = "déjà utilisé dans l'établissement", "fréquent pour une offre semblable", "proposé par le modèle"
MOST_OWN, MOST_SIMILAR = 5, 5
READ = 200  # rows of the establishment, or offers of its like: enough to know what is usual
SIMILAR_FOR = 3600  # seconds during which the count of similar offers is kept
# What of an offer takes the codes of a value set, besides the activities.
COLUMNS = {"J19": "care_mode_id", "J238": "offer_type_id"}
EXPERTISE = {
    "J16": "specific_acts",
    "J35": "specialisations",
    "J186": "resource_professions",
    "J33": "specific_competences",
}
ACTIVITIES = "J17"
KNOWN = frozenset({ACTIVITIES, *COLUMNS, *EXPERTISE})


def suggestions(
    viewer: Viewer,
    draft: Draft,
    value_sets: Collection[str],
    preferred: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Suggestion, ...]]:
    """The likely codes of each of these value sets for `draft`, best first; `preferred` are those of an entry model.

    3 queries at most for the establishment, as many for its like when they were not counted lately.
    """
    wanted = KNOWN.intersection(value_sets)
    if not wanted:
        return {}
    own = _usual(viewer, {"geographic_entity": draft.geographic_entity_id}, wanted)
    similar = _similar(draft, wanted)
    return {
        value_set: _in_order(
            (MODEL, (preferred or {}).get(value_set, ())),
            (OWN, own.get(value_set, [])[:MOST_OWN]),
            (SIMILAR, similar.get(value_set, [])[:MOST_SIMILAR]),
            value_set=value_set,
        )
        for value_set in wanted
    }


def _in_order(*reasons: tuple[str, Iterable[str]], value_set: str) -> tuple[Suggestion, ...]:
    """Each code once, with the first reason to think of it; codes closed since are left out."""
    found: dict[str, Suggestion] = {}
    for why, keys in reasons:
        for key in keys:
            if nomenclature().is_current(value_set, key):
                found.setdefault(key, Suggestion(key, why))
    return tuple(found.values())


def _similar(draft: Draft, wanted: Set[str]) -> dict[str, list[str]]:
    """The codes of published offers of the same category and field, the most frequent first, as the public reads."""
    category, field = draft.geographic_entity.category_id, draft.document.get("activity_field")
    if not category or not nomenclature().is_current("J20", str(field)):
        return {}
    place = f"similar-codes:{category}:{field}"
    known: dict[str, list[str]] = cache.get(place) or {}
    missing = set(wanted) - known.keys()
    if missing:
        alike = {"geographic_entity__category": category, "activity_field": field}
        known |= _usual(Viewer.public(), alike, missing)
        cache.set(place, known, SIMILAR_FOR)
    return known


def _usual(viewer: Viewer, where: Mapping[str, object], wanted: Set[str]) -> dict[str, list[str]]:
    """For each value set, the codes of the last offers `where`, as `viewer` may read them; the most frequent first."""
    offers = Offer.objects.shown_to(viewer).filter(**where).order_by("-pk")
    rows = list(offers.values("pk", *COLUMNS.values())[:READ])
    keys = [row["pk"] for row in rows]
    counts = {value_set: Counter(filter(None, (row[name] for row in rows))) for value_set, name in COLUMNS.items()}
    if ACTIVITIES in wanted:
        activities = OfferActivity.objects.visible_to(viewer).filter(offer__in=keys).order_by()
        counts[ACTIVITIES] = Counter(activities.values_list("activity_id", flat=True))
    if not wanted.isdisjoint(EXPERTISE):
        expertise = list(OfferExpertise.objects.visible_to(viewer).filter(offer__in=keys).values(*EXPERTISE.values()))
        counts |= {
            value_set: Counter(key for row in expertise for key in row[name]) for value_set, name in EXPERTISE.items()
        }
    return {value_set: [key for key, _ in counts[value_set].most_common()] for value_set in wanted}


def value_sets_in(schema: Rows) -> set[str]:
    """The value sets that the data of a schema take their codes from, rows below included."""
    own = {field.value_set for field in schema.fields.values() if hasattr(field, "value_set")}
    return own.union(*(value_sets_in(below) for below in schema.rows.values()))
