"""Establishments: what their register says, to read, and what they say of themselves."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionStacked
from confidentiality.admin.exposure import discloses
from confidentiality.delegation import PERMISSION as ACCOUNTS
from structures.admin.base import ADDRESS, POSITION, RecordInline, link, named_address, screen_address
from structures.admin.closing import STRUCTURE_ACTIONS, ClosingScreen
from structures.admin.contact import EstablishmentContactInline
from structures.admin.tariff import TariffInline
from structures.models import Contact, CrisisAnswer, GeographicEntity, InternalOrganization, Offer
from structures.schema import ESTABLISHMENT

IDENTITY = (
    *("public_page", "name", "name_complement", "legal_entity"),
    *("id_nat_struct", "finess", "siret", "office_rank"),
)
NATURE = ("category", "legal_kind", "in_perimeter")
DATES = ("opening_date", "closing_date", "closing_type")
REGISTER = (
    *("register_category_code", "register_category_label", "register_phone"),
    *("register_updated_on", "gone_since", "created_at", "updated_at"),
)


class CrisisAnswerInline(RecordInline, CorrectionStacked):
    """Level 3: absent for those who may not read it."""

    model = CrisisAnswer
    fields = ("orsan_answer", "orsan_level", "landing_zone", "updated_at")
    readonly_fields = ("updated_at",)


@admin.register(GeographicEntity)
class GeographicEntityAdmin(ClosingScreen):
    actions = STRUCTURE_ACTIONS
    edited_elsewhere = ("closing_type", "closing_date")
    inlines = (EstablishmentContactInline, TariffInline, CrisisAnswerInline)
    list_display = ("name", "finess", "category", "legal_kind", "locality", "department", "in_perimeter", "gone_since")
    list_select_related = ("department",)
    list_filter = ("in_perimeter", "legal_kind", "region", ("gone_since", admin.EmptyFieldListFilter))
    search_fields = (
        *("search__contains", "finess__startswith", "siret__startswith"),
        *("id_nat_struct", "legal_entity__finess__startswith", "legal_entity__id_nat_struct"),
        "commune__normalised__contains",
    )
    search_help_text = "Nom, commune, numéro FINESS (de l'établissement ou de son entité juridique) ou numéro SIRET."
    ordering = ("finess", "pk")
    fieldsets = (
        ("Identité", {"fields": IDENTITY}),
        ("Nature", {"fields": NATURE}),
        ("Adresse", {"fields": (*ADDRESS, "department", "region", *POSITION)}),
        ("Ce que l'établissement dit de lui-même", {"fields": tuple(ESTABLISHMENT.fields)}),
        ("Ouverture et fermeture", {"fields": DATES}),
        ("Au registre", {"fields": REGISTER}),
    )
    readonly_fields = (*IDENTITY, *NATURE, *ADDRESS, "department", "region", *POSITION, *DATES, *REGISTER)

    @discloses("id_nat_struct", description="page publique")
    def public_page(self, entity: GeographicEntity) -> SafeString:
        return link(reverse("publication:establishment", args=[entity.id_nat_struct]), "Voir l'établissement")

    def identifier_of(self, obj: GeographicEntity) -> str:
        return obj.id_nat_struct

    def legal_kind_of(self, obj: GeographicEntity) -> str:
        return obj.legal_kind

    def tools(self, request: HttpRequest, obj: GeographicEntity) -> list[tuple[str, str]]:
        below = [
            (screen_address(InternalOrganization, "changelist", q=obj.id_nat_struct), "Organisations internes"),
            (screen_address(Offer, "changelist", q=obj.id_nat_struct), "Offres"),
            (named_address("quality_anomaly", "changelist", q=obj.id_nat_struct), "Anomalies"),
        ]
        adding = [(screen_address(Contact, "add", geographic_entity=obj.pk), "Ajouter un contact")]
        inviting = [(f"{reverse('colleagues:invite')}?lieu={obj.perimeter_id}&role=referent", "Inviter un référent")]
        return [
            *below,
            *(inviting if request.viewer.may(ACCOUNTS) else []),
            *(adding if self.has_change_permission(request, obj) else []),
            *super().tools(request, obj),
        ]
