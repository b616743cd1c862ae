"""Which establishments are described, with how many offers each, and how the volumes are shared among them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from django.db.models import Exists, OuterRef

from ror.demonstration.national import REASON, capacities, documents, establishments, identity, organizations, people
from ror.demonstration.national.documents import Offered
from ror.demonstration.national.profiles import Profile, profile_of, profiles
from ror.demonstration.national.volumes import Pace, Volumes
from structures.models import BedCapacity, Contact, GeographicEntity, Offer
from structures.models.geographic_entity import LegalKind
from structures.rules.contacts import EMERGENCY_MODE


@dataclass(frozen=True, slots=True)
class Planned:
    """An establishment to describe: the `rank`th of this run, with `offers` offers from the `first`th of the base."""

    entity: int
    key: str
    legal_entity: int
    profile: Profile
    rank: int
    first: int
    offers: int
    speaks_for_legal_entity: bool

    def offered(self) -> Iterator[Offered]:
        own = self.profile.offers
        for rank in range(self.offers):
            yield Offered(self.first + rank, rank // len(own), own[rank % len(own)])

    @property
    def organised(self) -> bool:
        return self.profile.organised and self.offers > 1

    @property
    def has_contact(self) -> bool:
        return self.rank % establishments.EVERY_ESTABLISHMENT == 0


@dataclass(frozen=True)
class Plan:
    """What this run describes, and what is left of each volume for it."""

    establishments: list[Planned]
    contacts: Pace
    figures: Pace
    situations: Pace
    professionals: int

    def contacts_of(self, offered: Offered, random: Random) -> int:
        """An emergency service has its alert line too, the second contact of its pattern."""
        least = 2 if offered.template.document["care_mode"] == EMERGENCY_MODE else 1
        return self.contacts.next(random, least, documents.MOST_CONTACTS)

    def figures_of(self, random: Random) -> int:
        return self.figures.next(random, 1, capacities.MOST)

    def situations_of(self, random: Random) -> int:
        return self.situations.next(random, 0, people.MOST_SITUATIONS)


def plan(volumes: Volumes) -> Plan:
    """The plan that brings the base to these volumes, by describing establishments of the perimeter without offers."""
    held = Offer.objects.trusted(REASON).count()
    chosen = _share(_candidates(), volumes.offers - held, held)
    offered = [offer for planned in chosen for offer in planned.offered()]
    contacts = volumes.contacts - Contact.objects.trusted(REASON).count() - sum(map(_other_contacts, chosen))
    figures = volumes.capacities - BedCapacity.objects.trusted(REASON).count()
    people_wanted = max(volumes.professionals - people.last_serial(), 0) if chosen else 0
    return Plan(
        establishments=chosen,
        contacts=Pace(contacts, len(offered)),
        figures=Pace(figures, sum(bool(offer.template.beds) for offer in offered)),
        situations=Pace(
            round(people_wanted * 1.1), sum(people.works_here(offer.template, offer.ordinal) for offer in offered)
        ),
        professionals=people_wanted,
    )


def _candidates() -> list[tuple[int, str, int, Profile]]:
    """Open establishments of the perimeter without offers, one of each invented profile first, then in no order."""
    rows = (
        GeographicEntity.objects.trusted(REASON)
        .filter(closing_type=None, commune__isnull=False)
        .exclude(legal_kind=LegalKind.OUTSIDE)
        .exclude(Exists(Offer.objects.trusted(REASON).filter(geographic_entity=OuterRef("pk"))))
        .order_by("pk")
        .values_list("pk", "id_nat_struct", "legal_entity_id", "category_id", "legal_kind", "siret")
    )
    shown: set[str] = set()
    found = []
    for entity, key, legal_entity, category, legal_kind, siret in rows.iterator():
        profile = profile_of(category, legal_kind)
        invented = identity.FIRST_SIREN <= siret < identity.AFTER_LAST_SIREN
        first = invented and len(shown) < len(profiles()) and profile.name not in shown
        if first:
            shown.add(profile.name)
        found.append(((not first, hashlib.md5(key.encode()).digest()), (entity, key, legal_entity, profile)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _share(candidates: list[tuple[int, str, int, Profile]], wanted: int, held: int) -> list[Planned]:
    """As many candidates as give the wanted offers, each with those of its profile, or more when they are too few."""
    total = sum(len(profile.offers) for *_, profile in candidates)
    stretch = max(wanted / total, 1) if total else 1
    chosen: list[Planned] = []
    spoken: set[int] = set()
    reached, given = 0.0, 0
    for rank, (entity, key, legal_entity, profile) in enumerate(candidates):
        if given >= wanted:
            break
        reached += len(profile.offers) * stretch
        offers = min(round(reached), wanted) - given
        speaks = rank % establishments.EVERY_LEGAL_ENTITY == 0 and legal_entity not in spoken
        if speaks:
            spoken.add(legal_entity)
        chosen.append(Planned(entity, key, legal_entity, profile, rank, held + given, offers, speaks))
        given += offers
    return chosen


def _other_contacts(planned: Planned) -> int:
    """The contacts that the plan gives to something else than an offer."""
    organised = organizations.size(planned.offers) - 1 if planned.organised else 0
    below = -(-organised // establishments.EVERY_ORGANIZATION)
    return planned.has_contact + planned.speaks_for_legal_entity + below
