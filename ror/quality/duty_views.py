"""« Peuplement » in the administration: the duty page, its list to take away, and reminders."""

import tempfile
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views import View

from confidentiality.disclosure import Disclosed, disclose
from confidentiality.viewer import Viewer
from ror.quality import duty, reminding
from ror.quality.duty import ALL, DESCRIBED, UNDESCRIBED, Criteria, Duty
from ror.reference.models import Department
from ror.reference.nomenclature import nomenclature
from ror.reference.text import normalise
from ror.spreadsheets import csv_lines, write_workbook
from structures.models import GeographicEntity
from structures.reading import establishment_subject

PAGE_SIZE = 50
CHUNK = 1000  # establishments whose people and reminders are read together, for a file
STATES = {UNDESCRIBED: "sans offre publiée", DESCRIBED: "avec une offre publiée", ALL: "toutes"}
HEADER = (
    *("Département", "FINESS", "Établissement", "Catégorie", "Commune", "Offre publiée"),
    *("Personne en charge", "Courriel", "Dernière relance"),
)


class DutyPaginator(Paginator):
    """The list in pages; how many there are is read in the rates when they say it, rather than counted anew."""

    def __init__(self, viewer: Viewer, criteria: Criteria, departments: list[Duty], categories: list[Duty]) -> None:
        super().__init__(duty.listed(viewer, criteria), PAGE_SIZE)
        self.criteria, self.departments, self.categories = criteria, departments, categories

    @cached_property
    def count(self) -> int:
        asked = self.criteria
        if asked.words or (asked.department and asked.category):
            return self.object_list.order_by().count()
        groups, key = (self.categories, asked.category) if asked.category else (self.departments, asked.department)
        return sum(_number(group, asked.state) for group in groups if key in ("", group.key))


class DutyMixin(View):
    """For those who follow the population somewhere; which establishments, `duty.followed` says."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.viewer.may(duty.PERMISSION):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class DutyPage(DutyMixin):
    """How many establishments describe themselves, by department and category, and the list of those that do not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        criteria = _criteria(request.GET)
        departments, categories, whole = duty.counted(request.viewer)
        page = DutyPaginator(request.viewer, criteria, departments, categories).get_page(request.GET.get("page"))
        names = dict(Department.objects.values_list("code", "name"))
        context = {
            **admin.site.each_context(request),
            "title": "Peuplement : qui doit se décrire",
            "whole": whole,
            "departments": [_group(one, _department(one.key, names), "departement") for one in departments],
            "categories": [_group(one, nomenclature().label(one.key), "categorie") for one in categories],
            "criteria": criteria,
            "words": request.GET.get("q", ""),
            "states": STATES,
            "page": page,
            "rows": _rows(request, page.object_list),
            "asked": _address(request.GET),
            "limit": reminding.MOST,
        }
        return render(request, "admin/duty.html", context)


class DutyFile(DutyMixin):
    """The whole list, as CSV or as a workbook."""

    def get(self, request: HttpRequest, form: str) -> HttpResponse:
        name = f"peuplement-{timezone.localdate():%Y-%m-%d}.{form}"
        lines = _lines(request, _criteria(request.GET))
        if form == "csv":
            answer = StreamingHttpResponse(csv_lines(HEADER, lines), content_type="text/csv; charset=utf-8")
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer
        out = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it once sent)
        write_workbook(out, "Peuplement", HEADER, lines)
        out.seek(0)
        return FileResponse(out, as_attachment=True, filename=name)


class Remind(DutyMixin):
    """Write to the people in charge of the establishments chosen: what will leave is shown first."""

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = [int(key) for key in request.POST.getlist("chosen") if key.isascii() and key.isdigit()]
        plan = reminding.plan(request.viewer, chosen)
        if "send" not in request.POST:
            return self._page(request, plan)
        sent, refused = reminding.send(plan, request.user, request.build_absolute_uri(reverse("describing:mine")))
        if sent:
            messages.success(request, f"{sent} message{'s' if sent > 1 else ''} envoyé{'s' if sent > 1 else ''}.")
        if refused:
            messages.error(
                request, f"Pas envoyé à : {', '.join(refused)}. Vérifiez ces adresses, ou réessayez plus tard."
            )
        return redirect(f"{reverse('admin:duty')}?{_address(request.POST)}")

    def _page(self, request: HttpRequest, plan: reminding.Plan) -> HttpResponse:
        context = {
            **admin.site.each_context(request),
            "title": "Relancer les personnes en charge",
            "plan": plan,
            "asked": _address(request.POST),
            "criteria": _criteria(request.POST),
            "words": request.POST.get("q", ""),
        }
        return render(request, "admin/duty_remind.html", context)


def _criteria(data: QueryDict) -> Criteria:
    state = data.get("etat", UNDESCRIBED)
    return Criteria(
        department=data.get("departement", "")[:3],
        category=data.get("categorie", "")[:20],
        words=tuple(normalise(data.get("q", "")[:200]).split()),
        state=state if state in STATES else UNDESCRIBED,
    )


def _number(group: Duty, state: str) -> int:
    return {UNDESCRIBED: group.missing, DESCRIBED: group.described, ALL: group.total}[state]


def _address(data: QueryDict) -> str:
    """The criteria as they stand in an address."""
    kept = {name: data[name] for name in ("departement", "categorie", "q", "etat") if data.get(name)}
    return urlencode(kept)


def _department(code: str, names: dict[str, str]) -> str:
    return f"{code} {names.get(code, '')}".strip() or "Adresse inconnue"


def _group(group: Duty, label: str, name: str) -> dict[str, Any]:
    """One line of a table of rates, with the list that it leads to."""
    return {"label": label, "duty": group, "query": urlencode({name: group.key}) if group.key else ""}


def _rows(request: HttpRequest, entities: list[GeographicEntity]) -> list[dict[str, Any]]:
    people, last = duty.referents_of(entities), duty.reminded(entities)
    described = duty.described_among(request.viewer, entities)
    return [
        {
            "key": entity.pk,
            "entity": disclose(request.viewer, establishment_subject(entity)),
            "category": nomenclature().label(entity.category_id),
            "commune": entity.commune.name if entity.commune else "",
            "described": entity.pk in described,
            "referents": people[entity.pk],
            "reminded": last.get(entity.pk),
        }
        for entity in entities
    ]


def _lines(request: HttpRequest, criteria: Criteria) -> Iterator[tuple[object, ...]]:
    """The list as cells. What the public may know of the establishment, and who is in charge of it."""
    keys = list(duty.listed(request.viewer, criteria).values_list("pk", flat=True))
    every = duty.listed(request.viewer, Criteria(state=ALL))
    for start in range(0, len(keys), CHUNK):
        for row in _rows(request, list(every.filter(pk__in=keys[start : start + CHUNK]))):
            yield _line(row["entity"], row)


def _line(entity: Disclosed, row: dict[str, Any]) -> tuple[object, ...]:
    people, last = row["referents"], row["reminded"]
    return (
        entity.get("department"),
        entity.get("finess"),
        entity.get("usual_name") or entity.get("name"),
        row["category"],
        row["commune"],
        "oui" if row["described"] else "non",
        ", ".join(person.name for person in people),
        ", ".join(person.email for person in people if person.email),
        timezone.localtime(last).strftime("%d/%m/%Y") if last else "",
    )
