"""Invented accounts, structures and offers for the tests.

Everything is written as the command "tests" would: inside `writing("tests", "command")`, offers by `publish()` only.

Usage:

    entity = GeographicEntityFactory(health=True)            # a hospital of Rennes; also social, ville, outside
    user = describer(entity)                                 # an account whose assignment is in force
    offer = published_offer(entity, name="Cardiologie")      # version 1, with contacts at levels 1, 2 and 3
    draft = DraftFactory(geographic_entity=entity, created_by=user)
    client.force_login(user)

The rows of a document are made by `activity_row`, `hours_row`, `contact_row`, `telecom_row` and `place_row`.
"""

import datetime
from typing import Any

import factory
from django.utils import timezone

from confidentiality import viewer
from confidentiality.levels import Level
from confidentiality.models import Assignment, Perimeter
from ror.accounts.models import User
from ror.history import writing
from ror.reference.identifiers import finess_key
from ror.reference.models import Commune
from structures import records
from structures.describing.models import Draft
from structures.document import Document, new_id
from structures.models import CrisisAnswer, GeographicEntity, LegalEntity, Offer
from structures.models.geographic_entity import LegalKind
from structures.publishing import publish

AUTHOR, CHANNEL = "tests", "command"
PASSWORD = "un mot de passe de test"

# Numbers that Arcep keeps for works of fiction.
PUBLIC_PHONE, DIRECT_PHONE, EMERGENCY_PHONE = "0261910101", "0261910202", "0639980303"


