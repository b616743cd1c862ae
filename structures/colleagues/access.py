"""Who may open these pages, and nothing of what lies outside one's perimeters."""

from django.contrib.auth.mixins import AccessMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from confidentiality.delegation import PERMISSION


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
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
