"""Pro Santé Connect, for allauth's registry: an OpenID Connect provider of health professionals."""

import re
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest
from django.urls import reverse

from ror.accounts.psc import ProSanteConnectAdapter

# idNat_PS: 8 and the RPPS number, or 0 and the ADELI number (annexe Identification of the ANS).
NATIONAL_ID = re.compile(r"8\d{11}|0\d{9}")


class NoNationalIdentifier(OAuth2Error):
    """The card says no RPPS nor ADELI number: whoever holds it cannot be recognised by it."""

    no_identifier = True


class ProSanteConnect(OpenIDConnectProvider):
    """The claims come from `psc.ProSanteConnectAdapter`. Nothing of them is kept but the identifier and the names."""

    id = "psc"
    name = "Pro Santé Connect"
    oauth2_adapter_class = ProSanteConnectAdapter
    pkce_enabled_default = True  # S256

    def get_login_url(self, request: HttpRequest, **kwargs) -> str:
        return reverse("psc_login")

    def get_callback_url(self) -> str:
        return reverse("psc_callback")

    def get_oauth2_adapter(self, request: HttpRequest) -> ProSanteConnectAdapter:
        return self.oauth2_adapter_class(request, self.id)

    def get_default_scope(self) -> list[str]:
        return ["openid", "scope_all"]

    def get_auth_params(self) -> dict[str, str]:
        return {"acr_values": "eidas1"}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The national identifier, never the address nor the provider's own subject."""
        said = str(data["userinfo"].get("SubjectNameID", ""))
        if NATIONAL_ID.fullmatch(said) is None:
            raise NoNationalIdentifier
        return said

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        claims = data["userinfo"]
        return {"last_name": claims.get("family_name", ""), "first_name": claims.get("given_name", "")}

    def extract_email_addresses(self, data: dict[str, Any]) -> list:
        return []


provider_classes = [ProSanteConnect]
