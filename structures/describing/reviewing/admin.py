"""The rules of a region, as the national administrator and its quality manager set them."""

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from confidentiality.admin.exposure import discloses
from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.viewer import REGION
from structures.describing.reviewing.models import OWN_RULE, RegionSettings

PERMISSION = "set_region_rules"


@admin.register(RegionSettings)
class RegionSettingsAdmin(RorModelAdmin):
    view_with = add_with = change_with = PERMISSION
    list_display = ("region", "review", "review_days", "has_charter")
    list_select_related = ("region",)
    ordering = ("region",)
    fieldsets = ((None, {"fields": ("region", "review", "review_days", "charter"), "description": OWN_RULE}),)

    @discloses("charter", description="charte")
    def has_charter(self, rules: RegionSettings) -> str:
        return "oui" if rules.charter else "non"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        """The region does not change: another one has rules of its own."""
        fixed = list(super().get_readonly_fields(request, obj))
        return fixed if obj is None or "region" in fixed else [*fixed, "region"]

    def choices(self, request: HttpRequest, db_field: Field, rows: QuerySet) -> QuerySet:
        """The regions whose rules the person sets."""
        return rows.filter(request.viewer.holds(PERMISSION, {REGION: "pk"}))
