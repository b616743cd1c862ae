"""Who reads: the assignments in force of one person, resolved once per request."""

from collections import defaultdict
from collections.abc import Collection, Hashable
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q
from django.db.models.constants import LOOKUP_SEP

from confidentiality.profiles import BIT, EVERYONE

if TYPE_CHECKING:
    from confidentiality.models import Assignment

NATION, REGION, DEPARTMENT = "nation", "region", "department"
LEGAL_ENTITY, GEOGRAPHIC_ENTITY, INTERNAL_ORGANIZATION = "legal_entity", "geographic_entity", "internal_organization"
KINDS = (NATION, REGION, DEPARTMENT, LEGAL_ENTITY, GEOGRAPHIC_ENTITY, INTERNAL_ORGANIZATION)

# For each kind of perimeter, the lookups that lead to it from a row: any of them is enough.
Governance = dict[str, str | tuple[str, ...]]


class Viewer:
    """A reader and what it holds. Two queries at most, whatever the page reads afterwards.

    Regions and departments are compared by their official code, everything else by the id of its perimeter. What is
    held on an internal organisation is held on all those below it: one more query, only for those who hold such.
    """

    def __init__(self, user=None) -> None:
        self.user = user if user is not None and user.is_authenticated and user.is_active else None
        self.disclosed: dict[tuple[str, str], int] = {}

    @classmethod
    def public(cls) -> "Viewer":
        """Anyone: profile P0."""
        return cls(AnonymousUser())

    @property
    def name(self) -> str:
        return f"account {self.user.pk}" if self.user else "public"

    @property
    def is_authenticated(self) -> bool:
        return self.user is not None

    def note_disclosure(self, model: str, identifier: str, level: int) -> None:
        """Remember that data above level 1 was disclosed: no cache keeps the answer, and the journal tells of it."""
        key = (model, identifier)
        self.disclosed[key] = max(level, self.disclosed.get(key, 0))

    @cached_property
    def assignments(self) -> "list[Assignment]":
        """The assignments in force, each with its role and its perimeter."""
        if self.user is None:
            return []
        from confidentiality.models import Assignment

        return list(Assignment.objects.in_force().filter(user=self.user).select_related("perimeter", "role"))

    @cached_property
    def grants(self) -> list[tuple[str, str, str | int, str]]:
        """(profile, kind of perimeter, key, role) of each assignment in force."""
        return [(line.role.profile, line.perimeter.kind, line.perimeter.key, line.role_id) for line in self.assignments]

    @cached_property
    def roles(self) -> frozenset[str]:
        """Codes of the roles held anywhere."""
        return frozenset(role for _, _, _, role in self.grants)

    @cached_property
    def national_rights(self) -> int:
        """The profiles held on every row: P0 for everyone, and those of the assignments on the nation."""
        return _union(BIT.get(profile, 0) for profile, kind, _, _ in self.grants if kind == NATION) | EVERYONE

    @cached_property
    def any_rights(self) -> int:
        """The profiles held somewhere."""
        return _union(BIT.get(profile, 0) for profile, _, _, _ in self.grants) | EVERYONE

    @cached_property
    def held(self) -> Hashable:
        """All that the conditions on rows follow from: the profiles held, by perimeter."""
        by_kind = (
            (kind, frozenset((bits, frozenset(keys)) for bits, keys in self.keys_by_rights(kind).items()))
            for kind in KINDS
            if kind != NATION
        )
        return self.national_rights, self.any_rights, tuple(by_kind)

    def keys_by_rights(self, kind: str) -> dict[int, list]:
        """For one kind of perimeter below the nation, the keys that bring each set of profiles."""
        rights: dict = defaultdict(int)
        for profile, granted_kind, granted_key, _ in self.grants:
            if granted_kind != kind:
                continue
            for key in self.keys_below(kind, granted_key):
                rights[key] |= BIT.get(profile, 0)
        keys: dict[int, list] = defaultdict(list)
        for key, bits in rights.items():
            if bits:
                keys[bits].append(key)
        return dict(keys)

    def keys_below(self, kind: str, key: str | int) -> Collection[str | int]:
        """The keys that an assignment of the viewer on this perimeter reaches: its own, and those of organisations
        below an internal organisation.
        """
        if kind != INTERNAL_ORGANIZATION:
            return (key,)
        return self._organizations.get(key, (key,))

    def holds(self, permission: str, governance: Governance, model: type[Model] | None = None) -> Q:
        """The condition that selects the rows (of `model`) below a perimeter on which `permission` is held."""
        keys: dict[str, list] = defaultdict(list)
        for kind, key in self._perimeters_with(permission):
            keys[kind].append(key)
        if NATION in keys:
            return Q()
        condition = Q(pk__in=[])
        for kind, held in keys.items():
            condition |= governed_by(governance, kind, held, model)
        return condition

    def may(self, permission: str) -> bool:
        """Whether `permission` is held anywhere. Never enough to act: objects are always checked one by one."""
        return bool(self._perimeters_with(permission))

    def counts(self, permission: str, assignment: "Assignment") -> bool:
        """Whether `permission`, that this assignment of the viewer gives, counts now."""
        return self._counts(permission, assignment.perimeter.kind, assignment.pk)

    @cached_property
    def _organizations(self) -> dict[int, frozenset[int]]:
        """The perimeters of internal organisations assigned to this account, each with all those below it."""
        held = {key for _, kind, key, _ in self.grants if kind == INTERNAL_ORGANIZATION}
        if not held:
            return {}
        from confidentiality.models import organizations_below

        return organizations_below(held)

    def _perimeters_with(self, permission: str) -> set[tuple[str, str | int]]:
        return self._permissions.get(permission, set())

    @cached_property
    def _permissions(self) -> dict[str, set[tuple[str, str | int]]]:
        """(kind of perimeter, key) by codename, and what lies below its internal organisations."""
        held: dict[str, set[tuple[str, str | int]]] = defaultdict(set)
        for permission, kind, key, assignment in self._rights:
            if self._counts(permission, kind, assignment):
                held[permission].update((kind, below) for below in self.keys_below(kind, key))
        return dict(held)

    @cached_property
    def _rights(self) -> list[tuple[str, str, str | int, int]]:
        """(codename, kind of perimeter, key, assignment): all that guardian knows of this account, in one query."""
        if self.user is None:
            return []
        from confidentiality.models import PerimeterUserPermission

        rows = PerimeterUserPermission.objects.filter(
            user=self.user,
            permission__content_type__app_label="confidentiality",
            permission__content_type__model="perimeter",
        ).select_related("permission", "content_object")
        return [
            (row.permission.codename, row.content_object.kind, row.content_object.key, row.assignment_id)
            for row in rows
        ]

    def _counts(self, permission: str, kind: str, assignment: int) -> bool:
        """Whether a right held counts now: all do, but in a session that waits for a second factor."""
        return True


