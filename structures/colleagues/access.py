"""Who may open these pages, and nothing of what lies outside one's perimeters."""

from django.contrib.auth.mixins import AccessMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from confidentiality.delegation import PERMISSION
from confidentiality.session import waits_for_second_factor


class SignedInMixin(AccessMixin):
    """Signed-in people only."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.viewer.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path())


class ManagerMixin(SignedInMixin):
    """Those who manage the accounts of some perimeter; each object is then checked by `Delegation`."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.viewer.is_authenticated and not request.viewer.may(PERMISSION):
            if waits_for_second_factor(request.viewer):
                return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.get_full_path()})}")
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
