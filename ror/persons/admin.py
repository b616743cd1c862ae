"""The screens of the data-protection officer: requests of persons, and the trace of the old values erased."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse

from confidentiality.admin.model_admin import RorModelAdmin
from confidentiality.levels import Level
from ror.persons.models import ENDED, PERMISSION, Blanking, PersonRequest
from ror.persons.officer_views import answer_view, blank_view

CAPTION = ("last_name", "first_name", "number", "email", "place", "details")
IDENTITY = ("identity_checked_at", "identity_checked_by", "identity_means", "id_nat_ps")
DATES = ("created_at", "confirmed_at", "ended_at")


class InProgressFilter(admin.SimpleListFilter):
    """Requests that still wait for an answer."""

    title = "suite"
    parameter_name = "suite"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return [("en_cours", "En cours")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.exclude(status__in=ENDED) if self.value() else queryset


@admin.register(PersonRequest)
class PersonRequestAdmin(RorModelAdmin):
    """Read here, answered on a page of its own. Each reading is noted in the journal."""

    view_with = PERMISSION
    export_with = None  # what people say of themselves stays here
    change_form_template = "admin/person_request.html"
    list_display = ("kind", "status", "last_name", "first_name", "created_at", "route", "ended_at")
    list_filter = (InProgressFilter, "status", "kind", "route")
    search_fields = ("last_name__icontains", "email__icontains")
    search_help_text = "Nom ou adresse électronique de la personne."
    ordering = ("-created_at",)
    fieldsets = (
        ("Demande", {"fields": ("kind", "status", *CAPTION)}),
        ("Identité", {"fields": IDENTITY}),
        ("Réponse", {"fields": ("route", "answer", "access_until")}),
        ("Dates", {"fields": DATES}),
    )

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        """Requests are read by right: those of the officer are all, whatever establishment they may concern."""
        rows = PersonRequest.objects.visible_to(request.viewer)
        return rows if permission and request.viewer.may(permission) else rows.none()

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A list names persons: it is a reading too."""
        listed = super().get_changelist_instance(request)
        for row in listed.result_list:
            request.viewer.note_disclosure("PersonRequest", str(row.pk), Level.CRISIS)
        return listed

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PersonRequest | None:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            request.viewer.note_disclosure("PersonRequest", str(found.pk), Level.CRISIS)
        return found

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"persons_personrequest_{name}")
            for name, view in (("answer", self.answer), ("blank", self.blank))
        ]
        return [*own, *super().get_urls()]

    def answer(self, request: HttpRequest, object_id: str):
        """What may be done for this request, now."""
        return answer_view(self, request, object_id)

    def blank(self, request: HttpRequest, object_id: str):
        """Erase an old value, once the request is granted."""
        return blank_view(self, request, object_id)

    def render_change_form(self, request: HttpRequest, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["answer_address"] = reverse("admin:persons_personrequest_answer", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Blanking)
class BlankingAdmin(RorModelAdmin):
    """The trace: which datum, where, when, by whom. Never the value."""

    view_with = PERMISSION
    export_with = None
    list_display = ("at", "datum", "subject", "author_name")
    list_filter = ("datum",)
    ordering = ("-at",)
    fields = ("at", "author_name", "datum", "subject", "reason", "request", "counts")


__all__ = ["BlankingAdmin", "PersonRequestAdmin"]
