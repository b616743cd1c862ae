"""Who read data concerning a person: when, in which role, from which organisation; never the reader's name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confidentiality import viewer
from confidentiality.journal import AccessRecord, readings_of
from confidentiality.levels import Level
from confidentiality.models import Role
from ror.persons.holdings import names_of
from ror.persons.recognising import Recognised
from ror.reference.models import Department, Region
from structures.models import GeographicEntity, LegalEntity

REASON = "the public name of the organisation whose member read data concerning a person"
MOST = 500
NO_ROLE = "personne concernée, ou sans rôle"
WORDS = {
    "Professional": "votre identité au registre",
    "Practice": "votre exercice",
    "OperationalSituation": "votre situation dans une offre",
    "Contact": "vous comme contact",
    "Offer": "une offre dont vous êtes un contact",
    "InternalOrganization": "une organisation dont vous êtes un contact",
    "GeographicEntity": "un établissement dont vous êtes un contact",
    "LegalEntity": "une entité juridique dont vous êtes un contact",
}


@dataclass(frozen=True)
class Reading:
    """One answer of the portal that disclosed something concerning the person."""

    at: object
    roles: str
    organizations: str
    data: str


def readings_concerning(id_nat_ps: str, contacts: Recognised) -> list[Reading]:
    """The newest readings, `MOST` at most. 8 queries at most, whatever their number."""
    names = names_of(id_nat_ps, contacts)
    if not names:
        return []
    records = list(readings_of(names)[:MOST])
    roles = dict(
        Role.objects.filter(pk__in={role for each in records for role in each.roles}).values_list("pk", "label")
    )
    places = _names_of_places({place for each in records for place in each.perimeters})
    return [_reading(record, names, roles, places) for record in records]


def _reading(record: AccessRecord, names: set[str], roles: dict[str, str], places: dict[str, str]) -> Reading:
    return Reading(
        at=record.at,
        roles=", ".join(roles.get(role, role) for role in record.roles) or NO_ROLE,
        organizations=", ".join(dict.fromkeys(places[place] for place in record.perimeters)),
        data=", ".join(_data(record, names)),
    )


def _data(record: AccessRecord, names: set[str]) -> Iterable[str]:
    """What was read of the person, each once with its level; the other objects of the same answer are not said."""
    said = {}
    for level, objects in ((Level.CRISIS, record.level_3), (Level.PROFESSIONAL, record.level_2)):
        for name in objects:
            if name in names:
                said.setdefault(WORDS[name.split(" ")[0]], f"niveau {level}")
    return [f"{words} ({level})" for words, level in said.items()]


def _names_of_places(perimeters: set[str]) -> dict[str, str]:
    """The public name of each perimeter (« region 53 »). An internal organisation is not named: some are secret."""
    keys: dict[str, set[str]] = {kind: set() for kind in viewer.KINDS}
    for perimeter in perimeters:
        kind, _, code = perimeter.partition(" ")
        keys[kind].add(code)
    named = {viewer.NATION: dict.fromkeys(keys[viewer.NATION], "France entière")}
    named[viewer.REGION] = dict(Region.objects.filter(pk__in=keys[viewer.REGION]).values_list("pk", "name"))
    named[viewer.DEPARTMENT] = dict(Department.objects.filter(pk__in=keys[viewer.DEPARTMENT]).values_list("pk", "name"))
    for kind, model, column in (
        (viewer.LEGAL_ENTITY, LegalEntity, "legal_name"),
        (viewer.GEOGRAPHIC_ENTITY, GeographicEntity, "name"),
    ):
        rows = model.objects.trusted(REASON).filter(id_nat_struct__in=keys[kind])
        named[kind] = dict(rows.values_list("id_nat_struct", column)) if keys[kind] else {}
    return dict(_labels(perimeters, named))


def _labels(perimeters: set[str], named: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    for perimeter in perimeters:
        kind, _, code = perimeter.partition(" ")
        yield perimeter, named.get(kind, {}).get(code, "une unité d'un établissement")
