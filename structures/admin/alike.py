"""« Offres qui se ressemblent »: what may have been described twice, to be looked at and perhaps merged."""

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from confidentiality.viewer import DEPARTMENT, NATION, REGION, Viewer
from ror.reference.models import Department
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
    """Department by department, those where one works: comparing more offers would take too long for a page."""

    title = "offres qui se ressemblent"
    parameter_name = "semblables"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        rows = _departments_of(request.viewer).order_by("code").values_list("code", "name")
        return [(code, f"{code} {name}") for code, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return alike(request.viewer, queryset.filter(geographic_entity__department=self.value()))


def _departments_of(viewer: Viewer) -> QuerySet[Department]:
    """The departments where something is assigned to the viewer; all of them for a role of the nation."""
    held: dict[str, list] = {REGION: [], DEPARTMENT: []}
    for line in viewer.assignments:
        held.setdefault(line.perimeter.kind, []).append(line.perimeter.key)
    if NATION in held:
        return Department.objects.all()
    return Department.objects.filter(Q(region__in=held[REGION]) | Q(pk__in=held[DEPARTMENT]))
