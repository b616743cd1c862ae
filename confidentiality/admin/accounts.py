"""Accounts: opened, named and closed by those who manage them. Passwords are never shown nor typed here."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from confidentiality.admin.forms import RorModelForm
from confidentiality.admin.model_admin import RorModelAdmin, RorTabularInline
from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.models import Assignment
from ror.accounts.models import User

TAKEN = "Un compte existe déjà avec cette adresse. Cherchez-le dans la liste des comptes."


class AccountForm(RorModelForm):
    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            self.add_error("email", TAKEN)
        return email


class HeldInline(RorTabularInline):
    """The assignments of an account, to read; they are given and ended on their own screen."""

    model = Assignment
    fk_name = "user"
    view_with = PERMISSION
    fields = ("role", "perimeter", "starts_at", "ends_at", "given_by", "reason")
    verbose_name_plural = "affectations"

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        held = Delegation.of(request).assignments() if permission else Assignment.objects.none()
        return held.select_related("role", "perimeter", "given_by")


@admin.register(User)
class AccountAdmin(RorModelAdmin):
    view_with = add_with = change_with = PERMISSION
    export_with = None  # addresses of people are not taken away by lists
    form = AccountForm
    inlines = (HeldInline,)
    list_display = ("email", "last_name", "first_name", "is_active", "date_joined", "last_login")
    list_filter = ("is_active",)
    search_fields = ("email__icontains", "last_name__icontains", "first_name__icontains")
    search_help_text = "Adresse électronique, nom ou prénom."
    ordering = ("email",)
    fields = ("email", "first_name", "last_name", "is_active", "date_joined", "last_login")
    readonly_fields = ("date_joined", "last_login")

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        held = permission is not None and request.viewer.may(permission)
        return Delegation.of(request).accounts() if held else User.objects.none()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or self.once(request, "change", obj, lambda: Delegation.of(request).may_change_account(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        """The address is the sign-in itself: fixed once given. Nobody closes their own account."""
        fixed = [] if obj is None else ["email"]
        own = ["is_active"] if obj is not None and obj.pk == request.user.pk else []
        return [*super().get_readonly_fields(request, obj), *fixed, *own]

    def save_model(self, request: HttpRequest, obj: User, form, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def choice_label(self, obj: User) -> str:
        return f"{obj} ({obj.email})"
