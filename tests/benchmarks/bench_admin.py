"""The administration at national scale: the home, the duty page, and each list with searches, filters and page 2.

Budget (design §7): 15 queries and a p95 of 100 ms, database and view together. Beside each list stands the same one
from Django's own `ModelAdmin`, without rights nor levels: machines are noisy, the ratio is less so.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import parse_qsl

from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from confidentiality.hiding import is_governed
from confidentiality.models import Perimeter
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from ror.accounts.second_factor import SESSION_KEY
from ror.reference.models import CodeSystem, Commune, Concept, Department, Region, ValueSet
from ror.worklists import waiting_for
from ror.wsgi import keep_loaded
from structures.models import GeographicEntity, LegalEntity, Offer, Telecom
from tests import factories

REGION, RUNS, SLOWEST = "53", 20, 10
AGAIN = 3  # times as many runs for a page beyond the budget: one pause of the machine in 20 makes a p95
QUERIES, MILLISECONDS = 15, 100
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NAME = "centre hospitalier"
# What people type in the screens that do not find by the name of an establishment.
WORDS: dict[type[Model], tuple[str, ...]] = {
    Perimeter: ("bretagne", NAME),
    User: ("martin",),
    Commune: ("rennes", "35238"),
    Department: ("ille",),
    Region: ("bretagne",),
    CodeSystem: ("R213",),
    ValueSet: ("J19",),
    Concept: ("consultation", "R213:28"),
}
REFUSED = "refusé"


@dataclass(frozen=True)
class Measure:
    """One page for one person: queries, median and p95 in ms over `runs`, and how many times the p95 of the stock page
    that is. `first` is the p95 of a first series beyond the budget, after which the page was measured again.
    """

    who: str
    page: str
    queries: int
    median: float
    p95: float
    runs: int
    first: float | None = None
    ratio: float | None = None

    @property
    def is_over(self) -> bool:
        return self.queries > QUERIES or self.p95 > MILLISECONDS

    def __str__(self) -> str:
        again = f" sur {self.runs} mesures, après {self.first:.0f} ms" if self.first else ""
        beside = f" ; × {self.ratio:.1f} la liste de Django" if self.ratio else ""
        over = " ← HORS BUDGET" if self.is_over else ""
        times = f"médiane {self.median:4.0f}, p95 {self.p95:4.0f} ms"
        return f"{self.who:14} {self.page:66} {self.queries:3} requêtes, {times}{again}{beside}{over}"


def run() -> None:
    """Print each page for the two roles that read lists all day; then the slowest ten."""
    call_command("make_national_base", scale=1, yes=True, verbosity=0)
    measure_screens()


def measure_screens(runs: int = RUNS) -> None:
    """Print the measures over the base as it is."""
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # closed doors are tried too
    people = {
        "administrateur": factories.administrator(),
        "qualité région": factories.holder("regional_quality_manager", factories.territory("region", REGION)),
    }
    for user in people.values():
        _visit(user)
    keep_loaded()  # as ror/wsgi.py does once it has served its first pages
    measures = [measure for who, user in people.items() for measure in _measures(who, user, runs)]
    _say_who_stays_out()
    print(f"\n{len(measures)} pages ; les {SLOWEST} plus lentes :")
    for measure in sorted(measures, key=lambda one: one.p95, reverse=True)[:SLOWEST]:
        print(measure)
    again = sum(one.first is not None for one in measures)
    print(f"mesurées {AGAIN} fois plus longtemps, après un premier p95 hors budget sur {runs} mesures : {again}")
    print(f"hors budget ({QUERIES} requêtes, {MILLISECONDS} ms) : {sum(one.is_over for one in measures)}")


def _visit(user: User) -> None:
    """Open the home and each list once."""
    client = signed_in(user)
    client.get(reverse("admin:index"))
    for screen in admin.site._registry.values():
        client.get(_list_of(screen))


def _list_of(screen: admin.ModelAdmin) -> str:
    return reverse(f"admin:{screen.opts.app_label}_{screen.opts.model_name}_changelist")


def _measures(who: str, user: User, runs: int) -> Iterator[Measure]:
    client = signed_in(user)
    viewer = Viewer(user)
    pages = [("accueil", reverse("admin:index")), ("peuplement", reverse("admin:duty"))]
    pages += [(f"à faire : {work.label}", work.url.partition("#")[0]) for work in waiting_for(viewer)]
    for name, address in pages:
        yield _told(_measure(client, who, name, address, runs))
    for screen in admin.site._registry.values():
        address = _list_of(screen)
        if client.get(address).status_code != 200:
            continue
        for name, query, has_stock in _questions(client, screen, address):
            stock = _stock_page(screen.model, user, query) if has_stock else None
            yield _told(_measure(client, who, f"{screen.opts.label} {name}", f"{address}?{query}", runs, stock))


def _questions(client: Client, screen: admin.ModelAdmin, address: str) -> Iterator[tuple[str, str, bool]]:
    """What is asked of a list: its name, its query, and whether Django's own list answers the same."""
    yield "liste", "", True
    changelist = client.get(address).context["cl"]
    if changelist.multi_page:
        yield "page 2", "p=2", False
    for word in _words(screen):
        yield f"recherche « {word} »", f"q={word.replace(' ', '+')}", False
    for spec in changelist.filter_specs:
        options = [option for option in spec.choices(changelist) if not option["selected"]]
        if options:
            yield f"filtre {spec.title}", options[0]["query_string"].removeprefix("?"), False


