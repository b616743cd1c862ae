"""The guards of the one door out: no governed row is read for nobody (a), no list touches what is not public (b)."""

import ast
import asyncio
import pickle
from collections.abc import Callable

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Exists, Model, Value, prefetch_related_objects
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from confidentiality import policy
from confidentiality.checks import governed_models
from confidentiality.governed import GovernedEvent, GovernedManager, Ungoverned, governance
from confidentiality.levels import Level
from confidentiality.middleware import ViewerMiddleware
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from ror.history import writing
from ror.publication.search import Criteria, find_establishments, find_offers
from ror.reference.models import Commune
from structures.describing.models import Draft
from structures.models import (
    BedCapacity,
    Contact,
    CrisisAnswer,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    LegalEntity,
    Offer,
    OfferActivity,
    OfferPlace,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SecureMailbox,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.reading import offers_of, organizations_of, read_establishment, read_legal_entity, read_offer
from tests.factories import (
    BedCapacityFactory,
    CrisisAnswerFactory,
    DraftFactory,
    EquipmentLimitFactory,
    GeographicEntityFactory,
    describer,
    place_row,
    published_offer,
)

EVENTS = [model for model in apps.get_models() if issubclass(model, GovernedEvent)]
# Events of assignments are history too, though an assignment is no governed row.
GOVERNED = [*governed_models(), *EVENTS]


@pytest.fixture
def offer(db) -> Offer:
    """One published offer of a hospital, with crisis answers and a draft beside."""
    entity = GeographicEntityFactory(health=True)
    CrisisAnswerFactory(geographic_entity=entity)
    made = published_offer(entity)
    DraftFactory(offer=made)
    return Offer.objects.get(pk=made.pk)


def read_async(rows):
    return asyncio.run(collect(rows))


async def collect(rows) -> list:
    return [row async for row in rows]


ROUTES: dict[str, Callable] = {
    "iteration": lambda rows: next(iter(rows), None),
    "list": list,
    "len": len,
    "bool": bool,
    "repr": repr,
    "pickle": pickle.dumps,
    "in": lambda rows: None in rows,
    "index": lambda rows: rows[0],
    "slice": lambda rows: list(rows[:1]),
    "slice with step": lambda rows: rows[:2:2],
    "get": lambda rows: rows.get(),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "earliest": lambda rows: rows.earliest("pk"),
    "latest": lambda rows: rows.latest("pk"),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "aggregate": lambda rows: rows.aggregate(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "iterator": lambda rows: list(rows.iterator()),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "dates": lambda rows: list(rows.dates("created_at", "day")),
    "datetimes": lambda rows: list(rows.datetimes("created_at", "day")),
    "only": lambda rows: list(rows.only("pk")),
    "distinct": lambda rows: list(rows.distinct()),
    "annotate": lambda rows: list(rows.annotate()),
    "reverse": lambda rows: list(rows.reverse()),
    "select_for_update": lambda rows: list(rows.select_for_update()),
    "explain": lambda rows: rows.explain(),
    "get_or_create": lambda rows: rows.get_or_create(pk=0),
    "update_or_create": lambda rows: rows.update_or_create(pk=0),
    "subquery": lambda rows: User.objects.filter(pk__in=rows.values("pk")).exists(),
    "union": lambda rows: list(rows.union(rows.all())),
    "intersection": lambda rows: list(rows.intersection(rows.all())),
    "difference": lambda rows: list(rows.difference(rows.all())),
    "acount": lambda rows: asyncio.run(rows.acount()),
    "aexists": lambda rows: asyncio.run(rows.aexists()),
    "aget": lambda rows: asyncio.run(rows.aget()),
    "afirst": lambda rows: asyncio.run(rows.afirst()),
    "alast": lambda rows: asyncio.run(rows.alast()),
    "aaggregate": lambda rows: asyncio.run(rows.aaggregate()),
    "ain_bulk": lambda rows: asyncio.run(rows.ain_bulk()),
    "async for": read_async,
    "aiterator": lambda rows: read_async(rows.aiterator()),
}
# Routes that write, or that compare with an instance: exercised apart.
WRITES: dict[str, Callable] = {
    "update": lambda rows: rows.update(name="x"),
    "aupdate": lambda rows: asyncio.run(rows.aupdate(name="x")),
    "delete": lambda rows: rows.delete(),
    "adelete": lambda rows: asyncio.run(rows.adelete()),
    "delete_rows": lambda rows: rows.delete_rows(),
    "bulk_update": lambda rows: rows.bulk_update([Offer(pk=1, name="x")], ["name"]),
}
FROM_INSTANCE: dict[str, Callable[[Offer], object]] = {
    "contains": lambda offer: Offer.objects.contains(offer),
    "reverse foreign key": lambda offer: list(offer.contacts.all()),
    "reverse foreign key, count": lambda offer: offer.contacts.count(),
    "reverse foreign key, get": lambda offer: offer.contacts.get(pk="0" * 32),
    "reverse foreign key, set": lambda offer: offer.contacts.set([]),
    "reverse one-to-one": lambda offer: offer.draft,
    "reverse one-to-one from the establishment": lambda offer: crisis_of(offer),
    "forward foreign key": lambda offer: offer.geographic_entity,
    "prefetch_related on an instance": lambda offer: prefetch_related_objects([offer], "contacts"),
    "prefetch_related on cleared rows": lambda offer: list(Offer.objects.trusted("t").prefetch_related("contacts")),
    "deferred column": lambda offer: Offer.objects.trusted("t").only("pk").get(pk=offer.pk).name,
    "refresh_from_db": lambda offer: offer.refresh_from_db(),
    "arefresh_from_db": lambda offer: asyncio.run(offer.arefresh_from_db()),
    "delete of an instance": lambda offer: offer.delete(),
    "history of an instance": lambda offer: list(offer.governed_events.all()),
}


def crisis_of(offer: Offer) -> CrisisAnswer:
    return GeographicEntity.objects.trusted("t").get(pk=offer.geographic_entity_id).crisis_answer


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_reads_governed_rows_for_nobody(db, route):
    with governance(), pytest.raises(Ungoverned):
        ROUTES[route](Offer.objects.all())


@pytest.mark.parametrize("route", WRITES)
def test_no_route_changes_governed_rows_for_nobody(db, route):
    with governance(), pytest.raises(Ungoverned):
        WRITES[route](Offer.objects.all())


@pytest.mark.parametrize("route", FROM_INSTANCE)
def test_no_relation_goes_round_the_guard(offer, route):
    with governance(), pytest.raises(Ungoverned):
        FROM_INSTANCE[route](offer)


@pytest.mark.parametrize("model", GOVERNED, ids=lambda model: model.__name__)
def test_every_governed_model_is_guarded_by_every_manager(db, model):
    with governance():
        for manager in {model._base_manager, model._default_manager, *model._meta.managers}:
            with pytest.raises(Ungoverned):
                list(manager.all())


def test_history_of_governed_data_has_no_other_model(db):
    """Each governed model that keeps a history keeps it in governed events."""
    kept = [relation.related_model for model in governed_models() for relation in model._meta.related_objects]
    histories = [model for model in kept if hasattr(model, "pgh_tracked_model")]
    assert histories
    assert all(issubclass(model, GovernedEvent) for model in histories)


@pytest.mark.parametrize("clear", ["visible_to", "trusted"])
@pytest.mark.parametrize("route", ["list", "count", "exists", "first", "values", "iterator", "subquery", "union"])
def test_rows_cleared_for_a_viewer_or_for_a_reason_are_read(offer, clear, route):
    cleared_for = Viewer.public() if clear == "visible_to" else "test"
    with governance():
        ROUTES[route](getattr(Offer.objects, clear)(cleared_for))


def test_outside_a_request_nothing_is_asked(offer):
    assert list(Offer.objects.all()) == [offer]
    assert offer.contacts.count() == 3
    assert offer.geographic_entity.crisis_answer.orsan_answer == "none"
    assert [event.name for event in offer.governed_events.all()] == [offer.name]


def test_clearance_follows_the_rows_and_nothing_else(offer):
    public = Offer.objects.visible_to(Viewer.public())
    with governance():
        assert [row.pk for row in public.filter(name=offer.name).order_by("pk").all()[:1]] == [offer.pk]
        for combine in (
            lambda: public | Offer.objects.all(),
            lambda: Offer.objects.all() | public,
            lambda: public & Offer.objects.trusted("t"),
            lambda: public ^ Offer.objects.all(),
            lambda: public.union(Offer.objects.all()),
            lambda: public.filter(pk__in=Offer.objects.values("pk")),
            lambda: public.filter(geographic_entity__in=GeographicEntity.objects.all()),
        ):
            with pytest.raises(Ungoverned):
                list(combine())


ASKED_BEFORE = {
    "none": lambda rows: rows.none(),
    "filter": lambda rows: rows.filter(pk=-1),
    "expression": lambda rows: rows.filter(Exists(Commune.objects.none())),
    "exclude": lambda rows: rows.exclude(pk__gt=0),
    "distinct": lambda rows: rows.distinct().filter(pk=-1),
    "annotate": lambda rows: rows.annotate(one=Value(1)).filter(one=2),
}


@pytest.mark.parametrize("asked", ASKED_BEFORE.values(), ids=ASKED_BEFORE)
def test_what_was_asked_before_clearance_is_kept_the_second_time_too(offer, asked):
    """A viewer keeps the query of a whole model once built: it never stands for a narrower one."""
    viewer = Viewer.public()
    for _ in range(2):
        assert [row.pk for row in Offer.objects.visible_to(viewer)] == [offer.pk]
        assert not asked(Offer.objects.all()).visible_to(viewer).exists()


def test_a_reason_is_asked_for():
    with pytest.raises(ValueError, match="reason"):
        Offer.objects.trusted("  ")


def test_raw_sql_is_refused_everywhere(db):
    with pytest.raises(Ungoverned):
        Offer.objects.raw("SELECT 1 AS id")


def test_a_new_row_needs_an_author_not_a_viewer(offer):
    """Creating reads nothing: the database asks who writes, the guard asks nothing."""
    with governance(), writing("tests", "command"):
        created = offer.activities.create(
            activity_id="R211:293", family_id=None, geographic_entity_id=offer.geographic_entity_id
        )
    assert OfferActivity.objects.filter(pk=created.pk).exists()


# In a real request.


def answer(view) -> HttpResponse:
    request = RequestFactory().get("/")
    request.session = {}
    request.user = User()
    request.user.is_active = False
    return ViewerMiddleware(view)(request)


def test_a_request_is_governed(db):
    with pytest.raises(Ungoverned):
        answer(lambda request: HttpResponse(str(Offer.objects.count())))
    response = answer(lambda request: HttpResponse(str(Offer.objects.visible_to(request.viewer).count())))
    assert response.content == b"0"
    assert Offer.objects.count() == 0


def test_a_streamed_answer_stays_governed(db):
    def lines():
        yield "1"
        yield str(Offer.objects.count())

    streamed = iter(answer(lambda request: StreamingHttpResponse(lines())).streaming_content)
    assert next(streamed) == b"1"
    Offer.objects.count()  # the guard holds for the answer, not for what the server does between two chunks
    with pytest.raises(Ungoverned):
        next(streamed)


def test_a_streamed_answer_is_whole(db):
    response = answer(lambda request: StreamingHttpResponse(iter(["a", "", "b"])))
    assert b"".join(response.streaming_content) == b"ab"


def test_no_cache_keeps_what_a_signed_in_reader_is_answered(offer, client):
    address = f"/offres/{offer.slug}/"
    assert "Cache-Control" not in client.get(address).headers
    client.force_login(describer(offer.geographic_entity))
    assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_list_trusted_names_every_trusted_read(capsys):
    call_command("list_trusted")
    printed = capsys.readouterr().out
    *lines, total = printed.splitlines()
    assert total == f"lectures={len(lines)}"
    found = {tuple(line.split(": ", 1)[0].rsplit(":", 1)) for line in lines}
    assert found == set(trusted_in_source())
    assert not [line for line in lines if line.endswith((": ?", ": "))]


def test_nothing_reads_the_history_of_all_tables_at_once():
    """`pghistory.models.Events` reads every event table by its own SQL: the guard would not see it."""
    naming = [str(path) for path in sources() if "MiddlewareEvents" in path.read_text() or names_events(path)]
    assert naming == []


def sources():
    for room in ("ror", "structures", "professionals", "confidentiality"):
        yield from sorted((settings.BASE_DIR / room).rglob("*.py"))


def trusted_in_source():
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "trusted" and not is_manager(node):
                yield str(path.relative_to(settings.BASE_DIR)), str(node.lineno)


def is_manager(node: ast.Attribute) -> bool:
    """The definition of `trusted` itself is no use of it."""
    return isinstance(node.value, ast.Name) and node.value.id == GovernedManager.__name__


def names_events(path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Attribute) and node.attr == "Events" for node in ast.walk(tree))


# Guard (b): what is not public by nature has tables of its own.

LISTED = [
    *(GeographicEntity, LegalEntity, InternalOrganization, Offer, OfferActivity, OpeningHours),
    *(OfferPlace, Place, HousingCapacity, SecureMailbox, Tariff),
]
CLOSED_TABLES = {
    *("structures_contact", "structures_telecom", "structures_crisisanswer", "structures_offerversion"),
    *("structures_offerexpertise", "structures_outsideofficeacts"),
    *("structures_specificequipment", "structures_equipmentlimit", "structures_carecapacity", "structures_bedcapacity"),
    *("professionals_professional", "professionals_professionalmailbox", "professionals_practice"),
    *("professionals_qualification", "professionals_operationalsituation", "professionals_situationexpertise"),
    *("professionals_situationhours", "professionals_situationtelecom"),
    *("quality_anomaly", "describing_draft", "describing_submission"),
}
FLAG = "structures_sensitiveunit"  # read by every list, to leave the sensitive units out
# What the page of an offer and that of an establishment may read for the public: rows that are level 1 somewhere.
OFFER_PAGE = {
    *("structures_contact", "structures_telecom", "structures_offerexpertise"),
    *("structures_carecapacity", "structures_bedcapacity"),
}
ESTABLISHMENT_PAGE = {"structures_contact", "structures_telecom"}


def holds_public_data(line: policy.Datum) -> bool:
    return not line.stored and min(line.levels.values()) == 1


def columns_with_data(model: type[Model]) -> list[policy.Datum]:
    """The lines of the columns that say something: neither key, nor link, nor date of the portal's own."""
    stamps = {"created_at", "updated_at"}
    return [
        policy.datum(model.__name__, column.name)
        for column in model._meta.concrete_fields
        if not column.primary_key and column.name not in stamps and column.name not in links_of(model)
    ]


def links_of(model: type[Model]) -> set[str]:
    return {
        column.name
        for column in model._meta.concrete_fields
        if column.is_relation and (column.related_model in governed_models() or column.name == "perimeter")
    }


@pytest.mark.parametrize("model", governed_models(), ids=lambda model: model.__name__)
def test_what_is_not_public_never_shares_a_table_with_what_is(model):
    data = columns_with_data(model)
    public = [line.name for line in data if holds_public_data(line)]
    closed = [line.name for line in data if not holds_public_data(line)]
    assert not (public and closed)


def test_some_tables_are_public_and_some_are_not():
    """The test above says nothing if everything is on one side."""
    closed = {model for model in governed_models() if not any(map(holds_public_data, columns_with_data(model)))}
    assert {Contact, Telecom, CrisisAnswer, Draft, BedCapacity, SpecificEquipment, OutsideOfficeActs} <= closed
    assert not closed & {GeographicEntity, LegalEntity, Offer, Place, Tariff}


def test_every_table_that_is_not_public_everywhere_is_known_to_be_closed():
    closed = {
        model._meta.db_table
        for model in governed_models()
        if model.level_field or max(policy.least_levels(model.__name__).values()) > Level.PUBLIC
    }
    assert closed - {FLAG} == CLOSED_TABLES


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.__name__)
def test_a_list_for_the_public_never_touches_a_closed_table(db, model):
    rows = model.objects.visible_to(Viewer.public())
    for evaluate in (list, lambda rows: rows.count(), lambda rows: rows.exists()):
        assert_untouched(lambda evaluate=evaluate: evaluate(rows.all()))
    selected = str(rows.query).partition(" FROM ")[0]
    assert "sensitiveunit" not in selected


