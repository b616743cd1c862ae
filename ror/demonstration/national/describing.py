"""Describes a handful of planned establishments at a time, in one transaction: documents first, then rows from them."""

import datetime
import json
from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from ror.demonstration.national import AUTHOR, CHANNEL, REASON, capacities, establishments, organizations
from ror.demonstration.national.documents import Offered, Writer
from ror.demonstration.national.feed import Columns, Feed, Lists, reserve, stored, write
from ror.demonstration.national.feed import empty_of as empty
from ror.demonstration.national.inventing import Territories
from ror.demonstration.national.organizations import Tree
from ror.demonstration.national.people import People, works_here
from ror.demonstration.national.planning import Plan, Planned
from ror.quality.models import Anomaly
from structures import records
from structures.document import FORMAT, Document
from structures.models import (
    CrisisAnswer,
    GeographicEntity,
    InternalOrganization,
    Offer,
    OfferPlace,
    OfferVersion,
    Place,
    SensitiveUnit,
)
from structures.models.geographic_entity import LegalKind
from structures.schema import ADDRESS, OFFER
from structures.tables import OFFER_TABLES, PLACES

OFFER_FIELDS = {name: empty(Offer._meta.get_field(name)) for name in records.OFFER_FIELDS}
PLACE_FIELDS = {
    column.name: empty(column) for column in Place._meta.concrete_fields if column.name in OFFER.rows["places"].fields
}
OFFERS = Columns(
    Offer,
    *("id", "geographic_entity", *OFFER_FIELDS),
    *("closing_type", "closing_date", "reopening_date", "published_at", "version"),
)
EXPERTISE = {names: Columns(model, "offer", "geographic_entity", *names) for model, names in records.EXPERTISE.items()}
SENSITIVE = Columns(SensitiveUnit, "offer", "motive")
PLACE_ROWS = Columns(Place, "id", "geographic_entity", "internal_organization", *PLACE_FIELDS)
LINKS = Columns(OfferPlace, "offer", "geographic_entity", "place", "position")
VERSIONS = Columns(
    OfferVersion,
    *("offer", "geographic_entity", "number", "document", "format", "author_name", "channel", "published_at"),
)
ANOMALIES = Columns(
    Anomaly,
    *("geographic_entity", "offer", "rule", "theme", "status", "proposed_action", "description"),
    *("element_path", "wrong_value", "proposed_value", "source_system", "deadline", "ended_at"),
)
LISTS = {name: Lists(table) for name, table in OFFER_TABLES.items()}
PLACE_LISTS = {name: Lists(table) for name, table in PLACES.below.items()}
STATUSES = ("R352:02", "R352:01", "R352:08", "R352:05", "R352:06")
ENDED = "R352:08"
SHARED = 5  # one offer in so many takes place where the one before it does


