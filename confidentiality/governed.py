"""Governed rows: a QuerySet that remembers who reads, and refuses to be evaluated for nobody.

Inside a request or a job, evaluating a governed QuerySet that went through neither `visible_to(viewer)` nor
`trusted(reason)` raises `Ungoverned`, in production too, reverse relations included (design §4.1, guard a). What it
cannot see is `Exists()` and `Subquery()`, which take the bare query: the leak matrix watches over those.
`manage.py list_trusted` lists every `trusted`.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import product

import pghistory.models
from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.sql import Query

from confidentiality import policy, profiles
from confidentiality.levels import Level
from confidentiality.viewer import NATION, Governance, Viewer, governed_by, lookups_to

MOST_BUILT = 1000  # queries kept by process
NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING  # not Q(), which « or » forgets
NATIONAL_ONLY: Governance = {NATION: ()}  # for a model that only what is held on the nation governs

# By model, what is held, and the restricted origins: the query of the rows that may be known of.
_built: dict[tuple[type[models.Model], Hashable, frozenset[str]], Query] = {}
_required: ContextVar[bool] = ContextVar("governance_required", default=False)


class Ungoverned(RuntimeError):
    """A governed QuerySet was evaluated without a viewer nor a reason."""


@contextmanager
def governance() -> Iterator[None]:
    """Require a viewer for every governed read inside the block (a request, a job)."""
    token = _required.set(True)
    try:
        yield
    finally:
        _required.reset(token)


class GovernedQuerySet(models.QuerySet):
    """Rows that only some people may read. `rights` (an integer) is annotated by `visible_to`."""

    _cleared_for: str | None = None

    def visible_to(self, viewer: Viewer) -> "GovernedQuerySet":
        """The rows that `viewer` may know of, each with its `rights`.

        Django takes up to 3 ms to build these conditions, which follow from what is held and from nothing else: whoever
        reads a whole model starts from the query built for the last one who held the same.
        """
        if not _is_whole(self.query):
            return self._cleared(viewer)
        rows = self._chain()
        rows.query = _query_for(self.model, viewer).chain()
        rows._cleared_for = viewer.name
        return rows

    def _cleared(self, viewer: Viewer) -> "GovernedQuerySet":
        rows = self._chain()
        rows._cleared_for = viewer.name
        return rows.annotate(rights=_rights(viewer, self.model.governance)).filter(
            _known(viewer, self.model) & _origin_allows(viewer, self.model) & _level_allows(viewer, self.model)
        )

    def trusted(self, reason: str) -> "GovernedQuerySet":
        """The same rows for the portal's own work; `reason` says why no viewer is involved."""
        if not reason.strip():
            raise ValueError("a trusted read needs a reason")
        rows = self._chain()
        rows._cleared_for = reason
        return rows

    def permitted(self, viewer: Viewer, permission: str) -> "GovernedQuerySet":
        """The rows on which `viewer` holds `permission` (a codename of Perimeter), through any perimeter above them."""
        return self.filter(viewer.holds(permission, self.model.governance, self.model))

    def knowing_sensitive(self, viewer: Viewer) -> Q:
        """The rows on which `viewer` would know of a sensitive unit."""
        return _holds_any(viewer, self.model, profiles.SENSITIVE_MASK)

    # Every way of reaching the database passes here.

    def _clear(self) -> None:
        if self._cleared_for is None and _required.get():
            raise Ungoverned(f"{self.model.__name__} read without visible_to() nor trusted()")

    def _clone(self):
        clone = super()._clone()
        clone._cleared_for = self._cleared_for
        return clone

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._clear()
        super()._fetch_all()

    def iterator(self, *args, **kwargs):
        self._clear()
        return super().iterator(*args, **kwargs)

    def aiterator(self, *args, **kwargs):
        self._clear()
        return super().aiterator(*args, **kwargs)

    def aggregate(self, *args, **kwargs):
        self._clear()
        return super().aggregate(*args, **kwargs)

    def count(self) -> int:
        self._clear()
        return super().count()

    def exists(self) -> bool:
        self._clear()
        return super().exists()

    def contains(self, obj) -> bool:
        self._clear()
        return super().contains(obj)

    def explain(self, *args, **kwargs) -> str:
        self._clear()
        return super().explain(*args, **kwargs)

    def update(self, **kwargs) -> int:
        self._clear()
        return super().update(**kwargs)

    def delete(self):
        self._clear()
        return super().delete()

    def delete_rows(self) -> int:
        """Delete these rows and nothing else, in one statement (the database refuses to orphan a child)."""
        self._clear()
        return self._raw_delete(self.db)

    def raw(self, *args, **kwargs):
        raise Ungoverned("raw SQL goes round the one door out")

    # What is cleared for one viewer never takes in rows cleared for another, or for nobody.

    def resolve_expression(self, *args, **kwargs):
        """Used as a subquery (`__in`): a condition on rows that nobody was cleared for would be an oracle."""
        self._clear()
        return super().resolve_expression(*args, **kwargs)

    def __and__(self, other):
        self._refuse_other_clearance(other)
        return super().__and__(other)

    def __or__(self, other):
        self._refuse_other_clearance(other)
        return super().__or__(other)

    def __xor__(self, other):
        self._refuse_other_clearance(other)
        return super().__xor__(other)

    def _combinator_query(self, combinator, *other_qs, all=False):
        self._refuse_other_clearance(*other_qs)
        return super()._combinator_query(combinator, *other_qs, all=all)

    def _refuse_other_clearance(self, *others: models.QuerySet) -> None:
        if not _required.get():
            return
        for other in others:
            if isinstance(other, GovernedQuerySet) and other._cleared_for != self._cleared_for:
                raise Ungoverned(f"{self.model.__name__} combined with rows cleared otherwise")


