"""« Fusionner deux offres »: both side by side, a choice per datum, what it makes, then the confirmation."""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from confidentiality.admin.bulk import MARK, BulkForm, add_actions, as_action, chosen_rows
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import sentence_of
from confidentiality.profiles import SENSITIVE_MASK
from confidentiality.viewer import Viewer
from structures import records, uniting
from structures.admin.base import screen_address
from structures.admin.gate import words_of
from structures.describing.comparing import BOTH, FIRST, SECOND, Choice, Comparison
from structures.describing.models import Draft
from structures.document import Document
from structures.findings import NotPublishable, blocking
from structures.models import GeographicEntity, Offer
from structures.uniting import CHANGED, LONGEST_REASON, United, UnitingError, problems_between, unite

TITLE = "Fusionner deux offres qui décrivent la même chose"
TWO = "Choisissez deux offres que vous pouvez corriger. Pour en réunir trois, fusionnez-en deux, puis recommencez."
REASON = "unite: the establishment of both offers, for their levels"
NOTHING = "(rien)"
BEDS_WITHDRAWN = "107"  # rule of `structures.records`


class UnitingForm(BulkForm):
    """Which offer keeps its identifier, where each datum comes from, and why."""

    keep = forms.ChoiceField(
        label="Offre gardée, avec son identifiant et son adresse", widget=forms.RadioSelect, initial=FIRST
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, comparison: Comparison, data=None) -> None:
        super().__init__(data)
        self.comparison = comparison
        self.fields["reason"].max_length = LONGEST_REASON
        self.fields["reason"].validators = [forms.fields.validators.MaxLengthValidator(LONGEST_REASON)]
        self.fields["reason"].widget.attrs["maxlength"] = LONGEST_REASON
        names = [f"{offer.name} ({offer.identifier})" for offer in comparison.offers]
        self.fields["keep"].choices = list(zip((FIRST, SECOND), names, strict=True))
        self.fields |= {choice.name: self._field(choice) for choice in comparison.choices}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("seen") != self.comparison.seen:
            self.add_error(None, CHANGED)
        return cleaned

    @property
    def chosen(self) -> dict[str, str]:
        """Where each datum comes from."""
        return {choice.name: self.cleaned_data[choice.name] for choice in self.comparison.choices}

    @property
    def compared(self) -> list[forms.BoundField]:
        return [self[choice.name] for choice in self.comparison.choices]

    def _field(self, choice: Choice) -> forms.ChoiceField:
        before = "– " if choice.is_list else ""
        sides = ["\n".join(f"{before}{line}" for line in said) or NOTHING for said in choice.sides]
        options = list(zip((FIRST, SECOND), sides, strict=True))
        if choice.is_list:
            options.append((BOTH, "Les deux"))
        return forms.ChoiceField(label=choice.label, choices=options, widget=forms.RadioSelect, initial=FIRST)


