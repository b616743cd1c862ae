"""Filters whose options never come from the rows."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from confidentiality.models import Assignment
from ror.reference.fields import CodeField
from ror.reference.nomenclature import nomenclature


class CodeListFilter(FieldListFilter):
    """The codes of the field's value set; those closed since can still be filtered by their address."""

    def __init__(self, field, request, params, model: type[Model], model_admin, field_path: str) -> None:
        self.parameter = f"{field_path}__exact"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.chosen = self.used_parameters.get(self.parameter, [None])[-1]

    def expected_parameters(self) -> list[str]:
        return [self.parameter]

    def choices(self, changelist) -> Iterator[dict[str, Any]]:
        yield {
            "selected": self.chosen is None,
            "query_string": changelist.get_query_string(remove=[self.parameter]),
            "display": "Tous",
        }
        for key, label in nomenclature().members(self.field.value_set).items():
            yield {
                "selected": self.chosen == key,
                "query_string": changelist.get_query_string({self.parameter: key}),
                "display": label,
            }


class InForceFilter(SimpleListFilter):
    """Assignments that give rights now, or those that do not (over, or not started)."""

    title = "effet"
    parameter_name = "en_vigueur"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return [("oui", "En vigueur"), ("non", "Terminées ou à venir")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        in_force = Assignment.objects.in_force().order_by().values("pk")
        if self.value() == "oui":
            return queryset.filter(pk__in=in_force)
        return queryset.exclude(pk__in=in_force) if self.value() == "non" else queryset


FieldListFilter.register(lambda field: isinstance(field, CodeField), CodeListFilter, take_priority=True)
