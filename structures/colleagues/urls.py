"""Pages of those who manage accounts, and of those whom they invite."""

from django.urls import path

from structures.colleagues import invitation_views, views

app_name = "colleagues"
urlpatterns = [
    path("collegues/", views.Colleagues.as_view(), name="list"),
    path("collegues/inviter/", views.Invite.as_view(), name="invite"),
    path("collegues/invitations/<uuid:pk>/", views.InvitationAction.as_view(), name="invitation_action"),
    path("collegues/roles/<int:pk>/retirer/", views.Withdraw.as_view(), name="withdraw"),
    path("collegues/<int:pk>/depart/", views.Remove.as_view(), name="remove"),
    path("invitation/<str:token>/", invitation_views.AcceptInvitation.as_view(), name="invitation"),
]
