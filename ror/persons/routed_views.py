"""Requests routed to those who describe an establishment: read, correct by the ordinary forms, say so."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.levels import Level
from ror.dates import display_date
from ror.persons import answering, telling
from ror.persons.forms import CorrectedForm
from ror.persons.models import PersonRequest, Route, Status
from structures.describing.access import DescriberMixin

MOST = 100
THANKS = "Merci. Le délégué à la protection des données finit de répondre à la personne."
CHANGED = "Quelqu'un d'autre vient de s'occuper de cette demande : rien n'est enregistré."


class Routed(DescriberMixin, View):
    """The requests that wait for those who describe."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = _routed_to(request).order_by("created_at")[:MOST]
        return render(request, "persons/routed_list.html", {"asked": [_shown(request, row) for row in rows]})


class RoutedOne(DescriberMixin, View):
    """One of them."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        asked = self._asked(request, pk)
        return self._page(request, asked, CorrectedForm(initial={"revision": asked.revision}))

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        asked = self._asked(request, pk)
        form = CorrectedForm(request.POST)
        if not form.is_valid():
            return self._page(request, asked, form, status=422)
        shown = answering.Shown(asked.pk, form.cleaned_data["revision"])
        answer = answering.hand_back if "hand_back" in request.POST else answering.corrected
        try:
            answer(shown, request.viewer.user, form.cleaned_data["note"])
        except answering.Changed:
            messages.warning(request, CHANGED)
        else:
            telling.tell_officers(request)
            messages.success(request, THANKS)
        return redirect("persons:routed_list")

    def _asked(self, request: HttpRequest, pk) -> PersonRequest:
        found = _routed_to(request).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, asked: PersonRequest, form: CorrectedForm, status: int = 200) -> HttpResponse:
        context = {
            "asked": _shown(request, asked),
            "form": form,
            "problems": form.problems() if form.is_bound else [],
        }
        return render(request, "persons/routed.html", context, status=status)


def _routed_to(request: HttpRequest):
    rows = PersonRequest.objects.visible_to(request.viewer).filter(route=Route.DESCRIBER, status=Status.ROUTED)
    return rows.select_related("geographic_entity")


def _shown(request: HttpRequest, asked: PersonRequest) -> dict:
    """What a describer needs to correct: not the address of the person, nor what the officer noted."""
    request.viewer.note_disclosure("PersonRequest", str(asked.pk), Level.CRISIS)
    return {
        "pk": asked.pk,
        "kind": asked.get_kind_display(),
        "name": f"{asked.first_name} {asked.last_name}",
        "place": asked.place,
        "details": asked.details,
        "sent": display_date(asked.created_at),
        "establishment": asked.geographic_entity.name,
        "identifier": asked.geographic_entity.id_nat_struct,
    }
