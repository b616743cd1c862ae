"""Invented legal entities and establishments: identity as a register would give it, and what each says of itself."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from random import Random
from typing import Any

from django.db.models import Max, Model
from django.utils import timezone

from confidentiality import viewer
from confidentiality.models import Perimeter
from ror.demonstration.establishments import OFFICE_STATUSES, STREETS
from ror.demonstration.national import REASON, identity
from ror.demonstration.national.feed import Columns, Feed, array, reserve
from ror.demonstration.national.profiles import Profile, centres, profiles
from ror.reference.models import Commune, Department
from ror.reference.nomenclature import nomenclature
from structures.models import GeographicEntity, LegalEntity

ADDRESS = (
    *("street_number", "street_type", "street_name", "place_name", "postal_box", "delivery_point"),
    *("address_complement", "street_number_suffix", "postcode", "locality", "commune", "department", "region"),
)
PERIMETERS = Columns(Perimeter, "id", "kind", "code")
LEGAL = Columns(
    LegalEntity,
    *("id", "perimeter", "finess", "siren", "office_rank", "legal_name", "legal_name_complement"),
    *("legal_status", "register_status_code", "register_status_label", "legal_status_group"),
    *("register_phone", "creation_date", "closing_type", "closing_date"),
    *ADDRESS,
)
GEOGRAPHIC = Columns(
    GeographicEntity,
    *("id", "perimeter", "legal_entity", "finess", "siret", "office_rank", "name", "name_complement", "usual_name"),
    *("category", "register_category_code", "register_category_label", "legal_kind", "in_perimeter"),
    *("public_service_participation", "register_phone", "opening_date", "register_updated_on"),
    *("closing_type", "closing_date", "financial_aids", "health_territories"),
    *("family_accommodation", "temporary_social_aid_places", "permanent_social_aid_places", "accessibility"),
    *("comment", "latitude", "longitude", "coordinates_reliable"),
    *ADDRESS,
)
STATUSES = {  # legal status by legal kind, most frequent first
    "I-1": ("R72:13", "R72:14", "R72:95", "R72:60"),
    "I-2": ("R72:60", "R72:61", "R72:17", "R72:95", "R72:63"),
    "I-3": ("R72:80", "R72:60", "R72:47"),
    "I-4": ("R72:28", "R72:60"),
    "": ("R72:75", "R72:60"),
}
PUBLIC_BODY, NON_PROFIT, COMMERCIAL = "R69:1200", "R69:2100", "R69:2200"
NEIGHBOURS = 40  # so many are sorted by legal kind, so that those of one kind may share a legal entity
MOST_BELOW = 4  # establishments of one invented legal entity
CLOSED = ("R286:DEF", "R286:PRO", "R286:CHP")


@dataclass(frozen=True)
class Territory:
    """A commune where establishments are invented, with what is above it."""

    commune: str
    name: str
    postcode: str
    department: str
    region: str


@dataclass(frozen=True)
class Owner:
    """An invented legal entity as its establishments need it."""

    id: int
    siren: str
    department: str
    closing: tuple[str | None, datetime.date | None]


class Invention:
    """Writes a number of establishments with their legal entities, always the same for one seed and one start."""

    def __init__(self, seed: int, feed: Feed) -> None:
        self._feed, self._seed = feed, seed
        self._legal_serial, self._serial = last_serials()
        self._territories = Territories()
        self._today = timezone.localdate()
        self._codes = nomenclature()

    def add(self, number: int) -> None:
        """Put `number` establishments in the feed, those of each profile first when none was invented before."""
        legal_ids, legal_perimeters = reserved(LegalEntity, number), reserved(Perimeter, number)
        ids, perimeters = reserved(GeographicEntity, number), reserved(Perimeter, number)
        random = Random(f"{self._seed}/{self._serial}")
        chosen = self._profiles(number, random)
        while ids:
            group = take_group(chosen, random)
            owner = self._legal_entity(group[0], legal_ids.pop(), legal_perimeters.pop(), random)
            for rank, profile in enumerate(group, start=1):
                self._establishment(profile, owner, rank, ids.pop(), perimeters.pop(), random)

    def _profiles(self, number: int, random: Random) -> list[Profile]:
        known = list(profiles())
        shares = list(accumulate(profile.share for profile in known))
        first = known if self._serial == 0 else []
        drawn = random.choices(known, cum_weights=shares, k=max(number - len(first), 0))
        for start in range(0, len(drawn), NEIGHBOURS):
            drawn[start : start + NEIGHBOURS] = sorted(drawn[start : start + NEIGHBOURS], key=attrgetter("legal_kind"))
        return [*first, *drawn][:number][::-1]

    def _legal_entity(self, profile: Profile, key: int, perimeter: int, random: Random) -> Owner:
        self._legal_serial += 1
        serial = self._legal_serial
        siren, office = identity.siren(serial), is_office(profile)
        finess = None if office else identity.finess(serial)
        rank = identity.office_rank(serial, 0) if office and serial % 25 == 0 else ""
        status = OFFICE_STATUSES.get(profile.category) or random.choice(STATUSES[profile.legal_kind])
        place = self._territories.any(random)
        closing = self._closing(serial % 400 == 100, random)
        code = identity.national(finess, siren, rank, prefix="2")
        self._feed.add(PERIMETERS, perimeter, viewer.LEGAL_ENTITY, code)
        self._feed.add(
            LEGAL,
            *(key, perimeter, finess, siren, rank, f"Organisme gestionnaire fictif {serial}"),
            "organisme inventé" if serial % 10 == 0 else "",
            *(status, *self._registered(status), group_of(status)),
            *(phone(random), datetime.date(1950 + serial % 70, 1, 1), *closing),
            *address(place, random),
        )
        return Owner(key, siren, place.department, closing)

    def _establishment(
        self, profile: Profile, owner: Owner, rank: int, key: int, perimeter: int, random: Random
    ) -> None:
        self._serial += 1
        serial, office = self._serial, is_office(profile)
        siret = identity.siret(owner.siren, rank)
        finess = None if office else identity.finess(identity.ESTABLISHMENTS + serial)
        office_rank = identity.office_rank(serial, 1) if office and serial % 3 == 0 else ""
        place = self._territories.within(owner.department, random)
        closing = owner.closing if owner.closing[0] else self._closing(serial % 300 == 150, random)
        code = identity.national(finess, siret, office_rank, prefix="3")
        self._feed.add(PERIMETERS, perimeter, viewer.GEOGRAPHIC_ENTITY, code)
        self._feed.add(
            GEOGRAPHIC,
            *(key, perimeter, owner.id, finess, siret, office_rank, f"{profile.name} fictif {serial}"),
            *("site inventé" if serial % 7 == 0 else "", f"Le Modèle {serial}" if serial % 4 == 0 else ""),
            *(profile.category, *self._registered(profile.category), profile.legal_kind, bool(profile.legal_kind)),
            random.choice(("R73:1", "R73:6", "R73:7")) if profile.legal_kind == "I-1" else None,
            *(phone(random), datetime.date(1960 + serial % 60, 1 + serial % 12, 1)),
            *(self._today - datetime.timedelta(days=serial % 700), *closing),
            *described(profile, place, serial),
            *position(place, random),
            *address(place, random),
        )

    def _registered(self, concept: str) -> tuple[str, str]:
        """Code and label as the register writes them."""
        return self._codes.code(concept), self._codes.label(concept)[:200]

    def _closing(self, closed: bool, random: Random) -> tuple[str | None, datetime.date | None]:
        if not closed:
            return None, None
        return random.choice(CLOSED), self._today - datetime.timedelta(days=random.randrange(30, 900))


class Territories:
    """Communes drawn by their population, with their department and region."""

    def __init__(self) -> None:
        regions = dict(Department.objects.values_list("code", "region_id"))
        rows = (
            Commune.objects.filter(kind=Commune.Kind.COMMUNE, department__in=centres())
            .exclude(postcodes=[])
            .order_by("code")
            .values_list("code", "name", "postcodes", "department_id", "population")
        )
        self._communes: dict[str, list[Territory]] = {}
        self._weights: dict[str, list[int]] = {}
        for code, name, postcodes, department, population in rows:
            place = Territory(code, name, postcodes[0], department, regions[department])
            self._communes.setdefault(department, []).append(place)
            weights = self._weights.setdefault(department, [])
            weights.append(max(population, 50) + (weights[-1] if weights else 0))
        self._departments = list(self._communes)
        self._department_weights = list(accumulate(self._weights[code][-1] for code in self._departments))

    def any(self, random: Random) -> Territory:
        return self.within(random.choices(self._departments, cum_weights=self._department_weights)[0], random)

    def within(self, department: str, random: Random) -> Territory:
        return random.choices(self._communes[department], cum_weights=self._weights[department])[0]

    def around(self, commune: str | None, department: str | None, number: int, random: Random) -> list[str]:
        """Codes of communes of the department, the given one among them."""
        known = self._communes.get(department or "") or self._communes[self._departments[0]]
        start = random.randrange(len(known))
        near = [place.commune for place in known[start : start + number]]
        return sorted({commune, *near}) if commune else near


def reserved(model: type[Model], number: int) -> list[int]:
    """Reserved ids, the first one at the end, where `pop` takes it."""
    return reserve(model, number)[::-1]


def last_serials() -> tuple[int, int]:
    """The serials of the last legal entity and of the last establishment invented before; zeros when there is none."""
    legal = LegalEntity.objects.trusted(REASON).filter(
        siren__gte=identity.FIRST_SIREN, siren__lt=identity.AFTER_LAST_SIREN
    )
    invented = GeographicEntity.objects.trusted(REASON).filter(
        siret__gte=identity.FIRST_SIREN, siret__lt=identity.AFTER_LAST_SIREN
    )
    siren = legal.aggregate(last=Max("siren"))["last"]
    return (int(siren[2:8]) - 100_000 if siren else 0), invented.count()


def take_group(waiting: list[Profile], random: Random) -> list[Profile]:
    """Takes the next profile, and up to three more of its kind for the same legal entity; an office goes alone."""
    group = [waiting.pop()]
    size = 1 if is_office(group[0]) else random.randint(1, MOST_BELOW)
    while waiting and len(group) < size and together(group[0], waiting[-1]):
        group.append(waiting.pop())
    return group


def together(one: Profile, other: Profile) -> bool:
    return one.legal_kind == other.legal_kind and not is_office(other)


def is_office(profile: Profile) -> bool:
    return profile.category in OFFICE_STATUSES


def group_of(status: str) -> str:
    number = int(status.partition(":")[2])
    if number < 40:
        return PUBLIC_BODY
    return NON_PROFIT if number < 70 else COMMERCIAL


def described(profile: Profile, place: Territory, serial: int) -> Iterator[Any]:
    """What the establishment says of itself, in the order of the columns."""
    social = profile.legal_kind == "I-2"
    yield array(("R241:02",) if social and serial % 2 else ("R241:01", "R241:02") if social else ())
    yield array(territories_of(place.region)[:1])
    yield serial % 3 == 0 if profile.organised or social else None
    yield serial % 6 if social and profile.tariffs else None
    yield serial % 40 if social and profile.tariffs else None
    yield ("R202:1", "R202:5", "R202:3", "R202:2")[serial % 4]
    yield "Établissement inventé : il n'existe pas." if serial % 5 == 0 else ""


def position(place: Territory, random: Random) -> tuple[str, str, bool]:
    """Somewhere in the department, about: the communes have no coordinates here."""
    latitude, longitude = centres()[place.department]
    reach = 0.02 if place.department in ("75", "92", "93", "94") else 0.25
    return (
        f"{latitude + random.uniform(-reach, reach):.6f}",
        f"{longitude + random.uniform(-reach, reach):.6f}",
        random.random() < 0.8,
    )


def address(place: Territory, random: Random) -> tuple:
    """The columns of `ADDRESS`."""
    number = random.randrange(1, 200)
    street_type, street = STREETS[number % len(STREETS)]
    return (
        *(str(number), street_type, street, "Le Fictif" if number % 30 == 0 else ""),
        *("CS 99999" if number % 25 == 0 else "", "Étage 1" if number % 40 == 0 else ""),
        *("Bâtiment A" if number % 20 == 0 else "", "bis" if number % 15 == 0 else ""),
        *(place.postcode, place.name.upper(), place.commune, place.department, place.region),
    )


def phone(random: Random) -> str:
    """One of the numbers that Arcep keeps for fiction."""
    return random.choice(("019900", "026191", "035301", "046571", "053649")) + f"{random.randrange(10_000):04}"


def territories_of(region: str) -> list[str]:
    """The health territories of a region: their code begins with the region's."""
    return [key for key in nomenclature().members("J249") if key.startswith(f"R88:{region}")]
