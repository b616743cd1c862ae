"""Nomenclatures and territories, to read: they change by `import_nomenclatures` and `load_reference` only."""

from django.contrib import admin

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.model_admin import RorModelAdmin
from ror.reference.models import CodeSystem, Commune, Concept, Department, Region, ValueSet


@admin.register(CodeSystem)
class CodeSystemAdmin(RorModelAdmin):
    list_display = ("key", "name", "version")
    search_fields = ("key__startswith", "name__icontains")
    search_help_text = "Clé (R213) ou nom."
    ordering = ("key",)
    fields = ("key", "name", "url", "oid", "version", "source")


@admin.register(ValueSet)
class ValueSetAdmin(RorModelAdmin):
    list_display = ("key", "name", "version", "effective_from", "effective_to", "complete")
    list_filter = ("complete",)
    search_fields = ("key__startswith", "name__icontains")
    search_help_text = "Clé (J19) ou nom."
    ordering = ("key",)
    fields = (
        *("key", "name", "url", "oid", "version", "status", "effective_from", "effective_to", "complete"),
        *("used_by", "note", "source"),
    )


@admin.register(Concept)
class ConceptAdmin(RorModelAdmin):
    list_display = ("key", "label", "system", "valid_from", "valid_to")
    list_select_related = ("system",)
    search_fields = ("key__startswith", "code__startswith", "normalised__contains")
    search_help_text = "Clé (R213:28), code ou libellé."
    ordering = ("key",)
    fields = (
        *("key", "system", "code", "label", "definition", "parent", "value_sets"),
        *("valid_from", "valid_to", "source", "version"),
    )

    @admin.display(description="jeux de valeurs")
    def value_sets(self, concept: Concept) -> str:
        memberships = concept.memberships.select_related("value_set").order_by("value_set")
        return ", ".join(f"{line.value_set_id} ({line.value_set})" for line in memberships) or EMPTY


@admin.register(Region)
class RegionAdmin(RorModelAdmin):
    list_display = ("name", "code")
    search_fields = ("name__icontains", "code__startswith")
    search_help_text = "Nom ou code."
    fields = ("code", "name")


@admin.register(Department)
class DepartmentAdmin(RorModelAdmin):
    list_display = ("name", "code", "region", "finess_code")
    list_select_related = ("region",)
    list_filter = ("region",)
    search_fields = ("name__icontains", "code__startswith")
    search_help_text = "Nom ou code."
    fields = ("code", "name", "region", "finess_code")


@admin.register(Commune)
class CommuneAdmin(RorModelAdmin):
    list_display = ("name", "code", "department", "kind", "parent")
    list_select_related = ("department", "parent")
    list_filter = ("kind",)
    search_fields = ("normalised__contains", "code__startswith")
    search_help_text = "Nom ou code INSEE."
    fields = ("code", "name", "department", "postcodes", "kind", "parent")
