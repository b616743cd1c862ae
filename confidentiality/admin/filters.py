"""Filters whose options come from the nomenclatures, never from the rows."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import FieldListFilter
from django.db.models import Model

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


FieldListFilter.register(lambda field: isinstance(field, CodeField), CodeListFilter, take_priority=True)