class Describer:
    """Puts what is planned in the feed. `seed` and the establishment alone decide what is said of it."""

    def __init__(self, feed: Feed, plan: Plan, seed: int) -> None:
        self._feed, self._plan, self._seed = feed, plan, seed
        self._now = timezone.now()
        self._today = timezone.localdate()
        self._territories = Territories()
        self._people = People(feed, plan.professionals, self._today)

    def describe(self, batch: list[Planned]) -> None:
        """Put these establishments in the feed; their organisations, whose identifiers are needed, are written now."""
        facts = _facts(batch)
        trees = self._organizations([planned for planned in batch if not facts[planned.entity]["organised"]])
        names = organizations.identifiers([key for tree in trees.values() for key in tree.all])
        offers = iter(reserve(Offer, sum(planned.offers for planned in batch)))
        for planned in batch:
            self._establishment(planned, facts[planned.entity], trees.get(planned.entity), names, offers)

    def _organizations(self, batch: list[Planned]) -> dict[int, Tree]:
        organised = [planned for planned in batch if planned.organised]
        ids = reserve(InternalOrganization, sum(organizations.size(planned.offers) for planned in organised))[::-1]
        trees = {}
        for planned in organised:
            own = [ids.pop() for _ in range(organizations.size(planned.offers))][::-1]
            offers = [offered.template.document["name"] for offered in planned.offered()]
            trees[planned.entity] = organizations.plant(self._feed, planned.entity, offers, own, planned.rank)
        write(self._feed.take())
        return trees

    def _establishment(
        self, planned: Planned, facts: dict[str, Any], tree: Tree | None, names: dict[int, str], offers: Iterable[int]
    ) -> None:
        random = Random(f"{self._seed}/{planned.key}")
        writer = Writer(random, f"fictif-{planned.key}".lower(), self._today)
        places: dict[str, _PlaceOf] = {}
        previous: Document | None = None
        for rank, (offered, offer) in enumerate(zip(planned.offered(), offers, strict=False)):
            organization = tree.below[rank] if tree else None
            place = previous if previous and shares(offered) else writer.place(offered, facts["address"])
            document = writer.offer(
                offered,
                contacts=self._plan.contacts_of(offered, random),
                zone=self._zone(offered, facts, random),
                organization=names[organization] if organization else None,
                place=place,
            )
            self._offer(offered, offer, planned.entity, document)
            places.setdefault(place["id"], _PlaceOf(place, offered, set())).organizations.add(organization)
            previous = None if offered.closing or offered.template.sensitive else place
            if works_here(offered.template, offered.ordinal):
                number = self._plan.situations_of(random)
                self._people.add(offered, offer, planned.entity, number, random)
        for held in places.values():
            self._place(held, planned.entity, random)
        self._around(planned, facts, tree, writer, random)

    def _zone(self, offered: Offered, facts: dict[str, Any], random: Random) -> list[str]:
        if not offered.template.at_home:
            return []
        address = facts["address"]
        return self._territories.around(address["commune"], facts["department"], random.randrange(3, 9), random)

    def _offer(self, offered: Offered, offer: int, entity: int, document: Document) -> None:
        feed, template = self._feed, offered.template
        values = (stored(document[name], blank) for name, blank in OFFER_FIELDS.items())
        feed.add(OFFERS, offer, entity, *values, *self._closing(offered), self._now, 1)
        for names, columns in EXPERTISE.items():
            if any(document[name] for name in names):
                feed.add(columns, offer, entity, *(stored(document[name], "{}") for name in names))
        if template.sensitive:
            feed.add(SENSITIVE, offer, document["sensitive_motive"])
        for name, lists in LISTS.items():
            lists.add(feed, document[name], offer, entity)
        for position, place in enumerate(document["places"]):
            feed.add(LINKS, offer, entity, place["id"], position)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        feed.add(VERSIONS, offer, entity, 1, text, FORMAT, AUTHOR, CHANNEL, self._now)
        if offered.ordinal % 100 == 1:
            self._anomaly(offered, offer, entity)

    def _closing(self, offered: Offered) -> tuple[str | None, datetime.date | None, datetime.date | None]:
        if offered.closing is None:
            return None, None, None
        closed = self._today - datetime.timedelta(days=1 + offered.ordinal % 200)
        reopening = self._today + datetime.timedelta(days=30) if offered.closing == "R286:PRO" else None
        return offered.closing, closed, reopening

    def _place(self, held: "_PlaceOf", entity: int, random: Random) -> None:
        row, feed = held.document, self._feed
        organization = held.organizations.pop() if len(held.organizations) == 1 else None
        values = (stored(row[name], blank) for name, blank in PLACE_FIELDS.items())
        feed.add(PLACE_ROWS, row["id"], entity, organization, *values)
        for name, lists in PLACE_LISTS.items():
            lists.add(feed, row[name], row["id"], entity)
        if held.offered.template.beds:
            capacities.add(feed, held.offered, row["id"], entity, self._plan.figures_of(random), random)

    def _around(
        self, planned: Planned, facts: dict[str, Any], tree: Tree | None, writer: Writer, random: Random
    ) -> None:
        """What the establishment says besides its offers."""
        feed, entity = self._feed, planned.entity
        if planned.has_contact:
            establishments.add_contact(feed, writer, planned.rank // establishments.EVERY_ESTABLISHMENT, entity=entity)
        if planned.speaks_for_legal_entity:
            establishments.add_contact(feed, writer, planned.rank, legal_entity=planned.legal_entity)
        for rank, organization in enumerate(tree.all if tree else ()):
            if rank % establishments.EVERY_ORGANIZATION == 0:
                establishments.add_contact(feed, writer, rank + planned.rank, entity=entity, organization=organization)
                establishments.add_mailbox(feed, random, entity, organization)
        if facts["legal_kind"] == LegalKind.HEALTH and not facts["answered"]:
            establishments.add_crisis_answer(feed, entity, planned.rank)
        if planned.profile.tariffs:
            establishments.add_tariffs(feed, planned.profile.tariffs, entity, random, self._today)

    def _anomaly(self, offered: Offered, offer: int, entity: int) -> None:
        number = offered.ordinal // 100
        status = STATUSES[number % len(STATUSES)]
        self._feed.add(
            ANOMALIES,
            *(entity, offer if number % 4 else None, "signalement", "R350:06", status, "R349:COR"),
            *("Anomalie inventée.", "name", offered.name, offered.template.document["name"], "Portail ROR"),
            *(self._today + datetime.timedelta(days=number % 60 - 10), self._now if status == ENDED else None),
        )


class _PlaceOf:
    """A place, the offer that it was made for, and the organisations of the offers given there."""

    def __init__(self, document: Document, offered: Offered, organizations: set[int | None]) -> None:
        self.document, self.offered, self.organizations = document, offered, organizations


def shares(offered: Offered) -> bool:
    """Whether an offer takes place where the one before it does: never with beds of its own, closed, or sensitive."""
    free = not (offered.template.beds or offered.template.sensitive or offered.closing)
    return free and offered.ordinal % SHARED != 0


def _facts(batch: list[Planned]) -> dict[int, dict[str, Any]]:
    """What the register says of these establishments, by id: their address as a place may say it, and their kind."""
    keys = [planned.entity for planned in batch]
    answered = set(CrisisAnswer.objects.trusted(REASON).filter(pk__in=keys).values_list("pk", flat=True))
    organised = set(
        InternalOrganization.objects.trusted(REASON)
        .filter(geographic_entity__in=keys)
        .values_list("geographic_entity", flat=True)
    )
    rows = GeographicEntity.objects.trusted(REASON).filter(pk__in=keys).select_related("commune")
    return {
        row.pk: {
            "address": _address(row),
            "department": row.department_id,
            "legal_kind": row.legal_kind,
            "answered": row.pk in answered,
            "organised": row.pk in organised,
        }
        for row in rows
    }


def _address(entity: GeographicEntity) -> Document:
    """The address and the position of the establishment, completed where a register leaves out what is mandatory."""
    found = {name: getattr(entity, GeographicEntity._meta.get_field(name).attname) or None for name in ADDRESS}
    found["postcode"] = found["postcode"] or next(iter(entity.commune.postcodes), None) or "99999"
    if not (found["street_name"] or found["place_name"]):
        found["place_name"] = "Lieu-dit fictif"
    located = entity.latitude is not None
    found["latitude"] = _degrees(entity.latitude) if located else None
    found["longitude"] = _degrees(entity.longitude) if located else None
    found["coordinates_reliable"] = entity.coordinates_reliable
    return found


def _degrees(value: Decimal) -> str:
    return f"{value:.6f}"
