"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("ror.accounts.urls")),
    path("", include("ror.reference.urls")),
    path("", include("structures.colleagues.urls")),
    path("", include("ror.persons.urls")),
    path("mes-etablissements/imports/", include("ror.imports.urls")),
    path("mes-etablissements/", include("structures.describing.urls")),
    path("", include("ror.publication.urls")),
]
