"""Asking for a role at an establishment, and answering."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from confidentiality.delegation import MANDATED, Delegation
from confidentiality.models import Assignment, Perimeter, Role
from ror.dates import display_date
from structures.colleagues import listing, places, requesting
from structures.colleagues.access import ManagerMixin, SignedInMixin
from structures.colleagues.forms import ApproveForm, AskForm, RefuseForm
from structures.colleagues.inviting import Offered
from structures.colleagues.mails import send
from structures.colleagues.models import AccessRequest
from structures.models import GeographicEntity, InternalOrganization

SENT = "Votre demande est envoyée. Vous recevrez un message quand elle aura sa réponse."
ALREADY = "Vous avez déjà fait cette demande : elle attend sa réponse."
ANSWERED = "Cette demande a déjà sa réponse."


class Ask(SignedInMixin, View):
    """« Demander un rôle » at one establishment."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = _entity_or_404(request, identifier)
        return self._page(request, entity, AskForm(roles=_roles(), places=_places(request, entity)))

    def post(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = _entity_or_404(request, identifier)
        form = AskForm(request.POST, roles=_roles(), places=_places(request, entity))
        if not form.is_valid():
            return self._page(request, entity, form, status=422)
        role, perimeter = form.asked()
        try:
            asked = requesting.ask(request.user, role, perimeter, form.cleaned_data["reason"])
        except requesting.AlreadyAsked:
            messages.info(request, ALREADY)
            return redirect("colleagues:mine")
        link = request.build_absolute_uri(reverse("colleagues:answer", args=[asked.pk]))
        for person in requesting.answerers(perimeter, role):
            send("request", person.email, link=link)
        messages.success(request, SENT)
        return redirect("colleagues:mine")

    def _page(self, request: HttpRequest, entity: GeographicEntity, form: AskForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "name": places.said(request.viewer, entity),
            "identifier": entity.id_nat_struct,
            "problems": form.problems() if form.is_bound else [],
        }
        return render(request, "colleagues/ask.html", context, status=status)


class Mine(SignedInMixin, View):
    """« Mes rôles »: what I hold, until when, and what became of my requests."""

    def get(self, request: HttpRequest) -> HttpResponse:
        lines = Assignment.objects.in_force().filter(user=request.user)
        lines = list(lines.select_related("role", "perimeter", "given_by").order_by("role__number", "pk"))
        asked = list(AccessRequest.objects.filter(user=request.user).select_related("role", "perimeter"))
        names = places.names_of(request.viewer, [line.perimeter for line in [*lines, *asked]])
        context = {
            "roles": [listing.describe(line, names) for line in lines],
            "requests": [_asked_line(each, names) for each in reversed(asked)],
        }
        return render(request, "colleagues/mine.html", context)


class Answer(ManagerMixin, View):
    """Approve or refuse a request."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._request(request, pk), ApproveForm(), RefuseForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = self._request(request, pk)
        refusing = "refuse" in request.POST
        approval = ApproveForm(None if refusing else request.POST, asked=asked)
        refusal = RefuseForm(request.POST if refusing else None)
        form = refusal if refusing else approval
        if not form.is_valid():
            return self._page(request, asked, approval, refusal, status=422)
        try:
            self._decide(request, asked, form)
        except requesting.AlreadyAnswered:
            messages.info(request, ANSWERED)
            return redirect("colleagues:list")
        send("answer", asked.user.email, link=request.build_absolute_uri(reverse("colleagues:mine")))
        messages.success(request, "La demande est refusée." if refusing else "La demande est acceptée.")
        return redirect("colleagues:list")

    def _decide(self, request: HttpRequest, asked: AccessRequest, form: ApproveForm | RefuseForm) -> None:
        delegation = Delegation.of(request)
        if isinstance(form, RefuseForm):
            requesting.refuse(delegation, asked.pk, form.cleaned_data["answer"])
            return
        requesting.approve(delegation, asked.pk, Offered((), asked.reason, form.starts_at(), form.ends_at()))

    def _request(self, request: HttpRequest, pk: int) -> AccessRequest:
        found = requesting.shown_to(Delegation.of(request)).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _page(
        self, request: HttpRequest, asked: AccessRequest, approval: ApproveForm, refusal: RefuseForm, status: int = 200
    ) -> HttpResponse:
        names = places.names_of(request.viewer, [asked.perimeter])
        context = {
            "request_line": listing.request_line(asked, names),
            "approval": approval,
            "refusal": refusal,
            "problems": [*(approval.problems() if approval.is_bound else []), *refusal.problems()],
        }
        return render(request, "colleagues/answer.html", context, status=status)


def _entity_or_404(request: HttpRequest, identifier: str) -> GeographicEntity:
    found = GeographicEntity.objects.visible_to(request.viewer).filter(id_nat_struct=identifier).first()
    if found is None:
        raise Http404
    return found


def _roles() -> list[Role]:
    """The roles held at an establishment; a mandate is given by its référent, never asked for."""
    held = Role.objects.filter(perimeter_kinds__contains=[Perimeter.Kind.GEOGRAPHIC_ENTITY]).exclude(pk=MANDATED)
    return list(held.order_by("number"))


def _places(request: HttpRequest, entity: GeographicEntity) -> list[tuple[int, str]]:
    """The establishment, and those of its organisations that the person may know."""
    units = InternalOrganization.objects.visible_to(request.viewer).open().filter(geographic_entity=entity)
    rows = units.select_related("geographic_entity").order_by("name", "pk")
    whole = (entity.perimeter_id, f"{places.said(request.viewer, entity)} (tout l'établissement)")
    return [whole, *((row.perimeter_id, places.said(request.viewer, row)) for row in rows)]


def _asked_line(asked: AccessRequest, names: dict[int, str]) -> dict:
    state = {None: "En attente de réponse", True: "Acceptée", False: "Refusée"}[asked.approved]
    return {
        "role": asked.role.label,
        "place": names[asked.perimeter_id],
        "since": display_date(asked.created_at),
        "state": state,
        "answer": asked.answer,
    }
