"""The portal's own admin site: who may enter comes from the assignments, and sign-in is the portal's."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path, reverse
from django.utils.http import urlencode

from confidentiality.session import waits_for_second_factor
from ror.worklists import waiting_for

# Roads of Django's own site that this one does not have: the first reads any row without a viewer, and passwords
# belong to the portal's own pages.
CLOSED = {"view_on_site", "password_change", "password_change_done"}
OUR_ROOMS = {"confidentiality", "structures", "professionals", "ror"}


class RorAdminSite(AdminSite):
    site_header = "Administration du portail ROR"
    site_title = "Portail ROR"
    index_title = "Administration"
    enable_nav_sidebar = False  # the menu of `base_site.html`, which leaves lists their width

    def has_permission(self, request: HttpRequest) -> bool:
        """A signed-in viewer who holds « enter_admin » somewhere; each screen then checks each object."""
        return request.viewer.is_authenticated and request.viewer.may("enter_admin")

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """One sign-in page for everyone, so that no second door skips throttling or the second factor."""
        asked_for = request.GET.get("next") or reverse("admin:index")
        if waits_for_second_factor(request.viewer):
            return redirect(f"{reverse('second_factor')}?{urlencode({'next': asked_for})}")
        if request.viewer.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(asked_for)

    def logout(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """One sign-out page for everyone."""
        return redirect("account_logout")

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        """Only screens that go through the one door out; those that libraries bring are left out."""
        from confidentiality.admin.model_admin import RorModelAdmin

        if isinstance(admin_class, type) and issubclass(admin_class, RorModelAdmin):
            super().register(model_or_iterable, admin_class, **options)
        elif admin_class is None or admin_class.__module__.split(".")[0] in OUR_ROOMS:
            raise ImproperlyConfigured(f"{admin_class} is not a RorModelAdmin")

    def each_context(self, request: HttpRequest) -> dict:
        from ror.admin_home import who

        own = {"who": who(request.viewer), "may_follow": request.viewer.may("follow_population")}
        return {**super().each_context(request), **own}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list:
        """Every screen that the viewer may open, by what one does there; one room only when `app_label` names it."""
        from ror.admin_home import grouped

        found = super().get_app_list(request, app_label)
        return found if app_label else grouped(found)

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The home page: what waits for the person who looks, then every screen that they may open."""
        return super().index(request, {"work": waiting_for(request.viewer), **(extra_context or {})})

    def get_urls(self) -> list:
        from confidentiality.admin.policy_page import policy_csv, policy_page
        from ror.quality.duty_views import DutyFile, DutyPage, Remind

        own = [
            path("politique/", self.admin_view(policy_page), name="policy"),
            path("politique.csv", self.admin_view(policy_csv), name="policy_csv"),
            path("peuplement/", self.admin_view(DutyPage.as_view()), name="duty"),
            re_path(r"^peuplement\.(?P<form>csv|xlsx)$", self.admin_view(DutyFile.as_view()), name="duty_file"),
            path("peuplement/relancer/", self.admin_view(Remind.as_view()), name="duty_remind"),
        ]
        return [*own, *(route for route in super().get_urls() if getattr(route, "name", None) not in CLOSED)]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        from confidentiality.admin.autocomplete import ScopedAutocomplete

        return ScopedAutocomplete.as_view(admin_site=self)(request)