GovernedManager = models.Manager.from_queryset(GovernedQuerySet, "GovernedManager")


class GovernedModel(models.Model):
    """A model whose rows and data are disclosed by confidentiality only.

    `governance` maps each kind of perimeter to the lookup that leads to it from the row, or to several when rows may
    lie there by several ways (`NATIONAL_ONLY` for none); `sensitive` is the condition under which the row belongs to a
    sensitive unit; `level_field` names the stored level of contacts and telecoms, and `policy_category` the policy's
    category of its data. `kind_lookup` leads to the legal kind of the structure, for rows whose data are not at the
    same level in all of them. `read_with` is (model, category) of the data without which a row with a level of its own
    is not read either. `origin_lookup` leads to the channel that the row's description came by.
    """

    governance: Governance = {}
    sensitive: Q | None = None
    level_field: str | None = None
    kind_lookup: str | None = None
    read_with: tuple[str, str] | None = None
    policy_category: str = "description"
    social: Q | None = None
    origin_lookup: str | None = None

    objects = GovernedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_permissions = ()

    @classmethod
    def sensitive_rows(cls) -> Q | None:
        """The condition that selects the rows of sensitive units; None when the model knows none."""
        return cls.sensitive

    @classmethod
    def social_rows(cls) -> Q | None:
        """The condition that selects the rows of the social and medico-social field; None when the model has none."""
        return cls.social

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> Q | None:
        """The condition that selects the rows of descriptions that came by `origins`; None when the model has none."""
        return Q(**{f"{cls.origin_lookup}__in": origins}) if cls.origin_lookup else None


class GovernedEvent(pghistory.models.Event):
    """History events hold copies of governed data: read through the same door."""

    objects = GovernedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_permissions = ()


def forget_built() -> None:
    """For tests that change what the conditions are made of (the policy, a model's lookups)."""
    _built.clear()


def _query_for(model: type[GovernedModel], viewer: Viewer) -> Query:
    """The query of the rows of `model` that whoever holds what `viewer` holds may know of. Never changed once built."""
    key = (model, viewer.held, policy.restricted_origins())
    query = _built.get(key)
    if query is None:
        if len(_built) >= MOST_BUILT:
            _built.clear()
        query = _built[key] = model._base_manager.all()._cleared(viewer).query
    return query


def _is_whole(query: Query) -> bool:
    """Whether the query is that of all the rows of its model: nothing at all was asked of it yet."""
    return vars(query) == vars(type(query)(query.model))


