"""An establishment and an offer that say everything that the model can say, in any number of rows."""

from confidentiality.levels import Level
from ror.reference.nomenclature import nomenclature
from structures.models import CareCapacity, GeographicEntity, LegalEntity, Offer, Place
from structures.models.capacity import AVAILABLE, SUPPLEMENTARY
from structures.models.organization import SERVICE
from structures.publishing import publish
from tests import factories
from tests.factories import AUTHOR, CHANNEL, contact_row, offer_document, place_row, telecom_row


def members(value_set: str, count: int = 1) -> list[str]:
    """The first codes of a value set."""
    return list(nomenclature().members(value_set))[:count]


def rich_offer(entity: GeographicEntity, rows: int = 1, **changes) -> Offer:
    """An offer of a service of a pôle, with `rows` of each list, beds and professionals included."""
    pole = factories.InternalOrganizationFactory(geographic_entity=entity, name="Pôle fictif Femme-Enfant")
    service = factories.InternalOrganizationFactory(parent=pole, type_id=SERVICE, name="Service fictif de pédiatrie")
    telecoms = [telecom_row(usage="prise de rendez-vous") for _ in range(rows)]
    hidden = offer_document()["contacts"][1:]
    document = offer_document(
        internal_organization=service.identifier,
        reception_modalities=members("J226", 2),
        management_types=members("J26"),
        annual_opening="R238:03",
        expertise_levels=members("J227"),
        psychiatric_sectors=["35G04"],
        involuntary_care=True,
        intervention_communes=["35238", "35288", "22113"],
        specific_acts=members("J16", rows),
        specialisations=members("J35", rows),
        resource_professions=members("J186"),
        specific_competences=members("J33"),
        comment="Entrée par la cour.",
        mailboxes=[{"id": place_row()["id"], "address": f"service{rank}@exemple.mssante.fr"} for rank in range(rows)],
        contacts=[contact_row(telecoms=telecoms, description="du lundi au vendredi"), *hidden],
        places=[_place(rank, rows) for rank in range(rows)],
        **changes,
    )
    offer = publish(document, entity=entity, author=AUTHOR, channel=CHANNEL).offer
    for place in Place.objects.filter(offer_links__offer=offer):
        _fill(place)
    for _ in range(rows):
        _professional(offer)
    return offer


def rich_establishment(rows: int = 1, **changes) -> GeographicEntity:
    """An establishment with tariffs of every kind, contacts of its own and a legal entity that has some too."""
    entity = factories.GeographicEntityFactory(
        usual_name="Les Érables fictifs",
        accessibility_id="R202:1",
        family_accommodation=True,
        permanent_social_aid_places=12,
        temporary_social_aid_places=3,
        financial_aids=members("J31", 2),
        health_territories=members("J249"),
        public_service_participation_id="R73:1",
        comment="Un parc de deux hectares.",
        latitude="48.117000",
        longitude="-1.677000",
        **changes,
    )
    factories.TariffFactory(
        geographic_entity=entity,
        amount="1260.50",
        unit_id="R228:3",
        condition_id="R250:01",
        included_services=members("J206", 10),
        valid_from="2026-01-01",
    )
    for trait in ("day_care", "dependence", "home_help", "extra_service", "single_room", "meals"):
        factories.TariffFactory(geographic_entity=entity, **{trait: True})
    for _ in range(rows):
        _reached(geographic_entity=entity)
        _reached(legal_entity=LegalEntity.objects.get(pk=entity.legal_entity_id))
    return entity


def _reached(**owner) -> None:
    contact = factories.ContactFactory(offer=None, description="pour les familles", **owner)
    factories.TelecomFactory(contact=contact)


def _place(rank: int, rows: int) -> dict:
    housing = [{"id": place_row()["id"], "residential_type": "R242:02", "count": 30}]
    limits = [{"id": place_row()["id"], "feature": "R340:001", "value": "250.50", "unit": "kg"}]
    equipment = [
        {"id": place_row()["id"], "equipment_type": code, "in_service": 1, "limits": limits if position == 0 else []}
        for position, code in enumerate(members("J18", rows))
    ]
    return place_row(
        name=f"Bâtiment fictif {rank}",
        function="R343:001",
        status="R203:3",
        description="Ligne de bus 3, arrêt Exemple.",
        latitude="48.117300",
        longitude="-1.677800",
        coordinates_reliable=False,
        telecoms=[telecom_row()],
        housing=housing,
        equipment=equipment,
    )


def _fill(place: Place) -> CareCapacity:
    care = factories.CareCapacityFactory(place=place)
    factories.BedCapacityFactory(care_capacity=care, number=1204)
    factories.BedCapacityFactory(care_capacity=care, status_id=AVAILABLE, gender_id="R332:01", number=3)
    factories.BedCapacityFactory(care_capacity=care, status_id=SUPPLEMENTARY, number=77)
    return care


def _professional(offer: Offer) -> None:
    practice = factories.PracticeFactory(first_name="Camille")
    factories.QualificationFactory(practice=practice)
    situation = factories.SituationFactory(
        offer=offer, practice=practice, convention_sector_id="R282:c1", controlled_fees=True, vitale_card=False
    )
    factories.SituationHoursFactory(situation=situation)
    factories.SituationTelecomFactory(situation=situation, level=Level.PROFESSIONAL)
