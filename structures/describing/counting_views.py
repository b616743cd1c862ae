"""Pages of « Lits et places »: all the units of an establishment, one unit, and the figures sent from either.

Figures are sent by the unit. A script sends each row as it is typed and reads JSON; without script a form sends the
unit and the page says what became of it.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from confidentiality.capacity import CapacityViewer
from confidentiality.disclosure import disclose
from confidentiality.levels import Level
from structures.beds import Key, doubts, withdraw
from structures.describing import counting_words as words
from structures.describing.counted import CHANNEL, Outcome, Typed, may_read, save, typed_rows
from structures.describing.counting import Unit, establishments_of, level_of, places_of, read_units
from structures.describing.counting_forms import FigureForm
from structures.models import BedCapacity, GeographicEntity, Place
from structures.reading import establishment_subject

JSON = "application/json"
SIGNED_OUT = "Votre connexion au portail a pris fin. Reconnectez-vous : ce que vous avez saisi est gardé."


class CountingView(View):
    """Signed-in people who may report in this establishment; for the others it does not exist."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.viewer.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        if _wants_json(request):
            return JsonResponse({"message": SIGNED_OUT}, status=401)
        return redirect_to_login(reverse("describing:beds", args=[kwargs["identifier"]]))

    def entity_or_404(self, identifier: str) -> GeographicEntity:
        """The establishment, when the viewer may report in one of its units at least."""
        found = establishments_of(self.request.viewer).filter(id_nat_struct=identifier).first()
        if found is None:
            raise Http404
        return found

    def place_or_404(self, entity: GeographicEntity, pk) -> Place:
        """The place of a unit, when the viewer may report there."""
        found = places_of(self.request.viewer, entity).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


