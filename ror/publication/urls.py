"""Public pages."""

from django.urls import path

from ror.publication import views

app_name = "publication"
urlpatterns = [
    path("", views.home, name="home"),
    path("etablissements/<slug:identifier>/", views.establishment, name="establishment"),
    path("entites-juridiques/<slug:identifier>/", views.legal_entity, name="legal_entity"),
    path("organisations/<slug:slug>/", views.organization, name="organization"),
    path("offres/<slug:slug>/", views.offer, name="offer"),
    path("mentions-legales/", views.legal_notice, name="legal_notice"),
    path("donnees-personnelles/", views.personal_data, name="personal_data"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("plan-du-site/", views.site_map, name="site_map"),
]
