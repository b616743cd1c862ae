"""Structures with a marker in each datum: entities, organisations, what these say of themselves, beds of places."""

import datetime
from collections.abc import Iterator

from django.db import models
from django.utils import timezone

from ror.history import writing
from ror.reference.nomenclature import nomenclature
from structures.models import (
    CareCapacity,
    CrisisAnswer,
    GeographicEntity,
    InternalOrganization,
    LegalEntity,
    Place,
    SecureMailbox,
)
from structures.models import tariff as tariffs
from structures.models.capacity import (
    AVAILABLE,
    CLOSED,
    INSTALLED,
    NO_ASSIGNMENT,
    OCCUPIED,
    RESERVED,
    SUPPLEMENTARY,
)
from structures.models.organization import SERVICE, UNIT
from tests.confidentiality.markers import Markers
from tests.confidentiality.planted_documents import LEVELS, Describing, address
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    ContactFactory,
    CrisisAnswerFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    TariffFactory,
    TelecomFactory,
)

CRISIS, CAPACITY = "réponses de crise", "capacité"
# Whoever reports the beds of a sensitive unit reads its names and its figures, and nothing else (roles.md, 16).
SENSITIVE_NAMES, SENSITIVE_FIGURES = "noms d'une unité sensible", "chiffres d'une unité sensible"
SENSITIVE_BEDS = {
    **dict.fromkeys(("Offer.name", "Place.name", "InternalOrganization.name"), SENSITIVE_NAMES),
    CAPACITY: SENSITIVE_FIGURES,
}
HERE, GONE = "établissement", "établissement disparu"
LEGAL, CLOSED_LEGAL = "entité juridique", "entité juridique fermée"
# law.md §8.2: the level of a figure by its status, when its beds are kept for nobody.
LEVEL_OF_STATUS = {INSTALLED: 1, AVAILABLE: 2, OCCUPIED: 2, RESERVED: 2, CLOSED: 2, SUPPLEMENTARY: 3}
# What only figures of one status say.
ONLY_OF = {
    AVAILABLE: {"gender": "J190"},
    CLOSED: {"closing_type": "J191"},
    SUPPLEMENTARY: {"supplementary_type": "J192", "crisis_type": "J194"},
}
# What each kind of tariff says besides its amount, as texts, codes and sets of codes.
TARIFF_TEXTS = ("name", "other_additional_service")
TARIFF_CODES = {
    "residential_type": "J32",
    "reception_temporality": "J30",
    "condition": "J39",
    "dependency_group": "J27",
    "management_type": "J26",
}

NOTHING_SAID = {"under_60": None, "residential_type_id": None, "reception_temporality_id": None}


def texts(markers: Markers, subject: str, model: str, *fields: str) -> dict[str, str]:
    return {field: markers.text(f"{subject}/{model}.{field}", f"{model}.{field}") for field in fields}


def days(markers: Markers, subject: str, model: str, *fields: str) -> dict:
    return {field: markers.day(f"{subject}/{model}.{field}", f"{model}.{field}") for field in fields}


def codes(markers: Markers, subject: str, model: str, **sets: str) -> dict[str, str]:
    """The key of a new code for each field, by the value set of each."""
    return {
        field: markers.code(value_set, f"{subject}/{model}.{field}", f"{model}.{field}")
        for field, value_set in sets.items()
    }


def keys(values: dict[str, str]) -> dict[str, str]:
    """The same for a factory, which takes the key of a concept."""
    return {f"{field}_id": value for field, value in values.items()}


def numbers(markers: Markers, row, subject: str, *fields: str) -> None:
    for name in fields:
        model = type(row).__name__
        markers.number(getattr(row, name), f"{subject}/{model}.{name}", f"{model}.{name}")


def written(model: type[models.Model], **columns) -> models.Model:
    """A row of a table that has no factory."""
    with writing("tests", "command"):
        return model.objects.create(**columns)


def structure_address(markers: Markers, subject: str, model: str) -> dict:
    parts = address(markers, subject, model)
    parts["street_type_id"] = parts.pop("street_type")
    return parts


# Entities.


def plant_legal_entity(markers: Markers) -> LegalEntity:
    subject, model = LEGAL, "LegalEntity"
    names = ("legal_name", "legal_name_complement", "register_status_code", "register_status_label")
    legal = LegalEntityFactory(
        **structure_address(markers, subject, model),
        **texts(markers, subject, model, *names),
        **days(markers, subject, model, "creation_date", "gone_since"),
        **keys(codes(markers, subject, model, legal_status="J199", legal_status_group="J200")),
        register_phone=markers.phone(f"{subject}/{model}.register_phone", f"{model}.register_phone"),
        siren="732829320",
    )
    numbers(markers, legal, subject, "finess", "id_nat_struct")
    siren = f"{model}.siren"  # the establishment's own is the same number
    markers.number(legal.siren, f"{subject}/{siren}", siren, "GeographicEntity.siren")
    plant_contacts(Describing(markers, subject, field="autre"), legal_entity=legal)
    return legal


