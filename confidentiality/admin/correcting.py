"""Screens where a record is corrected in another's place: with a reason, whole, and never over someone else's work.

What is typed is written inside one transaction. Whatever refuses it (a rule, a constraint, the database) undoes all of
it, and the page comes back with what was typed and what stands in the way.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, ModelChoiceField
from django.http import HttpRequest, HttpResponse

from confidentiality.admin.forms import RorModelForm
from confidentiality.admin.model_admin import CHANNEL, RorInline, RorModelAdmin
from confidentiality.admin.refusals import Refused, sentence_of
from confidentiality.disclosure import Subject
from confidentiality.hiding import is_governed
from ror.history import writing

PERMISSION = "correct_record"
REASON, SEEN = "correction_reason", "seen"
REMOVAL = "admin: rows removed by someone who may correct their owner"
HOLD = "admin: the row that is corrected, locked until its correction ends"
STALE = (
    "Cette fiche a été modifiée entre-temps par quelqu'un d'autre. Rien n'a été enregistré : ouvrez-la de nouveau "
    "pour voir ce qui a changé, puis refaites votre correction."
)
STALE_ROW = "Cette ligne a été modifiée entre-temps par quelqu'un d'autre : ouvrez de nouveau la page."
GONE_ROW = "Cette ligne a été retirée entre-temps par quelqu'un d'autre : ouvrez de nouveau la page."
WHY = "Dites pourquoi vous corrigez à la place de l'établissement : ce motif est conservé avec la correction."


class SeenForm(RorModelForm):
    """A form that refuses to write over what changed since it was shown."""

    stale = STALE_ROW

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial[SEEN] = stamp(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.data.get(self.add_prefix(SEEN), "") != stamp(self.instance):
            self.add_error(None, self.stale)
        return cleaned

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name not in (SEEN, REASON)]


class CorrectionForm(SeenForm):
    """The form of a row: why it is corrected, and what refused it the first time. The screen sets `problems`."""

    stale = STALE
    problems: ClassVar[Iterable[str]] = ()

    correction_reason = forms.CharField(
        label="Motif de la correction",
        max_length=300,
        help_text=WHY,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        error_messages={"required": "Indiquez le motif de votre correction."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for problem in self.problems:
            self.add_error(None, problem)
        return cleaned


class CorrectionScreen(RorModelAdmin):
    """A screen that corrects. `edited_elsewhere` names the data that a page of its own edits (closings).

    `gate` surrounds the writing: it checks the whole record and keeps it. Raises `Refused`.
    """

    change_with: str | None = PERMISSION
    form = CorrectionForm
    change_form_template = "admin/correction_form.html"
    edited_elsewhere: tuple[str, ...] = ()

    def gate(self, request: HttpRequest, obj: Model | None, reason: str) -> AbstractContextManager:
        return writing(request.user, CHANNEL, reason)

    def tools(self, request: HttpRequest, obj: Model) -> list[tuple[str, str]]:
        """The links above the form of a row: address and text."""
        return []

    def added_columns(self, request: HttpRequest) -> dict[str, Any]:
        """What a new row takes from the address of the page where it is added."""
        return {}

    def changeform_view(self, request: HttpRequest, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        allowed = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if not allowed:
            return super().changeform_view(request, object_id, form_url, extra_context)
        said: list = []
        request.__dict__["_messages_to_come"] = said
        try:
            with self.gate(request, obj, request.POST.get(REASON, "")):
                hold(obj)
                response = super().changeform_view(request, object_id, form_url, extra_context)
                connection.check_constraints()
        except Refused as error:
            request.__dict__["_problems"] = error.problems
        except (IntegrityError, OperationalError) as error:
            request.__dict__["_problems"] = (sentence_of(error),)
        else:
            self._say(request, said)
            return response
        said.clear()
        response = super().changeform_view(request, object_id, form_url, extra_context)
        self._say(request, said)
        return response

    def message_user(self, request: HttpRequest, *args, **kwargs) -> None:
        """Success is said once it is certain."""
        said = request.__dict__.get("_messages_to_come")
        if said is None:
            super().message_user(request, *args, **kwargs)
        else:
            said.append((args, kwargs))

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs) -> type:
        request.__dict__["edited"] = obj
        form = super().get_form(request, obj, change, **kwargs)
        form.problems = request.__dict__.get("_problems", ())
        form.columns = {} if change else self.added_columns(request)
        return form

    def may_show(self, subject: Subject | None, name: str) -> bool:
        """Whoever adds a row types its data: there is nothing to disclose."""
        return subject is None or super().may_show(subject, name)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list:
        fieldsets = super().get_fieldsets(request, obj)
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        return [*fieldsets, ("Motif", {"fields": [REASON, SEEN]})] if may else fieldsets

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """A row sent back as it was is not written."""
        if not change or form.has_changed():
            super().save_model(request, obj, form, change)

    def render_change_form(self, request: HttpRequest, context, add=False, change=False, form_url="", obj=None):
        context["tools"] = self.tools(request, obj) if obj is not None else []
        context["show_save_and_add_another"] = False  # a row is added below another one, from there
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _say(self, request: HttpRequest, said: list) -> None:
        del request.__dict__["_messages_to_come"]
        for args, kwargs in said:
            super().message_user(request, *args, **kwargs)


class KnownRowField(forms.Field):
    """The key of a row of the list, found among those that the list already read."""

    widget = forms.HiddenInput

    def __init__(self, known: dict[str, Model], **kwargs) -> None:
        super().__init__(error_messages={"required": GONE_ROW}, **kwargs)
        self.known = known

    def to_python(self, value: Any) -> Model | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.known:
            raise ValidationError(GONE_ROW)
        return self.known[str(value)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class CorrectionFormSet(BaseInlineFormSet):
    """The rows below the row of a screen: looked up among those that the viewer may know of, and only there.

    `columns_of(parent)` gives what a new row takes from its parent.
    """

    @staticmethod
    def columns_of(parent: Model) -> dict[str, Any]:
        return {}

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = "Supprimer cette ligne"
        name = self._pk_field.name
        if isinstance(form.fields.get(name), ModelChoiceField):
            known = {str(row.pk): row for row in self.get_queryset()}
            form.fields[name] = KnownRowField(known, required=False, initial=form.fields[name].initial)

    def _construct_form(self, i: int, **kwargs) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)
        if form.instance._state.adding:
            for name, value in self.columns_of(self.instance).items():
                setattr(form.instance, name, value)
            if hasattr(form.instance, "position"):
                form.instance.position = i
        return form

    def clean(self) -> None:
        """Django passes over a row to remove that is not among those of the list."""
        super().clean()
        gone = any(form.instance._state.adding and self._should_delete_form(form) for form in self.initial_forms)
        if gone:
            raise ValidationError(GONE_ROW)

    def delete_existing(self, obj: Model, commit: bool = True) -> None:
        if commit:
            remove(obj)


class CorrectionInline(RorInline):
    """Rows of the parent that those who may correct it may change. `can_delete` and `can_add` say what else."""

    form = SeenForm
    formset = CorrectionFormSet
    can_add = True

    def may_show(self, subject: Subject | None, name: str) -> bool:
        return subject is None or super().may_show(subject, name)

    def columns(self, parent: Model) -> dict[str, Any]:
        """What a new row takes from its parent."""
        return {}

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        parent = self.admin_site.get_model_admin(self.parent_model)
        return obj is not None and parent.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not self.can_add:
            return False
        parent = self.admin_site.get_model_admin(self.parent_model)
        return parent.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.can_delete and self.has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list:
        fieldsets = super().get_fieldsets(request, obj)
        if not fieldsets or not (self.has_change_permission(request, obj) or obj is None):
            return fieldsets
        title, options = fieldsets[-1]
        return [*fieldsets[:-1], (title, {**options, "fields": [*options["fields"], SEEN]})]

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs) -> type[BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.hand_clean_DELETE = _nothing_protected
        formset.columns_of = staticmethod(self.columns)
        return formset


class CorrectionTabular(CorrectionInline, admin.TabularInline):
    """One line per row."""


class CorrectionStacked(CorrectionInline, admin.StackedInline):
    """One block per row."""


def stamp(row: Model) -> str:
    """When the row was last written, as the form remembers it; empty for a row that is not there yet."""
    return "" if row._state.adding else row.updated_at.isoformat()


def hold(row: Model | None) -> None:
    """Make whoever else writes `row` wait: what the form compares itself with is then what it replaces."""
    if row is None:
        return
    locked = type(row)._default_manager.trusted(HOLD).filter(pk=row.pk).order_by()
    locked.select_for_update(of=("self",), no_key=True).first()


def remove(row: Model) -> None:
    """Delete `row` with what hangs on it. The database refuses to orphan anything else."""
    for relation in row._meta.related_objects:
        if relation.on_delete is models.CASCADE and is_governed(relation.related_model):
            for below in _rows(relation.related_model).filter(**{relation.field.name: row}):
                remove(below)
    _rows(type(row)).filter(pk=row.pk).delete_rows()


def _rows(model: type[Model]) -> QuerySet:
    return model._default_manager.trusted(REMOVAL)


def _nothing_protected(form: forms.ModelForm) -> None:
    """What hangs on the row is looked for by `remove`; Django would look for it without a viewer."""


__all__ = [
    "PERMISSION",
    "CorrectionForm",
    "CorrectionInline",
    "CorrectionScreen",
    "CorrectionStacked",
    "CorrectionTabular",
    "SeenForm",
    "hold",
    "remove",
    "stamp",
]