def lookups_to(kind: str, governance: Governance) -> tuple[str, ...]:
    """The lookups that lead from a governed row to its perimeters of `kind`; the nation needs none."""
    if kind == NATION:
        return ()
    lookups = governance.get(kind, ())
    return (lookups,) if isinstance(lookups, str) else lookups


def governed_by(governance: Governance, kind: str, keys: Collection[str | int], model: type[Model] | None = None) -> Q:
    """The condition that selects the rows that lie, by any way, in one of the perimeters of `kind` with these keys.

    `model` is that of the rows: given, and when there are several ways, each is looked for apart, since no index
    serves a choice between two joins.
    """
    lookups = lookups_to(kind, governance)
    condition = Q(pk__in=[])
    for lookup in lookups:
        condition |= _leads(model, lookup, keys) if model and len(lookups) > 1 else Q(**{f"{lookup}__in": keys})
    return condition


def _leads(model: type[Model], lookup: str, keys: Collection[str | int]) -> Q:
    """The rows that `lookup` leads to one of the keys, asked of the row pointed to and not by a join."""
    name, _, rest = lookup.partition(LOOKUP_SEP)
    relation = model._meta.get_field(name)
    if not (rest and relation.concrete and relation.is_relation):
        return Q(**{f"{lookup}__in": keys})
    owners = relation.related_model._base_manager.filter(**{f"{rest}__in": keys})
    return Q(Exists(owners.filter(**{relation.target_field.name: OuterRef(relation.attname)})))


def _union(bits) -> int:
    total = 0
    for value in bits:
        total |= value
    return total
