"""« Offres qui se ressemblent »: what may have been described twice, to be looked at and perhaps merged."""

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from confidentiality.viewer import Viewer
from ror.reference.models import Region
from structures.models import Offer

SAME = ("geographic_entity", "search", "activity_field", "care_mode")


def alike(viewer: Viewer, offers: QuerySet) -> QuerySet:
    """The open offers, among `offers`, that another one which `viewer` may know of seems to describe too.

    Same establishment, field, mode, and name but for its capitals, accents and punctuation.
    """
    same = {name: OuterRef(name) for name in SAME}
    others = Offer.objects.visible_to(viewer).open().filter(**same).exclude(pk=OuterRef("pk"))
    return offers.filter(Exists(others), closing_type=None)


class AlikeFilter(SimpleListFilter):
    """Region by region: what compares all the offers of the nation would take too long for a page."""

    title = "offres qui se ressemblent"
    parameter_name = "semblables"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return list(Region.objects.order_by("name").values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return alike(request.viewer, queryset.filter(geographic_entity__region=self.value()))
