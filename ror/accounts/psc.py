"""The exchange with Pro Santé Connect: PKCE, a state, and a nonce that allauth neither sends nor checks."""

import secrets
from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

PROVIDER = "psc"
ASSURANCE = "eidas"  # the levels of assurance that the card gives: eidas1 and above


class ProSanteConnectAdapter(OpenIDConnectOAuth2Adapter):
    """`nonce`: what the answer must repeat, taken from the session with the state."""

    nonce = ""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("psc_callback"))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """The identity that the provider answers with. Raises `OAuth2Error` for an answer to another question.

        The token comes from the provider itself over TLS: OpenID Connect Core 3.1.3.7 then lets its signature be. Its
        issuer, audience, date, nonce, level of assurance and subject are checked.
        """
        claims = self._decode_id_token(app, kwargs["response"].get("id_token", ""))
        if not self.nonce or not constant_time_compare(str(claims.get("nonce", "")), self.nonce):
            raise OAuth2Error("the nonce is not the one that was sent")
        if not str(claims.get("acr", "")).startswith(ASSURANCE):
            raise OAuth2Error("the level of assurance is too low")
        userinfo = self._fetch_user_info(token.token)
        if userinfo.get("sub") != claims.get("sub"):
            raise OAuth2Error("the claims are those of someone else")
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": userinfo})
        login.practises = bool((userinfo.get("SubjectRefPro") or {}).get("exercices"))
        return login


class Callback(OAuth2CallbackView):
    def _get_state(self, request: HttpRequest, provider) -> tuple[dict | None, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


def start(request: HttpRequest, process: str, next_url: str) -> HttpResponse:
    """Send to Pro Santé Connect. A link and not a form: the Content-Security-Policy keeps forms on this site."""
    provider = _adapter(request).get_provider()
    nonce = secrets.token_urlsafe(32)
    parameters = provider.get_auth_params() | {"nonce": nonce}
    return provider.redirect(request, process, next_url=next_url, auth_params=parameters, nonce=nonce)


def sign_in(request: HttpRequest, next_url: str) -> HttpResponse:
    return start(request, AuthProcess.LOGIN, next_url)


def link(request: HttpRequest) -> HttpResponse:
    return start(request, AuthProcess.CONNECT, reverse("my_account"))


def back(request: HttpRequest) -> HttpResponse:
    """Where Pro Santé Connect sends back to."""
    return Callback.adapter_view(_adapter(request))(request)


def _adapter(request: HttpRequest) -> ProSanteConnectAdapter:
    """404 when the operator of the portal has not set Pro Santé Connect up."""
    adapter = ProSanteConnectAdapter(request, PROVIDER)
    try:
        adapter.get_provider()
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return adapter
