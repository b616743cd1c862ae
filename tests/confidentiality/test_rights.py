"""Rows and data that each profile may know, by perimeter, level and sensitivity: SQL and `disclose` say the same."""

import datetime
from dataclasses import replace
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confidentiality.disclosure import CHILDREN as CHILD_ROWS
from confidentiality.disclosure import Subject, disclose
from confidentiality.models import Assignment, Perimeter
from confidentiality.profiles import BIT, PROFILES, SOCIAL_FIELD
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
from structures import records
from structures.describing.models import Draft
from structures.document import Document
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    CrisisAnswer,
    EquipmentLimit,
    GeographicEntity,
    InternalOrganization,
    LegalEntity,
    Offer,
    OfferExpertise,
    OfferVersion,
    OutsideOfficeActs,
    Place,
    SensitiveUnit,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.reading import BED_FIELDS, CAPACITY_FIELDS, READ_FIELDS, read_offer, value_of
from tests.confidentiality.expected import expected_reading
from tests.confidentiality.world import (
    FIELDS,
    IN_SITUATION,
    LEVELS,
    OFFER_OF,
    PERIMETER_KINDS,
    ROLES,
    World,
    account_with,
    bits,
    build_world,
    give,
    holding,
    viewer_with,
)
from tests.factories import UserFactory

ESTABLISHMENT_ROWS = (InternalOrganization, Tariff)
# In a hospital, none of these rows is at level 1.
RESTRICTED = (
    *(OfferExpertise, OutsideOfficeActs, SpecificEquipment, EquipmentLimit, Anomaly),
    *(OperationalSituation, SituationExpertise, SituationHours, SituationTelecom),
)
REGISTER = (Professional, ProfessionalMailbox, Practice, Qualification)
MODELS = (
    *(GeographicEntity, LegalEntity, Offer, *OFFER_OF, *ESTABLISHMENT_ROWS, *REGISTER),
    *(SensitiveUnit, CrisisAnswer, OfferVersion, Draft),
)


@pytest.fixture
def world(db) -> World:
    return build_world()


def rights_by_entity(world: World, viewer: Viewer, model) -> dict[str, set[int]]:
    """The integers that `visible_to` annotates, by establishment."""
    prefix = {GeographicEntity: "", LegalEntity: "geographic_entities__"}.get(model, "geographic_entity__")
    if OFFER_OF.get(model) == IN_SITUATION:
        prefix = "situation__geographic_entity__"
    rows = model.objects.visible_to(viewer)
    return {
        name: set(rows.filter(**{f"{prefix}id_nat_struct": entity.id_nat_struct}).values_list("rights", flat=True))
        for name, entity in world.entities.items()
    }


# Rights: one integer per row.

REACHED = {
    "nation": {"near", "sister", "neighbour", "far"},
    "region": {"near", "sister", "neighbour"},
    "department": {"near", "neighbour"},
    "legal_entity": {"near", "sister"},
    "geographic_entity": {"near"},
}


def test_a_perimeter_gives_its_profile_to_all_that_lies_below_and_to_nothing_else(world):
    for kind in PERIMETER_KINDS:
        viewer = viewer_with(("P2", world.perimeter(kind)))
        for model in (GeographicEntity, Offer, *OFFER_OF, *ESTABLISHMENT_ROWS):
            beside = set() if model in RESTRICTED else {bits()}
            expected = {name: {bits("P2")} if name in REACHED[kind] else beside for name in world.entities}
            assert rights_by_entity(world, viewer, model) == expected, (kind, model)


def test_a_legal_entity_is_governed_by_itself_and_by_its_region(world):
    for kind in PERIMETER_KINDS:
        reached = REACHED[kind] if kind in ("nation", "region", "legal_entity") else set()
        rights = rights_by_entity(world, viewer_with(("P2", world.perimeter(kind))), LegalEntity)
        assert rights == {name: {bits("P2") if name in reached else bits()} for name in world.entities}, kind


