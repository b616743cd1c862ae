"""Pages of the past of an offer: its versions, the difference between two, and one of them restored as a draft."""

from itertools import pairwise

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from confidentiality.disclosure import disclose
from structures.confirming import Confirmation, confirmations
from structures.describing import history
from structures.describing.access import DescriberMixin, back_to, offer_or_404, open_organizations
from structures.describing.events import events_of
from structures.describing.steps import REVIEW
from structures.describing.wording import Words, changes_in_words
from structures.differences import differences
from structures.models import Offer, OfferVersion
from structures.presenting import present_line, present_offer
from structures.reading import brief_subject

PER_PAGE = 20


class History(DescriberMixin, View):
    """Every version, the newest first: who, when, through which channel, what changed."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        offer = offer_or_404(request, slug)
        page = Paginator(_versions(request, offer).defer("document"), PER_PAGE).get_page(request.GET.get("page"))
        context = {**_frame(request, offer), "page": page, "lines": _lines(request, offer, list(page))}
        context["events"] = events_of(request.viewer, offer)
        context["confirmations"] = [_confirmed(row) for row in confirmations(offer)]
        return render(request, "describing/history.html", context)


class Version(DescriberMixin, View):
    """One version: what it changed since another (the one before, unless told), and the offer as it was then."""

    def get(self, request: HttpRequest, slug: str, number: int) -> HttpResponse:
        offer = offer_or_404(request, slug)
        known = list(_versions(request, offer).values_list("number", flat=True))
        since = _number(request.GET.get("depuis"), known) or next((other for other in known if other < number), None)
        rows = {row.number: row for row in _versions(request, offer).filter(number__in=[number, since or number])}
        if number not in rows:
            raise Http404
        documents = {key: history.document_of(request.viewer, row, offer) for key, row in rows.items()}
        before = documents.get(since, {})
        organizations = open_organizations(request.viewer, offer.geographic_entity)
        context = {
            **_frame(request, offer),
            "version": _said(rows[number]),
            "since": since,
            "others": [other for other in known if other != number],
            "changes": changes_in_words(before, documents[number], organizations) if since is not None else [],
            "then": present_offer(documents[number]),
            "is_current": number == offer.version,
        }
        return render(request, "describing/version.html", context)


class Restore(DescriberMixin, View):
    """« Reprendre cette version » : a new draft, never a publication."""

    def post(self, request: HttpRequest, slug: str, number: int) -> HttpResponse:
        offer = offer_or_404(request, slug)
        version = _versions(request, offer).filter(number=number).first()
        if version is None:
            raise Http404
        try:
            draft = history.restore(offer, version, request.user)
        except history.DraftInProgress as error:
            messages.warning(
                request,
                "Un brouillon de cette offre est déjà en cours. Publiez-le ou supprimez-le d'abord : rien n'a changé.",
            )
            return back_to(request, error.draft, REVIEW)
        messages.success(
            request, f"La version {number} est reprise dans un brouillon. L'offre publiée n'a pas changé : relisez-le."
        )
        return back_to(request, draft, REVIEW)


def _versions(request: HttpRequest, offer: Offer):
    return OfferVersion.objects.visible_to(request.viewer).filter(offer=offer).order_by("-number")


def _lines(request: HttpRequest, offer: Offer, shown: list[OfferVersion]) -> list[dict]:
    """What each version shown changed since the one before it: one query for the documents of all of them."""
    if not shown:
        return []
    wanted = [*(row.number for row in shown), shown[-1].number - 1]
    documents = {
        row.number: history.document_of(request.viewer, row, offer)
        for row in _versions(request, offer).filter(number__in=wanted)
    }
    before = dict(pairwise(documents))
    return [
        {
            **_said(row),
            "is_first": row.number not in before,
            "is_current": row.number == offer.version,
            "changed": _names(documents[before[row.number]], documents[row.number]) if row.number in before else [],
        }
        for row in shown
    ]


def _names(before: dict, after: dict) -> list[str]:
    """The names of the data that differ, each once."""
    words = Words([])
    return list(dict.fromkeys(words.label_of(found.path) for found in differences(before, after)))


def _said(row: OfferVersion) -> dict:
    return {
        "number": row.number,
        "published_at": row.published_at,
        "author": row.author_name,
        "channel": history.CHANNELS.get(row.channel, row.channel),
        "reason": row.reason,
    }


def _confirmed(row: Confirmation) -> dict:
    return {
        "at": row.confirmed_at,
        "version": row.version,
        "author": row.author,
        "channel": history.CHANNELS.get(row.channel, row.channel),
    }


def _frame(request: HttpRequest, offer: Offer) -> dict:
    return {
        "offer": present_line(disclose(request.viewer, brief_subject(offer))),
        "establishment": str(offer.geographic_entity),
        "establishment_id": offer.geographic_entity.id_nat_struct,
    }


def _number(text: str | None, known: list[int]) -> int | None:
    return next((number for number in known if str(number) == text), None)
