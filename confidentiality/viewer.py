"""Who reads: the assignments in force of one person, resolved once per request."""

from collections import defaultdict
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from confidentiality.profiles import BIT, EVERYONE

NATION, REGION, DEPARTMENT = "nation", "region", "department"
LEGAL_ENTITY, GEOGRAPHIC_ENTITY, INTERNAL_ORGANIZATION = "legal_entity", "geographic_entity", "internal_organization"
KINDS = (NATION, REGION, DEPARTMENT, LEGAL_ENTITY, GEOGRAPHIC_ENTITY, INTERNAL_ORGANIZATION)


class Viewer:
    """A reader and what it holds. Two queries at most, whatever the page reads afterwards.

    Regions and departments are compared by their official code, everything else by the id of its perimeter.
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
        """Remember that data above level 1 was disclosed: the answer must not be kept by any cache."""
        key = (model, identifier)
        self.disclosed[key] = max(level, self.disclosed.get(key, 0))

    @cached_property
    def grants(self) -> list[tuple[str, str, str | int, str]]:
        """(profile, kind of perimeter, key, role) of each assignment in force."""
        if self.user is None:
            return []
        from confidentiality.models import Assignment

        held = Assignment.objects.in_force().filter(user=self.user).select_related("perimeter", "role")
        return [(line.role.profile, line.perimeter.kind, line.perimeter.key, line.role_id) for line in held]

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

    def keys_by_rights(self, kind: str) -> dict[int, list]:
        """For one kind of perimeter below the nation, the keys that bring each set of profiles."""
        rights: dict = defaultdict(int)
        for profile, granted_kind, key, _ in self.grants:
            if granted_kind == kind:
                rights[key] |= BIT.get(profile, 0)
        keys: dict[int, list] = defaultdict(list)
        for key, bits in rights.items():
            if bits:
                keys[bits].append(key)
        return dict(keys)

    def holds(self, permission: str, governance: dict[str, str]) -> Q:
        """The condition that selects the rows below a perimeter on which `permission` is held."""
        condition = Q(pk__in=[])
        for kind, key in self._perimeters_with(permission):
            if kind == NATION:
                return Q()
            if kind in governance:
                condition |= Q(**{governance[kind]: key})
        return condition

    def may(self, permission: str) -> bool:
        """Whether `permission` is held anywhere. Never enough to act: objects are always checked one by one."""
        return bool(self._perimeters_with(permission))

    def _perimeters_with(self, permission: str) -> set[tuple[str, str | int]]:
        return self._permissions.get(permission, set())

    @cached_property
    def _permissions(self) -> dict[str, set[tuple[str, str | int]]]:
        """(kind of perimeter, key) by codename: all that guardian knows of this account, in one query."""
        if self.user is None:
            return {}
        from confidentiality.models import PerimeterUserPermission

        rows = PerimeterUserPermission.objects.filter(
            user=self.user,
            permission__content_type__app_label="confidentiality",
            permission__content_type__model="perimeter",
        )
        held: dict[str, set[tuple[str, str | int]]] = defaultdict(set)
        for row in rows.select_related("permission", "content_object"):
            held[row.permission.codename].add((row.content_object.kind, row.content_object.key))
        return dict(held)


def _union(bits) -> int:
    total = 0
    for value in bits:
        total |= value
    return total