def test_rights_are_the_union_of_what_is_held(world):
    viewer = viewer_with(
        ("OWN", world.perimeter("geographic_entity")),
        ("P3", world.perimeter("department")),
        ("P2", world.perimeter("region")),
        ("P4", world.perimeter("nation")),
        ("P2", world.perimeter("nation", "far")),
    )
    assert rights_by_entity(world, viewer, Offer) == {
        "near": {bits("OWN", "P2", "P3", "P4")},
        "neighbour": {bits("P2", "P3", "P4")},
        "sister": {bits("P2", "P4")},
        "far": {bits("P2", "P4")},
    }


def test_without_assignment_one_is_the_public(world):
    inactive = account_with(("P1", world.perimeter("nation")))
    inactive.is_active = False
    for user in (None, AnonymousUser(), UserFactory(), inactive):
        viewer = Viewer(user)
        assert set(Offer.objects.visible_to(viewer).values_list("rights", flat=True)) == {bits()}
        assert rows_read(viewer) == rows_read(Viewer.public())


def test_a_viewer_is_resolved_in_two_queries(world, django_assert_max_num_queries):
    user = account_with(("OWN", world.perimeter("geographic_entity")), ("P2", world.perimeter("region")))
    viewer = Viewer(user)
    with django_assert_max_num_queries(2):
        assert viewer.any_rights == bits("OWN", "P2")
        assert viewer.national_rights == bits()
        assert viewer.may("describe_offer")
        Offer.objects.visible_to(viewer).permitted(viewer, "describe_offer")
        Contact.objects.visible_to(viewer)


# Rows and data, against the hand-written table.


def test_contacts_are_read_by_stored_level_and_profile(world):
    for profile, field in product(PROFILES, FIELDS):
        viewer = holding(world, profile)
        offer = Offer.objects.get(geographic_entity=world.near, name=f"Champ {field}")
        expected = {level for level in LEVELS if expected_reading()[profile, f"contact niveau {level}, champ {field}"]}
        contacts = Contact.objects.visible_to(viewer).filter(offer=offer)
        telecoms = Telecom.objects.visible_to(viewer).filter(contact__offer=offer)
        assert set(contacts.values_list("level", flat=True)) == expected, (profile, field)
        assert set(telecoms.values_list("level", flat=True)) == expected, (profile, field)
        assert {row["level"] for row in read_offer(viewer, offer.slug)["contacts"]} == expected, (profile, field)


def test_contacts_outside_the_perimeter_are_those_of_the_public(world):
    offer = Offer.objects.get(geographic_entity=world.far, name="Champ 04")
    for profile in PROFILES:
        read = read_offer(holding(world, profile), offer.slug)
        assert {row["level"] for row in read["contacts"]} == {1}, profile


def test_a_sensitive_unit_does_not_exist_for_who_may_not_know_it(world):
    offer = Offer.objects.get(geographic_entity=world.near, name="Sensible")
    for profile in PROFILES:
        viewer, known = holding(world, profile), expected_reading()[profile, "unité sensible"]
        rows = Offer.objects.visible_to(viewer)
        assert (offer in list(rows)) is known, profile
        assert rows.filter(geographic_entity=world.near).count() == (3 if known else 2), profile
        assert rows.filter(pk=offer.pk).exists() is known, profile
        assert SensitiveUnit.objects.visible_to(viewer).filter(offer=offer).exists() is known, profile
        for model, path in OFFER_OF.items():
            assert model.objects.visible_to(viewer).filter(**{path: offer}).exists() is known, (profile, model)
        if known:
            read = read_offer(viewer, offer.slug)
            assert (read["sensitive"], read["sensitive_motive"]) == (True, "motif")
            assert {row["level"] for row in read["contacts"]} == {3}
            continue
        for get in (lambda rows=rows: rows.get(pk=offer.pk), lambda viewer=viewer: read_offer(viewer, offer.slug)):
            with pytest.raises(Offer.DoesNotExist):
                get()


def test_knowing_a_sensitive_unit_stops_at_the_perimeter(world):
    reached = {"P1": {world.near, world.sister, world.neighbour}, "OWN": {world.near}}
    for profile, entities in reached.items():
        known = Offer.objects.visible_to(holding(world, profile)).filter(name="Sensible")
        assert {offer.geographic_entity for offer in known} == entities


