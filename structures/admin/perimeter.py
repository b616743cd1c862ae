"""Perimeters: territories, and the structures that the viewer may know of."""

from django.contrib import admin
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.http import HttpRequest

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.lists import MOST_OWNERS, CappedPaginator
from confidentiality.admin.model_admin import NUL, RorModelAdmin
from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.models import Perimeter
from confidentiality.viewer import Viewer
from ror.reference.models import Department, Region
from ror.reference.text import normalise
from structures.models import GeographicEntity, InternalOrganization, LegalEntity


@admin.register(Perimeter)
class PerimeterAdmin(RorModelAdmin):
    """Territories, and the structures that the viewer may know of; made with them, never here.

    Registered here because only this room knows the names of the structures.
    """

    view_with = PERMISSION
    narrowed_paginator = CappedPaginator  # what is searched is found by keys already
    list_display = ("name", "kind", "code")
    list_filter = ("kind",)
    search_fields = ("code__startswith",)
    search_help_text = "Nom, code du territoire, ou identifiant national de la structure (1 et le numéro FINESS)."
    fields = ("name", "kind", "code")

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        held = permission is not None and request.viewer.may(permission)
        return Delegation.of(request).perimeters() if held else Perimeter.objects.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(shown_name=_perimeter_name(request.viewer))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        for word in search_term.replace(NUL, "").split():
            queryset = queryset.filter(_perimeter_named(request.viewer, word))
        return queryset, False

    @admin.display(description="nom")
    def name(self, perimeter: Perimeter) -> str:
        return perimeter.shown_name or EMPTY

    def choice_label(self, obj: Perimeter) -> str:
        if obj.kind == Perimeter.Kind.NATION:
            return str(obj)
        return f"{obj.shown_name or EMPTY} · {obj.get_kind_display()} {obj.code}"


def _perimeter_name(viewer: Viewer) -> Case:
    """The name of what the perimeter delimits, as far as the viewer may know it."""
    code, key = OuterRef("code"), OuterRef("pk")
    legal_entities = LegalEntity.objects.visible_to(viewer).filter(perimeter=key)
    establishments = GeographicEntity.objects.visible_to(viewer).filter(perimeter=key)
    organizations = InternalOrganization.objects.visible_to(viewer).filter(perimeter=key)
    return Case(
        When(kind=Perimeter.Kind.NATION, then=Value(Perimeter.Kind.NATION.label)),
        When(kind=Perimeter.Kind.REGION, then=Subquery(Region.objects.filter(pk=code).values("name"))),
        When(kind=Perimeter.Kind.DEPARTMENT, then=Subquery(Department.objects.filter(pk=code).values("name"))),
        When(kind=Perimeter.Kind.LEGAL_ENTITY, then=Subquery(legal_entities.order_by().values("legal_name"))),
        When(kind=Perimeter.Kind.GEOGRAPHIC_ENTITY, then=Subquery(establishments.order_by().values("name"))),
        When(kind=Perimeter.Kind.INTERNAL_ORGANIZATION, then=Subquery(organizations.order_by().values("name"))),
        default=Value(""),
        output_field=TextField(),
    )


def _perimeter_named(viewer: Viewer, word: str) -> Q:
    """A union rather than alternatives, read first unless it is long: the database then reads what matches only."""
    kind, text = Perimeter.Kind, normalise(word)
    nation = Q(kind=kind.NATION) if text in normalise(kind.NATION.label) else Q(pk__in=[])
    territories = Perimeter.objects.filter(
        Q(code__startswith=word.upper())
        | nation
        | Q(kind=kind.REGION, code__in=Region.objects.filter(name__icontains=word).values("pk"))
        | Q(kind=kind.DEPARTMENT, code__in=Department.objects.filter(name__icontains=word).values("pk"))
    )
    structures = [
        model.objects.visible_to(viewer).filter(search__contains=text).order_by().values("perimeter")
        for model in (LegalEntity, GeographicEntity, InternalOrganization)
        if text
    ]
    found = territories.order_by().values("pk").union(*structures)
    keys = list(found.values_list("pk", flat=True)[: MOST_OWNERS + 1])
    return Q(pk__in=keys if len(keys) <= MOST_OWNERS else found)
