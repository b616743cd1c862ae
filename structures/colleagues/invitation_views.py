"""Accepting an invitation: by opening an account, or with the account that one has."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.viewer import Viewer
from ror.accounts import proving
from ror.accounts.models import User
from ror.dates import display_date
from structures.colleagues import inviting
from structures.colleagues.forms import OpenAccountForm
from structures.colleagues.links import invitation_of
from structures.colleagues.models import Invitation
from structures.colleagues.places import names_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WELCOME = "Votre compte est ouvert et vos rôles vous sont donnés."
NAMED_LATER = "un lieu dont le nom vous sera montré une fois le rôle donné"
GIVEN = "Vos rôles vous sont donnés."


class AcceptInvitation(View):
    """What the link of the e-mail opens. A link that opens nothing more says the same whatever the reason."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation = invitation_of(token)
        return over(request) if invitation is None else self._page(request, token, invitation)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation = invitation_of(token)
        if invitation is None:
            return over(request)
        if request.viewer.is_authenticated:
            return self._accept(request, token, invitation)
        return self._open(request, token, invitation)

    def _accept(self, request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
        try:
            inviting.accept(token, request.user)
        except inviting.NoLongerValid:
            return over(request)
        except inviting.NotAddressed:
            return self._page(request, token, invitation, status=403)
        messages.success(request, GIVEN)
        return redirect("describing:mine")

    def _open(self, request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
        form = OpenAccountForm(request.POST, email=invitation.email)
        if not form.is_valid():
            return self._page(request, token, invitation, form, status=422)
        names = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "password")}
        try:
            user = inviting.open_account(token, **names)
        except inviting.NoLongerValid:
            return over(request)
        except inviting.AddressTaken:
            return redirect(request.path)
        login(request, user, BACKEND)
        proving.prove(request, user)  # the link of the invitation was read at that address
        messages.success(request, WELCOME)
        return redirect("describing:mine")

    def _page(
        self,
        request: HttpRequest,
        token: str,
        invitation: Invitation,
        form: OpenAccountForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """What is offered, in the words that everyone may read: a place that is not public is named once accepted."""
        lines = list(invitation.roles.select_related("role", "perimeter"))
        names = names_of(Viewer.public(), [line.perimeter for line in lines], NAMED_LATER)
        context = {
            "roles": [f"{line.role.label} : {names[line.perimeter_id]}" for line in lines],
            "invited_by": str(invitation.invited_by),
            "email": invitation.email,
            "until": display_date(invitation.ends_at),
            "form": form or OpenAccountForm(email=invitation.email),
            "problems": form.problems() if form else [],
            "situation": _situation(request, invitation),
        }
        return render(request, "colleagues/invitation.html", context, status=status)


def over(request: HttpRequest) -> HttpResponse:
    """The link opens nothing (or nothing more)."""
    return render(request, "colleagues/invitation_over.html", status=404)


def _situation(request: HttpRequest, invitation: Invitation) -> str:
    """What whoever opened the link has to do: accept, change account, sign in, or open an account."""
    if request.viewer.is_authenticated:
        return "accept" if inviting.addressed_to(invitation, request.user) else "other_account"
    known = User.objects.filter(email=invitation.email).first()
    if known is None or (known.is_active and not known.has_usable_password()):
        return "open"
    return "sign_in"
