"""Four establishments with every kind of row, and people who hold this or that profile on one of their perimeters."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from confidentiality.levels import Level
from confidentiality.models import Assignment, Perimeter
from confidentiality.profiles import BIT, SOCIAL_FIELD
from confidentiality.viewer import Viewer
from professionals.models import (
    OperationalSituation,
    ProfessionalMailbox,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
from ror.accounts.models import User
from ror.history import writing
from ror.quality.models import ACCURACY, Anomaly
from structures.document import Document, new_id
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    EquipmentLimit,
    GeographicEntity,
    HousingCapacity,
    Offer,
    OfferActivity,
    OfferExpertise,
    OfferPlace,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SecureMailbox,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.models.capacity import (
    AVAILABLE,
    CLOSED,
    INSTALLED,
    NO_ASSIGNMENT,
    OCCUPIED,
    RESERVED,
    SUPPLEMENTARY,
)
from tests.factories import (
    CrisisAnswerFactory,
    DraftFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    QualificationFactory,
    UserFactory,
    activity_row,
    hours_row,
    place_row,
    published_offer,
    telecom_row,
    territory,
)

LEVELS = (1, 2, 3)
FIELDS = {"04": SOCIAL_FIELD, "autre": "R227:01"}
PERIMETER_KINDS = ("nation", "region", "department", "legal_entity", "geographic_entity")
# One role of roles.md for each profile; the public holds none.
ROLES = {
    "P1": "crisis",
    "P2": "orientation",
    "P3": "social_orientation",
    "P4": "offer_steering",
    "P5": "orientation_without_beds",
    "OWN": "referent",
    "MANDATE": "mandated",
}
# law.md §8.2: the level of a figure by its status, when its beds are kept for nobody.
LEVEL_OF_STATUS = {INSTALLED: 1, AVAILABLE: 2, OCCUPIED: 2, RESERVED: 2, CLOSED: 2, SUPPLEMENTARY: 3}
KEPT_FOR_SOME = "R337:02"  # an assignment other than « aucune »

# What hangs on an offer, by the lookup that leads to it.
AT_PLACE, IN_SITUATION = "place__offer_links__offer", "situation__offer"
OFFER_OF = {
    OfferActivity: "offer",
    OpeningHours: "offer",
    OfferPlace: "offer",
    OfferExpertise: "offer",
    OutsideOfficeActs: "offer",
    Contact: "offer",
    Telecom: "contact__offer",
    SecureMailbox: "offer",
    Place: "offer_links__offer",
    HousingCapacity: AT_PLACE,
    SpecificEquipment: AT_PLACE,
    EquipmentLimit: f"equipment__{AT_PLACE}",
    CareCapacity: AT_PLACE,
    BedCapacity: f"care_capacity__{AT_PLACE}",
    OperationalSituation: "offer",
    SituationExpertise: IN_SITUATION,
    SituationHours: IN_SITUATION,
    SituationTelecom: IN_SITUATION,
    Anomaly: "offer",
}


@dataclass
class World:
    """Four establishments: `near` and `sister` share a legal entity, `near` and `neighbour` a department,
    the first three a region; `far` shares nothing.
    """

    near: GeographicEntity
    sister: GeographicEntity
    neighbour: GeographicEntity
    far: GeographicEntity

    @property
    def entities(self) -> dict[str, GeographicEntity]:
        return {"near": self.near, "sister": self.sister, "neighbour": self.neighbour, "far": self.far}

    def perimeter(self, kind: str, entity: str = "near") -> Perimeter:
        """The perimeter of `kind` that the establishment lies in."""
        row = self.entities[entity]
        if kind == "legal_entity":
            return row.legal_entity.perimeter
        if kind == "geographic_entity":
            return row.perimeter
        return territory(kind, {"nation": "FR", "region": row.region_id, "department": row.department_id}[kind])

    def offer(self, name: str, entity: str = "near") -> Offer:
        return Offer.objects.get(geographic_entity=self.entities[entity], name=name)


def build_world() -> World:
    """Each establishment has an ordinary offer, a sensitive one, crisis answers, a draft, and rows of its own."""
    shared = LegalEntityFactory()
    made = World(
        near=GeographicEntityFactory(health=True, legal_entity=shared),
        sister=GeographicEntityFactory(health=True, legal_entity=shared, insee="22113"),
        neighbour=GeographicEntityFactory(health=True),
        far=GeographicEntityFactory(health=True, insee="14118"),
    )
    offers = []
    for entity in made.entities.values():
        offers.append(full_offer(entity, name="Champ 04"))
        offers.append(full_offer(entity, name="Sensible", sensitive=True, sensitive_motive="motif"))
        CrisisAnswerFactory(geographic_entity=entity)
        DraftFactory(geographic_entity=entity)
        furnish_establishment(entity)
    other_field = {"activity_field": FIELDS["autre"], "activities": [activity_row(family=None)]}
    offers.append(full_offer(made.near, name="Champ autre", **other_field))
    furnish(offers)
    return made


def full_offer(entity: GeographicEntity, **changes) -> Offer:
    """A published offer with every kind of row that a document has."""
    document = {
        "hours": [hours_row()],
        "mailboxes": [{"id": new_id(), "address": "unite@fictif.example.org"}],
        "places": [full_place()],
        "specific_acts": ["R210:0001"],
        "specialisations": ["R245:01"],
        "resource_professions": ["G15:10"],
        "specific_competences": ["R243:01"],
        "outside_office_acts": ["R210:0005"],
    }
    return published_offer(entity, **document | changes)


def full_place() -> Document:
    limit = {"id": new_id(), "feature": "R340:001", "value": "250", "unit": "kg"}
    return place_row(
        name="Bâtiment fictif",
        telecoms=[telecom_row(level=level, private_emergency_line=level == Level.CRISIS) for level in LEVELS],
        housing=[{"id": new_id(), "residential_type": "R242:02", "count": 30}],
        equipment=[{"id": new_id(), "equipment_type": "R212:003", "in_service": 1, "limits": [limit]}],
    )


# Rows that no document holds.


def furnish(offers: Iterable[Offer]) -> None:
    """Beds in each status, kept for nobody and for some, a professional and an anomaly for each offer."""
    places = OfferPlace.objects.filter(offer__in=offers).select_related("offer")
    practices = [(link, QualificationFactory().practice) for link in places]
    with writing("tests", "command"):
        cares = CareCapacity.objects.bulk_create(
            CareCapacity(
                place_id=link.place_id, geographic_entity_id=link.geographic_entity_id, temporary_assignment_id=kept
            )
            for link in places
            for kept in (NO_ASSIGNMENT, KEPT_FOR_SOME)
        )
        BedCapacity.objects.bulk_create(
            BedCapacity(
                care_capacity=care,
                geographic_entity_id=care.geographic_entity_id,
                nature_id="R329:01",
                status_id=status,
                number=3,
                source_id="R335:01",
            )
            for care in cares
            for status in LEVEL_OF_STATUS
        )
        situations = OperationalSituation.objects.bulk_create(
            OperationalSituation(
                offer=link.offer,
                geographic_entity_id=link.geographic_entity_id,
                practice=practice,
                exercise_mode_id="R23:S",
            )
            for link, practice in practices
        )
        furnish_situations(situations)
        ProfessionalMailbox.objects.bulk_create(
            ProfessionalMailbox(professional_id=practice.professional_id, address="personne@fictif.example.org")
            for _, practice in practices
        )
        Anomaly.objects.bulk_create(
            Anomaly(offer=link.offer, geographic_entity_id=link.geographic_entity_id, rule="CO1", theme_id=ACCURACY)
            for link in places
        )


def furnish_situations(situations: Iterable[OperationalSituation]) -> None:
    SituationExpertise.objects.bulk_create(
        SituationExpertise(situation=row, specific_competences=["R243:01"]) for row in situations
    )
    SituationHours.objects.bulk_create(
        SituationHours(situation=row, slot_type_id="R252:07", weekday=1) for row in situations
    )
    SituationTelecom.objects.bulk_create(
        SituationTelecom(
            situation=row,
            channel_id="R200:2",
            address="0261910202",
            direct_line=True,
            private_emergency_line=False,
            level=Level.PROFESSIONAL,
        )
        for row in situations
    )


def furnish_establishment(entity: GeographicEntity) -> None:
    """Contacts of the establishment, its legal entity and a pôle, at each level; a mailbox, a tariff, an anomaly."""
    pole = InternalOrganizationFactory(geographic_entity=entity)
    owners = (
        {"geographic_entity": entity},
        {"geographic_entity": entity, "internal_organization": pole},
        {"legal_entity": entity.legal_entity},
    )
    with writing("tests", "command"):
        contacts = Contact.objects.bulk_create(
            Contact(**owner, nature_id="R287:01", level=level) for owner in owners for level in LEVELS
        )
        Telecom.objects.bulk_create(
            Telecom(
                contact=contact,
                geographic_entity_id=contact.geographic_entity_id,
                channel_id="R200:2",
                address="0261910101",
                direct_line=False,
                private_emergency_line=False,
                level=contact.level,
            )
            for contact in contacts
        )
        SecureMailbox.objects.create(
            geographic_entity=entity, internal_organization=pole, address="pole@fictif.example.org"
        )
        Tariff.objects.create(geographic_entity=entity, kind_id="R246:05", amount="12.00", unit_id="R228:2")
        Anomaly.objects.create(geographic_entity=entity, rule="CO4", theme_id=ACCURACY)


# People.


def viewer_with(*grants: tuple[str, Perimeter]) -> Viewer:
    """A new account holding these profiles on these perimeters."""
    return Viewer(account_with(*grants))


def account_with(*grants: tuple[str, Perimeter], ends_at: datetime.datetime | None = None) -> User:
    user = UserFactory()
    give(user, grants, ends_at)
    return user


def give(user: User, grants, ends_at: datetime.datetime | None = None) -> list[Assignment]:
    starts_at = timezone.now() - datetime.timedelta(days=2)
    lines = [
        Assignment(
            user=user, role_id=ROLES[profile], perimeter=perimeter, starts_at=starts_at, ends_at=ends_at, reason="test"
        )
        for profile, perimeter in grants
    ]
    with writing("tests", "command"):
        return Assignment.objects.bulk_create(lines)


def bits(*profiles: str) -> int:
    return sum(BIT[profile] for profile in {"P0", *profiles})


def holding(world: World, profile: str) -> Viewer:
    """Someone who holds the profile on the region of the first three establishments (OWN: on `near`)."""
    if profile == "P0":
        return Viewer.public()
    return viewer_with((profile, world.perimeter("geographic_entity" if profile == "OWN" else "region")))
