"""What the comboboxes ask for while one types. Public data: codes, labels and communes."""

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ror.reference.models import Department
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import commune_text, search_communes

LONGEST_QUERY = 100
LONGEST_PREFERENCE = 1_000  # characters; some sixty codes
MOST_RESULTS = 20


@require_safe
def search_codes(request: HttpRequest, value_set: str) -> JsonResponse:
    """[{key, label, hint}] of at most 20 current codes of the value set, best first; the hint is the family.

    `d-abord` names codes, separated by commas, that the page would rather have first.
    """
    codes = nomenclature()
    if not codes.knows_set(value_set):
        raise Http404("Ce jeu de valeurs n'existe pas.")
    first = request.GET.get("d-abord", "")[:LONGEST_PREFERENCE].split(",")
    keys = codes.search(value_set, _query(request), MOST_RESULTS, first)
    found = [{"key": key, "label": codes.display(value_set, key), "hint": codes.family(value_set, key)} for key in keys]
    return JsonResponse(found, safe=False)


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