def _words(screen: admin.ModelAdmin) -> tuple[str, ...]:
    if not screen.search_fields:
        return ()
    if screen.model in WORDS:
        return WORDS[screen.model]
    number = _first(GeographicEntity, region=REGION).finess
    return {
        LegalEntity: (NAME, _first(LegalEntity, region=REGION).finess),
        GeographicEntity: (NAME, number, _first(GeographicEntity, region=REGION).siret or number),
        Offer: ("consultation", number, _first(Offer, geographic_entity__region=REGION).identifier),
        Telecom: ("0299", number),
    }.get(screen.model, (NAME, number))


def _first(model: type[Model], **conditions) -> Model:
    return model.objects.trusted("bench").filter(**conditions).order_by("pk")[:1].get()


def signed_in(user: User) -> Client:
    """A browser where `user` has signed in, second factor included."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[SESSION_KEY] = user.pk
    session.save()
    return client


def _measure(client: Client, who: str, name: str, address: str, runs: int, stock: Callable | None = None) -> Measure:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    queries = len(captured)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} : statut {answer.status_code}")
    times, first = _times(lambda: client.get(address), runs), None
    if _p95(times) > MILLISECONDS:
        first = _p95(times)
        times = _times(lambda: client.get(address), AGAIN * runs)
    ratio = _p95(times) / _p95(_times(stock, min(runs, 3))) if stock else None
    return Measure(who, name, queries, median(times), _p95(times), len(times), first, ratio)


def _times(call: Callable, runs: int) -> list[float]:
    """Milliseconds of each run, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return times


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[18]


class StockSite(admin.AdminSite):
    """Django's own site, for whoever asks."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True


class StockAdmin(admin.ModelAdmin):
    """A list as Django makes it, for whoever asks."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    has_module_permission = has_view_permission

    def get_queryset(self, request: HttpRequest):
        rows = self.model._default_manager.all()
        return rows.trusted("bench") if is_governed(self.model) else rows


def _stock_page(model: type[Model], user: User, query: str) -> Callable:
    """The same rows, columns that are fields, order and words, without rights."""
    ours = admin.site.get_model_admin(model)
    fields = {field.name for field in model._meta.concrete_fields}
    relations = {field.name for field in model._meta.concrete_fields if field.is_relation}
    own = {
        "list_display": [name for name in ours.list_display if name in fields] or ["__str__"],
        "list_select_related": [name for name in ours.list_display if name in relations] or False,
        "search_fields": ours.search_fields,
        "ordering": ours.ordering,
        "list_per_page": ours.list_per_page,
    }
    screen = type("Stock", (StockAdmin,), own)(model, StockSite())

    def call() -> None:
        request = RequestFactory().get("/", dict(parse_qsl(query)))
        request.user, request.viewer = user, Viewer(user)
        screen.changelist_view(request).render()

    return call


def _say_who_stays_out() -> None:
    """Those who describe or count beds never enter the administration: they have pages of their own."""
    entity = _first(GeographicEntity, region=REGION)
    for role in ("referent", "bed_manager"):
        status = signed_in(factories.holder(role, entity.perimeter)).get(reverse("admin:index")).status_code
        print(f"{role:14} accueil : {REFUSED if status != 200 else 'ouvert'} (statut {status})")


def _told(measure: Measure) -> Measure:
    print(measure, flush=True)
    return measure
