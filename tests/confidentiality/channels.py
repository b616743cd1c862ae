"""Every door of the portal: read from the URL resolver and from the registered screens of the administration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import URLPattern, get_resolver, reverse

from confidentiality.admin.exporting import exported_columns
from confidentiality.models import AccessRecord
from professionals.models import Practice, Professional
from ror.imports.models import ImportJob, StagedLine
from ror.reference.models import Commune
from ror.registers.models import Import
from structures.describing.steps import ESTABLISHMENT_STEPS, REVIEW, STEPS
from structures.models import GeographicEntity, InternalOrganization, LegalEntity, Offer, OfferVersion
from tests.confidentiality import (
    bulk_pages,
    colleague_pages,
    helping_pages,
    import_pages,
    person_pages,
    review_pages,
    saving_pages,
)
from tests.confidentiality.planting import Planted
from tests.confidentiality.world import OFFER_OF
from tests.factories import UserFactory

# Names of the addresses that lead nowhere by themselves, by their route.
NAMELESS = {"admin/(?P<url>.*)$": "admin/n-existe-pas/"}
REFERENCE_APPS = {"reference"}
# The journal of accesses, and what it says of each.
JOURNAL = "journal des consultations"
JOURNAL_DATA = ("reader", "roles", "perimeters", "view", "level_2", "level_3")
# What hangs on an offer, by the lookup that leads to it.
HANGING = OFFER_OF | {
    OfferVersion: "offer",
    Professional: "practices__situations__offer",
    Practice: "situations__offer",
}


@dataclass(frozen=True)
class Request:
    """One door tried once. `reference`: the answer lists public codes, which say nothing of an offer."""

    channel: str
    path: str
    method: str = "GET"
    data: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    reference: bool = False
    echo: str = ""

    @property
    def said(self) -> str:
        """What the request itself says, which an answer may repeat; `echo`: the labels of the codes that it names."""
        return f"{self.path} {self.data} {self.echo}"


class Uncovered(AssertionError):
    """An address or a screen of the administration that no request tries."""


def requests(planted: Planted) -> list[Request]:
    """Every request of the matrix. Raises `Uncovered` for an address that this module does not know."""
    found, unknown = [], []
    pages = page_arguments(planted)
    for name, route in addresses():
        if name in pages:
            found += [get(name, *arguments) for arguments in pages[name]]
        elif name.startswith("admin:") and (made := screen_requests(planted, name)):
            found += made
        elif path := NAMELESS.get(route) or legacy_change(planted, route):
            found.append(Request(f"admin ({route})", f"/{path}"))
        else:
            unknown.append(name or route)
    if unknown:
        raise Uncovered(f"aucune cellule n'essaie : {', '.join(sorted(set(unknown)))}")
    return [*found, *posts(planted), *errors(planted)]


def addresses() -> Iterator[tuple[str, str]]:
    """Full name (« describing:step ») and route of each address of the site; the name is empty when it has none."""
    yield from _walk(get_resolver().url_patterns, "", "")


def _walk(patterns, space: str, route: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield (f"{space}{pattern.name}" if pattern.name else ""), here
        else:
            yield from _walk(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space, here)


def get(name: str, arguments: dict, query: dict | None = None) -> Request:
    path = reverse(name, kwargs=arguments)
    if query:
        path = f"{path}?{urlencode(query, doseq=True)}"
    echo = Commune.objects.filter(pk=(query or {}).get("commune")).values_list("name", flat=True).first() or ""
    return Request(name, path, reference=name.split(":")[0] in REFERENCE_APPS, echo=echo)


# Pages.


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """For each named page, the arguments and queries to try."""
    entities = (planted.entity, planted.elsewhere, planted.gone)
    establishments = [({"identifier": entity.id_nat_struct},) for entity in entities]
    offers = [({"slug": offer.slug},) for offer in planted.offers]
    drafts = [{"pk": draft.pk} for draft in planted.drafts]
    steps = [({**draft, "step": step.slug}, {"verifier": 1}) for draft in drafts[:2] for step in STEPS]
    return {
        "publication:home": [({},), *(({}, query) for query in searches(planted))],
        "publication:establishment": establishments,
        "publication:organization": [({"slug": row.slug},) for row in planted.organizations.values()],
        "publication:legal_entity": [({"identifier": row.id_nat_struct},) for row in LegalEntity.objects.all()],
        "publication:offer": [*offers, *((arguments, {"vue": "public"}) for (arguments,) in offers)],
        "publication:legal_notice": [({},)],
        "publication:personal_data": [({},)],
        "publication:accessibility": [({},)],
        "publication:site_map": [({},)],
        "describing:mine": [({},)],
        "describing:establishment": establishments,
        "describing:crisis": establishments,
        "describing:new": establishments,
        "describing:beds": establishments,
        "describing:unit_beds": [(unit_of(offer),) for offer in planted.offers],
        "describing:edit": offers,
        "describing:close": offers,
        "describing:reopen": offers,
        "describing:history": offers,
        "describing:version": [({**arguments, "number": number},) for (arguments,) in offers for number in (1, 2)],
        "describing:restore": [({**arguments, "number": 1},) for (arguments,) in offers],
        "describing:describe": [
            ({**arguments, "step": step.slug},) for (arguments,) in establishments for step in ESTABLISHMENT_STEPS
        ],
        "describing:review": [(draft,) for draft in drafts],
        "describing:drop": [(draft,) for draft in drafts],
        "describing:draft_model": [(draft,) for draft in drafts],
        "describing:step": [*steps, ({"pk": planted.draft_beside.pk, "step": "informations"},)],
        **colleague_pages.page_arguments(planted),
        **helping_pages.page_arguments(planted),
        **import_pages.page_arguments(planted),
        **saving_pages.page_arguments(planted),
        **person_pages.page_arguments(),
        **review_pages.page_arguments(),
        "account_login": [({},), ({}, {"next": f"/offres/{planted.sensitive.slug}/"})],
        "account_inactive": [({},)],
        "account_logout": [({},)],
        "reference:code_search": [({"value_set": "J17"}, {"q": "zq"}), ({"value_set": "J225"}, {"q": "zq"})],
        "reference:commune_search": [({}, {"q": "zq"}), ({}, {"q": planted.entity.commune.name})],
        "admin:index": [({},)],
        "admin:login": [({},)],
        "admin:logout": [({},)],
        "admin:jsi18n": [({},)],
        "admin:policy": [({},)],
        "admin:policy_csv": [({},)],
        "admin:duty": [({}, {"etat": state}) for state in ("sans", "avec", "toutes")],
        "admin:duty_file": [({"form": form}, {"etat": "toutes"}) for form in ("csv", "xlsx")],
        "admin:duty_remind": [({},)],
        "admin:autocomplete": [({}, query) for query in autocompletes()],
        "admin:app_list": [({"app_label": label},) for label in sorted({m._meta.app_label for m in registered()})],
    }


def unit_of(offer: Offer) -> dict:
    """Where the figures of the first place of an offer are changed."""
    return {"identifier": offer.geographic_entity.id_nat_struct, "pk": offer.place_links.first().place_id}


def searches(planted: Planted) -> Iterator[dict]:
    """Questions to the public search: names, codes, communes and numbers, of what everyone may know and of the rest."""
    for offer in planted.offers:
        yield {"q": offer.name, "liste": "offres"}
        yield {"activite": offer.activities.first().activity_id, "liste": "offres"}
    yield {"activite": planted.sensitive.activities.first().activity_id, "liste": "etablissements"}
    commune = planted.sensitive.place_links.first().place.commune_id
    contact = planted.ordinary.contacts.exclude(name="").first()
    for query in ({"commune": commune}, {"q": contact.name}, {"q": contact.telecoms.first().address}):
        yield {**query, "liste": "offres"}
    yield {"q": planted.entity.finess, "hors_perimetre": "on"}
    yield {"q": planted.entity.name, "commune": planted.entity.commune_id, "page": 2}


# Screens of the administration.


def registered() -> list[type[Model]]:
    return list(admin.site._registry)


def objects(planted: Planted, model: type[Model]) -> list:
    """The keys of the rows of a screen to open. Raises `Uncovered` for a screen without a row."""
    rows = planted_rows(planted, model) or list(model._default_manager.order_by("pk")[:1])
    if not rows:
        raise Uncovered(f"aucune ligne à ouvrir dans l'administration : {model.__name__}")
    return [row.pk for row in rows]


def planted_rows(planted: Planted, model: type[Model]) -> list[Model]:
    """The planted rows of a screen: of what hangs on offers, one of the ordinary offer and one of the sensitive one."""
    known = {
        GeographicEntity: [planted.entity],
        LegalEntity: [planted.legal],
        Offer: planted.offers,
        InternalOrganization: list(planted.organizations.values()),
    }
    if model in known:
        return known[model]
    path = HANGING.get(model)
    offers = (planted.ordinary, planted.sensitive) if path else ()
    hanging = (model.objects.filter(**{path: offer}) for offer in offers)
    return [row for rows in hanging if (row := rows.order_by("pk").first())]


def plant_screens(planted: Planted) -> None:
    """A row for each screen that the planted establishment does not fill."""
    now = "2026-01-01T00:00:00Z"
    plant_access_record(planted)
    person_pages.plant(planted)
    review_pages.plant(planted)
    Import.objects.create(file_name="essai.csv", flow_date="2026-01-01", started_at=now, finished_at=now)
    plant_import(planted)


def plant_import(planted: Planted) -> None:
    """What a colleague's file says of the ordinary offer: a name that few may read, and nobody through the file."""
    name = planted.ordinary.contacts.exclude(name="").first().name
    job = ImportJob.objects.create(
        owner=planted.colleague, file_name="essai.csv", sha256="0", reason=name, state="previewed", changed=1
    )
    change = {"label": "Commentaire", "before": name, "after": name}
    problem = {"cell": "B2", "column": "Commentaire", "message": name}
    StagedLine.objects.create(
        job=job, number=2, offer=planted.ordinary, outcome="changed", changes=[change], problems=[problem]
    )


