from django.urls import path

from ror.reference import views

app_name = "reference"
urlpatterns = [
    path("nomenclatures/<slug:value_set>/recherche", views.search_codes, name="code_search"),
    path("communes/recherche", views.search_for_communes, name="commune_search"),
]
