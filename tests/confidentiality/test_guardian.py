"""django-guardian reads the assignments in force through a view: it follows them at once, and writes nothing."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import (
    assign_perm,
    get_objects_for_user,
    get_perms,
    get_users_with_perms,
    remove_perm,
)

from confidentiality.models import Assignment, Perimeter, PerimeterGroupPermission, PerimeterUserPermission, Role
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from ror.history import writing
from tests.factories import AssignmentFactory, PerimeterFactory, UserFactory, territory

DESCRIBE, PUBLISH, MANAGE = "describe_offer", "publish_offer", "manage_accounts"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def user(db) -> User:
    return UserFactory()


@pytest.fixture
def perimeter(db) -> Perimeter:
    return PerimeterFactory()


def answers(user: User, perimeter: Perimeter, codename: str = DESCRIBE) -> set[bool]:
    """What every way of asking says: one answer when they all agree."""
    user = User.objects.get(pk=user.pk)  # guardian and Django cache permissions on the account
    full = f"confidentiality.{codename}"
    found = get_objects_for_user(user, full, klass=Perimeter, accept_global_perms=False)
    return {
        user.has_perm(full, perimeter),
        ObjectPermissionChecker(user).has_perm(codename, perimeter),
        codename in get_perms(user, perimeter),
        perimeter in found,
        user in get_users_with_perms(perimeter, only_with_perms_in=[codename]),
        (perimeter.kind, perimeter.key) in Viewer(user)._perimeters_with(codename),
    }


def give(user: User, perimeter: Perimeter, role: str = "describer", **dates) -> Assignment:
    return AssignmentFactory(user=user, role=role, perimeter=perimeter, **dates)


def change(assignment: Assignment, **values) -> None:
    with writing("tests", "command"):
        Assignment.objects.filter(pk=assignment.pk).update(**values)


def revoke(assignment: Assignment) -> None:
    with writing("tests", "command"):
        assignment.delete()


def test_an_assignment_gives_the_permissions_of_its_role_there_and_nowhere_else(user, perimeter):
    assert answers(user, perimeter) == {False}
    give(user, perimeter)
    assert answers(user, perimeter) == {True}
    assert answers(user, perimeter, MANAGE) == {False}
    assert answers(user, PerimeterFactory()) == {False}
    assert answers(UserFactory(), perimeter) == {False}
    assert not user.has_perm(f"confidentiality.{DESCRIBE}"), "a permission is always held on an object"


def test_revocation_takes_effect_at_once(user, perimeter):
    assignment = give(user, perimeter)
    assert answers(user, perimeter) == {True}
    revoke(assignment)
    assert answers(user, perimeter) == {False}


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "in_force"),
    [(-2, -1, False), (-1, 1, True), (-1, None, True), (1, 2, False), (1, None, False)],
    ids=["ended", "running", "without end", "future", "future without end"],
)
def test_dates_take_effect_by_themselves(user, perimeter, starts_in, ends_in, in_force):
    now = timezone.now()
    give(user, perimeter, starts_at=now + starts_in * DAY, ends_at=ends_in and now + ends_in * DAY)
    assert answers(user, perimeter) == {in_force}
    assert (Viewer(user).any_rights != Viewer.public().any_rights) is in_force


def test_an_assignment_ended_by_date_stops_at_once(user, perimeter):
    assignment = give(user, perimeter, starts_at=timezone.now() - 3 * DAY)
    change(assignment, ends_at=timezone.now() - DAY)
    assert answers(user, perimeter) == {False}


def test_overlapping_assignments_do_not_share_their_end(user, perimeter):
    kept = give(user, perimeter)
    dropped = give(user, perimeter)
    revoke(dropped)
    assert answers(user, perimeter) == {True}
    revoke(kept)
    assert answers(user, perimeter) == {False}


def test_two_roles_that_give_the_same_permission_do_not_share_a_row(user, perimeter):
    describing = give(user, perimeter, "describer")
    give(user, perimeter, "referent")
    rows = PerimeterUserPermission.objects.filter(user=user, permission__codename=DESCRIBE)
    assert len({row.pk for row in rows}) == rows.count() == 2
    revoke(describing)
    assert answers(user, perimeter) == {True}
    assert answers(user, perimeter, MANAGE) == {True}


def test_every_row_of_the_view_has_its_own_id(user):
    for _ in range(3):
        for role in ("describer", "referent", "national_administrator"):
            give(user, PerimeterFactory(), role)
    ids = list(PerimeterUserPermission.objects.values_list("pk", flat=True))
    assert len(ids) == len(set(ids)) == 3 * (4 + 5 + 10)


def test_an_inactive_account_holds_nothing(perimeter):
    user = UserFactory(is_active=False)
    give(user, perimeter)
    assert not user.has_perm(f"confidentiality.{DESCRIBE}", perimeter)
    assert not ObjectPermissionChecker(user).has_perm(DESCRIBE, perimeter)
    assert Viewer(user).grants == []
    assert not Viewer(user).may(DESCRIBE)


def test_nobody_signed_in_holds_nothing(perimeter):
    assert not AnonymousUser().has_perm(f"confidentiality.{DESCRIBE}", perimeter)
    assert not Viewer(AnonymousUser()).may(DESCRIBE)
    assert not User.objects.filter(email__icontains="anonymous").exists(), "guardian makes no anonymous account"


def test_there_is_no_superuser(user):
    for write in (
        lambda: User.objects.create(email="chef@example.org", is_superuser=True),
        lambda: User.objects.filter(pk=user.pk).update(is_superuser=True),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


# Nothing writes what guardian reads.


def permission() -> Permission:
    return Permission.objects.get(codename=DESCRIBE, content_type__app_label="confidentiality")


REFUSED = {
    "assign_perm to an account": lambda user, group, where: assign_perm(DESCRIBE, UserFactory(), where),
    "assign_perm to a group": lambda user, group, where: assign_perm(DESCRIBE, group, where),
    "remove_perm of an account": lambda user, group, where: remove_perm(DESCRIBE, user, where),
    "remove_perm of a group": lambda user, group, where: remove_perm(DESCRIBE, group, where),
    "assign_perm on many objects": lambda user, group, where: assign_perm(DESCRIBE, user, Perimeter.objects.all()),
    "assign_perm of a group on many": lambda user, group, where: assign_perm(DESCRIBE, group, Perimeter.objects.all()),
    "assign_perm to many accounts": lambda user, group, where: assign_perm(DESCRIBE, User.objects.all(), where),
    "create": lambda user, group, where: PerimeterUserPermission.objects.create(
        id=1, user=user, permission=permission(), content_object=where
    ),
    "bulk_create": lambda user, group, where: PerimeterUserPermission.objects.bulk_create(
        [PerimeterUserPermission(id=1, user=user, permission=permission(), content_object=where)]
    ),
    "bulk_create for a group": lambda user, group, where: PerimeterGroupPermission.objects.bulk_create(
        [PerimeterGroupPermission(id=1, group=group, permission=permission(), content_object=where)]
    ),
    "update": lambda user, group, where: PerimeterUserPermission.objects.update(user=user),
    "delete": lambda user, group, where: PerimeterUserPermission.objects.all().delete(),
    "raw delete": lambda user, group, where: raw("DELETE FROM confidentiality_permission_in_force"),
    "raw delete for groups": lambda user, group, where: raw("DELETE FROM confidentiality_group_permission_none"),
}


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("write", REFUSED)
def test_the_database_refuses_every_write_to_what_guardian_reads(user, perimeter, write):
    give(user, perimeter)
    with pytest.raises(DatabaseError), transaction.atomic():
        REFUSED[write](user, Group.objects.create(name="groupe"), perimeter)
    assert answers(user, perimeter) == {True}


def test_a_group_gives_no_right(user, perimeter):
    group = Group.objects.create(name="groupe")
    group.permissions.add(permission())
    user.groups.add(group)
    assert answers(user, perimeter) == {False}
    assert not Viewer(user).may(DESCRIBE)


def test_a_direct_permission_of_django_gives_no_right_on_an_object(user, perimeter):
    user.user_permissions.add(permission())
    assert answers(user, perimeter) == {False}
    assert not Viewer(user).may(DESCRIBE)


# Assignments themselves.


def test_one_never_gives_oneself_a_role(user, perimeter):
    with pytest.raises(IntegrityError), transaction.atomic():
        give(user, perimeter, given_by=user)


def test_an_assignment_needs_an_author(user, perimeter):
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.create(user=user, role_id="describer", perimeter=perimeter, reason="sans auteur")


def test_an_assignment_ends_after_it_starts(user, perimeter):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        give(user, perimeter, starts_at=now, ends_at=now - DAY)


@pytest.mark.parametrize(
    ("role", "kind"),
    [("describer", "nation"), ("referent", "region"), ("regulation", "nation"), ("grades", "department")],
)
def test_a_role_is_given_on_its_own_kinds_of_perimeter(user, role, kind):
    where = territory(kind, {"nation": "FR", "region": "53", "department": "35"}[kind])
    assignment = Assignment(user=user, role=Role.objects.get(pk=role), perimeter=where, reason="test")
    with pytest.raises(ValidationError) as refusal:
        assignment.full_clean()
    assert "perimeter" in refusal.value.message_dict


def test_the_crisis_role_has_an_end(user):
    assignment = Assignment(user=user, role=Role.objects.get(pk="crisis"), perimeter=territory("nation"), reason="test")
    with pytest.raises(ValidationError) as refusal:
        assignment.full_clean()
    assert "ends_at" in refusal.value.message_dict
