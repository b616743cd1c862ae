"""« Comptes de mes établissements »: who holds what, inviting, withdrawing."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from confidentiality.delegation import REFERENT, Delegation
from confidentiality.models import Assignment
from ror.accounts.models import User
from ror.dates import display_date
from structures.colleagues import ending, inviting, listing, places, requesting, reviewing
from structures.colleagues.access import ManagerMixin
from structures.colleagues.forms import InviteForm, ReasonForm
from structures.colleagues.links import token_of
from structures.colleagues.mails import send
from structures.colleagues.models import Invitation

PEOPLE_PER_PAGE = 25
NUL = "\x00"  # PostgreSQL refuses it in any text
NOT_SENT = (
    "L'invitation est enregistrée, mais le message n'a pas pu partir. Vérifiez l'adresse, puis choisissez « Renvoyer »."
)


class Colleagues(ManagerMixin, View):
    """Who holds which role where, the pending invitations and requests."""

    def get(self, request: HttpRequest) -> HttpResponse:
        delegation, words = Delegation.of(request), request.GET.get("q", "").replace(NUL, "").strip()
        page = Paginator(listing.colleagues(delegation, words), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
        people = list(page.object_list)
        lines = listing.lines_of(delegation, people)
        asked = list(requesting.shown_to(delegation))
        invitations = list(inviting.shown_to(delegation))
        proposed = [role for invitation in invitations for role in invitation.roles.all()]
        changeable = inviting.changeable(delegation, invitations)
        names = places.names_of(request.viewer, [line.perimeter for line in [*lines, *asked, *proposed]])
        context = {
            "page": page,
            "people": listing.rows_of(delegation, people, lines, names),
            "words": words,
            "may_mandate": any(line.role_id == REFERENT for line in delegation.held),
            "requests": [listing.request_line(each, names) for each in asked],
            "to_review": reviewing.to_review(delegation).count(),
            "invitations": [listing.invitation_line(each, names, changeable) for each in invitations],
        }
        return render(request, "colleagues/colleagues.html", context)


class Invite(ManagerMixin, View):
    """Invite someone by e-mail; `?lieu=` and `?role=` propose where and as what (links of other pages)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        if "add" in request.POST or "search" in request.POST:
            return self._page(request, self._form(request, typed=True))
        form = self._form(request, bound=True)
        if not form.is_valid():
            return self._page(request, form, status=422)
        invitation = inviting.invite(request.user, form.cleaned_data["email"], form.offered())
        tell(request, invitation)
        return redirect("colleagues:list")

    def _form(self, request: HttpRequest, *, bound: bool = False, typed: bool = False) -> InviteForm:
        delegation = Delegation.of(request)
        proposed = {"place_0": request.GET.get("lieu", ""), "role_0": request.GET.get("role", "")}
        typed_places = [value for name, value in request.POST.items() if name.startswith("place_")]
        chosen = typed_places or [proposed["place_0"]]
        found = places.with_chosen(delegation, places.choices(delegation, request.POST.get("words", "")), chosen)
        rows = _number(request.POST.get("rows"), 1) + (1 if "add" in request.POST else 0)
        data = {"data": request.POST} if bound else {"initial": request.POST.dict() if typed else proposed}
        return InviteForm(**data, delegation=delegation, places=found, rows=rows)

    def _page(self, request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "words": request.POST.get("words", ""),
            "problems": form.problems() if form.is_bound else [],
        }
        return render(request, "colleagues/invite.html", context, status=status)


class InvitationAction(ManagerMixin, View):
    """Cancel a pending invitation, or send it again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        delegation = Delegation.of(request)
        invitation = next((each for each in inviting.shown_to(delegation) if each.pk == pk), None)
        if invitation is None or pk not in inviting.changeable(delegation, [invitation]):
            raise Http404
        if "cancel" in request.POST:
            inviting.cancel(invitation)
            messages.success(request, "L'invitation est annulée : son lien n'ouvre plus rien.")
        else:
            tell(request, inviting.renew(invitation))
        return redirect("colleagues:list")


class Withdraw(ManagerMixin, View):
    """End one role, after a confirmation."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._line(request, pk), ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        line, form = self._line(request, pk), ReasonForm(request.POST)
        if not form.is_valid():
            return self._page(request, line, form, status=422)
        ending.end(Delegation.of(request), Assignment.objects.filter(pk=line.pk), form.cleaned_data["reason"])
        messages.success(request, f"Le rôle « {line.role} » de {line.user} est retiré.")
        return redirect("colleagues:list")

    def _line(self, request: HttpRequest, pk: int) -> Assignment:
        rows = Delegation.of(request).endable().select_related("user", "role", "perimeter")
        return get_object_or_404(rows, pk=pk)

    def _page(self, request: HttpRequest, line: Assignment, form: ReasonForm, status: int = 200) -> HttpResponse:
        names = places.names_of(request.viewer, [line.perimeter])
        context = {
            "form": form,
            "name": str(line.user),
            "line": listing.describe(line, names),
            "problems": form.problems() if form.is_bound else [],
        }
        return render(request, "colleagues/withdraw.html", context, status=status)


class Remove(ManagerMixin, View):
    """A colleague leaves: end all that they hold here, after a confirmation that says what will end and what stays."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._row(request, pk), ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, form = self._row(request, pk), ReasonForm(request.POST)
        if not form.is_valid():
            return self._page(request, row, form, status=422)
        ending.remove(Delegation.of(request), User.objects.get(pk=pk), form.cleaned_data["reason"])
        messages.success(request, f"{row['name']} n'a plus de rôle parmi ceux que vous gérez.")
        return redirect("colleagues:list")

    def _row(self, request: HttpRequest, pk: int) -> dict:
        delegation = Delegation.of(request)
        people = list(listing.colleagues(delegation).filter(pk=pk))
        lines = listing.lines_of(delegation, people)
        names = places.names_of(request.viewer, [line.perimeter for line in lines])
        rows = listing.rows_of(delegation, people, lines, names)
        if not rows or not rows[0]["may_remove"]:
            raise Http404
        return rows[0]

    def _page(self, request: HttpRequest, row: dict, form: ReasonForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "row": row, "problems": form.problems() if form.is_bound else []}
        return render(request, "colleagues/remove.html", context, status=status)


def tell(request: HttpRequest, invitation: Invitation) -> None:
    """Send the link, and say the same to the sender whether the address has an account or not."""
    link = request.build_absolute_uri(reverse("colleagues:invitation", args=[token_of(invitation)]))
    if not send("invitation", invitation.email, link=link, until=display_date(invitation.expires_at)):
        messages.warning(request, NOT_SENT)
        return
    until = display_date(invitation.expires_at)
    messages.success(request, f"Un message est parti à {invitation.email}. Son lien est valable jusqu'au {until}.")
    if settings.DEMONSTRATION:
        messages.info(request, f"Démonstration : aucun message ne part vraiment. Le lien serait {link}")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else otherwise
