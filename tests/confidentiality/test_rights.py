"""Rows and data that each profile may know, by perimeter, level and sensitivity: SQL and `disclose` say the same."""

import datetime
from dataclasses import dataclass, replace
from functools import cache
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
from ror.accounts.models import User
from ror.history import writing
from structures import records
from structures.describing.models import Draft
from structures.models import (
    Contact,
    CrisisAnswer,
    GeographicEntity,
    LegalEntity,
    Offer,
    OfferActivity,
    OfferPlace,
    OfferVersion,
    OpeningHours,
    Place,
    SensitiveUnit,
    Telecom,
)
from structures.reading import OFFER_FIELDS, read_offer, value_of
from tests.confidentiality.expected import expected_reading
from tests.factories import (
    CrisisAnswerFactory,
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    UserFactory,
    activity_row,
    hours_row,
    published_offer,
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
}
CHILDREN = (OfferActivity, OpeningHours, OfferPlace, Place, Contact, Telecom)


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


@pytest.fixture
def world(db) -> World:
    """Each establishment has an ordinary offer, a sensitive one, crisis answers and a draft."""
    shared = LegalEntityFactory()
    made = World(
        near=GeographicEntityFactory(health=True, legal_entity=shared),
        sister=GeographicEntityFactory(health=True, legal_entity=shared, insee="22113"),
        neighbour=GeographicEntityFactory(health=True),
        far=GeographicEntityFactory(health=True, insee="14118"),
    )
    for entity in made.entities.values():
        published_offer(entity, name="Champ 04", hours=[hours_row()])
        published_offer(entity, name="Sensible", hours=[hours_row()], sensitive=True, sensitive_motive="motif")
        CrisisAnswerFactory(geographic_entity=entity)
        DraftFactory(geographic_entity=entity)
    other_field = {"activity_field": FIELDS["autre"], "activities": [activity_row(family=None)]}
    published_offer(made.near, name="Champ autre", hours=[hours_row()], **other_field)
    return made


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


def rights_by_entity(world: World, viewer: Viewer, model) -> dict[str, set[int]]:
    """The integers that `visible_to` annotates, by establishment."""
    prefix = {GeographicEntity: "", LegalEntity: "geographic_entities__"}.get(model, "geographic_entity__")
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
    for kind, model in product(PERIMETER_KINDS, (GeographicEntity, Offer, *CHILDREN)):
        rights = rights_by_entity(world, viewer_with(("P2", world.perimeter(kind))), model)
        expected = {name: {bits("P2") if name in REACHED[kind] else bits()} for name in world.entities}
        assert rights == expected, (kind, model)


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


def holding(world: World, profile: str) -> Viewer:
    """Someone who holds the profile on the region of the first three establishments (OWN: on `near`)."""
    if profile == "P0":
        return Viewer.public()
    return viewer_with((profile, world.perimeter("geographic_entity" if profile == "OWN" else "region")))


def test_contacts_are_read_by_stored_level_and_profile(world):
    for profile, field in product(PROFILES, FIELDS):
        viewer = holding(world, profile)
        offer = Offer.objects.get(geographic_entity=world.near, name=f"Champ {field}")
        expected = {level for level in LEVELS if table()[profile, f"contact niveau {level}, champ {field}"]}
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
        viewer, known = holding(world, profile), table()[profile, "unité sensible"]
        rows = Offer.objects.visible_to(viewer)
        assert (offer in list(rows)) is known, profile
        assert rows.filter(geographic_entity=world.near).count() == (3 if known else 2), profile
        assert rows.filter(pk=offer.pk).exists() is known, profile
        assert SensitiveUnit.objects.visible_to(viewer).filter(offer=offer).exists() is known, profile
        for model in CHILDREN:
            path = {Telecom: "contact__offer", Place: "offer_links__offer"}.get(model, "offer")
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
        rows = model.objects.visible_to(holding(world, profile))
        assert rows.filter(geographic_entity=world.near).exists() is table()[profile, datum], (profile, model)
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
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(PROPERTY, max_examples=10)
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
def test_a_telecom_is_read_only_with_its_contact(world, held):
    viewer = viewer_with(*grants_of(world, held))
    contacts = Contact.objects.visible_to(viewer)
    assert not Telecom.objects.visible_to(viewer).exclude(contact__in=contacts.values("pk")).exists()


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
    values = {name: value_of(offer, name) for name in OFFER_FIELDS} | records.read_document(offer)
    sensitive = hasattr(offer, "sensitive_unit")
    kind, social = offer.geographic_entity.legal_kind, offer.activity_field_id == SOCIAL_FIELD
    return Subject("Offer", offer.identifier, values, rights, kind, social=social, sensitive=sensitive)


def rows_read(viewer: Viewer) -> set[tuple[str, str]]:
    """Every row that the viewer may know of."""
    return {
        (model.__name__, str(pk))
        for model in (GeographicEntity, LegalEntity, Offer, *CHILDREN, SensitiveUnit, CrisisAnswer, OfferVersion, Draft)
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


@cache
def table() -> dict[tuple[str, str], bool]:
    return expected_reading()
