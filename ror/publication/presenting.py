"""Establishments and search results as their pages show them, made from disclosed data only."""

from collections.abc import Sequence
from typing import Any

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.viewer import Viewer
from ror.dates import display_date
from ror.phones import display_phone
from structures.models import GeographicEntity, LegalEntity, Offer
from structures.presenting import address_lines, commune_names, label, present_line
from structures.reading import brief_subject, establishment_subject, value_of

LEGAL_ENTITY_DATA = ("legal_name", "finess", "siren", "number_only")


def present_establishment(entity: Disclosed, legal_entity: Disclosed) -> dict[str, Any]:
    """What the page of one establishment says. One query: the name of its commune."""
    communes = commune_names([entity])
    return {
        **present_establishment_line(entity, communes),
        "address": address_lines(entity, communes),
        "facts": _facts(entity, legal_entity),
        "phone": display_phone(entity.get("register_phone") or ""),
        "phone_digits": "".join(filter(str.isdigit, entity.get("register_phone") or "")),
        "closing": _closing(entity),
        "gone_since": display_date(entity.get("gone_since")),
        "from_finess": bool(entity.get("finess") and entity.get("register_updated_on")),
        "register_updated_on": display_date(entity.get("register_updated_on")),
    }


def present_establishment_line(entity: Disclosed, communes: dict[str, str]) -> dict[str, Any]:
    """What a list says of one establishment; `communes` are names by code."""
    usual, official = entity.get("usual_name"), entity.get("name")
    return {
        "id": entity.get("id_nat_struct") or "",
        "name": usual or official or "",
        "official_name": official if usual and usual != official else "",
        "category": label(entity.get("category")) or entity.get("register_category_label") or "",
        "commune": communes.get(entity.get("commune") or "", ""),
        "postcode": entity.get("postcode") or "",
        "outside": entity.get("in_perimeter") is False,
    }


def present_establishments(viewer: Viewer, entities: Sequence[GeographicEntity]) -> list[dict[str, Any]]:
    """The lines of a list of establishments read through `visible_to`. One query."""
    rows = [disclose(viewer, establishment_subject(entity)) for entity in entities]
    communes = commune_names(rows)
    return [present_establishment_line(row, communes) for row in rows]


def present_offers(viewer: Viewer, offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """The lines of a list of offers read through `visible_to`, each with its establishment's. Two queries."""
    keys = {offer.geographic_entity_id for offer in offers}
    entities = list(GeographicEntity.objects.visible_to(viewer).filter(pk__in=keys).order_by())
    lines = present_establishments(viewer, entities)
    by_key = {entity.pk: line for entity, line in zip(entities, lines, strict=True)}
    return [
        {**present_line(disclosed), "sensitive": disclosed.get("sensitive") is True, "establishment": by_key[key]}
        for disclosed, key in ((disclose(viewer, brief_subject(offer)), offer.geographic_entity_id) for offer in offers)
        if disclosed
    ]


def read_legal_entity(viewer: Viewer, identifier: str) -> Disclosed:
    """The legal entity of one establishment, disclosed; empty when the viewer may not know it."""
    found = LegalEntity.objects.visible_to(viewer).filter(geographic_entities__id_nat_struct=identifier).first()
    if found is None:
        return Disclosed()
    values = {name: value_of(found, name) for name in LEGAL_ENTITY_DATA}
    return disclose(viewer, Subject("LegalEntity", found.id_nat_struct, values, found.rights, legal_kind=""))


def _facts(entity: Disclosed, legal_entity: Disclosed) -> list[dict[str, str]]:
    facts = [
        ("Numéro FINESS", entity.get("finess")),
        ("Numéro SIRET", entity.get("siret")),
        ("Date d'ouverture", display_date(entity.get("opening_date"))),
        ("Service public hospitalier", label(entity.get("public_service_participation"))),
        ("Entité juridique", _legal_name(legal_entity)),
    ]
    return [{"label": title, "value": value} for title, value in facts if value]


def _legal_name(legal_entity: Disclosed) -> str:
    name, finess = legal_entity.get("legal_name"), legal_entity.get("finess")
    number = f"FINESS {finess}" if finess else ""
    return f"{name} ({number})" if name and number else name or number


def _closing(entity: Disclosed) -> str:
    if not entity.get("closing_type"):
        return ""
    return f"fermé depuis le {display_date(entity.get('closing_date'))} ({label(entity['closing_type']).lower()})"