def test_rows_that_hold_nothing_public_exist_only_for_who_reads_them(world):
    data = {CrisisAnswer: "réponses de crise", OfferVersion: "versions publiées", Draft: "brouillons"}
    for profile, (model, datum) in product(PROFILES, data.items()):
        rows, known = model.objects.visible_to(holding(world, profile)), expected_reading()[profile, datum]
        assert rows.filter(geographic_entity=world.near).exists() is known, (profile, model)
        assert not rows.filter(geographic_entity=world.far).exists(), (profile, model)


def test_no_profile_reads_less_than_the_public(world):
    """On rows here; on the data of a document in `test_more_profiles_never_disclose_less`."""
    for profile in PROFILES:
        assert rows_read(Viewer.public()) <= rows_read(holding(world, profile)), profile


def test_the_public_reads_something_and_not_everything(world):
    """The properties below say nothing on an empty world."""
    public, everything = rows_read(Viewer.public()), rows_read(viewer_with(("P1", world.perimeter("nation"))))
    assert public
    assert public < everything


# Properties, over any set of grants.

PROPERTY = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(PROPERTY, max_examples=6)
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROLES)),
        st.sampled_from(PERIMETER_KINDS),
        st.sampled_from(["near", "sister", "neighbour", "far"]),
    ),
    max_size=4,
    unique=True,
)


def grants_of(world: World, drawn) -> list[tuple[str, Perimeter]]:
    return [(profile, world.perimeter(kind, entity)) for profile, kind, entity in drawn]


@pytest.mark.slow
@PROPERTY
@given(held=GRANTS, added=GRANTS)
def test_adding_a_grant_never_hides_and_removing_one_never_shows(world, held, added):
    user = account_with(*grants_of(world, held))
    before = rows_read(Viewer(user))
    lines = give(user, grants_of(world, added))
    more = rows_read(Viewer(user))
    assert rows_read(Viewer.public()) <= before <= more
    with writing("tests", "command"):
        Assignment.objects.filter(pk__in=[line.pk for line in lines]).delete()
    assert rows_read(Viewer(user)) == before


@PROPERTY
@given(held=GRANTS, ended=GRANTS)
def test_expiry_equals_removal(world, held, ended):
    user = account_with(*grants_of(world, held))
    removed = rows_read(Viewer(user))
    give(user, grants_of(world, ended), ends_at=timezone.now() - datetime.timedelta(days=1))
    assert rows_read(Viewer(user)) == removed


@FEW
@given(held=GRANTS)
def test_the_rows_read_in_sql_are_those_that_disclose_shows(world, held):
    """`disclose` on the whole record, with rights computed by hand, and the query with its filtered rows agree."""
    viewer = viewer_with(*grants_of(world, held))
    offers = Offer.objects.select_related("geographic_entity", "sensitive_unit")
    for offer in offers.filter(geographic_entity__in=[world.near, world.far]):
        rights = bits(*(profile for profile, kind, entity in held if reaches(world, offer, kind, entity)))
        whole = disclose(viewer, whole_subject(offer, rights))
        try:
            read = read_offer(viewer, offer.slug)
        except Offer.DoesNotExist:
            read = {}
        assert flat(read) == flat(whole)


@FEW
@given(held=GRANTS)
def test_a_telecom_is_read_only_with_its_contact_or_its_place(world, held):
    viewer = viewer_with(*grants_of(world, held))
    contacts, places = Contact.objects.visible_to(viewer), Place.objects.visible_to(viewer)
    telecoms = Telecom.objects.visible_to(viewer)
    assert not telecoms.filter(place=None).exclude(contact__in=contacts.values("pk")).exists()
    assert not telecoms.filter(contact=None).exclude(place__in=places.values("pk")).exists()


# Properties of `disclose` on one document, without a database.

