"""Pages of those who import."""

from django.urls import path

from ror.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.Start.as_view(), name="start"),
    path("modele/", views.Template.as_view(), name="template"),
    path("<uuid:pk>/", views.Job.as_view(), name="job"),
    path("<uuid:pk>/resultats/", views.Given.as_view(), name="report"),
    path("<uuid:pk>/avancement/", views.Progressed.as_view(), name="progress"),
]
