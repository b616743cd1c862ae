"""One's own account: password, second factor. Sign-in itself is django-allauth's, with these pages."""

from allauth.account.stages import LoginStageController
from allauth.account.views import PasswordChangeView
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.internal.flows.trust import trust_browser
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View
from django.views.decorators.http import require_POST

from ror.accounts import proving, psc
from ror.accounts.mails import deliver
from ror.accounts.second_factor import SecondFactorStage, enrolled, proven

NEXT = "second_factor_next"
TOO_OFTEN = "Plusieurs liens viennent de vous être envoyés : attendez quelques minutes avant d'en demander un autre."
NOT_SENT = "Le message n'a pas pu partir. Réessayez plus tard, ou prévenez la personne qui administre le portail."
LINK_OVER = "Ce lien n'est pas le vôtre ou n'est plus valable : demandez-en un autre."


def once_proven(view):
    """A password alone neither reads the codes of an account nor removes them."""

    @login_required
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if enrolled(request.user) and not proven(request):
            return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.path})}")
        return view(request, *args, **kwargs)

    return guarded


@login_required
def my_account(request: HttpRequest) -> HttpResponse:
    """« Mon compte »: how one signs in."""
    context = {"enrolled": enrolled(request.user), "has_password": request.user.has_usable_password()}
    return render(request, "accounts/my_account.html", context)


@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where a page that needs the second factor sends: to enrol, to give a code, or back when it is done."""
    request.session[NEXT] = _own_page(request, request.GET.get("next", ""))
    if not enrolled(request.user):
        return redirect("mfa_activate_totp")
    if not proven(request):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.session[NEXT]})}")
    return redirect(request.session[NEXT])


def psc_login(request: HttpRequest) -> HttpResponse:
    """Sign in by Pro Santé Connect."""
    return psc.sign_in(request, _own_page(request, request.GET.get("next", "")))


@once_proven
def psc_link(request: HttpRequest) -> HttpResponse:
    """Link one's card to the account. A card opens everything: whoever has only the password does not add one."""
    return psc.link(request)


@require_POST
def without_code(request: HttpRequest) -> HttpResponse:
    """Sign in without giving the code: one's own establishments only, until a code is given."""
    stage = LoginStageController.enter(request, SecondFactorStage.key)
    return redirect("account_login") if stage is None else stage.exit()


class Code(AuthenticateView):
    """The code, at sign-in."""

    def form_valid(self, form) -> HttpResponse:
        user, response = self.stage.login.user, super().form_valid(form)
        if form.cleaned_data["trust"]:
            trust_browser(self.request, user, response)
        return response


class LaterCode(ReauthenticateView):
    """The code, asked by a page that needs it."""

    def _check_reauthentication_method_available(self, request: HttpRequest) -> HttpResponse | None:
        return None if enrolled(request.user) else redirect("mfa_activate_totp")

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        if form.cleaned_data["trust"]:
            trust_browser(self.request, self.request.user, response)
        return response


@method_decorator(login_required, name="dispatch")
class ProveAddress(View):
    """Before the first application of codes: a link is sent to the address of the account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not ratelimit.consume(request, action="prove_address"):
            return self._page(request, problem=TOO_OFTEN, status=429)
        link = request.build_absolute_uri(reverse("address_proven", args=[proving.token_of(request.user)]))
        subject, body = render_to_string("accounts/mails/prove.txt", {"link": link}).strip().split("\n", 1)
        if not deliver(EmailMessage(subject, f"{body.strip()}\n", to=[request.user.email])):
            return self._page(request, problem=NOT_SENT, status=503)
        return self._page(request, sent=True)

    def _page(self, request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
        context |= {"address": request.user.email}
        return render(request, "accounts/prove_address.html", context, status=status)


@login_required
def address_proven(request: HttpRequest, token: str) -> HttpResponse:
    """The link of that e-mail."""
    if not proving.opens(token, request.user):
        messages.error(request, LINK_OVER)
        return redirect("prove_address")
    proving.prove(request, request.user)
    return redirect("mfa_activate_totp")


@method_decorator(once_proven, name="dispatch")
class Enrol(ActivateTOTPView):
    """Add an application that gives codes: by who has already given one, or reads the e-mails of the account."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not (proven(request) or proving.proven(request)):
            return redirect("prove_address")
        return super().dispatch(request, *args, **kwargs)


@method_decorator(once_proven, name="dispatch")
class Leave(DeactivateTOTPView):
    """Remove the application, to add another one (a new phone)."""

    def get_success_url(self) -> str:
        return reverse("my_account")


@method_decorator(once_proven, name="dispatch")
class Codes(ViewRecoveryCodesView):
    """The recovery codes not used yet, then back to what was asked for."""

    def get_context_data(self, **kwargs) -> dict:
        own_pages = reverse("my_account")
        return super().get_context_data(**kwargs) | {"continue_to": self.request.session.get(NEXT, own_pages)}


@method_decorator(once_proven, name="dispatch")
class NewCodes(GenerateRecoveryCodesView):
    """Ten new recovery codes instead of the older ones."""


@method_decorator(login_required, name="dispatch")
class OwnPassword(PasswordChangeView):
    """Change one's password. Who signs in otherwise only (by card) chooses a first one by the link of an e-mail."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.has_usable_password():
            return redirect("account_reset_password")
        return super().dispatch(request, *args, **kwargs)


def _own_page(request: HttpRequest, url: str) -> str:
    """A page of the portal; that of sign-in's end for any other address."""
    own = url.startswith("/") and url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if own else resolve_url(settings.LOGIN_REDIRECT_URL)
