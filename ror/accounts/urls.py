"""Sign-in, sign-out and one's own account: of allauth, only what is named here is reachable."""

from allauth.account import views as account
from django.urls import path, re_path

from ror.accounts import psc, views

urlpatterns = [
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", views.Code.as_view(), name="mfa_authenticate"),
    path("connexion/sans-code/", views.without_code, name="without_code"),
    path("connexion/pro-sante-connect/", views.psc_login, name="psc_login"),
    path("connexion/pro-sante-connect/retour/", psc.back, name="psc_callback"),
    path("connexion/compte-desactive/", account.account_inactive, name="account_inactive"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe/envoye/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^mot-de-passe/choisir/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("mot-de-passe/choisi/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("mon-compte/", views.my_account, name="my_account"),
    path("mon-compte/mot-de-passe/", views.OwnPassword.as_view(), name="account_change_password"),
    path("mon-compte/pro-sante-connect/", views.psc_link, name="psc_link"),
    path("mon-compte/verification/", views.second_factor, name="second_factor"),
    path("mon-compte/verification/code/", views.LaterCode.as_view(), name="mfa_reauthenticate"),
    path("mon-compte/verification/adresse/", views.ProveAddress.as_view(), name="prove_address"),
    path("mon-compte/verification/adresse/<str:token>/", views.address_proven, name="address_proven"),
    path("mon-compte/verification/activer/", views.Enrol.as_view(), name="mfa_activate_totp"),
    path("mon-compte/verification/retirer/", views.Leave.as_view(), name="mfa_deactivate_totp"),
    path("mon-compte/verification/codes-de-secours/", views.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("mon-compte/verification/nouveaux-codes/", views.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
]
