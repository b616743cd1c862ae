"""Actions on many rows of a list: what each row becomes is shown first, then confirmed, with a reason.

Rows are written one by one, each in its own transaction: one that is refused says why and leaves the others done. Only
rows that the viewer may correct are written, whatever the browser sends.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from confidentiality.admin.correcting import WHY
from confidentiality.admin.refusals import Refused, sentence_of

MOST = 100  # rows of one action
MARK = "bulk"  # in what the page of the action posts, and the list does not

Act = Callable[[Model, dict[str, Any]], str]


class BulkForm(forms.Form):
    """Why; and, once what changes was shown, that one goes on."""

    reason = forms.CharField(
        label="Motif", max_length=300, help_text=WHY, error_messages={"required": "Indiquez le motif."}
    )
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass
class Outcome:
    """What an action does: the rows that change and how, those refused and why. Rows are named in words."""

    done: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def bulk_action(
    description: str, form_class: type[BulkForm] = BulkForm, permission: str = ""
) -> Callable[[Callable], Callable]:
    """Declare a method of a screen as an action: `method(request, row, typed)` writes one row and says what changed.

    It raises `Refused` with the sentences of what stands in the way. The rows are those where `permission` is held:
    that of corrections, or another one of `Perimeter` (the screen then has a `has_<permission>_permission`).
    """

    def declare(method: Callable[..., str]) -> Callable:
        def action(screen, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
            def act(row: Model, typed: dict[str, Any]) -> str:
                return method(screen, request, row, typed)

            allowed = chosen_rows(screen, request, rows, permission)
            return run(screen, request, allowed, title=description, form_class=form_class, act=act) if allowed else None

        return as_action(action, method.__name__, description, permission)

    return declare


def as_action(action: Callable, name: str, description: str, permission: str = "") -> Callable:
    """The same function, as an action of a list for those who hold `permission` (that of corrections by default)."""
    action.short_description = description
    action.allowed_permissions = (permission or "change",)
    action.is_bulk = True
    action.__name__ = name
    return action


def add_actions(model: type[Model], *actions: Callable) -> None:
    """Give the screen of `model` the actions of a room above the one that declares it."""
    screen = site.get_model_admin(model)
    screen.actions = (*(screen.actions or ()), *actions)


def chosen_rows(screen, request: HttpRequest, rows: QuerySet, permission: str = "") -> list[Model]:
    """The rows chosen on which the viewer holds `permission`, with their rights; none, and why is said, otherwise.

    A row that the viewer may not know of, or may not change, is left out in the same silence as an unknown one.
    """
    chosen = list(rows[: MOST + 1])
    if len(chosen) > MOST:
        messages.error(request, f"Choisissez au plus {MOST} lignes à la fois.")
        return []
    keys = [row.pk for row in chosen]
    allowed = set(screen.rows(request, permission or screen.change_with).filter(pk__in=keys).values_list("pk"))
    chosen = [row for row in chosen if (row.pk,) in allowed]
    if not chosen:
        messages.error(request, "Aucune des lignes choisies ne peut être modifiée par vous.")
    return chosen


def run(
    screen, request: HttpRequest, chosen: list[Model], *, title: str, form_class: type[BulkForm], act: Act
) -> HttpResponse | None:
    """The page of an action: the form, then what would change, then the list again once it is done."""
    form = form_class(request.POST if MARK in request.POST else None)
    form.screen, form.request = screen, request
    outcome = None
    if form.is_bound and form.is_valid():
        outcome = _each(screen, chosen, form.cleaned_data, act, undo=True)
        seal = _seal(form.cleaned_data, chosen, outcome)
        if form.cleaned_data["confirmed"] == seal:
            _tell(request, _each(screen, chosen, form.cleaned_data, act, undo=False))
            return None
    context = {
        **screen.admin_site.each_context(request),
        "title": title,
        "opts": screen.opts,
        "form": form,
        "rows": [screen.choice_label(row) for row in chosen],
        "keys": [row.pk for row in chosen],
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
        "mark": MARK,
        "outcome": outcome,
        "seal": outcome and outcome.done and seal,
    }
    return TemplateResponse(request, "admin/bulk.html", context)


def _each(screen, rows: list[Model], typed: dict[str, Any], act: Act, *, undo: bool) -> Outcome:
    outcome = Outcome()
    for row in rows:
        name = screen.choice_label(row)
        try:
            with transaction.atomic():
                fresh = type(row)._base_manager.trusted("bulk: the row as it is now").get(pk=row.pk)
                said = act(fresh, typed)
                connection.check_constraints()
                transaction.set_rollback(undo)
        except Refused as refusal:
            outcome.refused.append((name, " ".join(refusal.problems)))
        except (IntegrityError, OperationalError) as error:
            outcome.refused.append((name, sentence_of(error)))
        else:
            outcome.done.append((name, said))
    return outcome


def _seal(typed: dict[str, Any], rows: list[Model], outcome: Outcome) -> str:
    """What was shown: the confirmation is that of these rows, of this form, with this outcome."""
    said = [str(value) for name, value in sorted(typed.items()) if name != "confirmed"]
    shown = [*said, *(str(row.pk) for row in rows), *map(str, outcome.done), *map(str, outcome.refused)]
    return hashlib.sha256("\x1f".join(shown).encode()).hexdigest()


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    if outcome.done:
        count = len(outcome.done)
        messages.success(request, "C'est fait pour une ligne." if count == 1 else f"C'est fait pour {count} lignes.")
    for name, why in outcome.refused:
        messages.error(request, f"{name} : {why}")