class Beds(CountingView):
    """All the units of an establishment."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = self.entity_or_404(identifier)
        return render(request, "describing/beds.html", _page(request, entity, read_units(request.viewer, entity)))


class UnitBeds(CountingView):
    """One unit: its figures are sent here, whatever the page; one is added or withdrawn here only."""

    def get(self, request: HttpRequest, identifier: str, pk) -> HttpResponse:
        entity = self.entity_or_404(identifier)
        return self._unit(entity, self.place_or_404(entity, pk))

    def post(self, request: HttpRequest, identifier: str, pk) -> HttpResponse:
        entity = self.entity_or_404(identifier)
        place = self.place_or_404(entity, pk)
        if "withdraw" in request.POST:
            return self._withdraw(entity, place, request.POST["withdraw"])
        if "add" in request.POST:
            return self._add(entity, place)
        rows = typed_rows(request.POST)
        outcome = save(place, rows, request.user)
        _note(request, place, outcome)
        if _wants_json(request):
            return JsonResponse(_answer(place, outcome))
        if outcome.refused or outcome.overtaken:
            return self._unit(entity, place, rows=rows, outcome=outcome)
        messages.success(request, _said(outcome))
        return redirect(reverse("describing:beds", args=[identifier]) + f"#unite-{place.pk}")

    def _add(self, entity: GeographicEntity, place: Place) -> HttpResponse:
        form = FigureForm(place, self.request.POST)
        if not form.is_valid():
            return self._unit(entity, place, form=form)
        row = Typed(form.key, str(form.cleaned_data["number"]), None, None)
        outcome = save(place, [row], self.request.user)
        for message in outcome.refused.values():
            form.add_error(None, message)
        if outcome.overtaken:
            form.add_error(None, "Ce chiffre est déjà donné pour cette unité : changez-le dans la liste.")
        if not form.is_valid():
            return self._unit(entity, place, form=form)
        messages.success(self.request, "Le chiffre est ajouté.")
        return redirect("describing:unit_beds", entity.id_nat_struct, place.pk)

    def _withdraw(self, entity: GeographicEntity, place: Place, code: str) -> HttpResponse:
        ids = _figure_ids(self.request, place, words.key_of(code))
        count = withdraw(place, ids, author=self.request.user, channel=CHANNEL)
        messages.success(self.request, "Le chiffre est retiré." if count else "Ce chiffre n'y était déjà plus.")
        return redirect("describing:unit_beds", entity.id_nat_struct, place.pk)

    def _unit(
        self,
        entity: GeographicEntity,
        place: Place,
        *,
        form: FigureForm | None = None,
        rows: list[Typed] | None = None,
        outcome: Outcome | None = None,
    ) -> HttpResponse:
        units = read_units(self.request.viewer, entity, place.pk)
        if not units:
            raise Http404
        status = 422 if form else 200
        if outcome is not None:
            status = 422 if outcome.refused else 409
            _show_again(units[0], rows or [], outcome)
        context = _page(self.request, entity, units) | {"unit": units[0], "form": form or FigureForm(place)}
        return render(self.request, "describing/unit_beds.html", context, status=status)


def _page(request: HttpRequest, entity: GeographicEntity, units: list[Unit]) -> dict[str, Any]:
    return {
        "establishment": disclose(request.viewer, establishment_subject(entity)),
        "units": units,
        "critical": [unit for unit in units if unit["critical"]],
        "others": [unit for unit in units if not unit["critical"]],
        "figures": sum(len(unit["rows"]) for unit in units),
        "stale": sum(unit["stale"] for unit in units),
        "shown_at": timezone.localtime(),
        "account": request.user.pk,
    }


def _show_again(unit: Unit, rows: list[Typed], outcome: Outcome) -> None:
    """Put back in the page what was typed and not written, with why; what is stored now is what is shown beside."""
    typed = {row.key: row for row in rows}
    for row in unit["rows"]:
        key = row["key"]
        if key in outcome.refused:
            row |= {"typed": typed[key].text, "state": "refused", "message": outcome.refused[key]}
        elif key in outcome.overtaken:
            row |= {"typed": typed[key].text, "state": "overtaken", "message": _overtaken(typed[key], row)}
        elif key in outcome.written:
            row |= {"state": "saved", "message": "Enregistré."}


def _overtaken(typed: Typed, row: dict) -> str:
    now = f"a enregistré {row['shown']} ({row['age']})" if row["shown"] else "a retiré ce chiffre"
    return f"Quelqu'un {now}. Vous avez saisi {typed.text} : enregistrez de nouveau pour le garder."


def _answer(place: Place, outcome: Outcome) -> dict[str, Any]:
    """What became of each row, for the script; and what looks wrong now in the unit."""
    now = timezone.now()
    rows = {}
    for key in outcome.written:
        number = outcome.numbers[key]
        rows[words.code_of(key)] = {"state": "saved", "number": number, "age": "à l'instant", "freshness": words.FRESH}
    for key, message in outcome.refused.items():
        rows[words.code_of(key)] = {"state": "refused", "message": message}
    for key, stored in outcome.overtaken.items():
        age = words.age(stored.counted_at, now) if stored.counted_at else ""
        freshness = words.freshness(key.status, stored.counted_at, now) if stored.counted_at else words.MISSING
        rows[words.code_of(key)] = {
            "state": "overtaken",
            "number": stored.number,
            "age": age,
            "freshness": freshness,
        }
    return {"rows": rows, "doubts": _doubts(place, outcome) if outcome.numbers else None}


def _doubts(place: Place, outcome: Outcome) -> list[str]:
    """What looks wrong among the figures that the reader reads."""
    return doubts({key: number for key, number in outcome.numbers.items() if may_read(place, key)})


def _note(request: HttpRequest, place: Place, outcome: Outcome) -> None:
    """The journal tells of the figures of someone else that the answer says."""
    levels = [level_of(key) for key in outcome.overtaken]
    if _doubts(place, outcome):
        levels.append(Level.PROFESSIONAL)
    if max(levels, default=Level.PUBLIC) > Level.PUBLIC:
        request.viewer.note_disclosure("Place", place.identifier, max(levels))


def _said(outcome: Outcome) -> str:
    count = len(outcome.written)
    if not count:
        return "Aucun chiffre n'a changé."
    return "1 chiffre est enregistré." if count == 1 else f"{count} chiffres sont enregistrés."


def _figure_ids(request: HttpRequest, place: Place, key: Key | None) -> list[UUID]:
    """The figure of this place that the reader names; nothing when there is none that they read."""
    if key is None or not may_read(place, key):
        return []
    named = key._asdict()
    assignment = named.pop("temporary_assignment")
    rows = BedCapacity.objects.visible_to(CapacityViewer(request.viewer)).filter(
        care_capacity__place=place, care_capacity__temporary_assignment=assignment, **named
    )
    return list(rows.order_by().values_list("pk", flat=True))


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith(JSON)