def plant_access_record(planted: Planted) -> None:
    """What the journal says of one answer."""
    named = {name: planted.markers.text(f"journal/AccessRecord.{name}", reading=JOURNAL) for name in JOURNAL_DATA}
    AccessRecord.objects.create(
        reader=UserFactory(first_name=named["reader"]),
        roles=[named["roles"]],
        perimeters=[named["perimeters"]],
        channel="page",
        view=named["view"],
        level_2=[f"Offer {named['level_2']}"],
        level_3=[f"Offer {named['level_3']}"],
    )


def screen_requests(planted: Planted, name: str) -> list[Request]:
    """The requests of one address of one screen; none when the address is not one that screens have."""
    for model in registered():
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(prefix) and name.removeprefix(prefix) in SCREEN:
            action = name.removeprefix(prefix)
            reference = model._meta.app_label in REFERENCE_APPS
            paths = SCREEN[action](planted, model, name)
            return [Request(f"admin {model.__name__} {action}", path, reference=reference) for path in paths]
    return []


def of_each_object(planted: Planted, model: type[Model], name: str) -> list[str]:
    return [reverse(name, args=[quote(pk)]) for pk in objects(planted, model)]


def of_list(planted: Planted, model: type[Model], name: str) -> list[str]:
    """The list; searched; for what is not public reference: sorted by each column, both ways, filtered, guessed."""
    path, screen = reverse(name), admin.site._registry[model]
    queries = [{}, {"q": planted.sensitive.name}]
    if model._meta.app_label not in REFERENCE_APPS:
        columns = range(1, len(screen.list_display) + 1)
        queries += [{"o": ".".join(map(str, columns))}, {"o": ".".join(f"-{column}" for column in columns), "all": ""}]
        queries += [{f"{entry[0] if isinstance(entry, tuple) else entry}__isnull": 0} for entry in screen.list_filter]
    if model is Offer:
        queries += [{lookup: value} for lookup, value in guesses(planted)]
    return [f"{path}?{urlencode(query)}" if query else path for query in queries]


