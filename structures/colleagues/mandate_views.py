"""Giving a mandate to the regional team."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from confidentiality.delegation import REFERENT, Delegation
from confidentiality.models import Perimeter
from ror.accounts.models import User
from structures.colleagues import mandates, places
from structures.colleagues.access import ManagerMixin
from structures.colleagues.forms import MandateForm

NOT_OF_THE_TEAM = "Cette personne n'est pas de l'équipe régionale de ce lieu. Choisissez-en une autre."


class Mandates(ManagerMixin, View):
    """« Donner un mandat », for those who are référent somewhere."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        person = User.objects.get(pk=form.cleaned_data["person"])
        try:
            mandates.give(
                Delegation.of(request),
                Perimeter.objects.get(pk=form.cleaned_data["place"]),
                person,
                starts_at=max(timezone.now(), form.starts_at() or timezone.now()),
                ends_at=form.ends_at(),
                reason=form.cleaned_data["reason"],
            )
        except mandates.NotMandated:
            form.add_error("person", NOT_OF_THE_TEAM)
            return self._page(request, form, status=422)
        messages.success(request, f"Le mandat est donné à {person}. Vous pouvez y mettre fin à tout moment.")
        return redirect("colleagues:list")

    def _form(self, request: HttpRequest, typed=None) -> MandateForm:
        delegation = Delegation.of(request)
        if not any(line.role_id == REFERENT for line in delegation.held):
            raise PermissionDenied
        people = [(person.pk, str(person)) for person in mandates.regional_team(delegation)]
        return MandateForm(typed, places=places.whole_structures(delegation), people=people)

    def _page(self, request: HttpRequest, form: MandateForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "has_team": len(form.fields["person"].choices) > 1,
            "problems": form.problems() if form.is_bound else [],
        }
        return render(request, "colleagues/mandate.html", context, status=status)
