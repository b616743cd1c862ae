"""Rows whose level depends on more than their model: beds, expertise, professionals, contacts, organisations.

What each profile reads comes from `expected.csv`, written by hand; SQL and the documents that pages read agree with it.
"""

from itertools import product

import pytest

from confidentiality import policy
from confidentiality.levels import Level
from confidentiality.profiles import PROFILES
from confidentiality.viewer import Viewer
from professionals.models import (
    OperationalSituation,
    Practice,
    Professional,
    ProfessionalMailbox,
    Qualification,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
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
    OfferExpertise,
    OfferPlace,
    OutsideOfficeActs,
    Place,
    SecureMailbox,
    SpecificEquipment,
    Telecom,
)
from structures.models.capacity import NO_ASSIGNMENT
from structures.reading import organizations_of, read_establishment, read_legal_entity, read_offer
from tests.confidentiality.expected import expected_reading
from tests.confidentiality.world import (
    FIELDS,
    KEPT_FOR_SOME,
    LEVEL_OF_STATUS,
    LEVELS,
    PERIMETER_KINDS,
    World,
    build_world,
    full_offer,
    furnish,
    holding,
    viewer_with,
)
from tests.factories import (
    ContactFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    QualificationFactory,
    SituationFactory,
    share_place,
    territory,
)

PERSONS = (OperationalSituation, SituationExpertise, SituationHours, SituationTelecom)
EXPERTISE = ("specific_acts", "specialisations", "resource_professions", "specific_competences")
AT_PLACE = "place__offer_links__offer"


@pytest.fixture
def world(db) -> World:
    return build_world()


def reads(profile: str, datum: str) -> bool:
    return expected_reading()[profile, datum]


# Capacities, equipment, expertise, professionals, anomalies: by profile and by field of the offer.


def test_figures_of_beds_are_read_by_status_and_assignment(world):
    """law.md §8.2: installed 1, supplementary 3, the others 2; never under 2 when the beds are kept for some."""
    for profile, field in product(PROFILES, FIELDS):
        viewer, offer = holding(world, profile), world.offer(f"Champ {field}")
        for assignment, least in ((NO_ASSIGNMENT, 1), (KEPT_FOR_SOME, 2)):
            expected = {
                status
                for status, level in LEVEL_OF_STATUS.items()
                if reads(profile, f"capacité niveau {max(level, least)}, champ {field}")
            }
            cares = CareCapacity.objects.visible_to(viewer).filter(**{AT_PLACE: offer})
            beds = BedCapacity.objects.visible_to(viewer).filter(**{f"care_capacity__{AT_PLACE}": offer})
            of_this = beds.filter(care_capacity__temporary_assignment=assignment)
            assert set(of_this.values_list("status", flat=True)) == expected, (profile, field, assignment)
            assert cares.filter(temporary_assignment=assignment).exists() is bool(expected)
            assert statuses_shown(viewer, offer, assignment) == expected, (profile, field, assignment)


def statuses_shown(viewer: Viewer, offer: Offer, assignment: str) -> set[str]:
    [place] = read_offer(viewer, offer.slug)["places"]
    return {
        bed["status"]
        for care in place["capacities"]
        if care["temporary_assignment"] == assignment
        for bed in care["beds"]
    }


def test_figures_outside_the_perimeter_are_those_of_the_public(world):
    installed = {status for status, level in LEVEL_OF_STATUS.items() if level == Level.PUBLIC}
    for profile in PROFILES:
        viewer = holding(world, profile)
        assert statuses_shown(viewer, world.offer("Champ 04", "far"), NO_ASSIGNMENT) == installed, profile
        assert statuses_shown(viewer, world.offer("Champ 04", "far"), KEPT_FOR_SOME) == set(), profile


