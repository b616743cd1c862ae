"""Addresses of what spares typing twice: confirming, duplicating, copying, changing many offers at once."""

from django.urls import path

from structures.describing import confirming_views, copying_views, many_views

helping_patterns = [
    path("changer-plusieurs-offres/", many_views.ChangeMany.as_view(), name="change_many"),
    path("offres/<slug:slug>/exacte/", confirming_views.ConfirmOffer.as_view(), name="confirm"),
    path("<slug:identifier>/tout-est-exact/", confirming_views.ConfirmMany.as_view(), name="confirm_many"),
    path("offres/<slug:slug>/dupliquer/", copying_views.Duplicate.as_view(), name="duplicate"),
    path("brouillons/<uuid:pk>/copier-horaires/", copying_views.CopyHours.as_view(), name="copy_hours"),
    path("brouillons/<uuid:pk>/copier-contacts/", copying_views.CopyContacts.as_view(), name="copy_contacts"),
]