def guesses(planted: Planted) -> list[tuple[str, str]]:
    """Questions on hidden data, that a list must refuse to answer."""
    contact = planted.ordinary.contacts.exclude(name="").first()
    return [
        ("contacts__name", contact.name),
        ("contacts__telecoms__address__startswith", "0"),
        ("sensitive_unit__isnull", "0"),
        ("sensitive_unit__motive__startswith", "z"),
        ("geographic_entity__crisis_answer__orsan_level", "R284:1"),
        ("draft__isnull", "0"),
        ("versions__author_name__startswith", "z"),
    ]


SCREEN: dict[str, Callable[[Planted, type[Model], str], list[str]]] = {
    "changelist": of_list,
    "add": lambda planted, model, name: [reverse(name)],
    "export": lambda planted, model, name: [reverse(name)],
    "change": of_each_object,
    "history": of_each_object,
    "delete": of_each_object,
    "close": of_each_object,
    "reopen": of_each_object,
    "answer": of_each_object,
    "blank": of_each_object,
    "preview": of_each_object,
    "version": of_each_object,
    "retire": of_each_object,
    "template": lambda planted, model, name: [reverse(name)],
    "apply": of_each_object,
    "abandon": of_each_object,
    "report": of_each_object,
}


def autocompletes() -> Iterator[dict]:
    """Relations of every screen, whether they offer a search field or not: one for each kind of row to choose."""
    for model in registered():
        label = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        links = [column for column in model._meta.concrete_fields if column.is_relation]
        for column in {column.related_model: column for column in links}.values():
            yield {**label, "field_name": column.name, "term": ""}


