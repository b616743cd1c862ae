"""Legal entities: what their register says, to read, and their contacts."""

from django.contrib import admin
from django.http import HttpRequest

from confidentiality.admin.exposure import discloses
from structures.admin.base import ADDRESS, screen_address
from structures.admin.closing import STRUCTURE_ACTIONS, ClosingScreen
from structures.admin.contact import ContactInline
from structures.models import Contact, GeographicEntity, LegalEntity

IDENTITY = ("legal_name", "legal_name_complement", "id_nat_struct", "finess", "siren", "office_rank")
REGISTER = (
    *("legal_status", "legal_status_group", "register_status_code", "register_status_label", "register_phone"),
    *("creation_date", "number_only", "gone_since", "created_at", "updated_at"),
)
CLOSING = ("closing_type", "closing_date")


@admin.register(LegalEntity)
class LegalEntityAdmin(ClosingScreen):
    actions = STRUCTURE_ACTIONS
    edited_elsewhere = CLOSING
    inlines = (ContactInline,)
    list_display = ("denomination", "finess", "siren", "department", "number_only", "gone_since")
    list_select_related = ("department",)
    list_filter = ("number_only", "region", ("gone_since", admin.EmptyFieldListFilter))
    search_fields = (
        *("search__contains", "finess__startswith", "siren__startswith", "id_nat_struct"),
        "commune__normalised__contains",
    )
    search_help_text = "Raison sociale, commune, numéro FINESS ou numéro SIREN."
    ordering = ("finess", "pk")
    fieldsets = (
        ("Identité", {"fields": IDENTITY}),
        ("Adresse", {"fields": (*ADDRESS, "department", "region")}),
        ("Au registre", {"fields": REGISTER}),
        ("Fermeture", {"fields": CLOSING}),
    )
    readonly_fields = (*IDENTITY, *ADDRESS, "department", "region", *REGISTER, *CLOSING)

    @discloses("legal_name", "finess", description="raison sociale", ordering="legal_name")
    def denomination(self, entity: LegalEntity) -> str:
        return str(entity)

    def identifier_of(self, obj: LegalEntity) -> str:
        return obj.id_nat_struct

    def legal_kind_of(self, obj: LegalEntity) -> str:
        return ""

    def tools(self, request: HttpRequest, obj: LegalEntity) -> list[tuple[str, str]]:
        below = [(screen_address(GeographicEntity, "changelist", q=obj.id_nat_struct), "Établissements")]
        adding = [(screen_address(Contact, "add", legal_entity=obj.pk), "Ajouter un contact")]
        return [*below, *(adding if self.has_change_permission(request, obj) else []), *super().tools(request, obj)]
