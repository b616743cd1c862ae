"""Lists taken away as files: django-import-export's export, whose columns are those of the screen.

A file holds what the screen shows and nothing else: rows on which the viewer holds the right to take them away, cells
of what they may read on each row, texts that no spreadsheet computes. What leaves above level 1 is in the journal.
"""

import datetime
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import methodcaller
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets, label_for_field
from django.contrib.admin.views.main import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Field as Column
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import Resource
from tablib import Dataset

from confidentiality.admin.beside import links_beside
from confidentiality.admin.exposure import EMPTY, data_shown, is_known, line_of
from confidentiality.disclosure import Subject
from confidentiality.hiding import is_governed
from confidentiality.levels import Level
from ror.spreadsheets import csv_lines, write_workbook

MOST = 50_000  # rows of one file, made while one waits
MOST_CHOSEN = 1_000  # rows ticked one by one
TOO_MANY = "Cette liste a plus de 50 000 lignes : filtrez-la ou cherchez-y, puis exportez ce qui reste."


class CsvFile(CSV):
    """What a French spreadsheet opens without a question."""

    def get_title(self) -> str:
        return "CSV (points-virgules, UTF-8)"

    def export_data(self, dataset: Dataset, **kwargs) -> bytes:
        return "".join(csv_lines(dataset.headers, dataset)).encode()


class WorkbookFile(XLSX):
    """One sheet of text cells: leading zeros stay, nothing is computed."""

    def get_title(self) -> str:
        return "Classeur (.xlsx)"

    def export_data(self, dataset: Dataset, **kwargs) -> bytes:
        out = io.BytesIO()
        write_workbook(out, "Liste", dataset.headers, dataset)
        return out.getvalue()


class ScreenResource(Resource):
    """The rows of a screen as lines of a file: a column for each column of the list, then for each field of the form.

    What the viewer may not read on a row is an empty cell; a column that nobody of this viewer's rights could read
    looks the same, so that its emptiness tells nothing.
    """

    def __init__(self, screen, request: HttpRequest, **kwargs) -> None:
        super().__init__(**kwargs)
        self.screen, self.request = screen, request
        self._read: dict[tuple, int | None] = {}
        self._columns = {name: self._column(name) for name in exported_columns(screen)}
        for name in self._columns:
            self.fields[name] = ScreenField(self, name, self._label(name))

    def get_export_order(self) -> list[str]:
        return list(self.fields)

    def iter_queryset(self, queryset: QuerySet) -> Iterator[Model]:
        yield from queryset.iterator(chunk_size=self.get_chunk_size())

    def export_resource(self, instance: Model, selected_fields=None, **kwargs) -> list[str]:
        levels = {Level.PUBLIC}
        cells = [
            field.export(instance, levels=levels)
            for name, field in self.fields.items()
            if selected_fields is None or name in selected_fields
        ]
        self.screen.note_exported(self.request, instance, max(levels))
        return cells

    def cell(self, row: Model, name: str, levels: set[int]) -> Any:
        """What the screen shows of the row in that column, if the viewer may read it; `levels` takes its level."""
        if is_governed(self.screen.model):
            level = self._level_read(row, name)
            if level is None:
                return ""
            levels.add(level)
        return self._columns[name](row)

    def _label(self, name: str) -> str:
        """What stands above the column: no two are alike, so that a program may read them."""
        label = label_for_field(name, self.screen.model, self.screen)
        label = label[:1].upper() + label[1:]
        said = {field.column_name for field in self.fields.values()}
        return label if label not in said else f"{label} ({name})"

    def _column(self, name: str) -> Callable[[Model], Any]:
        """What gives the column's value: labels of codes and choices, what the screen computes, else the field."""
        shown = self.screen._code_columns.get(name) or getattr(self.screen, name, None)
        if shown is not None:
            return shown
        if self.screen.opts.get_field(name).choices:
            return methodcaller(f"get_{name}_display")
        return lambda row: getattr(row, name, None)  # None too for a relation to what the viewer may not know of

    def _level_read(self, row: Model, name: str) -> int | None:
        """The level of what the column shows of the row; None when the viewer may not read it."""
        subject = self.screen.subject_for(row)
        stored = getattr(row, row.level_field or "", None)
        facts = (subject.rights, subject.legal_kind, subject.social, subject.sensitive, subject.origin, stored, name)
        if facts not in self._read:
            self._read[facts] = self._decide(subject, name, stored)
        return self._read[facts]

    def _decide(self, subject: Subject, name: str, stored: int | None) -> int | None:
        lines = [line_of(*datum) for datum in data_shown(self.screen, name)]
        known = all(is_known(self.screen.model, line) for line in lines)
        if not known and not self.screen.may_show(subject, name):
            return None
        if subject.sensitive:
            return Level.CRISIS
        return max((line.level(subject.legal_kind, stored) for line in lines), default=Level.PUBLIC)


class ScreenField(Field):
    """One column of a file of rows."""

    def __init__(self, resource: ScreenResource, name: str, label: str) -> None:
        super().__init__(attribute=name, column_name=label, readonly=True)
        self._resource = resource

    def export(self, instance: Model, levels: set[int], **kwargs) -> str:
        return written(self._resource.cell(instance, self.attribute, levels))