class WrittenFactory(factory.django.DjangoModelFactory):
    """Writes with an author and a channel, as every tracked table demands."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        with writing(AUTHOR, CHANNEL):
            return super()._create(model_class, *args, **kwargs)


class UserFactory(factory.django.DjangoModelFactory):
    """An account without any right. Its password is `PASSWORD`.

    Usage: `UserFactory(email="camille@example.org")`.
    """

    class Meta:
        model = User

    email = factory.Sequence(lambda rank: f"personne{rank}@example.org")
    first_name = "Camille"
    last_name = factory.Sequence(lambda rank: f"Exemple {rank}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, **kwargs)


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


class AssignmentFactory(WrittenFactory):
    """A role, given by its code, in force since yesterday and without end.

    Usage: `AssignmentFactory(user=user, role="regulation", perimeter=territory("department", "35"))`.
    """

    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory)
    role = "describer"
    perimeter = factory.LazyFunction(lambda: GeographicEntityFactory().perimeter)
    starts_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=1))
    reason = "pour les tests"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return super()._create(model_class, *args, role_id=kwargs.pop("role"), **kwargs)


class DraftFactory(factory.django.DjangoModelFactory):
    """A draft that could be published as it is.

    Usage: `DraftFactory(geographic_entity=entity)` for a new offer, `DraftFactory(offer=offer)` beside a published one,
    `DraftFactory(geographic_entity=entity, document=offer_document(name=None))` for one with something missing.
    """

    class Meta:
        model = Draft

    offer = None
    geographic_entity = factory.LazyAttribute(
        lambda draft: draft.offer.geographic_entity if draft.offer else GeographicEntityFactory()
    )
    base = factory.LazyAttribute(lambda draft: records.read_document(draft.offer) if draft.offer else None)
    document = factory.LazyAttribute(lambda draft: draft.base or offer_document())
    created_by = factory.LazyAttribute(lambda draft: describer(draft.geographic_entity))
    updated_by = factory.SelfAttribute("created_by")


# Accounts with an assignment in force.


def holder(role: str, perimeter: Perimeter, **account: Any) -> User:
    """An account that holds one role: `holder("health_professional", territory("nation"))`."""
    user = UserFactory(**account)
    AssignmentFactory(user=user, role=role, perimeter=perimeter)
    return user


def describer(entity: GeographicEntity, **account: Any) -> User:
    """A describer of one establishment."""
    return holder("describer", entity.perimeter, **account)


def referent(entity: GeographicEntity | LegalEntity, **account: Any) -> User:
    """A référent of an establishment, or of a legal entity with all its establishments."""
    return holder("referent", entity.perimeter, **account)


def administrator(**account: Any) -> User:
    """A national administrator."""
    return holder("national_administrator", territory("nation"), **account)


# Offers.


def published_offer(entity: GeographicEntity | None = None, *, author: User | str = AUTHOR, **changes: Any) -> Offer:
    """An offer of `entity` (a new establishment by default) published through `publish()`; see `offer_document`.

    Raises `NotPublishable` when the changes break a rule.
    """
    entity = entity or GeographicEntityFactory()
    return publish(offer_document(**changes), entity=entity, author=author, channel=CHANNEL).offer


def offer_document(**changes: Any) -> Document:
    """A complete document, that any kind of establishment may publish (hospitals are warned of crisis questions).

    Its contacts are at levels 1 (reception), 2 (a named professional) and 3 (a private emergency line), with
    `PUBLIC_PHONE`, `DIRECT_PHONE` and `EMERGENCY_PHONE`. `changes` replace data and lists of rows:
    `offer_document(name="Accueil de jour", contacts=[contact_row()])`. Row ids are new at each call.
    """
    return {
        "name": "Hébergement permanent fictif",
        "activity_field": "R227:04",
        "sensitive": False,
        "sensitive_motive": None,
        "care_mode": "R213:46",
        "offer_type": "R244:21",
        "reception_temporality": "R240:02",
        "age_min": 60,
        "age_min_unit": "a",
        "age_max": 120,
        "age_max_unit": "a",
        "publics": ["R239:01"],
        "always_open": False,
        "activities": [activity_row()],
        "hours": [hours_row(weekday=day) for day in range(1, 6)],
        "contacts": [
            contact_row(),
            contact_row(
                nature=None,
                function="R251:03",
                name="Camille Exemple",
                level=Level.PROFESSIONAL,
                telecoms=[telecom_row(DIRECT_PHONE, level=Level.PROFESSIONAL, direct_line=True)],
            ),
            contact_row(
                nature="R287:14",
                level=Level.CRISIS,
                telecoms=[telecom_row(EMERGENCY_PHONE, level=Level.CRISIS, private_emergency_line=True)],
            ),
        ],
        "places": [place_row()],
        **changes,
    }


def activity_row(**changes: Any) -> Document:
    """Accompagnements pour les actes de la vie quotidienne, with its family."""
    return {"id": new_id(), "activity": "R211:293", "family": "R265:011", **changes}


def hours_row(**changes: Any) -> Document:
    """Open on Mondays from 9 to 17."""
    slot = {"slot_type": "R252:01", "weekday": 1, "opens_at": "09:00", "closes_at": "17:00"}
    return {"id": new_id(), **slot, "period_start": None, "period_end": None, **changes}


def contact_row(**changes: Any) -> Document:
    """The reception, at level 1, reached by one public phone."""
    contact = {"nature": "R287:01", "function": None, "name": None, "level": int(Level.PUBLIC)}
    return {"id": new_id(), **contact, "telecoms": [telecom_row()], **_plain(changes)}


def telecom_row(address: str = PUBLIC_PHONE, **changes: Any) -> Document:
    """A fixed phone, at level 1: neither a direct line nor a private one."""
    telecom = {"channel": "R200:2", "address": address, "direct_line": False, "private_emergency_line": False}
    return {"id": new_id(), **telecom, "level": int(Level.PUBLIC), **_plain(changes)}


def place_row(**changes: Any) -> Document:
    """1, rue des Exemples, in Rennes."""
    return {
        "id": new_id(),
        "street_number": "1",
        "street_number_suffix": None,
        "street_type": "R35:RUE",
        "street_name": "des Exemples",
        "place_name": None,
        "address_complement": None,
        "postcode": "35000",
        "locality": "RENNES",
        "commune": "35238",
        **changes,
    }


def finess_number(department: str, serial: int, number: int) -> str:
    """A FINESS number with a right key: the department, a digit of one's own, a number."""
    first = f"{department}{serial}{number % 100_000:05}"
    return first + finess_key(first)


def _plain(changes: dict[str, Any]) -> dict[str, Any]:
    """Levels as the numbers that JSON holds."""
    return {name: int(value) if isinstance(value, Level) else value for name, value in changes.items()}
