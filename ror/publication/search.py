"""Plain search: the establishments and the offers that a viewer may know, by name, commune and activity."""

from dataclasses import dataclass
from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet

from confidentiality.viewer import Viewer
from ror.reference.models import Commune
from structures.models import GeographicEntity, Offer, OfferActivity, Place

PAGE_SIZE = 20
MOST_COUNTED = 1000  # beyond, a person narrows the search rather than turning fifty pages
DIVIDED_COMMUNES = frozenset({"13055", "69123", "75056"})  # Marseille, Lyon, Paris: the only ones with arrondissements


@dataclass(frozen=True)
class Criteria:
    """What is searched for. `words` are normalised; `outside`: structures outside the ROR perimeter too."""

    words: tuple[str, ...] = ()
    finess: str = ""
    communes: tuple[str, ...] = ()
    activity: str = ""
    outside: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.finess or self.communes or self.activity)


class CappedPaginator(Paginator):
    """Pages of the first results only, so that a vague search never counts nor sorts the whole country."""

    def __init__(self, rows: QuerySet) -> None:
        super().__init__(rows, PAGE_SIZE)

    @cached_property
    def found(self) -> int:
        """How many rows there are, one more than `MOST_COUNTED` meaning « more »."""
        return self.object_list.order_by()[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST_COUNTED)

    @property
    def is_capped(self) -> bool:
        return self.found > MOST_COUNTED


def find_establishments(viewer: Viewer, criteria: Criteria) -> QuerySet[GeographicEntity]:
    """Establishments by name; with an activity, those where one of the open offers has it."""
    rows = GeographicEntity.objects.visible_to(viewer).filter(gone_since=None)
    for word in criteria.words:
        rows = rows.filter(search__contains=word)
    if criteria.finess:
        rows = rows.filter(finess=criteria.finess)
    if criteria.communes:
        rows = rows.filter(commune__in=criteria.communes)
    if not criteria.outside:
        rows = rows.filter(in_perimeter=True)
    if criteria.activity:
        offered = OfferActivity.objects.visible_to(viewer).filter(offer__closing_type=None, activity=criteria.activity)
        rows = rows.filter(Exists(offered.filter(geographic_entity=OuterRef("pk"))))
    return rows.order_by("search", "pk")


def find_offers(viewer: Viewer, criteria: Criteria) -> QuerySet[Offer]:
    """Offers by their own name, those closed for a time included; the commune is that of a place that may be known."""
    rows = Offer.objects.shown_to(viewer).filter(geographic_entity__gone_since=None)
    for word in criteria.words:
        rows = rows.filter(search__contains=word)
    if criteria.finess:
        rows = rows.filter(geographic_entity__finess=criteria.finess)
    if criteria.communes:
        rows = rows.filter(_takes_place_in(viewer, criteria.communes))
    if not criteria.outside:
        rows = rows.filter(geographic_entity__in_perimeter=True)
    if criteria.activity:
        rows = rows.filter(_has_activity(criteria.activity))
    return rows.select_related("geographic_entity", "sensitive_unit").order_by("search", "pk")


def with_districts(commune: str) -> tuple[str, ...]:
    """The commune and, for Paris, Lyon and Marseille, its arrondissements: addresses name these."""
    if not commune:
        return ()
    if commune not in DIVIDED_COMMUNES:
        return (commune,)
    districts = Commune.objects.filter(parent=commune, kind=Commune.Kind.MUNICIPAL_DISTRICT)
    return (commune, *districts.values_list("pk", flat=True))


# Both below look inside an offer that the viewer may know already: activities and links of places share its visibility,
# so that only the place, which other offers may share, is filtered again.


def _has_activity(activity: str) -> Exists:
    return Exists(OfferActivity.objects.filter(offer=OuterRef("pk"), activity=activity))


def _takes_place_in(viewer: Viewer, communes: tuple[str, ...]) -> Exists:
    """A place hidden from the viewer must not answer for its offer."""
    places = Place.objects.visible_to(viewer).filter(commune__in=communes)
    return Exists(places.filter(offer_links__offer=OuterRef("pk")))
