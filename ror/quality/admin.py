"""Anomalies: what is irregular in the record, whom it concerns, until when it may stay."""

from contextlib import AbstractContextManager

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionForm
from confidentiality.admin.exposure import discloses
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import say
from ror.history import writing
from ror.quality import bulk  # noqa: F401  it adds its actions to the lists of structures
from ror.quality.asking import TO_CHECK
from ror.quality.models import ENDED, Anomaly
from structures.admin.base import BY_ESTABLISHMENT, RecordScreen, owner_link

say(
    {
        "anomaly_open_once": "La même anomalie est déjà ouverte pour cette donnée : complétez-la plutôt.",
        "anomaly_ended_with_an_end_status": "Une anomalie terminée a un statut de fin : choisissez-le.",
    }
)


class OverdueFilter(SimpleListFilter):
    """Open anomalies whose deadline is past."""

    title = "échéance"
    parameter_name = "echeance"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return [("passee", "Dépassée")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.overdue(timezone.localdate()) if self.value() else queryset


class CheckFilter(SimpleListFilter):
    """Open checks that someone asked for."""

    title = "vérification"
    parameter_name = "verification"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return [("demandee", "Demandée")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.open().filter(rule=TO_CHECK) if self.value() else queryset


class AnomalyForm(CorrectionForm):
    """The end of an anomaly is dated by its status."""

    def clean(self) -> dict:
        cleaned = super().clean()
        ended = cleaned.get("status") in ENDED
        self.instance.ended_at = (self.instance.ended_at or timezone.now()) if ended else None
        return cleaned


@admin.register(Anomaly)
class AnomalyAdmin(RecordScreen):
    form = AnomalyForm
    reaches = ("geographic_entity", "offer")
    list_display = ("rule", "geographic_entity", "theme", "status", "deadline")
    list_filter = ("status", "theme", OverdueFilter, CheckFilter)
    search_fields = ("rule__startswith", "offer__identifier__startswith", *BY_ESTABLISHMENT)
    search_help_text = "Règle, identifiant de l'offre ; nom, commune, FINESS ou SIRET de l'établissement."
    ordering = ("-pk",)
    fieldsets = (
        ("Objet", {"fields": ("geographic_entity", "offer_screen", "rule", "theme", "element_path", "level")}),
        ("Contenu", {"fields": ("description", "wrong_value", "proposed_value", "proposed_action")}),
        ("Suivi", {"fields": ("status", "deadline", "ended_at", "source_system", "requester")}),
        ("Dates", {"fields": ("created_at", "updated_at")}),
    )
    readonly_fields = (
        *("geographic_entity", "offer_screen", "level", "requester", "ended_at"),
        *("created_at", "updated_at"),
    )

    def gate(self, request: HttpRequest, obj: Model | None, reason: str) -> AbstractContextManager:
        return writing(request.user, CHANNEL, reason)

    @discloses("offer", description="offre")
    def offer_screen(self, anomaly: Anomaly) -> SafeString | str:
        return owner_link(anomaly, "offer")
