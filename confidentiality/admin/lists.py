"""Lists of the administration: their rows, their columns, and the only questions that can be asked of them."""

from functools import wraps

from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from confidentiality.admin.exposure import EMPTY, data_shown, line_of
from confidentiality.hiding import is_governed
from confidentiality.levels import Level
from ror.reference.text import normalise

# Columns that hold normalised text: what is searched there is normalised too.
NORMALISED = frozenset({"search", "normalised"})
# Numbers, searched only for words with a digit: a plain word then uses the index of names alone.
NUMBERS = frozenset({"finess", "siret", "siren", "id_nat_struct", "identifier"})
CODES = frozenset({"code", "key"})
FILTER_LOOKUPS = ("exact", "isnull", "isempty", "gte", "lt")
DATE_LOOKUPS = ("year", "month", "day", "gte", "lt")


class RorChangeList(ChangeList):
    """Remembers, for the access journal, the rows above level 1 that a list names, sensitive units among them."""

    def get_results(self, request) -> None:
        super().get_results(request)
        if not is_governed(self.model):
            return
        for row in self.result_list:
            level = self.model_admin.level_listed(row)
            if level > Level.PUBLIC:
                request.viewer.note_disclosure(self.model.__name__, self.model_admin.identifier_of(row), level)


def disclosing_column(model_admin, request, name: str):
    """The column of restricted data: shown on the rows where the viewer may read it, and empty elsewhere."""
    method = getattr(model_admin, name)

    @wraps(method)
    def column(row: Model):
        subject = model_admin.subject_for(row)
        if not model_admin.may_show(subject, name):
            return EMPTY
        stored = getattr(row, row.level_field or "", None)
        lines = [line_of(*datum) for datum in data_shown(model_admin, name)]
        level = max(line.level(subject.legal_kind, stored) for line in lines)
        if level > Level.PUBLIC:
            request.viewer.note_disclosure(subject.model, subject.identifier, level)
        return method(row)

    return column


def lookups_of(model_admin) -> set[str]:
    """The parameters of the declared filters and of the date hierarchy."""
    allowed = set()
    for entry in model_admin.list_filter:
        path = entry[0] if isinstance(entry, (tuple, list)) else entry
        allowed |= _parameters(model_admin.model, path)
    if model_admin.date_hierarchy:
        allowed |= {f"{model_admin.date_hierarchy}__{lookup}" for lookup in DATE_LOOKUPS}
    return allowed


def search(rows: QuerySet, fields: tuple[str, ...], text: str) -> QuerySet:
    """The rows where each word is found in one of the fields (« name__lookup »)."""
    for word in text.split():
        conditions = [Q(**{field: value}) for field in fields if (value := _searched(field, word))]
        rows = rows.filter(Q.create(conditions, connector=Q.OR)) if conditions else rows.none()
    return rows


def _searched(field: str, word: str) -> str:
    names = field.split(LOOKUP_SEP)
    if NORMALISED.intersection(names):
        return normalise(word)
    if NUMBERS.intersection(names) and not any(character.isdigit() for character in word):
        return ""
    return word.upper() if (NUMBERS | CODES).intersection(names) else word  # both are kept in capitals


def _parameters(model: type[Model], path) -> set[str]:
    if isinstance(path, type) and issubclass(path, SimpleListFilter):
        return {path.parameter_name}
    found = {path} | {f"{path}__{lookup}" for lookup in FILTER_LOOKUPS}
    target = _target(model, path)
    return found | {f"{path}__{target}__exact"} if target else found


def _target(model: type[Model], path: str) -> str | None:
    """The key of the model at the end of a path of relations, as Django's own filter names it."""
    field = None
    for part in path.split(LOOKUP_SEP):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return field.target_field.name if field is not None and field.is_relation else None
