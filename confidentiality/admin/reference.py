"""Nomenclatures and territories, to read: they change by `import_nomenclatures` and `load_reference` only."""

import datetime

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from confidentiality.admin.exposure import EMPTY
from confidentiality.admin.model_admin import RorModelAdmin
from ror.reference.models import CodeSystem, Commune, Concept, Department, Region, ValueSet, ValueSetMember

OFFICIAL = (
    "C'est la parole de la nomenclature officielle : elle se lit ici. Elle change quand une nouvelle version est "
    "chargée (manage.py import_nomenclatures), jamais à la main."
)


IN_FORCE, COMING, REMOVED = "en vigueur", "à venir", "retiré"


@admin.register(CodeSystem)
class CodeSystemAdmin(RorModelAdmin):
    list_display = ("key", "name", "version")
    search_fields = ("key__startswith", "name__icontains")
    search_help_text = "Clé (R213) ou nom."
    ordering = ("key",)
    fieldsets = ((None, {"fields": ("key", "name", "url", "oid", "version", "source"), "description": OFFICIAL}),)


@admin.register(ValueSet)
class ValueSetAdmin(RorModelAdmin):
    list_display = ("key", "name", "version", "effective_from", "effective_to", "complete")
    list_filter = ("complete",)
    search_fields = ("key__startswith", "name__icontains")
    search_help_text = "Clé (J19) ou nom."
    ordering = ("key",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("key", "name", "url", "oid", "version", "status", "effective_from", "effective_to", "complete"),
                    *("used_by", "note", "source"),
                ),
                "description": OFFICIAL,
            },
        ),
        ("Codes du jeu", {"fields": ("codes",)}),
    )
    readonly_fields = ("codes",)

    @admin.display(description="codes")
    def codes(self, value_set: ValueSet) -> SafeString | str:
        """Each code of the set in its order, and when it is in force there. One query."""
        members = list(value_set.members.select_related("concept").order_by("position", "concept"))
        if not members:
            return EMPTY
        in_force = sum(_state(member) == IN_FORCE for member in members)
        return format_html(
            "{} codes, dont {} en vigueur aujourd'hui."
            '<div class="ror-members" tabindex="0" role="region" aria-label="Codes du jeu"><table><thead><tr>'
            '<th scope="col">Code</th><th scope="col">Libellé</th><th scope="col">Depuis</th>'
            '<th scope="col">Retiré le</th><th scope="col">État</th></tr></thead><tbody>{}</tbody></table></div>',
            len(members),
            in_force,
            format_html_join(
                "",
                '<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>',
                map(_cells, members),
            ),
        )


@admin.register(Concept)
class ConceptAdmin(RorModelAdmin):
    list_display = ("key", "label", "system", "valid_from", "valid_to")
    list_select_related = ("system",)
    search_fields = ("key__startswith", "code__startswith", "normalised__contains")
    search_help_text = "Clé (R213:28), code ou libellé."
    ordering = ("key",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("key", "system", "code", "label", "definition", "parent", "value_sets"),
                    *("valid_from", "valid_to", "source", "version"),
                ),
                "description": OFFICIAL,
            },
        ),
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


def _cells(member: ValueSetMember) -> tuple[str, str, str, str, str, str]:
    """The line of a code: where its page is, its key, its label, its dates, whether it is in force today."""
    concept = member.concept
    starts, ends = _start(member), _end(member)
    address = reverse("admin:reference_concept_change", args=[quote(concept.pk)])
    return address, concept.pk, concept.label, _day(starts), _day(ends), _state(member)


def _start(member: ValueSetMember) -> datetime.date | None:
    return max(filter(None, [member.valid_from, member.concept.valid_from]), default=None)


def _end(member: ValueSetMember) -> datetime.date | None:
    """The first day when the code is no longer in force in the set: it left it, or was closed everywhere."""
    return min(filter(None, [member.valid_to, member.concept.valid_to]), default=None)


def _state(member: ValueSetMember) -> str:
    today, ends = timezone.localdate(), _end(member)
    if ends is not None and ends <= today:
        return REMOVED
    starts = _start(member)
    return COMING if starts is not None and starts > today else IN_FORCE


def _day(day: datetime.date | None) -> str:
    return date_format(day, "j F Y") if day else EMPTY