def test_what_is_restricted_in_a_hospital_is_read_by_profile_and_field(world):
    paths = {
        **dict.fromkeys((OfferExpertise, OutsideOfficeActs, Anomaly), ("description", "offer")),
        SpecificEquipment: ("description", AT_PLACE),
        EquipmentLimit: ("description", f"equipment__{AT_PLACE}"),
        OperationalSituation: ("personne", "offer"),
        **dict.fromkeys((SituationExpertise, SituationHours), ("personne", "situation__offer")),
    }
    for profile, field in product(PROFILES, FIELDS):
        viewer, offer = holding(world, profile), world.offer(f"Champ {field}")
        for model, (datum, path) in paths.items():
            rows = model.objects.visible_to(viewer).filter(**{path: offer})
            expected = reads(profile, f"{datum} niveau 2, champ {field}")
            assert rows.exists() is expected, (profile, field, model)
            assert not model.objects.visible_to(viewer).filter(**{path: world.offer("Champ 04", "far")}).exists()


@pytest.mark.slow
def test_the_document_of_a_hospital_shows_what_its_rows_say(world):
    for profile, field in product(PROFILES, FIELDS):
        read = read_offer(holding(world, profile), world.offer(f"Champ {field}").slug)
        expected = reads(profile, f"description niveau 2, champ {field}")
        for name in (*EXPERTISE, "outside_office_acts"):
            assert (name in read) is expected, (profile, field, name)
        [place] = read["places"]
        assert [len(row["limits"]) for row in place["equipment"]] == ([1] if expected else []), (profile, field)
        assert len(place["housing"]) == len(read["mailboxes"]) == 1
        levels = {level for level in LEVELS if reads(profile, f"contact niveau {level}, champ {field}")}
        assert {telecom["level"] for telecom in place["telecoms"]} <= levels, (profile, field)


def test_an_anomaly_of_an_establishment_is_read_as_level_2_and_its_words_as_level_3(world):
    for profile in PROFILES:
        rows = Anomaly.objects.visible_to(holding(world, profile)).filter(geographic_entity=world.near, offer=None)
        assert rows.exists() is reads(profile, "description niveau 2, champ autre"), profile
    for field in ("description", "wrong_value", "proposed_value"):
        assert policy.datum("Anomaly", field).level("I-1") == Level.CRISIS


# By legal kind of the structure.


@pytest.fixture
def by_kind(db) -> dict[str, Offer]:
    """One offer with everything for each legal kind, and one whose kind is no longer known."""
    made = {kind: full_offer(GeographicEntityFactory(health=True)) for kind in (*policy.KINDS, "")}
    furnish(list(made.values()))
    with writing("tests", "command"):
        for kind, offer in made.items():
            GeographicEntity.objects.filter(pk=offer.geographic_entity_id).update(legal_kind=kind)
    return made


KIND = "geographic_entity__legal_kind"
# law.md §8.2, for the public: where each table is at level 1.
PUBLIC_IN = {
    OfferExpertise: {"I-2", "I-4"},
    OutsideOfficeActs: set(),
    SpecificEquipment: set(),
    EquipmentLimit: set(),
    OperationalSituation: {"I-3"},
    SituationHours: {"I-3"},
    SituationExpertise: set(),
}


def kinds_of(viewer: Viewer, model) -> set[str]:
    path = f"situation__{KIND}" if model in (SituationHours, SituationExpertise, SituationTelecom) else KIND
    return set(model.objects.visible_to(viewer).values_list(path, flat=True))


@pytest.mark.parametrize("model", PUBLIC_IN, ids=lambda model: model.__name__)
def test_the_public_reads_a_table_in_the_kinds_where_it_is_level_1(by_kind, model):
    here, elsewhere = (viewer_with(("P2", territory("region", code))) for code in ("53", "28"))
    assert kinds_of(Viewer.public(), model) == PUBLIC_IN[model]
    assert kinds_of(elsewhere, model) == PUBLIC_IN[model]
    assert kinds_of(here, model) == set(by_kind)