def plant_establishment(markers: Markers, legal: LegalEntity) -> GeographicEntity:
    subject, model = HERE, "GeographicEntity"
    names = ("name", "name_complement", "usual_name", "register_category_code", "register_category_label", "comment")
    single = codes(markers, subject, model, category="J55", public_service_participation="J202", accessibility="J50")
    several = codes(markers, subject, model, financial_aids="J31", health_territories="J249")
    parts = structure_address(markers, subject, model)
    places = ("temporary_social_aid_places", "permanent_social_aid_places")
    entity = GeographicEntityFactory(
        **{**parts, "health": True, "legal_entity": legal},
        **texts(markers, subject, model, *names),
        **days(markers, subject, model, "opening_date", "register_updated_on"),
        **keys(single),
        **{field: [value] for field, value in several.items()},
        **{field: markers.figure(f"{subject}/{model}.{field}", f"{model}.{field}") for field in places},
        latitude=markers.latitude(f"{subject}/{model}.latitude", f"{model}.latitude"),
        longitude=markers.longitude(f"{subject}/{model}.longitude", f"{model}.longitude"),
        register_phone=markers.phone(f"{subject}/{model}.register_phone", f"{model}.register_phone"),
        siret="73282932000074",
        coordinates_reliable=True,
        family_accommodation=True,
    )
    numbers(markers, entity, subject, "finess", "siret", "id_nat_struct")
    plant_contacts(Describing(markers, subject, field="autre"), geographic_entity=entity)
    plant_tariffs(Describing(markers, subject), entity)
    return entity


def plant_gone(markers: Markers) -> GeographicEntity:
    """An office gone from its register, closed with its legal entity: searches leave it out."""
    legal = LegalEntityFactory(**closed(markers, CLOSED_LEGAL, "LegalEntity", "91"))
    entity = GeographicEntityFactory(
        **closed(markers, GONE, "GeographicEntity", "92"),
        **days(markers, GONE, "GeographicEntity", "gone_since"),
        legal_entity=legal,
    )
    numbers(markers, legal, CLOSED_LEGAL, "office_rank")
    numbers(markers, entity, GONE, "office_rank")
    return entity


def closed(markers: Markers, subject: str, model: str, start: str) -> dict:
    """A closed office, outside FINESS, whose RPPS-rang starts so."""
    return {
        "finess": None,
        "office_rank": f"{start}000000000001",
        "id_nat_struct": f"4{start}000000000001",
        **keys(codes(markers, subject, model, closing_type="J201")),
        **days(markers, subject, model, "closing_date"),
    }


def plant_crisis(markers: Markers, entity: GeographicEntity) -> None:
    CrisisAnswerFactory(geographic_entity=entity, orsan_answer="first_line", orsan_level_id="R284:1", landing_zone=True)
    words = {
        "orsan_answer": CrisisAnswer.Orsan.FIRST.label,
        "orsan_level": nomenclature().label("R284:1"),
    }
    for field, text in words.items():
        markers.wording(text, f"crise/CrisisAnswer.{field}", f"CrisisAnswer.{field}", reading=CRISIS)


# Organisations.


def plant_organizations(markers: Markers, entity: GeographicEntity, sensitive: str) -> dict[str, InternalOrganization]:
    """A pôle, a service and a unit closed below it, and a pôle whose only offer is sensitive (the caller adds it)."""
    model = "InternalOrganization"
    pole = InternalOrganizationFactory(
        geographic_entity=entity,
        **texts(markers, "pôle", model, "name", "comment"),
        **days(markers, "pôle", model, "opening_date"),
    )
    service = InternalOrganizationFactory(
        parent=pole,
        type_id=SERVICE,
        closing_type_id="R286:PRO",
        **texts(markers, "service", model, "name"),
        **days(markers, "service", model, "closing_date", "reopening_date"),
    )
    unit = InternalOrganizationFactory(
        parent=pole,
        type_id=UNIT,
        closing_date=timezone.localdate(),
        **texts(markers, "unité", model, "name"),
        **keys(codes(markers, "unité", model, closing_type="J185")),
    )
    hidden = Describing(markers, "pôle sensible", sensitive, special=SENSITIVE_BEDS)
    secret = InternalOrganizationFactory(
        geographic_entity=entity, **{name: hidden.text(f"{model}.{name}") for name in ("name", "comment")}
    )
    rows = {"pole": pole, "service": service, "unit": unit, "secret": secret}
    subjects = {"pole": "pôle", "service": "service", "unit": "unité"}
    for name, subject in subjects.items():
        numbers(markers, rows[name], subject, "identifier")
    markers.number(secret.identifier, *hidden.names(f"{model}.identifier"), reading=sensitive)
    for describing, row in ((Describing(markers, "pôle", field="autre"), pole), (hidden, secret)):
        plant_contacts(describing, internal_organization=row)
        address_ = f"{describing.text('SecureMailbox.address')}@example.org"
        written(SecureMailbox, geographic_entity=entity, internal_organization=row, address=address_)
    return rows


