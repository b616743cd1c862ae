"""One page with the search fields, behind the portal's own middleware and security policy."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from dsfr.forms import DsfrBaseForm

from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, CommuneField, CommuneSetChoiceField

PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>Champs de recherche</title>
<link rel="stylesheet" href="/static/dsfr/dist/dsfr/dsfr.min.css">
{{ form.media }}
</head>
<body>
<main class="fr-container">
<h1>Champs de recherche</h1>
<form>{% for field in form %}{{ field.as_field_group }}{% endfor %}<button class="fr-btn">Envoyer</button></form>
{% with form.cleaned_data as cleaned %}
<pre id="cleaned">
{{ cleaned.mode }} {{ cleaned.acts|join:"," }} {{ cleaned.commune }} {{ cleaned.zones|join:"," }}
</pre>
{% endwith %}
</main>
</body>
</html>"""


class SearchForm(DsfrBaseForm):
    """The four kinds of search fields."""

    mode = CodeChoiceField("J19", label="Mode de prise en charge")
    acts = CodeSetChoiceField("J16", label="Actes spécifiques")
    commune = CommuneField(label="Commune")
    zones = CommuneSetChoiceField(label="Communes desservies")


def page(request: HttpRequest) -> HttpResponse:
    form: forms.Form = SearchForm(request.GET or None, initial={"acts": ["R210:0001"]})
    if form.is_bound:
        form.is_valid()
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


urlpatterns = [path("", include("ror.reference.urls")), path("page", page)]