def test_the_public_reads_the_expertise_of_offers_by_kind(by_kind):
    shown = {
        kind: {name for name in EXPERTISE if name in read_offer(Viewer.public(), offer.slug)}
        for kind, offer in by_kind.items()
    }
    assert shown == {kind: set(EXPERTISE) if kind in ("I-2", "I-4") else set() for kind in by_kind}


def test_the_way_of_reaching_a_professional_is_read_only_with_the_situation(by_kind):
    """law.md §8.2: data on professionals are level 2 outside ville, whatever level the telecom bears."""
    with writing("tests", "command"):
        SituationTelecom.objects.update(level=Level.PUBLIC, direct_line=False)
    assert kinds_of(Viewer.public(), SituationTelecom) == {"I-3"}
    for profile in ("P1", "P2", "P3", "P4", "P5"):
        viewer = viewer_with((profile, territory("region", "53")))
        known = OperationalSituation.objects.visible_to(viewer).values("pk")
        strange = SituationTelecom.objects.visible_to(viewer).exclude(situation__in=known)
        assert list(strange.values_list(f"situation__{KIND}", flat=True)) == [], profile


# Contacts of an establishment, of its legal entity, of an organisation.

REACHED = {
    "nation": {"near", "sister", "neighbour", "far"},
    "region": {"near", "sister", "neighbour"},
    "department": {"near", "neighbour"},
    "legal_entity": {"near", "sister"},
    "geographic_entity": {"near"},
}
OWNERS = {
    "establishment": {"offer": None, "internal_organization": None},
    "organisation": {"internal_organization__isnull": False},
}


@pytest.mark.slow
def test_contacts_of_an_establishment_and_of_an_organisation_follow_its_perimeters(world):
    for profile, kind in product(("P2", "P3", "P4", "P5", "P1"), PERIMETER_KINDS):
        viewer = viewer_with((profile, world.perimeter(kind)))
        for name, entity in world.entities.items():
            held = profile if name in REACHED[kind] else "P0"
            expected = {level for level in LEVELS if reads(held, f"contact niveau {level}, champ autre")}
            for owner, scope in OWNERS.items():
                contacts = Contact.objects.visible_to(viewer).filter(geographic_entity=entity, **scope)
                telecoms = Telecom.objects.visible_to(viewer).filter(contact__in=contacts.values("pk"))
                assert set(contacts.values_list("level", flat=True)) == expected, (profile, kind, name, owner)
                assert set(telecoms.values_list("level", flat=True)) == expected, (profile, kind, name, owner)
            read = read_establishment(viewer, entity.id_nat_struct)
            assert {row["level"] for row in read["contacts"]} == expected, (profile, kind, name)
            [pole] = organizations_of(viewer, entity.id_nat_struct)
            assert {row["level"] for row in pole["contacts"]} == expected, (profile, kind, name)


def test_contacts_of_a_legal_entity_follow_itself_and_its_region(world):
    """design.md §5: a legal entity's own data is governed by itself and by the region of its address."""
    for profile, kind in product(("P2", "P1", "OWN"), PERIMETER_KINDS):
        viewer = viewer_with((profile, world.perimeter(kind)))
        held = profile if kind in ("nation", "region", "legal_entity") else "P0"
        expected = {level for level in LEVELS if reads(held, f"contact niveau {level}, champ autre")}
        legal = world.near.legal_entity
        contacts = Contact.objects.visible_to(viewer).filter(legal_entity=legal)
        telecoms = Telecom.objects.visible_to(viewer).filter(contact__legal_entity=legal)
        assert set(contacts.values_list("level", flat=True)) == expected, (profile, kind)
        assert set(telecoms.values_list("level", flat=True)) == expected, (profile, kind)
        read = read_legal_entity(viewer, legal.id_nat_struct)
        assert {row["level"] for row in read["contacts"]} == expected, (profile, kind)


# Sensitive units, beyond the offer itself.


