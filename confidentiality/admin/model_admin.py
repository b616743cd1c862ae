"""`RorModelAdmin`: the base of every screen of the administration.

Rows are those of the viewer, fields those of their level, choices those that they may choose, on GET and on POST.
Rights come from the assignments only (permissions of `Perimeter`), never from Django's own permissions.
"""

from collections.abc import Callable, Iterable, Iterator

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Field, Model, Prefetch, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from confidentiality.admin import lists
from confidentiality.admin.checks import RorAdminChecks, RorInlineChecks
from confidentiality.admin.exporting import ExportScreen
from confidentiality.admin.exposure import code_columns, comes_with_row, data_shown, is_known, is_public, line_of
from confidentiality.admin.forms import RorModelForm
from confidentiality.disclosure import Subject, readable
from confidentiality.hiding import is_governed
from confidentiality.levels import Level
from confidentiality.policy import Datum, least_levels
from confidentiality.profiles import SENSITIVE_MASK
from ror.history import writing
from ror.reference.fields import CodeField

CHANNEL = "admin"
NUL = "\x00"  # PostgreSQL refuses it in any text


class Screen(BaseModelAdmin):
    """What a list, a form and an inline share.

    `view_with`, `add_with`, `change_with` are permissions of `Perimeter`; None means never. `reaches` names governed
    relations that the screen follows without showing them. No screen deletes its own rows.
    """

    view_with: str | None = "enter_admin"
    add_with: str | None = None
    change_with: str | None = None
    form = RorModelForm
    reaches: tuple[str, ...] = ()

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self._code_columns = code_columns(self.opts.model)

    # Rows.

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        """The rows that the viewer may know of, and on which they hold `permission`."""
        model, viewer = self.opts.model, request.viewer
        if is_governed(model):
            known = model.objects.visible_to(viewer)
            return known.permitted(viewer, permission) if permission else known.none()
        held = permission is not None and viewer.may(permission)
        return model._default_manager.all() if held else model._default_manager.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = self.rows(request, self.view_with)
        rows = rows.prefetch_related(*self._governed_relations(request))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def _governed_relations(self, request: HttpRequest) -> Iterator[Prefetch]:
        """What the rows point to, when it is governed: only what the viewer may know of is found there."""
        shown = {*flatten_fieldsets(self._declared()), *getattr(self, "list_display", ()), *self.reaches}
        for field in self.opts.concrete_fields:
            if field.name in shown and field.is_relation and is_governed(field.related_model):
                yield Prefetch(field.name, field.related_model.objects.visible_to(request.viewer))

    # Rights.

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.holds(request, self.view_with, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.holds(request, self.change_with, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.holds(request, self.add_with)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def holds(self, request: HttpRequest, permission: str | None, obj: Model | None = None) -> bool:
        """Whether the viewer holds `permission` somewhere or, when one is given, on that very row."""
        if permission is None or not request.viewer.may(permission):
            return False
        if obj is None:
            return True
        return self.once(request, permission, obj, lambda: self.rows(request, permission).filter(pk=obj.pk).exists())

    def once(self, request: HttpRequest, question: str, obj: Model, answer: Callable[[], bool]) -> bool:
        """The answer to one question about one row, asked once per request: Django asks several times per page."""
        answers = request.__dict__.setdefault("_answers", {})
        key = (self.opts.label, obj.pk, question)
        if key not in answers:
            answers[key] = answer()
        return answers[key]

    # Fields.

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list:
        """The declared fieldsets, cut to what the viewer may read."""
        subject = self.subject_for(obj)
        fieldsets = []
        absent = self.readonly_fields if obj is None else ()  # nothing to say of a row that is not there yet
        for title, options in self._declared():
            names = [name for name in options["fields"] if name not in absent and self.may_show(subject, name)]
            if names:
                fieldsets.append((title, {**options, "fields": self._displayed(request, obj, names)}))
        return fieldsets

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        """Everything, for those who may only look; computed columns always."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.get_fields(request, obj)
        return [*self.readonly_fields, *(self._code_columns[name] for name in self._fixed_codes())]

    def may_show(self, subject: Subject | None, name: str) -> bool:
        """Whether every datum that the field shows may be read. Rows with a stored level were chosen by level."""
        lines = [line_of(*datum) for datum in data_shown(self, name)]
        if subject is None:
            return all(map(is_public, lines))
        return all(line is not None and self._may_read(subject, line) for line in lines)

    def _may_read(self, subject: Subject, line: Datum) -> bool:
        return line.stored or readable(subject, line.model, line.field)

    def subject_for(self, obj: Model | None) -> Subject | None:
        """What the levels of the row depend on; None for no row, or for a model that the policy does not govern."""
        raise NotImplementedError

    def level_shown(self, subject: Subject, row: Model) -> int:
        """The strictest level among the data that the row shows here."""
        if subject.sensitive:
            return Level.CRISIS
        lines = [line_of(*datum) for name in flatten_fieldsets(self._declared()) for datum in data_shown(self, name)]
        stored = getattr(row, self.opts.model.level_field or "", None)
        shown = [line for line in lines if line is not None and self._may_read(subject, line)]
        return max((line.level(subject.legal_kind, stored) for line in shown), default=Level.PUBLIC)

    def _declared(self) -> Iterable:
        return self.fieldsets or [(None, {"fields": self.fields or ()})]

    def _displayed(self, request: HttpRequest, obj: Model | None, names: list[str]) -> list:
        """Labels instead of codes, where nothing is typed."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [self._code_columns.get(name, name) for name in names]
        fixed = self._fixed_codes()
        return [self._code_columns[name] if name in fixed else name for name in names]

    def _fixed_codes(self) -> list[str]:
        """The codes that stay as they are in a form where other data are typed."""
        return [name for name in self.readonly_fields if name in self._code_columns]

    # Choices.

    def choices(self, request: HttpRequest, db_field: Field, rows: QuerySet) -> QuerySet:
        """What the viewer may choose for one field, among the rows that they may see. Hook for the screens."""
        return rows

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs):
        """Codes bring their own field: they are chosen in a value set, never among the rows of another screen."""
        if isinstance(db_field, CodeField):
            return db_field.formfield(**kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Field, request: HttpRequest, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and self.admin_site.is_registered(db_field.related_model):
            field.label_from_instance = self.admin_site.get_model_admin(db_field.related_model).choice_label
        return field

    def get_field_queryset(self, db, db_field: Field, request: HttpRequest) -> QuerySet | None:
        related = db_field.remote_field.model
        try:
            rows = self.admin_site.get_model_admin(related).get_queryset(request)
        except NotRegistered:
            if not is_governed(related):
                return None
            rows = related.objects.visible_to(request.viewer)
        return self.choices(request, db_field, rows)


class RorModelAdmin(ExportScreen, Screen, admin.ModelAdmin):
    """A screen of the administration. For a governed model, say what its levels depend on by `legal_kind_of`."""

    checks_class = RorAdminChecks
    actions = None
    list_per_page = 50
    list_max_show_all = 100
    paginator = lists.CappedPaginator
    narrowed_paginator = lists.FoundPaginator  # of a list that a search or a filter narrows
    list_select_related = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    def identifier_of(self, obj: Model) -> str:
        """How the access journal names the row."""
        return str(obj.pk)

    def legal_kind_of(self, obj: Model) -> str:
        """The legal kind of the structure; none means the strictest level of all kinds."""
        return ""

    def _may_read(self, subject: Subject, line: Datum) -> bool:
        """The row is one that the viewer may know of: what all its readers read was chosen with it."""
        return comes_with_row(self.model, line) or super()._may_read(subject, line)

    def level_listed(self, obj: Model) -> int:
        """The level of what is said by naming the row in a list: that of its least datum, 3 in a sensitive unit."""
        if getattr(obj, "in_sensitive_unit", False):
            return Level.CRISIS
        least = least_levels(self.model.__name__)
        stored = getattr(obj, self.model.level_field or "", Level.PUBLIC)
        return max(stored, least.get(self.legal_kind_of(obj), max(least.values())))

    def is_social(self, obj: Model) -> bool:
        """Whether the row belongs to the social and medico-social field."""
        return False

    def subject_for(self, obj: Model | None) -> Subject | None:
        if obj is None or not is_governed(self.model):
            return None
        return Subject(
            model=self.model.__name__,
            identifier=self.identifier_of(obj),
            values={},
            rights=obj.rights,
            legal_kind=self.legal_kind_of(obj),
            social=self.is_social(obj),
            sensitive=obj.in_sensitive_unit,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        if not is_governed(self.model):
            return rows
        return rows.annotate(in_sensitive_unit=_sensitivity(self.model, request.viewer))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        return None if NUL in object_id else super().get_object(request, object_id, from_field)

    def get_inline_instances(self, request: HttpRequest, obj: Model | None = None) -> list:
        """The inlines that have something to say to this viewer, or to ask."""
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            inline.parent = self
        if obj is None:
            return [inline for inline in inlines if inline.has_add_permission(request)]
        return [inline for inline in inlines if inline.get_fields(request, obj)]

    def get_inline_formsets(self, request: HttpRequest, formsets, inline_instances, obj: Model | None = None) -> list:
        subject = self.subject_for(obj)
        if subject is not None:
            self._note(request, subject, [self.level_shown(subject, obj)])
            for formset, inline in zip(formsets, inline_instances, strict=True):
                self._note(request, subject, [inline.level_shown(subject, row) for row in formset.get_queryset()])
        return super().get_inline_formsets(request, formsets, inline_instances, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """The right is checked before the row is looked for, as on every other page.

        What was done is told to those who may do it themselves, and read the whole row; others see when and by whom.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = super().history_view(request, object_id, extra_context)
        if "action_list" in (getattr(response, "context_data", None) or {}) and is_governed(self.model):
            self._tell_actions(request, response.context_data["object"], response.context_data["action_list"])
        return response

    def _tell_actions(self, request: HttpRequest, obj: Model, actions) -> None:
        actions.object_list = list(actions.object_list)
        level = self.level_listed(obj)
        if not self.has_change_permission(request, obj):
            for action in actions.object_list:
                action.change_message = ""
        elif actions.object_list:
            level = Level.CRISIS
        self._note(request, self.subject_for(obj), [level])

    # Lists.

    def get_changelist(self, request: HttpRequest, **kwargs) -> type:
        return lists.RorChangeList

    def get_paginator(self, request: HttpRequest, queryset: QuerySet, per_page: int, **options) -> lists.Paginator:
        """`options` are those of Django's own paginator."""
        kind = self.narrowed_paginator if lists.is_narrowed(request) else self.paginator
        return kind(queryset, per_page, **options)

    def get_list_display(self, request: HttpRequest) -> list:
        """The columns: labels for codes, and a column of restricted data shown row by row."""
        columns = request.__dict__.setdefault("_columns", {})
        if self.opts.label not in columns:
            columns[self.opts.label] = [self._column(request, name) for name in self.list_display]
        return columns[self.opts.label]

    def action_checkbox(self, obj: Model) -> SafeString:
        return lists.checkbox(obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the declared filters ask for: any other question would be a way to guess hidden data."""
        return NUL not in value and lookup in lists.lookups_of(self)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field in (self.opts.pk.name, self.opts.pk.attname)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        fields, text = self.get_search_fields(request), search_term.replace(NUL, "")
        return lists.search(queryset, fields, text, request.viewer, self.view_with), False

    def choice_label(self, obj: Model) -> str:
        """How a search field names the row."""
        return str(obj)

    def _column(self, request: HttpRequest, name: str):
        if name in self._code_columns:
            return self._code_columns[name]
        data = list(data_shown(self, name))
        if not is_governed(self.model) or all(is_known(self.model, line_of(*datum)) for datum in data):
            return name
        return lists.disclosing_column(self, request, name)

    # Writing.

    def changeform_view(self, request: HttpRequest, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        name = capfirst(self.opts.verbose_name)
        extra_context = {"title": name if object_id else f"Ajouter : {self.opts.verbose_name}", **(extra_context or {})}
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with writing(request.user, CHANNEL):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _note(self, request: HttpRequest, subject: Subject, levels: list[int]) -> None:
        if max(levels, default=Level.PUBLIC) > Level.PUBLIC:
            request.viewer.note_disclosure(subject.model, subject.identifier, max(levels))


class RorInline(Screen):
    """Rows below the row of a screen, on the same page; read-only unless told otherwise."""

    checks_class = RorInlineChecks
    extra = 0
    can_delete = False
    parent: RorModelAdmin

    def subject_for(self, obj: Model | None) -> Subject | None:
        return self.parent.subject_for(obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The parent's page was opened by the parent's own rights; the rows are chosen by `rows`."""
        return self.holds(request, self.view_with)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.holds(request, self.change_with)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs):
        """The head of a column is no label: each field says its own to those who listen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            widget = getattr(field.widget, "widget", field.widget)  # the one that a « related » wrapper holds
            widget.attrs.setdefault("aria-label", capfirst(field.label))
        return field


class RorTabularInline(RorInline, admin.TabularInline):
    """One line per row."""


class RorStackedInline(RorInline, admin.StackedInline):
    """One block per row."""


def _sensitivity(model: type[Model], viewer):
    """Whether the row belongs to a sensitive unit; never asked for those who see none."""
    condition = model.sensitive_rows()
    if condition is None or not viewer.any_rights & SENSITIVE_MASK:
        return Value(False, output_field=BooleanField())
    return ExpressionWrapper(Q(condition), output_field=BooleanField())
