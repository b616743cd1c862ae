"""What those who follow the quality do from the lists of offers and of establishments: ask for a check, and write."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from confidentiality.admin.bulk import MARK, BulkForm, add_actions, as_action, bulk_action, chosen_rows
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import Refused
from ror.quality.asking import AlreadyAsked, ask
from ror.quality.contacting import Messages, plan, send
from ror.quality.duty import PERMISSION
from ror.quality.models import About
from structures.models import GeographicEntity, Offer

CHECK, WRITE = "Demander de vérifier les fiches choisies", "Écrire aux personnes en charge des fiches choisies"
CLOSED = "Cette fiche est fermée : il n'y a rien à y vérifier."
ASKED = "Une vérification est déjà demandée pour cette fiche."


class CheckForm(BulkForm):
    """What to check: the establishment reads it, at level 2 at least."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Ce qui est à vérifier"
        self.fields["reason"].help_text = "Ce texte devient celui de l'anomalie « à vérifier »."
        self.fields["reason"].error_messages["required"] = "Dites ce qui est à vérifier."


class WriteForm(BulkForm):
    """What the message is about: its words are the portal's own."""

    field_order = ("about", "reason")

    about = forms.ChoiceField(
        label="Objet du message",
        choices=[(about.value, about.label.capitalize()) for about in About if about is not About.DUTY],
        help_text="Le message nomme l'établissement et mène à « Mes établissements et services » : rien d'autre.",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Conservé avec la relance. Il n'est pas dans le message."


@bulk_action(CHECK, CheckForm, PERMISSION)
def ask_to_check(screen, request: HttpRequest, row: Offer | GeographicEntity, typed: dict[str, Any]) -> str:
    if row.closing_type_id is not None:
        raise Refused(CLOSED)
    try:
        made = ask(row, author=request.user, channel=CHANNEL, reason=typed["reason"])
    except AlreadyAsked as error:
        raise Refused(ASKED) from error
    return f"à vérifier avant le {made.deadline:%d/%m/%Y}"


def write_to_people(screen, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
    chosen = chosen_rows(screen, request, rows, PERMISSION)
    if not chosen:
        return None
    form = WriteForm(request.POST if MARK in request.POST else None)
    made = seal = None
    if form.is_bound and form.is_valid():
        made = plan(request.viewer, {_establishment_of(row) for row in chosen}, About(form.cleaned_data["about"]))
        seal = _seal(form.cleaned_data, made) if made.mails else None
        if seal and form.cleaned_data["confirmed"] == seal:
            _send(request, made, form.cleaned_data["reason"])
            return None
    context = {
        **screen.admin_site.each_context(request),
        "title": WRITE,
        "opts": screen.opts,
        "form": form,
        "rows": [screen.choice_label(row) for row in chosen],
        "keys": [row.pk for row in chosen],
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
        "mark": MARK,
        "plan": made,
        "seal": seal,
    }
    return TemplateResponse(request, "admin/write.html", context)


def _establishment_of(row: Offer | GeographicEntity) -> int:
    return row.geographic_entity_id if isinstance(row, Offer) else row.pk


def _seal(typed: dict[str, Any], made: Messages) -> str:
    """What was shown: these messages, about this, for this reason."""
    said = [typed["about"], typed["reason"], *(f"{address} {told}" for address, told in made.mails.items())]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()


def _send(request: HttpRequest, made: Messages, reason: str) -> None:
    link = request.build_absolute_uri(reverse("describing:mine"))
    sent, refused = send(made, author=request.user, reason=reason, link=link)
    if sent:
        messages.success(request, "Un message envoyé." if sent == 1 else f"{sent} messages envoyés.")
    if refused:
        messages.error(request, f"Pas envoyé à : {', '.join(refused)}. Vérifiez ces adresses, ou réessayez plus tard.")


for _model in (Offer, GeographicEntity):
    add_actions(_model, ask_to_check, as_action(write_to_people, "write_to_people", WRITE, PERMISSION))
