"""Closing an offer and reopening it: each on a page that says what it entails, never without confirmation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from confidentiality.disclosure import disclose
from ror.dates import display_date
from structures.closing import ClosingError, close, reopen
from structures.describing.access import DescriberMixin, offer_or_404
from structures.describing.forms import ClosingForm, ReopeningForm
from structures.models import Offer
from structures.presenting import present_line
from structures.reading import brief_subject


class CloseOffer(DescriberMixin, View):
    """« Fermer cette offre », or close it otherwise: a provisional closing that becomes definitive, another date."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug, "publish_offer")
        return _page(request, offer, ClosingForm.of(offer), "describing/close.html")

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug, "publish_offer")
        form = ClosingForm(request.POST)
        if not form.is_valid():
            return _page(request, offer, form, "describing/close.html", status=422)
        said = form.cleaned_data
        try:
            done = close(
                offer,
                said["closing_type"],
                said["closing_date"],
                reopening_date=said["reopening_date"],
                reason=said["reason"],
                author=request.user,
                channel="form",
            )
        except ClosingError as refusal:
            return _page(request, offer, form.refused(refusal.problems), "describing/close.html", status=422)
        figures = f" Chiffres de lits et places disponibles mis à 0 : {done.figures}." if done.figures else ""
        day = display_date(said["closing_date"])
        messages.success(request, f"La fermeture au {day} est enregistrée.{figures}")
        return redirect("describing:establishment", offer.geographic_entity.id_nat_struct)


class ReopenOffer(DescriberMixin, View):
    """« Rouvrir »: the figures of beds stay as they are, only someone who counted knows them."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return _page(request, offer_or_404(request, slug, "publish_offer"), ReopeningForm(), "describing/reopen.html")

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug, "publish_offer")
        form = ReopeningForm(request.POST)
        if not form.is_valid():
            return _page(request, offer, form, "describing/reopen.html", status=422)
        try:
            reopen(offer, reason=form.cleaned_data["reason"], author=request.user, channel="form")
        except ClosingError as refusal:
            return _page(request, offer, form.refused(refusal.problems), "describing/reopen.html", status=422)
        messages.success(request, "L'offre est rouverte. Pensez à mettre à jour ses lits et places disponibles.")
        return redirect("describing:establishment", offer.geographic_entity.id_nat_struct)


def _page(request: HttpRequest, offer: Offer, form, template: str, status: int = 200) -> HttpResponse:
    context = {
        "offer": present_line(disclose(request.viewer, brief_subject(offer))),
        "establishment_id": offer.geographic_entity.id_nat_struct,
        "form": form,
        "problems": form.problems(),
    }
    return render(request, template, context, status=status)