def _rights(viewer: Viewer, governance: Governance):
    """One integer per row: the profiles that the viewer holds there, by any way. A way that leads nowhere adds 0."""
    expression = Value(viewer.national_rights, output_field=IntegerField())
    for kind in governance:
        for lookup, (bits, keys) in product(lookups_to(kind, governance), viewer.keys_by_rights(kind).items()):
            held = Case(When(**{f"{lookup}__in": keys}, then=Value(bits)), default=Value(0))
            expression = expression.bitor(held)
    return expression


def _known(viewer: Viewer, model: type[GovernedModel]) -> Q:
    """Sensitive units do not exist for those who may not know them."""
    sensitive = model.sensitive_rows()
    if sensitive is None or viewer.national_rights & profiles.SENSITIVE_MASK:
        return Q()
    ordinary = ~sensitive
    if not viewer.any_rights & profiles.SENSITIVE_MASK:
        return ordinary
    return ordinary | _holds_any(viewer, model, profiles.SENSITIVE_MASK)


def _origin_allows(viewer: Viewer, model: type[GovernedModel]) -> Q:
    """A description that came by an origin which the nation restricts is for those who read its level 2."""
    origins = policy.restricted_origins()
    fed = model.rows_from(origins) if origins else None
    return Q() if fed is None else ~fed | _reads(viewer, model, Level.PROFESSIONAL, "description")


def _level_allows(viewer: Viewer, model: type[GovernedModel]) -> Q:
    """The rows whose level the viewer reads: their stored level, else the least level of their data.

    A row that holds nothing at level 1 does not exist for someone who reads level 1 only: that it exists says
    something (crisis answers, versions, drafts, the expertise of a hospital).
    """
    if model.level_field is None:
        return _least_level_allows(viewer, model, model.__name__, model.policy_category)
    readable = Q(**{model.level_field: Level.PUBLIC})
    for level in (Level.PROFESSIONAL, Level.CRISIS):
        readable |= Q(**{model.level_field: level}) & _reads(viewer, model, level, model.policy_category)
    if model.read_with is not None:
        readable &= _least_level_allows(viewer, model, *model.read_with)
    return readable


def _least_level_allows(viewer: Viewer, model: type[GovernedModel], data: str, category: str) -> Q:
    """The rows where the viewer reads the least level of `data`, that of their legal kind when the model leads to it.

    An unknown kind takes the strictest, as a datum does; and who reads the strictest level reads every row.
    """
    least = policy.least_levels(data)
    strictest = max(least.values())
    readable = _reads(viewer, model, strictest, category)
    if model.kind_lookup is None:
        return readable
    for level in sorted(set(least.values()) - {strictest}):
        kinds = [kind for kind in least if least[kind] == level]
        readable |= Q(**{f"{model.kind_lookup}__in": kinds}) & _reads(viewer, model, level, category)
    return readable


def _reads(viewer: Viewer, model: type[GovernedModel], level: int, category: str) -> Q:
    """The rows on which the viewer holds a profile that reads `level` in `category`."""
    if level == Level.PUBLIC:
        return Q()
    readable = NOTHING
    always = profiles.mask_reading(category, level, social=False)
    if viewer.any_rights & always:
        readable |= _holds_any(viewer, model, always)
    if_social = profiles.mask_reading(category, level, social=True)
    if viewer.any_rights & if_social and (social := model.social_rows()) is not None:
        readable |= social & _holds_any(viewer, model, if_social, beyond=always)
    return readable


def _holds_any(viewer: Viewer, model: type[GovernedModel], mask: int, beyond: int = 0) -> Q:
    """The rows on which at least one profile of `mask` is held, said by columns that have indexes.

    What is held with a profile of `beyond` is left out: the same rows are then chosen by another condition.
    """
    if viewer.national_rights & mask:
        return EVERYTHING
    condition = NOTHING
    for kind in model.governance:
        by_rights = viewer.keys_by_rights(kind).items()
        keys = [key for bits, held in by_rights if bits & mask and not bits & beyond for key in held]
        if keys:
            condition |= governed_by(model.governance, kind, keys, model)
    return condition
