"""Tariffs of establishments."""

from django.contrib import admin

from confidentiality.admin.correcting import CorrectionStacked
from structures.admin.base import BY_ESTABLISHMENT, RecordInline, RecordScreen
from structures.models import Tariff
from structures.schema import TARIFF

DATA = tuple(TARIFF.fields)


class TariffInline(RecordInline, CorrectionStacked):
    model = Tariff
    can_delete = True
    show_change_link = True
    fields = DATA


@admin.register(Tariff)
class TariffAdmin(RecordScreen):
    reaches = ("geographic_entity",)
    list_display = ("kind", "geographic_entity", "residential_type", "amount", "unit", "valid_from")
    list_filter = ("kind", "unit")
    search_fields = BY_ESTABLISHMENT
    search_help_text = "Nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    fields = ("geographic_entity", *DATA, "created_at", "updated_at")
    readonly_fields = ("geographic_entity", "created_at", "updated_at")
