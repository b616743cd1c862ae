"""Internal organisations: pôles, structures internes, unités fonctionnelles."""

from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest

from structures.admin.base import BY_ESTABLISHMENT, CLOSING, screen_address
from structures.admin.closing import ClosingScreen
from structures.admin.contact import ContactInline, MailboxInline
from structures.models import Contact, InternalOrganization


@admin.register(InternalOrganization)
class InternalOrganizationAdmin(ClosingScreen):
    inlines = (ContactInline, MailboxInline)
    list_display = ("name", "identifier", "type", "geographic_entity", "closing_date")
    list_filter = ("type", "closing_type")
    search_fields = ("search__contains", "identifier__startswith", *BY_ESTABLISHMENT)
    search_help_text = "Nom, identifiant ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("-pk",)
    fieldsets = (
        ("Organisation interne", {"fields": ("identifier", "geographic_entity", "parent", "type", "name", "comment")}),
        ("Ouverture et fermeture", {"fields": ("opening_date", *CLOSING)}),
        ("Suivi", {"fields": ("created_at", "updated_at")}),
    )
    readonly_fields = ("identifier", "geographic_entity", *CLOSING, "created_at", "updated_at")

    def identifier_of(self, obj: InternalOrganization) -> str:
        return obj.identifier

    def choices(self, request: HttpRequest, db_field: Field, rows: QuerySet) -> QuerySet:
        """A wider organisation of the same establishment."""
        edited = request.__dict__.get("edited")
        if db_field.name != "parent" or edited is None:
            return rows
        return rows.filter(geographic_entity=edited.geographic_entity_id, type__lt=edited.type_id).order_by("name")

    def choice_label(self, obj: InternalOrganization) -> str:
        return f"{obj.name} ({obj.identifier})"

    def tools(self, request: HttpRequest, obj: InternalOrganization) -> list[tuple[str, str]]:
        adding = [(screen_address(Contact, "add", internal_organization=obj.pk), "Ajouter un contact")]
        return [*(adding if self.has_change_permission(request, obj) else []), *super().tools(request, obj)]
