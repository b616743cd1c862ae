"""The portal's own admin site: who may enter comes from the assignments, and sign-in is the portal's."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class RorAdminSite(AdminSite):
    site_header = "Administration du portail ROR"
    site_title = "Portail ROR"
    index_title = "Administration"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """A signed-in viewer who holds « enter_admin » somewhere; each screen then checks each object."""
        return request.viewer.is_authenticated and request.viewer.may("enter_admin")

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """One sign-in page for everyone, so that no second door skips throttling or a second factor."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
