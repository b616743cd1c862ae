"""Sign-in and sign-out only: nothing else of allauth is reachable."""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("connexion/", views.login, name="account_login"),
    path("connexion/compte-desactive/", views.account_inactive, name="account_inactive"),
    path("deconnexion/", views.logout, name="account_logout"),
]