def legacy_change(planted: Planted, route: str) -> str | None:
    """The address of a row as the administration had it once, redirected since; None when the route is no such one."""
    for model in registered():
        if route == f"admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>/":
            return route.replace("<path:object_id>", str(quote(objects(planted, model)[0])))
    return None


# What is posted, and what goes wrong.


def posts(planted: Planted) -> Iterator[Request]:
    """Every form of the describing pages and of the administration, sent by whoever."""
    entity = planted.entity.id_nat_struct
    yield post("describing:new", {"identifier": entity})
    yield post("describing:new", {"identifier": entity}, model="ehpad|1")
    yield post("describing:crisis", {"identifier": entity})
    yield post("describing:crisis", {"identifier": entity}, orsan_answer="none", landing_zone="true")
    for step in ESTABLISHMENT_STEPS:
        yield post("describing:describe", {"identifier": entity, "step": step.slug}, add="contacts")
        yield post("describing:describe", {"identifier": entity, "step": step.slug}, started_from="faux")
    for offer in planted.offers:
        yield post("describing:edit", {"slug": offer.slug})
        yield post("describing:close", {"slug": offer.slug}, closing_type="R286:PRO")
        yield post("describing:reopen", {"slug": offer.slug})
        yield post("describing:restore", {"slug": offer.slug, "number": 1})
        available = "R337:01.R329:01.R330:02.R331:01...."
        yield post("describing:unit_beds", unit_of(offer), **{f"number:{available}": "x"})
        yield post("describing:unit_beds", unit_of(offer), add="1")
    yield post("admin:duty_remind", {}, chosen=str(planted.entity.pk))
    yield from posts_on_drafts(planted)
    for name, arguments, typed in [
        *helping_pages.posts(planted),
        *import_pages.posts(planted),
        *saving_pages.posts(planted),
    ]:
        yield post(name, arguments, **typed)
    for name, arguments, typed in [*colleague_pages.posts(planted), *person_pages.posts(), *review_pages.posts()]:
        yield post(name, arguments, **typed)
    for channel, path, typed in bulk_pages.posts(planted):
        yield Request(channel, path, "POST", typed)
    yield post("account_login", {}, login=planted.colleague.email, password="faux")
    yield post("account_logout", {})
    for model in registered():
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        yield Request(f"admin {model.__name__} add (envoi)", reverse(f"{prefix}add"), "POST", reference=True)
        if model._meta.app_label not in REFERENCE_APPS:
            whole = {"format": 0, "columns": exported_columns(admin.site._registry[model])}
            yield Request(f"admin {model.__name__} export (envoi)", reverse(f"{prefix}export"), "POST", whole)
        for pk in objects(planted, model):
            for action in ("change", "delete"):
                path = reverse(f"{prefix}{action}", args=[quote(pk)])
                reference = model._meta.app_label in REFERENCE_APPS
                yield Request(f"admin {model.__name__} {action} (envoi)", path, "POST", reference=reference)


def posts_on_drafts(planted: Planted) -> Iterator[Request]:
    for draft in planted.drafts:
        yield post("describing:review", {"pk": draft.pk})
        yield post("describing:review", {"pk": draft.pk}, settle="1")
        yield post("describing:draft_model", {"pk": draft.pk}, model="ehpad|1")
        yield post("describing:drop", {"pk": draft.pk})
    for step in ("patientele", "horaires", "lieux"):
        yield post("describing:step", {"pk": planted.unfinished_draft.pk, "step": step}, goto=REVIEW)
    for pressed in ({"add": "contacts"}, {"propose": "switchboard"}, {"started_from": "faux"}):
        yield post("describing:step", {"pk": planted.draft_beside.pk, "step": "contacts"}, **pressed)


def post(name: str, arguments: dict, **data: str) -> Request:
    return Request(f"{name} (envoi)", reverse(name, kwargs=arguments), "POST", data)


def errors(planted: Planted) -> Iterator[Request]:
    """Each page of error."""
    slug = planted.sensitive.slug
    yield Request("erreur 404", "/n-existe-pas/")
    yield Request("erreur 404", f"/offres/{slug}/inconnu/")
    yield Request("erreur 400", "/", headers={"host": "ailleurs.example.org"})
    yield Request("erreur 400", f"/offres/{slug}/", headers={"host": "ailleurs.example.org"})
    yield Request("erreur 403", reverse("account_login"), "POST", headers={"csrf": "refusé"})
    yield Request("erreur 405", f"/offres/{slug}/", "POST")
    yield Request("erreur 405", f"/etablissements/{planted.entity.id_nat_struct}/", "POST")
