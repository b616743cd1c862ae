"""What the comboboxes ask for while one types. Public data: codes, labels and communes."""

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ror.reference.models import Department
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import commune_text, search_communes

LONGEST_QUERY = 100
MOST_RESULTS = 20


@require_safe
def search_codes(request: HttpRequest, value_set: str) -> JsonResponse:
    """[{key, label}] of at most 20 current codes of the value set, best first."""
    codes = nomenclature()
    if not codes.knows_set(value_set):
        raise Http404("Ce jeu de valeurs n'existe pas.")
    keys = codes.search(value_set, _query(request), MOST_RESULTS)
    return JsonResponse([{"key": key, "label": codes.display(value_set, key)} for key in keys], safe=False)


@require_safe
def search_for_communes(request: HttpRequest) -> JsonResponse:
    """[{key, label, hint}] of at most 20 communes, best first; the hint tells namesakes apart."""
    communes = search_communes(_query(request), MOST_RESULTS)
    names = dict(Department.objects.values_list("code", "name"))
    found = [
        {
            "key": commune.pk,
            "label": commune_text(commune),
            "hint": ", ".join([*commune.postcodes[:3], names[commune.department_id]]),
        }
        for commune in communes
    ]
    return JsonResponse(found, safe=False)


def _query(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:LONGEST_QUERY].replace("\x00", "")
