"""Invented structures: legal and geographic entities, internal organisations, what the establishment says of itself."""

import factory

from confidentiality import viewer
from confidentiality.models import Perimeter
from ror.history import writing
from ror.reference.identifiers import finess_key
from ror.reference.models import Commune
from structures.models import CrisisAnswer, GeographicEntity, InternalOrganization, LegalEntity, Tariff
from structures.models import tariff as tariffs
from structures.models.geographic_entity import LegalKind
from structures.models.organization import POLE

AUTHOR, CHANNEL = "tests", "command"


class WrittenFactory(factory.django.DjangoModelFactory):
    """Writes with an author and a channel, as every tracked table demands."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        with writing(AUTHOR, CHANNEL):
            return super()._create(model_class, *args, **kwargs)


class RereadFactory(WrittenFactory):
    """Reads the row again once written: the database itself gives identifiers, perimeters and levels."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        row = super()._create(model_class, *args, **kwargs)
        row.refresh_from_db()
        return row


class PerimeterFactory(factory.django.DjangoModelFactory):
    """The perimeter of a structure. Those of territories exist already: see `territory`."""

    class Meta:
        model = Perimeter

    kind = viewer.GEOGRAPHIC_ENTITY
    code = factory.Sequence(lambda rank: f"test{rank}")


def territory(kind: str, code: str = "FR") -> Perimeter:
    """The perimeter of the nation, of a region or of a department: `territory("department", "35")`."""
    return Perimeter.objects.get(kind=kind, code=code)


