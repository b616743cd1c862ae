"""Pages of those who manage accounts, and of those whom they invite."""

from django.urls import path

from structures.colleagues import invitation_views, mandate_views, request_views, review_views, views

app_name = "colleagues"
urlpatterns = [
    path("collegues/", views.Colleagues.as_view(), name="list"),
    path("collegues/inviter/", views.Invite.as_view(), name="invite"),
    path("collegues/invitations/<uuid:pk>/", views.InvitationAction.as_view(), name="invitation_action"),
    path("collegues/roles/<int:pk>/retirer/", views.Withdraw.as_view(), name="withdraw"),
    path("collegues/<int:pk>/depart/", views.Remove.as_view(), name="remove"),
    path("collegues/demandes/<int:pk>/", request_views.Answer.as_view(), name="answer"),
    path("collegues/a-revoir/", review_views.Review.as_view(), name="review"),
    path("collegues/a-revoir/<int:pk>/", review_views.Renew.as_view(), name="renew"),
    path("collegues/mandats/", mandate_views.Mandates.as_view(), name="mandates"),
    path("mes-roles/", request_views.Mine.as_view(), name="mine"),
    path("etablissements/<slug:identifier>/demander-un-role/", request_views.Ask.as_view(), name="ask"),
    path("invitation/<str:token>/", invitation_views.AcceptInvitation.as_view(), name="invitation"),
]
