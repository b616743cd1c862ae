"""The pages of the administration where the officer answers a request, and erases an old value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from confidentiality.admin.model_admin import CHANNEL, RorModelAdmin
from confidentiality.levels import Level
from ror.persons import answering, blanking, telling
from ror.persons import officer_forms as of
from ror.persons.candidates import contacts_like, professionals_like
from ror.persons.links import reads
from ror.persons.models import ENDED, PERMISSION, Kind, PersonRequest, RequestStep, Status

REASON = "the trail of a request that the officer may read"
CHANGED = "Quelqu'un d'autre vient de s'occuper de cette demande : rien n'est enregistré. Relisez-la."
NOT_TOLD = "C'est enregistré, mais le message à la personne n'a pas pu partir. Écrivez-lui autrement."
NOBODY = "Personne ne décrit cet établissement sur le portail : gardez la demande, ou voyez avec son référent."
GRANT_FIRST = (
    "Une ancienne valeur s'efface quand une correction est demandée, une fois la demande acceptée et la fiche corrigée."
)
BLANKED = "C'est fait : {}."
NOTHING = "aucune copie ne contient cette valeur"


@dataclass(frozen=True)
class Action:
    """One thing to do: its form, when it may be done, how it is done, and what is told then."""

    form: type[of.OfficerForm]
    when: Callable[[PersonRequest], bool]
    do: Callable[[answering.Shown, Any, dict], PersonRequest]
    tell: Callable[[HttpRequest, PersonRequest], object] | None = None


def _checked(asked: PersonRequest) -> bool:
    return asked.identity_checked_at is not None and asked.status not in ENDED


def _rectified(asked: PersonRequest) -> bool:
    """Only a granted correction has old values to erase: nobody knows whether opposition and erasure apply."""
    return asked.kind == Kind.CORRECTION and asked.status == Status.GRANTED


def _route_to_describer(shown: answering.Shown, author, said: dict) -> PersonRequest:
    if not telling.describers_of(said["establishment"]):
        raise answering.NotAnswerable(NOBODY)
    return answering.route_to_describer(shown, author, said["establishment"], said["note"])


ACTIONS: dict[str, Action] = {
    "identity": Action(
        of.IdentityForm,
        lambda asked: asked.status == Status.IDENTITY,
        lambda shown, author, said: answering.check_identity(shown, author, said["means"], said["note"]),
    ),
    "match": Action(
        of.MatchForm,
        _checked,
        lambda shown, author, said: answering.match(
            shown, author, said["professional"], [UUID(key) for key in said["contacts"]]
        ),
    ),
    "link": Action(
        of.LinkForm, _checked, lambda shown, author, said: answering.open_link(shown, author), telling.tell_open
    ),
    "revoke": Action(
        of.RevokeForm,
        reads,
        lambda shown, author, said: answering.revoke_link(shown, author),
    ),
    "register": Action(
        of.RegisterForm,
        _checked,
        lambda shown, author, said: answering.route_to_register(shown, author),
        telling.tell_answered,
    ),
    "describer": Action(of.DescriberForm, _checked, _route_to_describer, telling.tell_describers),
    "keep": Action(of.KeepForm, _checked, lambda shown, author, said: answering.keep(shown, author, said["note"])),
    "corrected": Action(
        of.CorrectedForm, _checked, lambda shown, author, said: answering.corrected(shown, author, said["note"])
    ),
    "finish": Action(
        of.FinishForm,
        _checked,
        lambda shown, author, said: answering.finish(shown, author, said["answer"]),
        telling.tell_answered,
    ),
    "refuse": Action(
        of.RefuseForm,
        lambda asked: asked.status not in ENDED,
        lambda shown, author, said: answering.refuse(shown, author, said["answer"]),
        telling.tell_answered,
    ),
}


def answer_view(screen: RorModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    asked = _asked_or_404(screen, request, object_id)
    name = request.POST.get("action", "")
    shown = {key: action for key, action in ACTIONS.items() if action.when(asked)}
    bound = None
    if request.method == "POST" and name in shown:
        bound = _form(request, asked, name, request.POST)
        if bound.is_valid():
            return _do(request, asked, name, bound)
    elif request.method == "POST":
        messages.warning(request, CHANGED)
        return redirect(request.path)
    blocks = [(key, bound if bound is not None and key == name else _form(request, asked, key)) for key in shown]
    steps = RequestStep.objects.trusted(REASON).filter(request=asked).select_related("author")
    context = {
        **_context(screen, request, asked, "Répondre"),
        "asked": asked,
        "steps": [
            {"at": step.at, "author": str(step.author or ""), "what": step.what, "note": step.note} for step in steps
        ],
        "blocks": blocks,
        "blank_address": _address("blank", asked) if _rectified(asked) else "",
    }
    return TemplateResponse(request, "admin/person_answer.html", context)


def blank_view(screen: RorModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    asked = _asked_or_404(screen, request, object_id)
    if not _rectified(asked):
        messages.warning(request, GRANT_FIRST)
        return redirect(_address("answer", asked))
    form, preview = of.BlankForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        ours = {"datum": said["datum"], "author": request.user, "channel": CHANNEL, "reason": said["reason"]}
        if said["confirmed"] == _seal(form):
            done = blanking.blank(said["values"], said["place"], request=asked, **ours)
            answering.note_step(asked, request.user, f"Ancienne valeur effacée : {of.DATA[said['datum']]}")
            messages.success(request, BLANKED.format(told(done)))
            return redirect(_address("answer", asked))
        preview = told(blanking.foresee(said["values"], said["place"], request=asked, **ours))
    context = {
        **_context(screen, request, asked, "Effacer une ancienne valeur"),
        "form": form,
        "preview": preview,
        "seal": _seal(form) if preview else "",
        "back": _address("answer", asked),
    }
    return TemplateResponse(request, "admin/person_blank.html", context)


def told(done: blanking.Done) -> str:
    """What was done, or would be, in words."""
    counts = [f"{name} : {count}" for name, count in done.counts.items() if count]
    if done.still_said:
        counts.append(f"gardées car la fiche le dit encore : {done.still_said}")
    return ", ".join(counts) or NOTHING


def _do(request: HttpRequest, asked: PersonRequest, name: str, form: of.OfficerForm) -> HttpResponse:
    action = ACTIONS[name]
    shown = answering.Shown(asked.pk, form.cleaned_data["revision"])
    try:
        answered = action.do(shown, request.user, form.cleaned_data)
    except answering.Changed:
        messages.warning(request, CHANGED)
    except answering.NotAnswerable as error:
        messages.error(request, str(error))
    else:
        if action.tell is not None and not action.tell(request, answered):
            messages.warning(request, NOT_TOLD)
        else:
            messages.success(request, "C'est enregistré.")
    return redirect(request.path)


def _form(request: HttpRequest, asked: PersonRequest, name: str, data=None) -> of.OfficerForm:
    initial = {"revision": asked.revision}
    known: dict[str, Any] = {}
    if name == "match":
        initial |= {"professional": asked.id_nat_ps}
        known = {
            "professionals": professionals_like(request.viewer, asked),
            "contacts": contacts_like(request.viewer, asked),
        }
    return ACTIONS[name].form(data, initial=initial, auto_id=f"{name}_%s", **known)


def _asked_or_404(screen: RorModelAdmin, request: HttpRequest, object_id: str) -> PersonRequest:
    if not request.viewer.may(PERMISSION):
        raise PermissionDenied
    try:
        key = UUID(object_id)
    except ValueError as error:
        raise Http404 from error
    found = screen.rows(request, PERMISSION).select_related("account").filter(pk=key).first()
    if found is None:
        raise Http404
    request.viewer.note_disclosure("PersonRequest", str(found.pk), Level.CRISIS)
    return found


def _seal(form: forms.Form) -> str:
    """What was typed, so that only what was shown is confirmed."""
    said = form.cleaned_data
    return "|".join([said["datum"], said["place"].identifier, *said["values"]])


def _address(name: str, asked: PersonRequest) -> str:
    return reverse(f"admin:persons_personrequest_{name}", args=[asked.pk])


def _context(screen: RorModelAdmin, request: HttpRequest, asked: PersonRequest, title: str) -> dict:
    return {
        **screen.admin_site.each_context(request),
        "title": title,
        "subtitle": str(asked),
        "opts": screen.opts,
        "change_address": _address("change", asked),
    }
