"""The declared policy, to read and to take away: the level of every datum, by legal kind, with its basis and source."""

import csv
from collections import Counter
from itertools import groupby

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from confidentiality import policy
from confidentiality.levels import Level

KIND_LABELS = {
    "I-1": "établissement de santé",
    "I-2": "établissement ou service social ou médico-social",
    "I-3": "professionnel ou structure de ville",
    "I-4": "structure de coordination",
}
CATEGORY_LABELS = {
    "identification": "identification",
    "description": "description de l'offre",
    "contact": "contact",
    "person": "personne",
    "capacity": "lits et places",
    "crisis": "gestion de crise",
    "history": "historique",
    "draft": "brouillon",
}
ORIGIN_LABELS = {"register": "un registre", "software": "un logiciel"}
STORED = "choisi sur chaque ligne"
HEADER = ("classe", "donnée", "nom technique", "catégorie", *policy.KINDS, "base", "source")


def policy_page(request: HttpRequest) -> HttpResponse:
    """Every line of the policy, class by class."""
    lines = list(policy.policy().values())
    context = {
        **admin.site.each_context(request),
        "title": "Politique de confidentialité des données",
        "levels": [(level.value, level.label) for level in Level],
        "kinds": [(kind, KIND_LABELS[kind]) for kind in policy.KINDS],
        "bases": sorted(Counter(line.basis for line in lines).items(), key=lambda pair: policy.BASES.index(pair[0])),
        "classes": [
            {"name": _class_name(model), "anchor": model, "lines": [_row(line) for line in data]}
            for model, data in groupby(lines, key=lambda line: line.model)
        ],
        "count": len(lines),
        "restricted": ", ".join(ORIGIN_LABELS[origin] for origin in sorted(policy.restricted_origins())),
    }
    return render(request, "admin/policy.html", context)


def policy_csv(request: HttpRequest) -> HttpResponse:
    """The same as a spreadsheet: semicolons and a byte-order mark, as French spreadsheets open them."""
    name = f"politique-confidentialite-{timezone.localdate():%Y-%m-%d}.csv"
    response = HttpResponse(
        "\ufeff",
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    lines = csv.writer(response, delimiter=";")
    lines.writerow(HEADER)
    for line in policy.policy().values():
        row = _row(line)
        levels = row["levels"] or [STORED] * len(policy.KINDS)
        lines.writerow(
            [_class_name(line.model), row["label"], line.name, row["category"], *levels, row["basis"], row["source"]]
        )
    return response


def _row(line: policy.Datum) -> dict:
    return {
        "label": line.label,
        "field": line.field,
        "category": CATEGORY_LABELS[line.category],
        "levels": [line.levels[kind] for kind in policy.KINDS] if line.levels else [],
        "basis": line.basis,
        "source": line.source,
    }


def _class_name(model: str) -> str:
    """« lieu de réalisation de l'offre » for Place: the French name of the governed model."""
    found = next((each for each in apps.get_models() if each.__name__ == model), None)
    return str(found._meta.verbose_name) if found is not None else model
