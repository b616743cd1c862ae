"""Imports of registers, to read."""

from django.contrib import admin

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.model_admin import RorModelAdmin
from ror.registers.models import Import


@admin.register(Import)
class ImportAdmin(RorModelAdmin):
    view_with = "read_registers"
    list_display = (
        *("file_name", "flow_date", "scope", "dry_run", "started_at"),
        *("created", "modified", "unchanged", "gone", "refused"),
    )
    list_filter = ("dry_run",)
    ordering = ("-started_at", "-pk")
    fields = (
        *("register", "file_name", "sha256", "flow", "flow_date", "scope", "dry_run", "started_at", "finished_at"),
        *("created", "modified", "unchanged", "gone", "refused"),
        *("legal_entities_created", "legal_entities_modified", "refused_lines", "warned_lines"),
    )

    @admin.display(description="lignes refusées")
    def refused_lines(self, run: Import) -> str:
        return "\n".join(" · ".join(map(str, refusal)) for refusal in run.refusals) or EMPTY

    @admin.display(description="avertissements")
    def warned_lines(self, run: Import) -> str:
        return "\n".join(f"{reason} : {count}" for reason, count in run.warnings.items()) or EMPTY