def test_lists_for_the_public_never_touch_a_closed_table(offer):
    viewer, identifier = Viewer.public(), offer.geographic_entity.id_nat_struct
    assert_untouched(lambda: offers_of(viewer, identifier))
    everything = Criteria(words=("fictif",), communes=("35238",), activity="R211:293")
    for find in (find_offers, find_establishments):
        assert_untouched(lambda find=find: list(find(viewer, everything)))


def test_pages_for_the_public_touch_only_what_may_be_level_1(offer):
    """An offer and an establishment show contacts at level 1, installed beds and, in some kinds, the expertise."""
    place = offer.place_links.get().place
    EquipmentLimitFactory(equipment__place=place)
    BedCapacityFactory(care_capacity__place=place)
    viewer, identifier = Viewer.public(), offer.geographic_entity.id_nat_struct
    assert_untouched(lambda: read_offer(viewer, offer.slug), but=OFFER_PAGE)
    for read in (read_establishment, organizations_of):
        assert_untouched(lambda read=read: read(viewer, identifier), but=ESTABLISHMENT_PAGE)
    legal = offer.geographic_entity.legal_entity.id_nat_struct
    assert_untouched(lambda: read_legal_entity(viewer, legal), but=ESTABLISHMENT_PAGE)


def assert_untouched(read: Callable, *, but: frozenset[str] | set[str] = frozenset()) -> None:
    with CaptureQueriesContext(connection) as queries:
        read()
    assert queries.captured_queries
    touched = {table for query in queries.captured_queries for table in CLOSED_TABLES if f'"{table}"' in query["sql"]}
    assert touched <= but


def test_a_place_shared_with_a_sensitive_offer_is_hidden_and_breaks_nothing(db):
    entity = GeographicEntityFactory()
    place = place_row(street_name="rue partagée")
    ordinary = published_offer(entity, name="Ordinaire", places=[place])
    secret = published_offer(entity, name="Sensible", sensitive=True)
    with writing("tests", "command"):
        OfferPlace.objects.create(offer=secret, place_id=place["id"], geographic_entity=entity)
    with governance():
        read = read_offer(Viewer.public(), ordinary.slug)
    assert read["name"] == "Ordinaire"
    assert read["places"] == []
