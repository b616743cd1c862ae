"""« Tout est encore exact »: the date of one offer, or of several of an establishment, renewed in one tap."""

from collections.abc import Collection
from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from confidentiality.disclosure import disclose
from confidentiality.viewer import Viewer
from ror.dates import age_in_words, is_older
from structures import records
from structures.confirming import Confirmed, confirm, exact_since, stale_before
from structures.describing.access import DescriberMixin, establishment_or_404, offer_or_404
from structures.document import canonical
from structures.findings import Finding, blocking
from structures.models import GeographicEntity, Offer
from structures.models.base import DEFINITIVE
from structures.presenting import present_line
from structures.publishing import check
from structures.reading import brief_subject, establishment_subject

PER_PAGE = 100
STALE_AFTER = 365  # days: RE1.2 counts an offer as recently updated for a year
CHECKED_AT_ONCE = 5  # offers whose remarks are said after a confirmation: each is read whole
REMARKS = 3
CHANGED = "« {} » a changé depuis l'affichage : relisez-la, puis confirmez."
CLOSED = "« {} » est fermée définitivement : il n'y a rien à confirmer."


class ConfirmOffer(DescriberMixin, View):
    """The button beside one offer."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug, "publish_offer")
        done = confirm({offer.pk: _number(request.POST.get("version"))}, author=request.user, channel="form")
        say(request, done, {offer.pk: offer})
        return redirect("describing:establishment", offer.geographic_entity.id_nat_struct)

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug, "publish_offer")
        return redirect("describing:establishment", offer.geographic_entity.id_nat_struct)


class ConfirmMany(DescriberMixin, View):
    """The open offers of an establishment, the oldest first: those ticked, or all of the page."""

    def get(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = establishment_or_404(request, identifier, "publish_offer")
        offers = sorted(_open(request, entity), key=exact_since)
        page = Paginator(offers, PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "establishment": disclose(request.viewer, establishment_subject(entity)),
            "page": page,
            "lines": [present_line(disclose(request.viewer, brief_subject(it))) | recency(it) for it in page],
        }
        return render(request, "describing/confirm.html", context)

    def post(self, request: HttpRequest, identifier: str) -> HttpResponse:
        entity = establishment_or_404(request, identifier, "publish_offer")
        shown = _shown(request.POST, "offre-affichee" if "toutes" in request.POST else "offre")
        offers = {offer.pk: offer for offer in _open(request, entity) if offer.slug in shown}
        if not offers:
            messages.warning(request, "Cochez au moins une offre, ou choisissez « Toutes les offres affichées ».")
            return redirect("describing:confirm_many", identifier)
        done = confirm({pk: shown[offer.slug] for pk, offer in offers.items()}, author=request.user, channel="form")
        say(request, done, offers)
        return redirect("describing:establishment", identifier)


def recency(offer: Offer) -> dict[str, object]:
    """How old the description of an offer is, in words, and whether it is too old; the version that the page shows."""
    since = exact_since(offer)
    said = "confirmée exacte" if since != offer.published_at else "publiée"
    return {
        "version": offer.version,
        "recency": f"{said} {age_in_words(since)}",
        "is_stale": is_older(since, STALE_AFTER),
    }


def stale_in(viewer: Viewer, entities: Collection[int]) -> dict[int, dict[str, object]]:
    """For each of these establishments with offers: how many, how old the oldest description is, how many are too old.

    One query.
    """
    limit = timezone.now() - timedelta(days=STALE_AFTER)
    rows = (
        Offer.objects.visible_to(viewer)
        .filter(geographic_entity__in=entities)
        .exclude(closing_type=DEFINITIVE)
        .order_by()
        .values_list("geographic_entity")
        .annotate(
            known=Count("pk"),
            stale=Count("pk", filter=stale_before(limit)),
            oldest=Min(Greatest("published_at", "confirmed_at")),  # what is empty is not compared
        )
    )
    return {
        pk: {"offers": number, "stale": stale, "oldest": age_in_words(oldest)} for pk, number, stale, oldest in rows
    }


def say(request: HttpRequest, done: Confirmed, offers: dict[int, Offer]) -> None:
    """What became of each offer; those renewed that deserve remarks are told so, a few at a time."""
    names = {pk: disclose(request.viewer, brief_subject(offer)).get("name", "") for pk, offer in offers.items()}
    if len(done.renewed) == 1:
        messages.success(request, f"« {names[done.renewed[0]]} » est confirmée exacte aujourd'hui.")
    elif done.renewed:
        messages.success(request, f"{len(done.renewed)} offres sont confirmées exactes aujourd'hui.")
    for pk in done.changed:
        messages.warning(request, CHANGED.format(names[pk]))
    for pk in done.closed:
        messages.warning(request, CLOSED.format(names[pk]))
    if len(done.renewed) <= CHECKED_AT_ONCE:
        for pk in done.renewed:
            _remark(request, names[pk], _remarks(offers[pk]))


def _remark(request: HttpRequest, name: str, found: list[Finding]) -> None:
    """The rules of today refuse nothing here: what they would want mended is only said."""
    if not found:
        return
    said = " ".join(finding.message for finding in found[:REMARKS])
    more = f" Et {len(found) - REMARKS} autres points." if len(found) > REMARKS else ""
    messages.warning(request, f"« {name} » : à corriger à la prochaine modification. {said}{more}")


def _remarks(offer: Offer) -> list[Finding]:
    document, formats = canonical(records.read_document(offer))
    return blocking(formats + check(document, offer.geographic_entity, document))


def _open(request: HttpRequest, entity: GeographicEntity) -> list[Offer]:
    """The offers of the establishment that the viewer publishes, but those closed for good."""
    mine = Offer.objects.visible_to(request.viewer).permitted(request.viewer, "publish_offer")
    found = mine.filter(geographic_entity=entity).exclude(closing_type=DEFINITIVE)
    return list(found.select_related("geographic_entity", "sensitive_unit"))


def _shown(data: QueryDict, name: str) -> dict[str, int]:
    """The version shown of each offer sent: « 53-12:4 »."""
    pairs = (text.rpartition(":") for text in data.getlist(name))
    return {slug: _number(version) for slug, _, version in pairs}


def _number(text: str | None) -> int:
    """The number sent; -1, which no version has, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
