"""« Changer plusieurs offres »: choose them, say what changes, see each before and after, then publish."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from confidentiality.disclosure import Disclosed, disclose
from ror.reference.nomenclature import nomenclature
from ror.reference.text import normalise
from structures import records, rules
from structures.describing import unsent
from structures.describing.access import DescriberMixin
from structures.describing.many import KINDS, MOST, Change, Kind, Outcome, apply, kind_named
from structures.describing.questions import Group, Question, Surroundings, group_of
from structures.describing.reviewing.telling import tell_submitted
from structures.describing.steps import add_row, remove_row, typed
from structures.describing.wording import Words
from structures.differences import differences
from structures.document import Document, canonical
from structures.findings import Finding
from structures.models import GeographicEntity, Offer
from structures.models.base import DEFINITIVE
from structures.presenting import present_line
from structures.reading import brief_subject, draft_subject, establishment_subject, identifier_of
from structures.schema import OFFER

PERMISSION = "publish_offer"
SALT = "many offers"
LASTS = 4 * 3600  # seconds that a preview may be applied: what it showed is then old
LIST_LIMIT = 200
TOO_MANY = f"Choisissez {MOST} offres au plus à la fois."


class ChangeMany(DescriberMixin, View):
    """All the steps have one address: what was chosen goes from one to the next in the page itself."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not _mine(request).exists():
            raise Http404
        if "recommencer" in request.GET:
            unsent.forget(request)
        waiting = unsent.find(request, unsent.MANY)
        kind = kind_named(waiting.get("quoi")) if waiting is not None else None
        if waiting is not None and kind is not None:
            said, found = canonical(typed(kind.step, waiting), kind.step.schema)
            messages.warning(request, "Voici votre saisie, que votre connexion avait perdue : relisez-la.")
            return _values_page(request, kind, _chosen(request, waiting.getlist("offre")), said, found)
        return self._choose(request)

    def _choose(self, request: HttpRequest) -> HttpResponse:
        offers = _filtered(request, _mine(request))
        page = Paginator(offers.order_by("geographic_entity__name", "name", "pk"), MOST).get_page(
            request.GET.get("page")
        )
        context = {
            "page": page,
            "lines": [_line(request, offer) for offer in page],
            "kinds": KINDS,
            "establishments": _establishments(request),
            "fields": nomenclature().members("J20").items(),
            "asked": request.GET,
        }
        return render(request, "describing/many_choose.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        if "apply" in request.POST:
            return self._apply(request)
        kind = kind_named(request.POST.get("quoi"))
        slugs = request.POST.getlist("offre-affichee" if "toutes" in request.POST else "offre")
        if kind is None or not slugs:
            messages.warning(request, "Choisissez au moins une offre, et ce qui change.")
            return redirect("describing:change_many")
        offers = _chosen(request, slugs)
        if len(offers) > MOST:
            messages.warning(request, TOO_MANY)
            return redirect("describing:change_many")
        if "said" not in request.POST:
            return _values_page(request, kind, offers, _start(kind, offers))
        return self._go_on(request, kind, offers)

    def _go_on(self, request: HttpRequest, kind: Kind, offers: list[Offer]) -> HttpResponse:
        """A row added or removed, or the preview of what was answered."""
        unsent.forget(request)
        said, found = canonical(typed(kind.step, request.POST), kind.step.schema)
        if "remove" in request.POST:
            remove_row(said, request.POST["remove"], kind.step.schema)
        focus = add_row(said, request.POST["add"], kind.step.schema) if "add" in request.POST else None
        if "remove" in request.POST or "add" in request.POST:
            return _values_page(request, kind, offers, said, found, focus=focus)
        change = Change(kind, said)
        if found or change.says_nothing:
            problem = "" if found else "Répondez d'abord : sans réponse, rien ne changerait."
            return _values_page(request, kind, offers, said, found, problem=problem, status=422)
        return _preview_page(request, change, offers)

    def _apply(self, request: HttpRequest) -> HttpResponse:
        try:
            agreed = signing.loads(request.POST["apply"], salt=SALT, max_age=LASTS)
        except signing.BadSignature:
            agreed = {}
        kind = kind_named(agreed.get("kind"))
        if kind is None or agreed["user"] != request.user.pk:
            messages.warning(request, "Cet aperçu n'est plus valable : refaites-le. Rien n'a changé.")
            return redirect("describing:change_many")
        offers = _chosen(request, list(agreed["shown"]))
        shown = {offer.pk: agreed["shown"][offer.slug] for offer in offers}
        outcomes = apply(Change(kind, agreed["said"]), shown, offers, request.user)
        for outcome in outcomes:
            if outcome.submission is not None:
                tell_submitted(outcome.submission, request.build_absolute_uri)
        return render(request, "describing/many_done.html", _told(request, outcomes))


def _mine(request: HttpRequest) -> QuerySet[Offer]:
    """The offers that the viewer publishes, but those closed for good."""
    rows = Offer.objects.visible_to(request.viewer).permitted(request.viewer, PERMISSION)
    return rows.exclude(closing_type=DEFINITIVE).select_related("geographic_entity", "sensitive_unit")


def _filtered(request: HttpRequest, offers: QuerySet[Offer]) -> QuerySet[Offer]:
    asked = request.GET
    if name := normalise(asked.get("q", "")[:100]):
        offers = offers.filter(search__contains=name)
    if entity := asked.get("etablissement", "").replace("\x00", ""):
        offers = offers.filter(geographic_entity__id_nat_struct=entity)
    if nomenclature().is_current("J20", asked.get("champ", "")):
        offers = offers.filter(activity_field=asked["champ"])
    return offers


def _establishments(request: HttpRequest) -> list[Disclosed]:
    rows = GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, PERMISSION)
    return [disclose(request.viewer, establishment_subject(entity)) for entity in rows.order_by("name")[:LIST_LIMIT]]