def test_an_organisation_all_of_whose_offers_are_sensitive_is_hidden_with_what_hangs_on_it(world):
    units = {name: InternalOrganizationFactory(geographic_entity=world.near) for name in ("secret", "mixed", "empty")}
    for name, unit in units.items():
        for level in LEVELS:
            ContactFactory(offer=None, internal_organization=unit, level=level)
        if name != "empty":
            full_offer(world.near, name=f"Sensible {name}", sensitive=True, internal_organization=unit.identifier)
    full_offer(world.near, name="Ordinaire", internal_organization=units["mixed"].identifier)
    with writing("tests", "command"):
        SecureMailbox.objects.bulk_create(
            SecureMailbox(geographic_entity=world.near, internal_organization=unit, address="u@fictif.example.org")
            for unit in units.values()
        )
    for profile in PROFILES:
        viewer, knows = holding(world, profile), reads(profile, "unité sensible")
        for name, unit in units.items():
            known = knows or name != "secret"
            shown = {row["identifier"] for row in organizations_of(viewer, world.near.id_nat_struct)}
            assert (unit.identifier in shown) is known, (profile, name)
            assert InternalOrganization.objects.visible_to(viewer).filter(pk=unit.pk).exists() is known
            for model in (Contact, SecureMailbox):
                rows = model.objects.visible_to(viewer).filter(internal_organization=unit)
                assert rows.exists() is known, (profile, name, model)


def test_all_that_hangs_on_a_place_shared_with_a_sensitive_offer_is_hidden(world):
    place = OfferPlace.objects.get(offer=world.offer("Champ 04")).place
    share_place(place, world.offer("Sensible"))
    paths = {
        Place: "pk",
        **dict.fromkeys((Telecom, HousingCapacity, SpecificEquipment, CareCapacity), "place"),
        EquipmentLimit: "equipment__place",
        BedCapacity: "care_capacity__place",
    }
    for profile, (model, path) in product(PROFILES, paths.items()):
        rows = model.objects.visible_to(holding(world, profile)).filter(**{path: place.pk})
        assert rows.exists() is reads(profile, "unité sensible"), (profile, model)


def test_someone_known_only_in_sensitive_units_is_not_known(world):
    secret, seen, outside = (QualificationFactory().practice for _ in range(3))
    for practice in (secret, seen):
        SituationFactory(offer=world.offer("Sensible"), practice=practice)
    SituationFactory(offer=world.offer("Champ 04"), practice=seen)
    with writing("tests", "command"):
        ProfessionalMailbox.objects.bulk_create(
            ProfessionalMailbox(professional_id=practice.professional_id, address="p@fictif.example.org")
            for practice in (secret, seen, outside)
        )
    paths = {
        Professional: "pk",
        ProfessionalMailbox: "professional",
        Practice: "professional",
        Qualification: "practice__professional",
    }
    for profile, model in product(("P1", "P2", "P5"), paths):
        rows = model.objects.visible_to(viewer_with((profile, world.perimeter("nation"))))
        known = {name for name in (secret, seen, outside) if rows.filter(**{paths[model]: name.professional_id})}
        assert known == ({secret, seen, outside} if profile == "P1" else {seen, outside}), (profile, model)


def test_the_register_of_professionals_is_read_nowhere_but_through_situations_below_the_nation(world):
    """roles.md: the level of a professional's data belongs to each situation, never to the person."""
    for profile, kind in product(("P1", "P2", "OWN"), PERIMETER_KINDS):
        viewer = viewer_with((profile, world.perimeter(kind)))
        for model in (Professional, Practice, Qualification, ProfessionalMailbox):
            assert model.objects.visible_to(viewer).exists() is (kind == "nation"), (profile, kind, model)
    for profile in ("P0", "P3", "P4"):
        viewer = viewer_with(*([] if profile == "P0" else [(profile, world.perimeter("nation"))]))
        assert not Professional.objects.visible_to(viewer).exists(), profile