def plant_contacts(describing: Describing, **owner) -> None:
    """The contacts of what is no offer, at each level."""
    for document in (contact for level in LEVELS for contact in describing.contacts(level)):
        telecoms = document.pop("telecoms")
        contact = ContactFactory(offer=None, **owner, **columns(document, "nature", "function"))
        for telecom in telecoms:
            TelecomFactory(contact=contact, **columns(telecom, "channel"))


def columns(document: dict, *coded: str) -> dict:
    """A row of a document as the columns of its table."""
    return {
        f"{key}_id" if key in coded else key: value or ("" if value is None and key not in coded else value)
        for key, value in document.items()
    }


# Tariffs.


def plant_tariffs(describing: Describing, entity: GeographicEntity) -> None:
    """One tariff of each kind, with all that its kind may say."""
    for kind, attributes in tariffs.ATTRIBUTES.items():
        TariffFactory(
            geographic_entity=entity,
            kind_id=kind,
            amount=describing.figure("Tariff.amount", f" ({kind})"),
            unit_id=describing.code("J205", "Tariff.unit", f" ({kind})"),
            valid_from=describing.day("Tariff.valid_from", f" ({kind})"),
            **NOTHING_SAID | dict(said_by_kind(describing, kind, attributes)),
        )
    service = describing.code("J206", "Tariff.additional_service")  # a service of the list, or one in other words
    said = NOTHING_SAID | {"additional_service_id": service}
    TariffFactory(geographic_entity=entity, kind_id=tariffs.EXTRA_SERVICE, **said)


def said_by_kind(describing: Describing, kind: str, attributes: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for name in attributes:
        datum, suffix = f"Tariff.{name}", f" ({kind})"
        if name == "residential_type" and kind == tariffs.SMR_SUPPLEMENT:
            yield f"{name}_id", tariffs.SINGLE_ROOM
        elif name in TARIFF_CODES:
            yield f"{name}_id", describing.code(TARIFF_CODES[name], datum, suffix)
        elif name in TARIFF_TEXTS:
            yield name, describing.text(datum, suffix)
        elif name == "included_services":
            yield name, [describing.code("J206", datum, suffix)]
        elif name == "other_included_services":
            yield name, [describing.text(datum, suffix)]
        elif name == "under_60":
            yield name, False


# Beds.


def plant_beds(describing: Describing, place: Place) -> None:
    """Figures in each status, of beds kept for nobody and of beds kept for some."""
    kept = describing.code("J195", "CareCapacity.temporary_assignment", "", describing.of(CAPACITY, 2))
    for assignment, least in ((NO_ASSIGNMENT, 1), (kept, 2)):
        care = CareCapacityFactory(
            place=place,
            temporary_assignment_id=assignment,
            comment=describing.text("CareCapacity.comment", f"@{least}", describing.of(CAPACITY, least)),
        )
        for status, level in LEVEL_OF_STATUS.items():
            plant_figure(describing, care, status, max(level, least), f"@{least} ({status})")


def plant_figure(describing: Describing, care: CareCapacity, status: str, level: int, suffix: str) -> None:
    reading = describing.of(CAPACITY, level)
    said = {"nature": "J187", "temporality": "J189", "source": "J193", **ONLY_OF.get(status, {})}
    counted = describing.day("BedCapacity.counted_at", suffix, reading)
    words = {name: describing.code(values, f"BedCapacity.{name}", suffix, reading) for name, values in said.items()}
    BedCapacityFactory(
        care_capacity=care,
        status_id=status,
        number=describing.figure("BedCapacity.number", suffix, reading),
        counted_at=timezone.make_aware(datetime.datetime.combine(counted, datetime.time(12))),
        **keys(words),
    )
