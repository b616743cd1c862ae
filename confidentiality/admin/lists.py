"""Lists of the administration: their rows, their columns, and the only questions that can be asked of them."""

from collections import defaultdict
from functools import cached_property, reduce, wraps

from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import Field, IntegerField, Model, Q, QuerySet, Value
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from confidentiality.admin.exposure import EMPTY, data_shown, line_of
from confidentiality.hiding import is_governed
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from ror.reference.text import normalise

# Columns that hold normalised text: what is searched there is normalised too.
NORMALISED = frozenset({"search", "normalised"})
# Numbers, searched only for words with a digit: a plain word then uses the index of names alone.
NUMBERS = frozenset({"finess", "siret", "siren", "id_nat_struct", "identifier", "rpps", "adeli", "id_nat_ps"})
CODES = frozenset({"code", "key"})
UNASKED = {PAGE_VAR, ORDER_VAR, ALL_VAR}  # parameters of a list that leave its rows as they are
FILTER_LOOKUPS = ("exact", "isnull", "isempty", "gte", "lt")
DATE_LOOKUPS = ("year", "month", "day", "gte", "lt")
MOST_COUNTED = 1000  # rows of a list that are counted and paged through: beyond, one searches or filters
MOST_OWNERS = 1000  # rows found by a word in another table, beyond which the word is common


class CappedPaginator(Paginator):
    """Counts no more than `MOST_COUNTED` rows, so that a list of a million rows costs what a small one does.

    An estimate by the planner would be of rows that the viewer may not know of; « more than » is always true.
    """

    most = MOST_COUNTED

    @cached_property
    def found(self) -> int:
        """How many rows there are, one more than `most` meaning « more »."""
        return self.counted_rows().values("pk")[: self.most + 1].count()

    def counted_rows(self) -> QuerySet:
        return self.object_list.order_by()

    @cached_property
    def count(self) -> int:
        return min(self.found, self.most)

    @property
    def is_capped(self) -> bool:
        return self.found > self.most


class ShortPaginator(CappedPaginator):
    """For a table with two kinds of owners: read in the order of the list, as its page is, and not as far."""

    most = MOST_COUNTED // 4

    def counted_rows(self) -> QuerySet:
        return self.object_list


class FoundPaginator(CappedPaginator):
    """For a list that a search or a filter narrows: the rows found are known by their keys.

    When they are few, a page takes them by these; the database would else look for them again along the whole table.
    """

    @cached_property
    def found(self) -> int:
        return len(self._keys)

    def page(self, number: int | str) -> Page:
        if not self.is_capped:
            self.object_list = self.object_list.filter(pk__in=self._keys)
        return super().page(number)

    @cached_property
    def _keys(self) -> list:
        return list(self.counted_rows().values_list("pk", flat=True)[: self.most + 1])


def is_narrowed(request: HttpRequest) -> bool:
    """Whether the address of a list chooses among its rows."""
    return bool(request.GET.keys() - UNASKED)


class RorChangeList(ChangeList):
    """Remembers, for the access journal, the rows above level 1 that a list names, sensitive units among them."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_popup:
            self.title = capfirst(self.opts.verbose_name_plural)

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


def checkbox(row: Model) -> SafeString:
    """The box that chooses a row for an action: Django's own, which opens two templates for each row."""
    label = format_html(gettext("Select this object for an action - {}"), str(row))
    box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
    return format_html(box, ACTION_CHECKBOX_NAME, row.pk, label)


def lookups_of(model_admin) -> set[str]:
    """The parameters of the declared filters and of the date hierarchy."""
    allowed = set()
    for entry in model_admin.list_filter:
        path = entry[0] if isinstance(entry, (tuple, list)) else entry
        allowed |= _parameters(model_admin.model, path)
    if model_admin.date_hierarchy:
        allowed |= {f"{model_admin.date_hierarchy}__{lookup}" for lookup in DATE_LOOKUPS}
    return allowed


def search(
    rows: QuerySet, fields: tuple[str, ...], text: str, viewer: Viewer, permission: str | None = None
) -> QuerySet:
    """The rows where each word is found in one of the fields (« name__lookup »), here or in a row pointed to.

    `permission` is held on the rows: it is held on what they point to as well (it is given on territories, legal
    entities or establishments, never on one internal organisation).
    """
    words = text.split()
    for conditions in _found(rows.model, list(fields), words, viewer, permission):
        rows = rows.filter(reduce(Q.__or__, conditions)) if conditions else rows.none()
    return rows


def _found(
    model: type[Model], fields: list[str], words: list[str], viewer: Viewer, permission: str | None
) -> list[list[Q]]:
    """For each word, the conditions of which one at least must hold."""
    own, others = _by_table(model, fields)
    found = [_conditions(own, word) for word in words]
    for relation, paths in others.items():
        asked = _found(relation.related_model, paths, words, viewer, permission)
        owners = _owners(relation.related_model, viewer, permission)
        for conditions, alternative in zip(found, _in_owners(relation, asked, owners), strict=True):
            conditions.extend(alternative)
    return found


def _by_table(model: type[Model], fields: list[str]) -> tuple[list[str], dict[Field, list[str]]]:
    """The paths in the table of `model`, and those in each table that it points to."""
    own, others = [], defaultdict(list)
    for path in fields:
        name, _, rest = path.partition(LOOKUP_SEP)
        field = model._meta.get_field(name)
        if field.is_relation and field.concrete:
            others[field].append(rest)
        else:
            own.append(path)
    return own, others


def _owners(model: type[Model], viewer: Viewer, permission: str | None) -> QuerySet:
    if not is_governed(model):
        return model._default_manager.all()
    known = model.objects.visible_to(viewer)
    return known.permitted(viewer, permission) if permission else known


def _in_owners(relation: Field, asked: list[list[Q]], owners: QuerySet) -> list[list[Q]]:
    """For each word, how to find it in the rows that `relation` leads to. One query, whatever the number of words.

    The keys found there first let the database use its indexes on both sides; a word that too many rows have is left
    to the join, which then finds a page at once.
    """
    keys = defaultdict(list)
    key = relation.target_field.attname
    queries = [
        owners.filter(reduce(Q.__or__, conditions))
        .order_by()
        .annotate(word=Value(rank, output_field=IntegerField()))
        .values_list("word", key)[: MOST_OWNERS + 1]
        for rank, conditions in enumerate(asked)
        if conditions
    ]
    for rank, value in queries[0].union(*queries[1:], all=True) if queries else ():
        keys[rank].append(value)
    alternatives = []
    for rank, conditions in enumerate(asked):
        if len(keys[rank]) > MOST_OWNERS:
            alternatives.append([_through(relation, condition) for condition in conditions])
        else:
            alternatives.append([Q(**{f"{relation.name}__in": keys[rank]})] if keys[rank] else [])
    return alternatives


def _through(relation: Field, condition: Q) -> Q:
    """The same condition, said of the row that `relation` leads to."""
    return Q(*((f"{relation.name}{LOOKUP_SEP}{path}", value) for path, value in condition.children))


def _conditions(paths: list[str], word: str) -> list[Q]:
    return [Q(**{path: value}) for path in paths if (value := _searched(path, word))]


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
