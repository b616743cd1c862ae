"""What is held on a pôle, a service or a unit is held on all that lies below it, and on nothing beside."""

from dataclasses import dataclass

import pytest

from confidentiality.viewer import Viewer
from professionals.models import OperationalSituation, SituationExpertise, SituationHours, SituationTelecom
from ror.history import writing
from ror.quality.models import Anomaly
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    EquipmentLimit,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    Offer,
    OfferActivity,
    OfferExpertise,
    OfferPlace,
    OfferVersion,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SecureMailbox,
    SensitiveUnit,
    SpecificEquipment,
    Telecom,
)
from structures.models.organization import SERVICE, UNIT
from tests.confidentiality.world import LEVELS, bits, full_offer, furnish, viewer_with
from tests.factories import ContactFactory, GeographicEntityFactory, InternalOrganizationFactory, TelecomFactory

OF_OFFER = "offer__internal_organization__pk"
OF_PLACE = "place__offer_links__offer__internal_organization__pk"
OF_SITUATION = "situation__offer__internal_organization__pk"
# Every way from a row to its organisation.
WAYS = [
    (InternalOrganization, "pk"),
    (Offer, "internal_organization__pk"),
    *((model, OF_OFFER) for model in (OfferActivity, OpeningHours, OfferPlace, OfferExpertise, OutsideOfficeActs)),
    *((model, OF_OFFER) for model in (Contact, SecureMailbox, SensitiveUnit, OfferVersion, Anomaly)),
    (Contact, "internal_organization__pk"),
    (SecureMailbox, "internal_organization__pk"),
    (Telecom, f"contact__{OF_OFFER}"),
    (Telecom, "contact__internal_organization__pk"),
    (Telecom, OF_PLACE),
    (Place, f"offer_links__{OF_OFFER}"),
    *((model, OF_PLACE) for model in (HousingCapacity, SpecificEquipment, CareCapacity)),
    (EquipmentLimit, f"equipment__{OF_PLACE}"),
    (BedCapacity, f"care_capacity__{OF_PLACE}"),
    (OperationalSituation, OF_OFFER),
    *((model, OF_SITUATION) for model in (SituationExpertise, SituationHours, SituationTelecom)),
]
REACHED = {
    "pole": {"pole", "service", "unit", "sister"},
    "service": {"service", "unit"},
    "unit": {"unit"},
    "sister": {"sister"},
    "other": {"other"},
}


@dataclass
class Hospital:
    """pole > service > unit, `sister` another unit of the pôle, `other` another pôle; each with offers of its own."""

    entity: GeographicEntity
    organizations: dict[str, InternalOrganization]
    offers: dict[str, Offer]

    def name(self, pk: int) -> str:
        return next(name for name, row in self.organizations.items() if row.pk == pk)

    def holder(self, name: str, profile: str = "OWN") -> Viewer:
        return viewer_with((profile, self.organizations[name].perimeter))


@pytest.fixture
def hospital(db) -> Hospital:
    entity = GeographicEntityFactory(health=True)
    pole, other = (InternalOrganizationFactory(geographic_entity=entity) for _ in range(2))
    service = InternalOrganizationFactory(parent=pole, type_id=SERVICE)
    tree = {
        "pole": pole,
        "service": service,
        "unit": InternalOrganizationFactory(parent=service, type_id=UNIT),
        "sister": InternalOrganizationFactory(parent=pole, type_id=UNIT),
        "other": other,
    }
    offers = {
        name: full_offer(entity, name=f"Offre {name}", internal_organization=row.identifier)
        for name, row in tree.items()
    }
    secret = [
        full_offer(entity, name="Sensible", sensitive=True, internal_organization=row.identifier)
        for row in tree.values()
    ]
    furnish([*offers.values(), *secret])
    for row in tree.values():
        for level in LEVELS:
            contact = ContactFactory(offer=None, internal_organization=row, level=level)
            TelecomFactory(contact=contact, level=level)
    with writing("tests", "command"):
        SecureMailbox.objects.bulk_create(
            SecureMailbox(geographic_entity=entity, internal_organization=row, address="u@fictif.example.org")
            for row in tree.values()
        )
    return Hospital(entity, tree, offers)


@pytest.mark.slow
@pytest.mark.parametrize("name", REACHED)
def test_a_grant_reaches_every_row_of_all_below_and_nothing_beside(hospital, name):
    viewer = hospital.holder(name)
    for model, way in WAYS:
        rows = model.objects.visible_to(viewer).filter(**{f"{way}__isnull": False})
        found: dict[str, set[int]] = {}
        for organization, rights in rows.values_list(way, "rights"):
            found.setdefault(hospital.name(organization), set()).add(rights)
        held = {organization for organization, rights in found.items() if rights == {bits("OWN")}}
        assert held == REACHED[name], (model, way)
        assert all(rights == {bits()} for key, rights in found.items() if key not in held), (model, way)


def test_a_grant_on_an_organisation_reads_all_of_it_and_the_public_part_beside(hospital):
    viewer = hospital.holder("service")
    for name, offer in hospital.offers.items():
        levels = set(LEVELS) if name in REACHED["service"] else {1}
        everything = name in REACHED["service"]
        contacts = Contact.objects.visible_to(viewer)
        own = contacts.filter(internal_organization=hospital.organizations[name])
        assert set(contacts.filter(offer=offer).values_list("level", flat=True)) == levels, name
        assert set(own.values_list("level", flat=True)) == levels, name
        beds = BedCapacity.objects.visible_to(viewer).filter(care_capacity__place__offer_links__offer=offer)
        assert set(beds.values_list("level", flat=True)) == levels, name
        for model, path in (
            (SpecificEquipment, "place__offer_links__offer"),
            (OperationalSituation, "offer"),
            (SituationTelecom, "situation__offer"),
            (OfferExpertise, "offer"),
            (Anomaly, "offer"),
        ):
            assert model.objects.visible_to(viewer).filter(**{path: offer}).exists() is everything, (name, model)


def test_a_sensitive_unit_is_known_from_the_organisations_above_it_only(hospital):
    for name, reached in REACHED.items():
        known = Offer.objects.visible_to(hospital.holder(name)).filter(name="Sensible")
        assert {hospital.name(pk) for pk in known.values_list("internal_organization__pk", flat=True)} == reached
        assert not Offer.objects.visible_to(hospital.holder(name, "P2")).filter(name="Sensible").exists()


def test_what_belongs_to_the_establishment_itself_is_not_held_from_an_organisation(hospital):
    for level in LEVELS:
        ContactFactory(offer=None, geographic_entity=hospital.entity, level=level)
        ContactFactory(offer=None, legal_entity=hospital.entity.legal_entity, level=level)
    viewer = hospital.holder("pole")
    others = Contact.objects.visible_to(viewer).filter(offer=None, internal_organization=None)
    assert sorted(others.values_list("level", flat=True)) == [1, 1]
    assert set(GeographicEntity.objects.visible_to(viewer).values_list("rights", flat=True)) == {bits()}