LEVEL = st.sampled_from(LEVELS)
TELECOM = st.fixed_dictionaries({"id": st.uuids().map(str), "address": st.just("0261910101"), "level": LEVEL})
CONTACT = st.fixed_dictionaries(
    {"id": st.uuids().map(str), "name": st.just("N"), "level": LEVEL, "telecoms": st.lists(TELECOM, max_size=3)}
)
SUBJECT = st.builds(
    Subject,
    model=st.just("Offer"),
    identifier=st.just("53/1"),
    values=st.fixed_dictionaries(
        {
            "name": st.just("N"),
            "sensitive": st.booleans(),
            "unknown": st.just("?"),
            "contacts": st.lists(CONTACT, max_size=3),
        }
    ),
    rights=st.integers(min_value=0, max_value=sum(BIT.values())),
    legal_kind=st.sampled_from(["I-1", "I-2", "I-3", "I-4", ""]),
    social=st.booleans(),
    sensitive=st.booleans(),
)


@given(subject=SUBJECT, added=st.sampled_from(PROFILES))
def test_more_profiles_never_disclose_less(subject, added):
    more = replace(subject, rights=subject.rights | BIT[added])
    least = replace(subject, rights=0)
    read, with_more, as_public = (flat(disclose(Viewer.public(), row)) for row in (subject, more, least))
    assert as_public <= read <= with_more


@given(subject=SUBJECT)
def test_a_telecom_is_never_disclosed_without_its_contact_nor_above_what_is_read(subject):
    viewer = Viewer.public()
    shown = disclose(viewer, subject)
    assert "unknown" not in shown
    for contact in shown.get("contacts", []):
        original = next(row for row in subject.values["contacts"] if row["id"] == contact["id"])
        assert contact["level"] == original["level"]
        levels = [contact["level"], *(telecom["level"] for telecom in contact["telecoms"])]
        noted = viewer.disclosed.get(("Offer", "53/1"), 1)
        assert max(levels) <= noted


def reaches(world: World, offer: Offer, kind: str, entity: str) -> bool:
    """Whether the perimeter of `kind` that holds `entity` holds the offer's establishment too, by the table above."""
    here = next(name for name, row in world.entities.items() if row.pk == offer.geographic_entity_id)
    together = {
        "nation": {"near", "sister", "neighbour", "far"},
        "region": {"near", "sister", "neighbour"},
        "department": {"near", "neighbour"},
        "legal_entity": {"near", "sister"},
        "geographic_entity": set(),
    }[kind]
    return here == entity or {here, entity} <= together


def whole_subject(offer: Offer, rights: int) -> Subject:
    """All that the record holds of an offer, whoever reads."""
    values = {name: value_of(offer, name) for name in READ_FIELDS} | records.read_document(offer)
    values["places"] = [row | whole_place(row["id"]) for row in values["places"]]
    sensitive = hasattr(offer, "sensitive_unit")
    kind, social = offer.geographic_entity.legal_kind, offer.activity_field_id == SOCIAL_FIELD
    return Subject("Offer", offer.identifier, values, rights, kind, social=social, sensitive=sensitive)


def whole_place(key: str) -> Document:
    """What the document of an offer does not hold of its places."""
    return {
        "identifier": Place.objects.get(pk=key).identifier,
        "capacities": [
            row_of(care, CAPACITY_FIELDS) | {"beds": [row_of(bed, BED_FIELDS) for bed in care.beds.all()]}
            for care in CareCapacity.objects.filter(place=key)
        ],
    }


def row_of(row: CareCapacity | BedCapacity, fields: tuple[str, ...]) -> Document:
    return {"id": str(row.pk)} | {name: value_of(row, name) for name in fields}


def rows_read(viewer: Viewer) -> set[tuple[str, str]]:
    """Every row that the viewer may know of."""
    return {
        (model.__name__, str(pk))
        for model in MODELS
        for pk in model.objects.visible_to(viewer).values_list("pk", flat=True)
    }


def flat(document, path: tuple = ()) -> set:
    """(path, value) of each leaf of a document; rows by their id."""
    leaves = set()
    for key, value in document.items():
        if key in CHILD_ROWS:
            for row in value:
                leaves |= flat(row, (*path, key, row["id"]))
        else:
            leaves.add(((*path, key), repr(value)))
    return leaves
