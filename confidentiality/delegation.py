"""Who may give which role, where: strictly below one's own rank, within one's own perimeters, never to oneself."""

from functools import cached_property

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from confidentiality.checks import governed_models
from confidentiality.governed import GovernedModel
from confidentiality.hiding import hides_rows
from confidentiality.models import Assignment, Perimeter, Role
from confidentiality.viewer import DEPARTMENT, NATION, REGION, Viewer, governed_by, lookups_to
from ror.accounts.models import User
from ror.reference.models import Department

PERMISSION = "manage_accounts"
# A mandate is given by a référent to the regional team, and by nobody else (roles.md): never as one gives a role.
MANDATED, REFERENT = "mandated", "referent"


class Delegation:
    """What one viewer may do with accounts and assignments."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    @classmethod
    def of(cls, request: HttpRequest) -> "Delegation":
        """The delegation of the viewer of a request, read once."""
        return request.__dict__.setdefault("_delegation", cls(request.viewer))

    @cached_property
    def held(self) -> list[Assignment]:
        """The viewer's own assignments in force whose role manages accounts."""
        if not self.viewer.is_authenticated:
            return []
        mine = Assignment.objects.in_force().filter(user=self.viewer.user, role__permissions__codename=PERMISSION)
        lines = mine.select_related("role", "perimeter")
        return [line for line in lines if self.viewer.counts(PERMISSION, line)]

    @cached_property
    def rank(self) -> int | None:
        """The highest rank held (the lowest number), or None without any."""
        return min((line.role.rank for line in self.held), default=None)

    def perimeters(self) -> QuerySet[Perimeter]:
        """The perimeters on which the viewer manages accounts, and all those below them."""
        return Perimeter.objects.filter(self._below(line.perimeter for line in self.held))

    def roles(self) -> QuerySet[Role]:
        """The roles that the viewer may give somewhere."""
        if self.rank is None:
            return Role.objects.none()
        return Role.objects.filter(rank__gt=self.rank).exclude(pk=MANDATED)

    def assignments(self) -> QuerySet[Assignment]:
        """The assignments on those perimeters, past and future included, whoever gave them."""
        return Assignment.objects.filter(perimeter__in=self.perimeters().order_by().values("pk"))

    def accounts(self) -> QuerySet[User]:
        """Every account for those who manage the nation; otherwise those that hold something on those perimeters."""
        if any(line.perimeter.kind == NATION for line in self.held):
            return User.objects.all()
        return User.objects.filter(Exists(self.assignments().order_by().filter(user=OuterRef("pk"))))

    def may_give(self, user: User, role: Role, perimeter: Perimeter) -> bool:
        """Whether the viewer may give `role` on `perimeter` to `user`."""
        return user.pk != self.viewer.user.pk and self.may_offer(role, perimeter)

    def may_offer(self, role: Role, perimeter: Perimeter) -> bool:
        """Whether the viewer may give `role` on `perimeter` to someone else, who may have no account yet."""
        if role.pk == MANDATED:
            return False
        above = [line.perimeter for line in self.held if line.role.rank < role.rank]
        return bool(above) and Perimeter.objects.filter(self._below(above), pk=perimeter.pk).exists()

    def mandating(self) -> QuerySet[Perimeter]:
        """The perimeters over which the viewer may give a mandate: those of which they are référent."""
        return Perimeter.objects.filter(self._below(line.perimeter for line in self.held if line.role_id == REFERENT))

    def givable(self) -> Q:
        """The condition on rows that have a `role` and a `perimeter`: those of which `may_offer` is true."""
        return self.outranked() & ~Q(role=MANDATED)

    def outranked(self) -> Q:
        """The same for the roles below the viewer's own, mandates included: what may be ended."""
        condition = Q(pk__in=[])
        for rank in {line.role.rank for line in self.held}:
            below = self._below(line.perimeter for line in self.held if line.role.rank == rank)
            perimeters = Perimeter.objects.filter(below).order_by().values("pk")
            condition |= Q(role__rank__gt=rank, perimeter__in=perimeters)
        return condition

    def endable(self) -> QuerySet[Assignment]:
        """The assignments that `may_end` allows, all at once, for lists."""
        lasting = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
        return Assignment.objects.filter(self.outranked(), lasting).exclude(user=self.viewer.user)

    def may_end(self, assignment: Assignment) -> bool:
        """Whether the viewer may change the end of an assignment that is not over."""
        return self.endable().filter(pk=assignment.pk).exists()

    def may_change_account(self, user: User) -> bool:
        """Whether the viewer may rename or close an account: nobody of the same rank or above, oneself apart."""
        if self.rank is None:
            return False
        lasting = user.assignments.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))
        highest = lasting.order_by().aggregate(rank=Min("role__rank"))["rank"]
        return user.pk == self.viewer.user.pk or highest is None or highest > self.rank

    def _below(self, perimeters) -> Q:
        condition = Q(pk__in=[])
        for perimeter in perimeters:
            condition |= _territories(perimeter) | _structures(perimeter, self.viewer)
        return condition


def _territories(perimeter: Perimeter) -> Q:
    if perimeter.kind == NATION:
        return Q(kind__in=(NATION, REGION, DEPARTMENT))
    if perimeter.kind == REGION:
        departments = Department.objects.filter(region=perimeter.code).order_by().values("pk")
        return Q(pk=perimeter.pk) | Q(kind=DEPARTMENT, code__in=departments)
    return Q(pk=perimeter.pk)


def _structures(perimeter: Perimeter, viewer: Viewer) -> Q:
    """The perimeters of the structures below this one that the viewer may know of."""
    condition = Q(pk__in=[])
    for model in governed_models():
        kind = _kind_owned(model)
        if kind is None:
            continue
        if perimeter.kind == NATION and not hides_rows(model):
            condition |= Q(kind=kind)  # all of them: no need to look at each structure
            continue
        rows = model.objects.visible_to(viewer).order_by()
        if perimeter.kind != NATION:
            keys = viewer.keys_below(perimeter.kind, perimeter.key)
            rows = rows.filter(governed_by(model.governance, perimeter.kind, keys))
        condition |= Q(pk__in=rows.values("perimeter"))
    return condition


def _kind_owned(model: type[GovernedModel]) -> str | None:
    """The kind of the perimeters that rows of the model own themselves."""
    governance = model.governance
    return next((kind for kind in governance if "perimeter_id" in lookups_to(kind, governance)), None)
