"""Pages of the persons described, and of those who describe them."""

from django.urls import path

from ror.persons import routed_views, views

app_name = "persons"
urlpatterns = [
    path("vos-donnees/", views.About.as_view(), name="about"),
    path("vos-donnees/demande/", views.Ask.as_view(), name="ask"),
    path("vos-donnees/demande/envoyee/", views.Sent.as_view(), name="sent"),
    path("vos-donnees/confirmer/<str:token>/", views.Confirm.as_view(), name="confirm"),
    path("vos-donnees/suivi/<str:token>/", views.Follow.as_view(), name="follow"),
    path("vos-donnees/lire/<str:token>/", views.Read.as_view(), name="read"),
    path("vos-donnees/lire/<str:token>/<str:form>/", views.Read.as_view(), name="export"),
    path("vos-donnees/les-miennes/", views.Mine.as_view(), name="mine"),
    path("vos-donnees/les-miennes/<str:form>/", views.Mine.as_view(), name="export_mine"),
    path("demandes-des-personnes/", routed_views.Routed.as_view(), name="routed_list"),
    path("demandes-des-personnes/<uuid:pk>/", routed_views.RoutedOne.as_view(), name="routed"),
]
