"""What the administration opens in its matrix: rows of one's region, of another, of a sensitive unit."""

from dataclasses import dataclass, field

from django.db.models import Model

from confidentiality.models import AccessRecord, Assignment, Perimeter, Role
from ror.history import writing
from ror.imports.models import ImportJob
from ror.persons.models import Blanking, Kind, PersonRequest, Status
from ror.reference.models import CodeSystem, Commune, Concept, Department, Region, ValueSet
from ror.registers.models import Import
from structures.describing.entry_models.model import EntryModel
from structures.describing.models import RegionSettings
from structures.document import new_id
from structures.models import (
    GeographicEntity,
    Offer,
)
from structures.models.capacity import AVAILABLE
from tests.factories import (
    AnomalyFactory,
    BedCapacityFactory,
    CareCapacityFactory,
    EquipmentFactory,
    GeographicEntityFactory,
    HousingCapacityFactory,
    InternalOrganizationFactory,
    SituationFactory,
    TariffFactory,
    UserFactory,
    contact_row,
    holder,
    published_offer,
    telecom_row,
    territory,
)

OWN, OTHER, HIDDEN, ANY = "own", "other", "hidden", "any"
HERE, ELSEWHERE = "53", "11"
NOW = "2026-01-01T00:00:00Z"


@dataclass
class World:
    """The rows to open, by model then by kind of object."""

    rows: dict[type[Model], dict[str, Model]] = field(default_factory=dict)

    def add(self, kind: str, *rows: Model) -> None:
        for row in rows:
            self.rows.setdefault(type(row), {})[kind] = row


def build() -> World:
    """Every screen has a row of each kind that makes sense for it."""
    world = World()
    hospital = GeographicEntityFactory(health=True)
    fill(world, OWN, hospital)
    fill(world, OTHER, GeographicEntityFactory(health=True, insee="75056"))
    fill(world, HIDDEN, hospital, sensitive=True, sensitive_motive="motif fictif")
    for kind in (OWN, OTHER):
        entity = world.rows[Offer][kind].geographic_entity
        world.add(kind, entity, entity.legal_entity, TariffFactory(geographic_entity=entity))
    world.add(ANY, *single_rows())
    with writing("tests", "admin"):
        world.add(OWN, RegionSettings.objects.create(region_id=HERE))
        world.add(OTHER, RegionSettings.objects.create(region_id=ELSEWHERE))
    return world


def fill(world: World, kind: str, entity: GeographicEntity, **changes) -> None:
    """One offer of `entity`, alone in its organisation, with one row of all that hangs on it."""
    organization = InternalOrganizationFactory(geographic_entity=entity)
    said = {
        "internal_organization": organization.identifier,
        "contacts": [contact_row(telecoms=[telecom_row()])],
        "mailboxes": [{"id": new_id(), "address": "essai@example.mssante.fr"}],
        **changes,
    }
    offer = published_offer(entity, **said)
    place = offer.place_links.get().place
    care = CareCapacityFactory(place=place)
    situation = SituationFactory(offer=offer)
    contact = offer.contacts.get()
    world.add(kind, offer, organization, place, care, situation, situation.practice, situation.practice.professional)
    world.add(kind, contact, contact.telecoms.get(), offer.mailboxes.get(), offer.versions.get())
    world.add(kind, BedCapacityFactory(care_capacity=care, status_id=AVAILABLE), HousingCapacityFactory(place=place))
    world.add(kind, EquipmentFactory(place=place), AnomalyFactory(offer=offer))


def _import_looked_at() -> ImportJob:
    said = {"file_name": "essai.csv", "sha256": "0", "reason": "essai", "channel": "admin", "state": "previewed"}
    return ImportJob.objects.create(owner=UserFactory(), **said)


def single_rows() -> list[Model]:
    """What belongs to no territory."""
    user = holder("ars_agent", territory("region", HERE))
    request = PersonRequest.objects.create(
        kind=Kind.ACCESS,
        status=Status.IDENTITY,
        confirmed_at=NOW,
        last_name="Essai",
        first_name="Essai",
        email="essai@example.org",
    )
    trace = Blanking.objects.create(author_name="essai", datum="autre", subject="essai", reason="essai")
    record = AccessRecord.objects.create(
        reader=UserFactory(), channel="page", view="essai", roles=[], perimeters=[], level_2=["Offer 00/1"], level_3=[]
    )
    run = Import.objects.create(file_name="essai.csv", flow_date="2026-01-01", started_at=NOW, finished_at=NOW)
    firsts = (Role, CodeSystem, Commune, Concept, Department, Region, ValueSet, EntryModel)
    return [
        *(user, Assignment.objects.get(user=user), Perimeter.objects.get(kind="region", code=HERE)),
        _import_looked_at(),
        *(request, trace, record, run, *(model.objects.order_by("pk").first() for model in firsts)),
    ]
