"""The access journal, read by the data-protection officer and the national administrator, whose reading is kept."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.checks import governed_models
from confidentiality.journal import PERMISSION, AccessRecord, names_shown, perimeters_shown
from confidentiality.levels import Level


@admin.register(AccessRecord)
class AccessRecordAdmin(RorModelAdmin):
    view_with = PERMISSION
    list_display = ("at", "reader", "roles_held", "channel", "objects_of_level_2", "objects_of_level_3")
    list_select_related = ("reader",)
    list_filter = ("channel",)
    date_hierarchy = "at"
    search_fields = ("reader__email__icontains",)
    search_help_text = "Adresse électronique de la personne, ou identifiant de ce qui a été consulté (53/12)."
    ordering = ("-at", "-pk")
    fields = ("at", "reader", "roles_held", "perimeters_held", "channel", "view", "named_level_2", "named_level_3")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        key = search_term.strip()
        if not any(character.isdigit() for character in key) or "@" in key:
            return found, duplicates
        names = {key, *(f"{model.__name__} {key}" for model in governed_models())}
        return queryset.naming(names.intersection(names_shown(request.viewer, names))), False

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        for row in shown["cl"].result_list if "cl" in shown else ():
            self._note(request, row)
        return response

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AccessRecord | None:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self._note(request, row)
            row.held = perimeters_shown(request.viewer, row.perimeters)
            row.named = {level: names_shown(request.viewer, getattr(row, level)) for level in ("level_2", "level_3")}
        return row

    @admin.display(description="rôles")
    def roles_held(self, row: AccessRecord) -> str:
        return ", ".join(row.roles) or EMPTY

    @admin.display(description="périmètres")
    def perimeters_held(self, row: AccessRecord) -> str:
        return ", ".join(row.held) or EMPTY

    @admin.display(description="objets de niveau 2")
    def objects_of_level_2(self, row: AccessRecord) -> int:
        return len(row.level_2)

    @admin.display(description="objets de niveau 3")
    def objects_of_level_3(self, row: AccessRecord) -> int:
        return len(row.level_3)

    @admin.display(description="objets de niveau 2")
    def named_level_2(self, row: AccessRecord) -> SafeString | str:
        return _lines(row.named["level_2"])

    @admin.display(description="objets de niveau 3")
    def named_level_3(self, row: AccessRecord) -> SafeString | str:
        return _lines(row.named["level_3"])

    def note_exported(self, request: HttpRequest, row: AccessRecord, level: int) -> None:
        self._note(request, row)

    @staticmethod
    def _note(request: HttpRequest, row: AccessRecord) -> None:
        request.viewer.note_disclosure("AccessRecord", str(row.pk), Level.CRISIS)


def _lines(names: list[str]) -> SafeString | str:
    return format_html_join("", "{}<br>", ((name,) for name in names)) or EMPTY
