"""Mandates: a référent lets someone of the regional team prepare descriptions, until a date or until they end it.

A mandate is an assignment of the role « mandated »: it expires by itself, shows among the colleagues and is withdrawn
as any role. Only the establishment publishes.
"""

import datetime

from django.db.models import Q, QuerySet

from confidentiality import viewer as kinds
from confidentiality.delegation import MANDATED, Delegation
from confidentiality.models import Assignment, Perimeter
from confidentiality.session import TEAM
from ror.accounts.models import User
from ror.history import writing
from structures.models import GeographicEntity, LegalEntity


class NotMandated(Exception):
    """The viewer is not référent there, or the person is not of the regional team of that place."""


def regional_team(delegation: Delegation, perimeter: Perimeter | None = None) -> QuerySet[User]:
    """Those of the regional teams (GRADeS, regional quality managers) in whose territory `perimeter` lies.

    Without `perimeter`, those in whose territory lies any place of which the viewer is référent.
    """
    keys = [perimeter.pk] if perimeter else delegation.mandating().order_by().values("pk")
    regions, departments = set(), set()
    for model, fields in ((GeographicEntity, ("region_id", "department_id")), (LegalEntity, ("region_id",))):
        rows = model.objects.visible_to(delegation.viewer).filter(perimeter__in=keys).order_by()
        for line in rows.values_list(*fields).distinct():
            regions.add(line[0])
            departments.update(line[1:])
    territory = Q(perimeter__kind=kinds.REGION, perimeter__code__in=regions - {None}) | Q(
        perimeter__kind=kinds.DEPARTMENT, perimeter__code__in=departments - {None}
    )
    held = Assignment.objects.in_force().filter(territory, role__in=TEAM)
    people = User.objects.filter(pk__in=held.values("user"), is_active=True)
    return people.exclude(pk=delegation.viewer.user.pk).order_by("last_name", "first_name", "email")


def give(
    delegation: Delegation,
    perimeter: Perimeter,
    person: User,
    *,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    reason: str,
) -> Assignment:
    """A new mandate. Raises `NotMandated`."""
    if not delegation.mandating().filter(pk=perimeter.pk).exists():
        raise NotMandated
    if not regional_team(delegation, perimeter).filter(pk=person.pk).exists():
        raise NotMandated
    mandate = Assignment(
        user=person,
        role_id=MANDATED,
        perimeter=perimeter,
        starts_at=starts_at,
        ends_at=ends_at,
        given_by=delegation.viewer.user,
        reason=reason,
    )
    mandate.clean()
    with writing(delegation.viewer.user, "form"):
        mandate.save()
    return mandate
