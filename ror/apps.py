from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RorConfig(AppConfig):
    """The portal itself: pages shared by every app, commands of the whole project."""

    name = "ror"
    verbose_name = "Portail ROR"


class RorAdminConfig(AdminConfig):
    """Django's admin, on the portal's own site."""

    default_site = "ror.admin_site.RorAdminSite"