def _chosen(request: HttpRequest, slugs: Sequence[str]) -> list[Offer]:
    """The offers named, in their order; 404 when one of them is not the viewer's to publish."""
    names = list(dict.fromkeys(identifier_of(slug.replace("\x00", "")) for slug in slugs))[: MOST + 1]
    found = {offer.identifier: offer for offer in _mine(request).filter(identifier__in=names)}
    if len(found) != len(names):
        raise Http404
    return [found[name] for name in names]


def _line(request: HttpRequest, offer: Offer) -> dict[str, Any]:
    return {
        **present_line(disclose(request.viewer, brief_subject(offer))),
        "establishment": str(offer.geographic_entity),
    }


def _start(kind: Kind, offers: list[Offer]) -> Document:
    """What the page starts from: the hours of the first offer, one empty row of anything else."""
    said: Document = dict.fromkeys(kind.step.fields) | {name: [] for name in kind.step.rows}
    if kind.slug == "horaires":
        return kind.step.part(records.read_document(offers[0]))
    for name in kind.step.rows:
        added = add_row(said, name, kind.step.schema)
        if added and "telecoms" in kind.step.schema.rows[name].rows:
            add_row(said, f"{added}.telecoms", kind.step.schema)
    return said


def _values_page(
    request: HttpRequest,
    kind: Kind,
    offers: list[Offer],
    said: Document,
    found: Sequence[Finding] = (),
    *,
    focus: str | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """What changes, asked as in the form of an offer."""
    context = {
        "kind": kind,
        "group": _asked(kind, offers[0].geographic_entity, said, list(found), focus),
        "problems": [{"message": each.message, "anchor": f"id_{each.path}"} for each in found],
        "problem": problem,
        "started_from": unsent.sign(unsent.MANY, request.user, {}),
        "lines": [_line(request, offer) for offer in offers],
        "prefilled": offers[0].name if kind.slug == "horaires" else "",
    }
    return render(request, "describing/many_values.html", context, status=status)


def _asked(kind: Kind, entity: GeographicEntity, said: Document, found: list[Finding], focus: str | None) -> Group:
    """The questions of an offer as its form asks them; those that are of no offer by themselves."""
    if kind.step.root is OFFER:
        document = dict.fromkeys(OFFER.fields) | {name: [] for name in OFFER.rows} | said
        facts = rules.facts_of(entity, None, timezone.localdate())
        return _unfolded(group_of(kind.step, document, found, Surroundings(facts), focus))
    fields = kind.step.schema.fields
    form = type("Asked", (forms.Form,), dict(fields))(initial=said, auto_id="id_%s", use_required_attribute=False)
    questions = [
        Question(form[name], name, said.get(name), [each for each in found if each.path == name], None)
        for name in fields
    ]
    return Group("", kind.step.title, questions, [], [], [], "", asks_more=False)


def _unfolded(group: Group) -> Group:
    """There are few questions here: none stands under « Plus de précisions »."""
    questions, lists = [*group.questions, *group.more_questions], [*group.lists, *group.more_lists]
    return replace(group, questions=questions, lists=lists, more_questions=[], more_lists=[])


def _preview_page(request: HttpRequest, change: Change, offers: list[Offer]) -> HttpResponse:
    """Each offer before and after, as the viewer may read it. As many queries for fifty offers as for one."""
    documents = records.read_documents([offer.pk for offer in offers])
    pairs = [
        (offer, _as_read(request, offer, documents[offer.pk]), _as_read(request, offer, change.of(documents[offer.pk])))
        for offer in offers
    ]
    words = Words([document for _, before, after in pairs for document in (before, after)])
    lines = [
        {
            **_line(request, offer),
            "changes": [words.difference_in_words(each, before, after) for each in differences(before, after)],
        }
        for offer, before, after in pairs
    ]
    changed = {offer.slug: offer.version for offer, before, after in pairs if any(differences(before, after))}
    agreed = {"user": request.user.pk, "kind": change.kind.slug, "said": change.said, "shown": changed}
    context = {
        "kind": change.kind,
        "lines": lines,
        "number": len(changed),
        "agreed": signing.dumps(agreed, salt=SALT, compress=True) if changed else "",
    }
    return render(request, "describing/many_preview.html", context)


def _as_read(request: HttpRequest, offer: Offer, document: Document) -> Disclosed:
    return disclose(request.viewer, draft_subject(document, offer.geographic_entity, offer.rights, offer.identifier))


def _told(request: HttpRequest, outcomes: list[Outcome]) -> dict[str, Any]:
    """What became of each offer, those left as they were first."""
    lines = [
        {
            **_line(request, outcome.offer),
            "problems": outcome.problems,
            "version": outcome.version,
            "submitted": outcome.submission is not None,
        }
        for outcome in sorted(outcomes, key=lambda outcome: not outcome.problems)
    ]
    return {
        "lines": lines,
        "published": sum(1 for outcome in outcomes if outcome.version),
        "refused": sum(1 for outcome in outcomes if outcome.problems),
    }