class ExportForm(forms.Form):
    """In which format, with which columns; `rows` are those ticked in the list, none for the whole list."""

    format = forms.TypedChoiceField(label="Format", coerce=int, widget=forms.RadioSelect, initial=0)
    columns = forms.MultipleChoiceField(
        label="Colonnes",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une colonne."},
    )
    rows = forms.TypedMultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, formats: list, resource: ScreenResource, chosen: list[str], *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(rank, made().get_title()) for rank, made in enumerate(formats)]
        columns = [(name, field.column_name) for name, field in resource.fields.items()]
        self.fields["columns"].choices, self.fields["columns"].initial = columns, [name for name, _ in columns]
        self.fields["rows"].choices = [(key, key) for key in chosen]
        self.fields["rows"].initial = chosen


class ExportScreen(ExportMixin):
    """The « Exporter » of a list, and of the rows ticked in it. `export_with` is a permission; None means never."""

    export_with: str | None = "export_lists"
    import_export_change_list_template = "admin/list.html"

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        if self.has_export_permission(request):
            actions["export_chosen"] = (export_chosen, "export_chosen", export_chosen.short_description)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return super().changelist_view(request, {"beside": links_beside(self.model, request), **(extra_context or {})})

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.holds(request, self.export_with) and self.has_view_permission(request)

    def get_export_formats(self) -> list:
        return [CsvFile, WorkbookFile]

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows of the list, searched and filtered as the address says, that the viewer may take away."""
        rows = super().get_export_queryset(request)
        if is_governed(self.model):
            rows = rows.permitted(request.viewer, self.export_with)
        return rows.select_related(*plain_relations(self))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """What to take away is asked, then given."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_export_queryset(request)
        except IncorrectLookupParameters:
            return redirect(self._address_of_list("changelist"))
        resource, formats = ScreenResource(self, request), self.get_export_formats()
        chosen = request.POST.getlist("rows") or request.POST.getlist(ACTION_CHECKBOX_NAME)
        asked = request.POST if "format" in request.POST else None
        form = ExportForm(formats, resource, chosen[:MOST_CHOSEN], asked)
        rows = rows.filter(pk__in=self._chosen_keys(chosen)) if chosen else rows
        if form.is_valid():
            if not rows[MOST:].exists():
                made = formats[form.cleaned_data["format"]]()
                return self._exported_file(made, resource, rows, form.cleaned_data["columns"])
            form.add_error(None, TOO_MANY)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Exporter : {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "form": form,
            "count": len(chosen),
            "address": f"{self._address_of_list('export')}?{request.GET.urlencode()}",
            "list_address": f"{self._address_of_list('changelist')}?{request.GET.urlencode()}",
        }
        return TemplateResponse(request, "admin/export.html", context)

    def note_exported(self, request: HttpRequest, row: Model, level: int) -> None:
        """Remember for the journal what left. Hook for screens of what the policy does not govern."""
        if level > Level.PUBLIC:
            request.viewer.note_disclosure(self.model.__name__, self.identifier_of(row), level)

    def _address_of_list(self, page: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    def _chosen_keys(self, chosen: list[str]) -> list:
        """The keys that were posted; what is no key is no row's."""
        keys = []
        for text in chosen[:MOST_CHOSEN]:
            with suppress(ValidationError):
                keys.append(self.opts.pk.to_python(text))
        return keys

    def _exported_file(self, made, resource: ScreenResource, rows: QuerySet, columns: list[str]) -> HttpResponse:
        dataset = resource.export(rows, export_fields=columns)
        response = HttpResponse(made.export_data(dataset), content_type=made.get_content_type())
        name = f"{self.opts.model_name}-{timezone.localdate():%Y-%m-%d}.{made.get_extension()}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def export_chosen(screen: ExportScreen, request: HttpRequest, rows: QuerySet) -> HttpResponse:
    """The rows ticked in a list; when all of them are, those that the search and the filters leave."""
    if request.POST.get("select_across") == "1":
        return redirect(f"{screen._address_of_list('export')}?{request.GET.urlencode()}")
    return screen.export_action(request)


export_chosen.short_description = "Exporter les lignes choisies"
export_chosen.is_bulk = True


def exported_columns(screen) -> list[str]:
    """The columns of the list, then the fields of the form that are columns of the table."""
    listed = [name for name in screen.list_display if name != "__str__"]
    shown = flatten_fieldsets(screen.fieldsets) if screen.fieldsets else screen.fields or ()
    return [*listed, *(name for name in shown if name not in listed and _column(screen, name) is not None)]


def plain_relations(screen) -> list[str]:
    """What the rows point to that anybody reads: it comes in the same query. The rest is prefetched, each by viewer."""
    columns = (_column(screen, name) for name in exported_columns(screen))
    return [
        column.name
        for column in columns
        if column is not None
        and column.is_relation
        and not is_governed(column.related_model)
        and column.name not in screen._code_columns
    ]


def written(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None or value == EMPTY:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).isoformat(" ", "minutes")[:16]
    if isinstance(value, (list, tuple)):
        return " ; ".join(map(written, value))
    return strip_tags(str(value)) if hasattr(value, "__html__") else str(value)


def _column(screen, name: str) -> Column | None:
    try:
        return screen.opts.get_field(name) if not hasattr(screen, name) else None
    except FieldDoesNotExist:
        return None
