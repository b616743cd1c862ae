"""Roles and assignments: who may do what, where, until when, given by whom and why."""

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Field, Model, Prefetch, QuerySet
from django.http import HttpRequest

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.filters import InForceFilter
from confidentiality.admin.forms import RorModelForm
from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.models import Assignment, Perimeter, Role

ONESELF = "Vous ne pouvez pas vous donner un rôle. Demandez-le à une autre personne qui gère les comptes."
OUT_OF_REACH = (
    "Vous ne pouvez pas donner ce rôle sur ce périmètre : il faut y gérer les comptes, avec un rôle de rang supérieur. "
    "Choisissez un autre rôle ou un autre périmètre."
)
ENDS_BEFORE_START = "La fin doit venir après le début. Corrigez l'une des deux dates."


@admin.register(Role)
class RoleAdmin(RorModelAdmin):
    list_display = ("number", "label", "profile", "kinds", "rank")
    list_display_links = ("label",)
    ordering = ("number",)
    fields = ("code", "number", "label", "profile", "kinds", "rank", "permission_labels", "writes", "basis")

    @admin.display(description="natures de périmètre")
    def kinds(self, role: Role) -> str:
        return ", ".join(Perimeter.Kind(kind).label for kind in role.perimeter_kinds) or EMPTY

    @admin.display(description="droits")
    def permission_labels(self, role: Role) -> str:
        return ", ".join(permission.name for permission in role.permissions.order_by("pk")) or EMPTY


class AssignmentForm(RorModelForm):
    """Gives a role, or changes the end of one. `delegation` is the viewer's, set by the screen."""

    delegation: Delegation

    def clean(self) -> dict:
        cleaned = super().clean()
        user, role, perimeter = (cleaned.get(name) for name in ("user", "role", "perimeter"))
        if user and user.pk == self.delegation.viewer.user.pk:
            self.add_error("user", ONESELF)
        elif user and role and perimeter and not self.delegation.may_give(user, role, perimeter):
            self.add_error(None, OUT_OF_REACH)
        start, end = cleaned.get("starts_at", self.instance.starts_at), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", ENDS_BEFORE_START)
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        """An assignment can always be ended: what the form does not show is not judged again."""
        if hasattr(errors, "error_dict"):
            hidden = errors.error_dict.keys() - self.fields.keys() - {NON_FIELD_ERRORS}
            for name in hidden:
                del errors.error_dict[name]
        super()._update_errors(errors)


@admin.register(Assignment)
class AssignmentAdmin(RorModelAdmin):
    """Given once, with a reason; afterwards only the end changes. Nothing is deleted: the history stays whole."""

    view_with = add_with = change_with = PERMISSION
    form = AssignmentForm
    autocomplete_fields = ("user", "perimeter")
    list_display = ("user", "role", "place", "starts_at", "ends_at", "given_by")
    list_select_related = ("user", "role", "given_by")
    list_filter = (InForceFilter, "role")
    search_fields = ("user__email__icontains", "user__last_name__icontains", "perimeter__code__startswith")
    search_help_text = "Adresse électronique ou nom de la personne, code du périmètre."
    ordering = ("-starts_at", "-pk")
    fields = ("user", "role", "perimeter", "starts_at", "ends_at", "reason", "given_by", "created_at")
    readonly_fields = ("given_by", "created_at")

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        held = permission is not None and request.viewer.may(permission)
        return Delegation.of(request).assignments() if held else Assignment.objects.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        perimeters = self.admin_site.get_model_admin(Perimeter).get_queryset(request)
        return super().get_queryset(request).prefetch_related(Prefetch("perimeter", perimeters))

    @admin.display(description="périmètre")
    def place(self, assignment: Assignment) -> str:
        return self.admin_site.get_model_admin(Perimeter).choice_label(assignment.perimeter)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or self.once(request, "end", obj, lambda: Delegation.of(request).may_end(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        if obj is None:
            return super().get_readonly_fields(request, obj)
        kept = ["ends_at"] if self.has_change_permission(request, obj) else []
        return [name for name in self.fields if name not in kept]

    def choices(self, request: HttpRequest, db_field: Field, rows: QuerySet) -> QuerySet:
        if db_field.name == "user":
            return rows.filter(is_active=True).exclude(pk=request.user.pk)
        if db_field.name == "role":
            return rows.filter(pk__in=Delegation.of(request).roles())
        return rows

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs) -> type:
        form = super().get_form(request, obj, change, **kwargs)
        form.delegation = Delegation.of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Assignment, form, change: bool) -> None:
        if not change:
            obj.given_by = request.user
        super().save_model(request, obj, form, change)
