"""What is held on an internal organisation is held below it; rows that lie somewhere by several ways, or by none.

The establishments stand here for organisations: what matters is the perimeter that a row leads to.
"""

from dataclasses import dataclass

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from confidentiality.delegation import Delegation
from confidentiality.governed import NATIONAL_ONLY
from confidentiality.models import Perimeter, Role
from confidentiality.profiles import BIT
from confidentiality.viewer import (
    DEPARTMENT,
    GEOGRAPHIC_ENTITY,
    INTERNAL_ORGANIZATION,
    KINDS,
    LEGAL_ENTITY,
    REGION,
    Viewer,
)
from structures.describing.models import Draft
from structures.models import GeographicEntity, LegalEntity
from tests.factories import (
    AssignmentFactory,
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    PerimeterFactory,
    UserFactory,
    published_offer,
    territory,
)

P0, P2, OWN = BIT["P0"], BIT["P0"] | BIT["P2"], BIT["P0"] | BIT["OWN"]
DESCRIBE = "describe_offer"


def organization(parent: Perimeter | None = None) -> Perimeter:
    return PerimeterFactory(kind=INTERNAL_ORGANIZATION, parent=parent)


def holding(*grants: tuple[str, Perimeter]) -> Viewer:
    """A new account with these roles on these perimeters."""
    user = UserFactory()
    for role, perimeter in grants:
        AssignmentFactory(user=user, role=role, perimeter=perimeter)
    return Viewer(user)


@dataclass
class Hospital:
    """pole > service > unit, with `sister` beside the service and `other` another pole."""

    pole: Perimeter
    service: Perimeter
    unit: Perimeter
    sister: Perimeter
    other: Perimeter

    @property
    def names(self) -> dict[int, str]:
        return {perimeter.pk: name for name, perimeter in vars(self).items()}

    def rights(self, viewer: Viewer) -> dict[str, int]:
        """The integer annotated on the row of each organisation."""
        rows = GeographicEntity.objects.visible_to(viewer).values_list("perimeter", "rights")
        return {self.names[perimeter]: rights for perimeter, rights in rows}

    def permitted(self, viewer: Viewer, permission: str = DESCRIBE) -> set[str]:
        rows = GeographicEntity.objects.visible_to(viewer).permitted(viewer, permission)
        return {self.names[row.perimeter_id] for row in rows}


@pytest.fixture
def hospital(db, monkeypatch) -> Hospital:
    monkeypatch.setattr(GeographicEntity, "governance", {INTERNAL_ORGANIZATION: "perimeter_id"})
    pole, other = organization(), organization()
    service, sister = organization(pole), organization(pole)
    made = Hospital(pole, service, organization(service), sister, other)
    for perimeter in vars(made).values():
        GeographicEntityFactory(health=True, perimeter=perimeter)
    return made


# The tree.


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != INTERNAL_ORGANIZATION])
def test_only_internal_organizations_lie_below_another(db, kind):
    above = organization()
    with pytest.raises(IntegrityError, match="perimeter_parent_only_inside_organizations"), transaction.atomic():
        PerimeterFactory(kind=kind, code="test", parent=above)


def test_a_perimeter_with_others_below_is_kept(db):
    above = organization()
    below = organization(above)
    with pytest.raises(ProtectedError):
        above.delete()
    assert list(above.below.all()) == [below]


# What is held there.

REACHED = {
    "pole": {"pole", "service", "unit", "sister"},
    "service": {"service", "unit"},
    "unit": {"unit"},
    "sister": {"sister"},
    "other": {"other"},
}


@pytest.mark.parametrize("name", REACHED)
def test_an_organization_gives_its_profile_and_permissions_to_all_below_and_to_nothing_else(hospital, name):
    viewer = holding(("describer", getattr(hospital, name)))
    expected = {row: OWN if row in REACHED[name] else P0 for row in REACHED}
    assert hospital.rights(viewer) == expected
    assert hospital.permitted(viewer) == REACHED[name]
    assert hospital.permitted(viewer, "manage_accounts") == set()


def test_nested_grants_add_up_and_never_hide(hospital):
    grants = [("health_professional", hospital.unit), ("describer", hospital.service), ("crisis", hospital.pole)]
    p1 = BIT["P1"]
    assert hospital.rights(holding(*grants)) == {
        "pole": P0 | p1,
        "sister": P0 | p1,
        "service": OWN | p1,
        "unit": OWN | P2 | p1,
        "other": P0,
    }
    assert hospital.permitted(holding(*grants)) == {"service", "unit"}


