"""Establishments, legal entities and search results as their pages show them, made from disclosed data only."""

from collections.abc import Sequence
from typing import Any

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.viewer import Viewer
from ror.dates import display_date
from ror.phones import display_phone
from ror.publication.tariffs import present_tariffs
from structures.models import GeographicEntity, LegalEntity, Offer
from structures.presenting import (
    address_lines,
    closing_words,
    commune_names,
    label,
    labels,
    number_words,
    position,
    present_contacts,
    present_line,
    text_of,
    yes_or_no,
)
from structures.reading import brief_subject, establishment_subject, value_of

LEGAL_ENTITY_LINE = ("id_nat_struct", "legal_name", "finess", "siren", "number_only")


def present_establishment(entity: Disclosed, legal_entity: Disclosed) -> dict[str, Any]:
    """What the page of one establishment says. One query: the name of its commune."""
    communes = commune_names([entity])
    return {
        **present_establishment_line(entity, communes),
        "address": address_lines(entity, communes),
        "position": position(entity),
        "facts": _facts(entity),
        "services": _services(entity),
        "territories": labels(entity.get("health_territories")),
        "comment": text_of(entity.get("comment")),
        "contacts": present_contacts(entity),
        "tariffs": present_tariffs(entity),
        "legal_entity": {"id": legal_entity.get("id_nat_struct"), "name": _legal_name(legal_entity)},
        **_register(entity),
        "from_finess": bool(entity.get("finess") and entity.get("register_updated_on")),
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
        "legal_kind": entity.get("legal_kind") or "",
        "closing": closing_words(entity, "fermé"),
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


def read_legal_entity_of(viewer: Viewer, establishment: str) -> Disclosed:
    """What names the legal entity of one establishment; empty when the viewer may not know it. One query."""
    found = LegalEntity.objects.visible_to(viewer).filter(geographic_entities__id_nat_struct=establishment).first()
    if found is None:
        return Disclosed()
    values = {name: value_of(found, name) for name in LEGAL_ENTITY_LINE}
    return disclose(viewer, Subject("LegalEntity", found.id_nat_struct, values, found.rights, legal_kind=""))


def present_legal_entity(entity: Disclosed) -> dict[str, Any]:
    """What the page of one legal entity says. One query: the name of its commune."""
    communes = commune_names([entity])
    status = label(entity.get("legal_status")) or text_of(entity.get("register_status_label"))
    facts = [
        ("Complément de raison sociale", text_of(entity.get("legal_name_complement"))),
        ("Numéro FINESS", text_of(entity.get("finess"))),
        ("Numéro SIREN", text_of(entity.get("siren"))),
        ("Statut juridique", status),
        ("Date de création", display_date(entity.get("creation_date"))),
    ]
    return {
        "id": entity.get("id_nat_struct") or "",
        "name": _legal_name(entity) if entity.get("number_only") else text_of(entity.get("legal_name")),
        "address": address_lines(entity, communes),
        "facts": _said(facts),
        "contacts": present_contacts(entity),
        "closing": closing_words(entity),
        **_register(entity),
    }


def _register(entity: Disclosed) -> dict[str, str]:
    """What the register says of reaching an entity, and since when it says nothing of it any more."""
    phone = entity.get("register_phone") or ""
    return {
        "phone": display_phone(phone),
        "phone_digits": "".join(filter(str.isdigit, phone)),
        "gone_since": display_date(entity.get("gone_since")),
        "register_updated_on": display_date(entity.get("register_updated_on")),
    }


def _facts(entity: Disclosed) -> list[dict[str, str]]:
    return _said(
        [
            ("Complément de dénomination", text_of(entity.get("name_complement"))),
            ("Numéro FINESS", text_of(entity.get("finess"))),
            ("Numéro SIRET", text_of(entity.get("siret"))),
            ("Date d'ouverture", display_date(entity.get("opening_date"))),
            ("Service public hospitalier", label(entity.get("public_service_participation"))),
        ]
    )


def _services(entity: Disclosed) -> list[dict[str, str]]:
    """What an establishment says that families ask."""
    return _said(
        [
            ("Accessibilité du lieu", label(entity.get("accessibility"))),
            ("Aides financières", ", ".join(labels(entity.get("financial_aids")))),
            ("Hébergement des familles", yes_or_no(entity.get("family_accommodation"))),
            (
                "Places d'hébergement permanent à l'aide sociale",
                number_words(entity.get("permanent_social_aid_places")),
            ),
            (
                "Places d'hébergement temporaire à l'aide sociale",
                number_words(entity.get("temporary_social_aid_places")),
            ),
        ]
    )


def _said(facts: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": title, "value": value} for title, value in facts if value]


def _legal_name(legal_entity: Disclosed) -> str:
    name, finess = legal_entity.get("legal_name"), legal_entity.get("finess")
    number = f"FINESS {finess}" if finess else ""
    return f"{name} ({number})" if name and number else name or number
