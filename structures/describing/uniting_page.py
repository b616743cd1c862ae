"""The page where two rows become one: both side by side, a choice per datum, what it makes, then the confirmation."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from confidentiality.admin.bulk import MARK, BulkForm
from confidentiality.admin.refusals import sentence_of
from confidentiality.disclosure import Disclosed
from structures.admin.base import screen_address
from structures.admin.gate import words_of
from structures.describing.comparing import BOTH, FIRST, NOTHING, SECOND, Choice, Sides
from structures.document import Document
from structures.findings import NotPublishable, blocking
from structures.uniting import CHANGED, LONGEST_REASON, UnitingError

HOLD = "Rien n'est encore enregistré. Vérifiez, puis confirmez."


class Uniting:
    """Two rows about to become one, as the person who looks may read them. The first is proposed."""

    title: str
    keep: str  # the question of which one stays
    about: str  # what it does, above the choices
    help: tuple[str, ...] = ()  # what cannot be read in them
    fate: str  # what becomes of both, once named

    request: HttpRequest
    rows: list[Any]
    names: list[str]
    changed: list[str]  # when each was last written, in words
    establishment: str
    seen: str
    sides: Sides

    def write(self, kept: int, document: Document, reason: str, seen: str) -> Any:
        """Make one of both; what was done. Raises `UnitingError` or `NotPublishable`."""
        raise NotImplementedError

    def after(self, kept: int) -> Disclosed:
        """What the one kept says then."""
        raise NotImplementedError

    def left(self, kept: int, done: Any) -> list[str]:
        """What does not follow, besides the rows of lists, in words."""
        raise NotImplementedError

    def said(self, kept: int, done: Any) -> str:
        """What was done, in one sentence."""
        raise NotImplementedError


class UnitingForm(BulkForm):
    """Which one is kept, where each datum comes from, and why."""

    keep = forms.ChoiceField(widget=forms.RadioSelect, initial=FIRST)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, uniting: Uniting, data=None) -> None:
        super().__init__(data)
        self.uniting = uniting
        reason = self.fields["reason"]
        reason.max_length = LONGEST_REASON
        reason.validators = [MaxLengthValidator(LONGEST_REASON)]
        reason.widget.attrs["maxlength"] = LONGEST_REASON
        self.fields["keep"].label = uniting.keep
        self.fields["keep"].choices = list(zip((FIRST, SECOND), uniting.names, strict=True))
        self.fields |= {choice.name: _field(choice) for choice in uniting.sides.choices}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("seen") != self.uniting.seen:
            self.add_error(None, CHANGED)
        return cleaned

    @property
    def kept(self) -> int:
        return int(self.cleaned_data["keep"])

    @property
    def chosen(self) -> dict[str, str]:
        """Where each datum comes from."""
        return {choice.name: self.cleaned_data[choice.name] for choice in self.uniting.sides.choices}

    @property
    def compared(self) -> list[forms.BoundField]:
        return [self[choice.name] for choice in self.uniting.sides.choices]


def unite_on_page(screen, request: HttpRequest, uniting: Uniting) -> HttpResponse:
    """The choices, then what they make, then the screen of the one kept once it is done."""
    form = UnitingForm(uniting, request.POST if MARK in request.POST else None)
    preview = None
    if form.is_bound and form.is_valid():
        try:
            preview = _preview(form)
            if form.cleaned_data["confirmed"] == preview["seal"]:
                messages.success(request, uniting.said(form.kept, _write(form)))
                kept: Model = uniting.rows[form.kept]
                return redirect(screen_address(kept, "change", kept.pk))
        except UnitingError as error:
            _refuse(form, *error.problems)
        except NotPublishable as error:
            _refuse(form, *map(words_of, blocking(error.findings)))
        except (IntegrityError, OperationalError) as error:
            _refuse(form, sentence_of(error))
    context = {
        **screen.admin_site.each_context(request),
        "title": uniting.title,
        "opts": screen.opts,
        "form": form,
        "uniting": uniting,
        "rows": zip(uniting.names, uniting.changed, strict=True),
        "keys": [row.pk for row in uniting.rows],
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
        "mark": MARK,
        "preview": preview if not form.non_field_errors() else None,
        "hold": HOLD,
    }
    return TemplateResponse(request, "admin/uniting.html", context)


def _field(choice: Choice) -> forms.ChoiceField:
    before = "– " if choice.is_list else ""
    sides = ["\n".join(f"{before}{line}" for line in said) or NOTHING for said in choice.sides]
    options = list(zip((FIRST, SECOND), sides, strict=True))
    if choice.is_list:
        options.append((BOTH, "Les deux"))
    return forms.ChoiceField(label=choice.label, choices=options, widget=forms.RadioSelect, initial=FIRST)


def _refuse(form: UnitingForm, *problems: str) -> None:
    for problem in problems:
        form.add_error(None, problem)


def _write(form: UnitingForm) -> Any:
    uniting = form.uniting
    document = uniting.sides.compose(form.kept, form.chosen)
    return uniting.write(form.kept, document, form.cleaned_data["reason"], form.cleaned_data["seen"])


def _preview(form: UnitingForm) -> dict[str, Any]:
    """What it would make: made, told and undone."""
    uniting, kept = form.uniting, form.kept
    with transaction.atomic():
        done = _write(form)
        connection.check_constraints()
        after = uniting.after(kept)
        transaction.set_rollback(True)
    told = {
        "fate": uniting.fate.format(kept=uniting.names[kept], other=uniting.names[1 - kept]),
        "changes": uniting.sides.changes(kept, after),
        "left": [*uniting.sides.left(kept, form.chosen), *uniting.left(kept, done)],
    }
    said = [str(value) for name, value in sorted(form.cleaned_data.items()) if name != "confirmed"]
    said += [told["fate"], *(str(sorted(line.items())) for line in told["changes"]), *told["left"]]
    return told | {"seal": hashlib.sha256("\x1f".join(said).encode()).hexdigest()}