def unite_offers(screen, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
    offers = chosen_rows(screen, request, rows)
    if not offers:
        return None
    if len(offers) != 2:
        messages.error(request, TWO)
        return None
    comparison = Comparison(request.viewer, _with_establishment(offers))
    problems = problems_between(*comparison.offers, comparison.sensitive)
    for problem in problems:
        messages.error(request, problem)
    if problems:
        return None
    form = UnitingForm(comparison, request.POST if MARK in request.POST else None)
    preview = None
    if form.is_bound and form.is_valid():
        try:
            preview = _preview(request, form)
            if form.cleaned_data["confirmed"] == preview["seal"]:
                return _done(request, form)
        except UnitingError as error:
            _refuse(form, *error.problems)
        except NotPublishable as error:
            _refuse(form, *map(words_of, blocking(error.findings)))
        except (IntegrityError, OperationalError) as error:
            _refuse(form, sentence_of(error))
    return TemplateResponse(request, "admin/uniting.html", _context(screen, request, form, preview))


def _with_establishment(offers: list[Offer]) -> list[Offer]:
    """The rows, each with its establishment, whose legal kind says the levels."""
    keys = {offer.geographic_entity_id for offer in offers}
    entities = GeographicEntity.objects.trusted(REASON).select_related("crisis_answer").in_bulk(keys)
    for offer in offers:
        offer.geographic_entity = entities[offer.geographic_entity_id]
    return offers


def _refuse(form: UnitingForm, *problems: str) -> None:
    for problem in problems:
        form.add_error(None, problem)


def _write(request: HttpRequest, form: UnitingForm) -> United:
    kept, offers = int(form.cleaned_data["keep"]), form.comparison.offers
    return unite(
        offers[kept],
        offers[1 - kept],
        lambda *_: form.comparison.compose(kept, form.chosen),
        seen=form.cleaned_data["seen"],
        author=request.user,
        channel=CHANNEL,
        reason=form.cleaned_data["reason"],
    )


def _preview(request: HttpRequest, form: UnitingForm) -> dict[str, Any]:
    """What it would make: made, told and undone."""
    kept = int(form.cleaned_data["keep"])
    offer, closed = form.comparison.offers[kept], form.comparison.offers[1 - kept]
    with transaction.atomic():
        united = _write(request, form)
        connection.check_constraints()
        after: Document = records.read_document(offer)
        transaction.set_rollback(True)
    told = {
        "kept": f"{offer.name} ({offer.identifier})",
        "closed": f"{closed.name} ({closed.identifier})",
        "changes": form.comparison.changes(kept, after),
        "left": [
            *form.comparison.left(kept, form.chosen),
            *_figures(closed, united),
            *uniting.remainders(request.viewer, closed),
        ],
    }
    said = [str(value) for name, value in sorted(form.cleaned_data.items()) if name != "confirmed"]
    said += [told["kept"], told["closed"], *(str(sorted(line.items())) for line in told["changes"]), *told["left"]]
    return told | {"seal": hashlib.sha256("\x1f".join(said).encode()).hexdigest()}


def _figures(closed: Offer, united: United) -> list[str]:
    """The figures that go or become 0; as when closing, not told to those who may not know of sensitive units."""
    if not closed.rights & SENSITIVE_MASK:
        return []
    said = [finding.message for finding in united.publication.warnings if finding.rule == BEDS_WITHDRAWN]
    count = united.closing.figures
    if count:
        said.append(f"Chiffres disponibles remis à zéro, sur les lieux qui restent à l'offre fermée : {count}")
    return said


def _done(request: HttpRequest, form: UnitingForm) -> HttpResponse:
    united = _write(request, form)
    kept = united.publication.offer
    closed = united.closing.offers[0]
    messages.success(
        request,
        f"C'est fait : l'offre {kept.identifier} est gardée (version {united.publication.version}),"
        f" l'offre {closed} est fermée définitivement.",
    )
    return redirect(screen_address(kept, "change", kept.pk))


def _context(screen, request: HttpRequest, form: UnitingForm, preview: dict[str, Any] | None) -> dict[str, Any]:
    return {
        **screen.admin_site.each_context(request),
        "title": TITLE,
        "opts": screen.opts,
        "form": form,
        "offers": [
            {"name": offer.name, "identifier": offer.identifier, "published_at": offer.published_at}
            for offer in form.comparison.offers
        ],
        "establishment": str(form.comparison.offers[0].geographic_entity),
        "keys": [offer.pk for offer in form.comparison.offers],
        "seen": form.comparison.seen,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
        "mark": MARK,
        "preview": preview if not form.non_field_errors() else None,
    }


@uniting.remainder
def drafts_left(viewer: Viewer, closed: Offer) -> str:
    """A draft beside the closed offer."""
    left = Draft.objects.visible_to(viewer).filter(offer=closed.pk).exists()
    return "Un brouillon en cours reste avec l'offre fermée : il ne pourra plus être publié." if left else ""


add_actions(Offer, as_action(unite_offers, "unite_offers", TITLE))
