"""The establishments of the demonstration and their legal entities, written once and never touched again."""

from typing import Any

from confidentiality import viewer
from confidentiality.models import Perimeter
from ror.demonstration.tables import (
    Line,
    by_key,
    geographic_finess,
    geographic_identifier,
    is_office,
    legal_finess,
    legal_identifier,
    siren,
    siret,
    table,
)
from ror.reference.models import Commune
from ror.registers.finess.reference import legal_kinds
from structures.models import CrisisAnswer, GeographicEntity, LegalEntity

REASON = "load_demonstration: what is there already"

STREETS = (
    ("R35:RUE", "de l'Exemple"),
    ("R35:AV", "de la Fiction"),
    ("R35:ALL", "des Personnages"),
    ("R35:PL", "du Conte"),
    ("R35:BD", "de l'Imaginaire"),
    ("R35:CHE", "de la Fable"),
)
OFFICE_STATUSES = {"R02:SA07": "R72:70", "R02:SA08": "R72:79", "R02:SA09": "R72:85"}
SWITCHBOARDS = "02619199"  # of the numbers that Arcep keeps for fiction; the establishment's own number follows


def add_missing() -> dict[str, GeographicEntity]:
    """Write the establishments that are not there yet; returns them by slug. Those already there stay as they are."""
    missing = _missing(GeographicEntity, {geographic_identifier(line): line for line in table("establishments")})
    if not missing:
        return {}
    territories = _territories()
    legal_entities = _legal_entities(list(missing.values()), territories)
    perimeters = _perimeters(viewer.GEOGRAPHIC_ENTITY, list(missing))
    kinds = legal_kinds()
    entities = {
        line["slug"]: _establishment(line, legal_entities[_legal_identifier_of(line)], kinds)
        for line in missing.values()
    }
    for entity, line in zip(entities.values(), missing.values(), strict=True):
        entity.perimeter = perimeters[entity.id_nat_struct]
        _place(entity, territories[line["insee"]], int(line["number"]))
    GeographicEntity.objects.bulk_create(entities.values())
    CrisisAnswer.objects.bulk_create(
        _crisis_answer(entities[line["slug"]], line) for line in missing.values() if line["orsan"]
    )
    return entities


def _missing(model: type, lines: dict[str, Line]) -> dict[str, Line]:
    """The lines, by national identifier, of which there is no row yet."""
    known = set(model.objects.trusted(REASON).filter(id_nat_struct__in=lines).values_list("id_nat_struct", flat=True))
    return {identifier: line for identifier, line in lines.items() if identifier not in known}


def _legal_entities(establishments: list[Line], territories: dict[str, Commune]) -> dict[str, LegalEntity]:
    """The legal entities of these establishments by national identifier, written when they are not there yet."""
    lines = {_legal_identifier_of(line): _legal_line_of(line) for line in establishments}
    missing = _missing(LegalEntity, lines)
    perimeters = _perimeters(viewer.LEGAL_ENTITY, list(missing))
    entities = []
    for identifier, line in missing.items():
        entity = LegalEntity(id_nat_struct=identifier, perimeter=perimeters[identifier], **_legal_columns(line))
        _place(entity, territories[line["insee"]], 100 + int(line["number"]))
        entities.append(entity)
    LegalEntity.objects.bulk_create(entities)
    return {row.id_nat_struct: row for row in LegalEntity.objects.trusted(REASON).filter(id_nat_struct__in=lines)}


def _legal_line_of(establishment: Line) -> Line:
    return establishment if is_office(establishment) else by_key("legal_entities")[establishment["legal_entity"]]


def _legal_identifier_of(establishment: Line) -> str:
    return legal_identifier(_legal_line_of(establishment))


def _legal_columns(line: Line) -> dict[str, Any]:
    if "legal_entity" in line:
        status = OFFICE_STATUSES[_category(line)]
        return {"siren": siren(line), "legal_name": line["name"], "legal_status_id": status}
    return {"finess": legal_finess(line), "legal_name": line["name"], "legal_status_id": line["status"]}


def _establishment(line: Line, legal_entity: LegalEntity, kinds: dict[str, str]) -> GeographicEntity:
    category = _category(line)
    legal_kind = kinds.get(category.partition(":")[2], "")
    return GeographicEntity(
        id_nat_struct=geographic_identifier(line),
        finess=geographic_finess(line),
        siret=siret(line),
        legal_entity=legal_entity,
        name=line["name"],
        category_id=category,
        legal_kind=legal_kind,
        in_perimeter=bool(legal_kind),
        register_phone=SWITCHBOARDS + line["number"],
        latitude=by_key("communes")[line["insee"]]["latitude"],
        longitude=by_key("communes")[line["insee"]]["longitude"],
    )


def _category(line: Line) -> str:
    return by_key("kinds")[line["kind"]]["category"]


def _place(entity: LegalEntity | GeographicEntity, commune: Commune, number: int) -> None:
    """Give the entity a number in an invented street of a real commune."""
    entity.street_number = str(number)
    entity.street_type_id, entity.street_name = STREETS[number % len(STREETS)]
    entity.commune = commune
    entity.postcode = commune.postcodes[0]
    entity.locality = commune.name.upper()
    entity.department = commune.department
    entity.region_id = commune.department.region_id


def _crisis_answer(entity: GeographicEntity, line: Line) -> CrisisAnswer:
    answer = CrisisAnswer.Orsan(line["orsan"])
    return CrisisAnswer(
        geographic_entity=entity,
        orsan_answer=answer,
        orsan_level_id=CrisisAnswer.ORSAN_CODES.get(answer),
        landing_zone=line["landing_zone"] == "oui",
    )


def _territories() -> dict[str, Commune]:
    communes = Commune.objects.select_related("department")
    return {commune.pk: commune for commune in communes.filter(pk__in=by_key("communes"))}


def _perimeters(kind: str, codes: list[str]) -> dict[str, Perimeter]:
    Perimeter.objects.bulk_create([Perimeter(kind=kind, code=code) for code in codes], ignore_conflicts=True)
    return {row.code: row for row in Perimeter.objects.filter(kind=kind, code__in=codes)}