class StructureFactory(WrittenFactory):
    """What legal and geographic entities share: a right FINESS number, a commune and the territories above it."""

    class Meta:
        abstract = True

    class Params:
        insee = "35238"  # INSEE code of the commune: Rennes
        serial = 0  # digit that keeps the numbers of both kinds of entities apart

    number = factory.Sequence(lambda rank: rank)
    commune = factory.LazyAttribute(lambda row: Commune.objects.select_related("department__region").get(pk=row.insee))
    department = factory.LazyAttribute(lambda row: row.commune.department)
    region = factory.LazyAttribute(lambda row: row.commune.department.region)
    street_number = "1"
    street_type_id = "R35:RUE"
    street_name = "des Exemples"
    postcode = factory.LazyAttribute(lambda row: row.commune.postcodes[0])
    locality = factory.LazyAttribute(lambda row: row.commune.name.upper())
    finess = factory.LazyAttribute(lambda row: finess_number(row.insee[:2], row.serial, row.number))
    id_nat_struct = factory.LazyAttribute(lambda row: f"1{row.finess}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        kwargs.pop("number")
        return super()._create(model_class, *args, **kwargs)


class LegalEntityFactory(StructureFactory):
    """A legal entity with its perimeter. Usage: `LegalEntityFactory(insee="35288")` for one of Saint-Malo."""

    class Meta:
        model = LegalEntity

    class Params:
        serial = 9

    perimeter = factory.SubFactory(
        PerimeterFactory, kind=viewer.LEGAL_ENTITY, code=factory.SelfAttribute("..id_nat_struct")
    )
    legal_name = factory.Sequence(lambda rank: f"Association fictive {rank}")


class GeographicEntityFactory(StructureFactory):
    """An establishment with its perimeter and its legal entity; a nursing home (EHPAD) unless a trait says otherwise.

    Usage: `GeographicEntityFactory(health=True)`, `(social=True)`, `(ville=True)`, `(outside=True)`,
    `(insee="22113")` for a commune elsewhere, `(legal_entity=legal)` below a legal entity that exists.
    """

    class Meta:
        model = GeographicEntity

    class Params:
        serial = 8
        health = factory.Trait(
            name=factory.Sequence(lambda rank: f"Centre hospitalier fictif {rank}"),
            category_id="R66:355",
            legal_kind=LegalKind.HEALTH,
        )
        social = factory.Trait(category_id="R66:500", legal_kind=LegalKind.SOCIAL)
        ville = factory.Trait(
            name=factory.Sequence(lambda rank: f"Cabinet fictif {rank}"),
            category_id="R02:SA08",
            legal_kind=LegalKind.VILLE,
        )
        outside = factory.Trait(
            name=factory.Sequence(lambda rank: f"Pharmacie fictive {rank}"),
            category_id="R66:620",
            legal_kind=LegalKind.OUTSIDE,
            in_perimeter=False,
        )

    perimeter = factory.SubFactory(
        PerimeterFactory, kind=viewer.GEOGRAPHIC_ENTITY, code=factory.SelfAttribute("..id_nat_struct")
    )
    legal_entity = factory.SubFactory(LegalEntityFactory, insee=factory.SelfAttribute("..insee"))
    name = factory.Sequence(lambda rank: f"EHPAD fictif {rank}")
    category_id = "R66:500"
    legal_kind = LegalKind.SOCIAL
    in_perimeter = True


class CrisisAnswerFactory(WrittenFactory):
    """Both crisis questions of an establishment answered: not designated by ORSAN, no landing zone.

    Usage: `CrisisAnswerFactory(geographic_entity=hospital, orsan_answer="first_line", orsan_level_id="R284:1")`.
    """

    class Meta:
        model = CrisisAnswer

    geographic_entity = factory.SubFactory(GeographicEntityFactory, health=True)
    orsan_answer = CrisisAnswer.Orsan.NONE
    landing_zone = False


class InternalOrganizationFactory(RereadFactory):
    """A pôle of a hospital; `parent` gives one below another, of the same establishment.

    Usage: `InternalOrganizationFactory(geographic_entity=hospital)`,
    `InternalOrganizationFactory(parent=pole, type_id=SERVICE)`.
    """

    class Meta:
        model = InternalOrganization

    parent = None
    geographic_entity = factory.Maybe(
        "parent",
        factory.SelfAttribute("parent.geographic_entity"),
        factory.SubFactory(GeographicEntityFactory, health=True),
    )
    type_id = POLE
    name = factory.Sequence(lambda rank: f"Pôle fictif {rank}")


class TariffFactory(RereadFactory):
    """The housing base of an EHPAD: 60 euros a day for a single room, permanent, over 60; traits for the other kinds.

    Usage: `TariffFactory(geographic_entity=ehpad)`, `TariffFactory(day_care=True)`, `(dependence=True)`,
    `(home_help=True)`, `(extra_service=True)`, `(single_room=True)`, `(meals=True)`.
    """

    class Meta:
        model = Tariff

    class Params:
        day_care = factory.Trait(
            kind_id=tariffs.DAY_CARE, under_60=None, residential_type_id=None, reception_temporality_id=None
        )
        dependence = factory.Trait(
            kind_id=tariffs.DEPENDENCE, under_60=None, residential_type_id=None, dependency_group_id="R237:02"
        )
        home_help = factory.Trait(
            kind_id=tariffs.HOME_HELP,
            under_60=None,
            residential_type_id=None,
            reception_temporality_id=None,
            unit_id="R228:1",
            name="Aide à la toilette",
            management_type_id="R236:01",
        )
        extra_service = factory.Trait(
            kind_id=tariffs.EXTRA_SERVICE,
            under_60=None,
            residential_type_id=None,
            reception_temporality_id=None,
            additional_service_id="R264:01",
        )
        single_room = factory.Trait(kind_id=tariffs.SMR_SUPPLEMENT, under_60=None, reception_temporality_id=None)
        meals = factory.Trait(
            kind_id=tariffs.MEALS,
            under_60=None,
            residential_type_id=None,
            reception_temporality_id=None,
            unit_id="R228:4",
            name="Repas de midi livré",
        )

    geographic_entity = factory.SubFactory(GeographicEntityFactory)
    kind_id = tariffs.HOUSING
    amount = "60.00"
    unit_id = "R228:2"
    under_60 = False
    residential_type_id = tariffs.SINGLE_ROOM
    reception_temporality_id = "R240:02"


def finess_number(department: str, serial: int, number: int) -> str:
    """A FINESS number with a right key: the department, a digit of one's own, a number."""
    first = f"{department}{serial}{number % 100_000:05}"
    return first + finess_key(first)