def test_the_tree_costs_one_query_and_none_to_whom_holds_nothing_there(hospital):
    elsewhere = holding(("describer", territory("region", "53")), ("health_professional", territory("nation")))
    for viewer, queries in ((holding(("describer", hospital.pole), ("crisis", hospital.unit)), 3), (elsewhere, 2)):
        with CaptureQueriesContext(connection) as captured:
            assert viewer.any_rights
            assert viewer.may(DESCRIBE)
            for model in (GeographicEntity, LegalEntity):
                model.objects.visible_to(viewer).permitted(viewer, DESCRIBE)
        assert len(captured) == queries
        assert any("RECURSIVE" in query["sql"] for query in captured.captured_queries) is (queries == 3)


def test_a_circle_ends(hospital):
    Perimeter.objects.filter(pk=hospital.pole.pk).update(parent=hospital.unit)
    assert hospital.permitted(holding(("describer", hospital.unit))) == REACHED["pole"]


def test_who_manages_accounts_there_gives_roles_below(hospital):
    delegation = Delegation(holding(("referent", hospital.service)))
    assert set(delegation.perimeters()) == {hospital.service, hospital.unit}
    describer, colleague = Role.objects.get(pk="describer"), UserFactory()
    given = {name for name in REACHED if delegation.may_give(colleague, describer, getattr(hospital, name))}
    assert given == {"service", "unit"}


# Rows that lie somewhere by several ways.


def test_a_row_is_held_by_any_of_its_ways(db, monkeypatch):
    above, own = organization(), organization()
    GeographicEntityFactory(perimeter=own, legal_entity=LegalEntityFactory(perimeter=above))
    ways = ("perimeter_id", "legal_entity__perimeter_id")
    monkeypatch.setattr(GeographicEntity, "governance", {INTERNAL_ORGANIZATION: ways})
    expected = {
        (("describer", own),): (OWN, True),
        (("describer", above),): (OWN, True),
        (("describer", own), ("health_professional", above)): (OWN | P2, True),
        (("health_professional", own), ("health_professional", above)): (P2, False),
        (("describer", organization()),): (P0, False),
    }
    for grants, (rights, permitted) in expected.items():
        viewer = holding(*grants)
        rows = GeographicEntity.objects.visible_to(viewer)
        assert list(rows.values_list("rights", flat=True)) == [rights], grants
        assert rows.permitted(viewer, DESCRIBE).exists() is permitted, grants


@pytest.mark.parametrize("reverse", [False, True], ids=["absent way first", "absent way last"])
def test_a_way_that_leads_nowhere_takes_nothing_away(db, monkeypatch, reverse):
    """A new description has no offer yet: the way through its offer is NULL."""
    ways = ["offer__geographic_entity__perimeter_id", "geographic_entity__perimeter_id"]
    monkeypatch.setattr(Draft, "governance", {GEOGRAPHIC_ENTITY: tuple(sorted(ways, reverse=reverse))})
    entity = GeographicEntityFactory()
    new, changed = DraftFactory(geographic_entity=entity), DraftFactory(offer=published_offer(entity))
    elsewhere = DraftFactory(geographic_entity=GeographicEntityFactory())
    viewer = holding(("describer", entity.perimeter), ("describer", GeographicEntityFactory().perimeter))
    rows = Draft.objects.visible_to(viewer)
    assert {row.pk: row.rights for row in rows} == {new.pk: OWN, changed.pk: OWN}
    assert set(rows.permitted(viewer, DESCRIBE)) == {new, changed}
    nation = Draft.objects.visible_to(
        holding(("describer", territory("nation")), ("health_professional", entity.perimeter))
    )
    assert {row.pk: row.rights for row in nation} == {new.pk: OWN | P2, changed.pk: OWN | P2, elsewhere.pk: OWN}


# Rows that lie nowhere.


def test_what_the_nation_alone_governs_is_held_by_the_nation_alone(db, monkeypatch):
    entity = LegalEntityFactory()
    monkeypatch.setattr(LegalEntity, "governance", NATIONAL_ONLY)
    nation, region = territory("nation"), territory("region", entity.region_id)
    for perimeter in (nation, region, entity.perimeter):
        viewer = holding(("health_professional", perimeter), ("describer", perimeter))
        rows = LegalEntity.objects.visible_to(viewer)
        assert [row.rights for row in rows] == [OWN | P2 if perimeter == nation else P0], perimeter
        assert rows.permitted(viewer, DESCRIBE).exists() is (perimeter == nation), perimeter


@pytest.mark.parametrize(
    ("governance", "accepted"),
    [
        (NATIONAL_ONLY, True),
        ({REGION: ("region_id", "department__region_id")}, True),
        ({REGION: "region_id", DEPARTMENT: ()}, False),
        ({LEGAL_ENTITY: ()}, False),
        ({"regions": "region_id"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_every_model_says_who_governs_it(monkeypatch, governance, accepted):
    monkeypatch.setattr(LegalEntity, "governance", governance)
    assert [error.id for error in run_checks(tags=["confidentiality"])] == (
        [] if accepted else ["confidentiality.E004"]
    )
