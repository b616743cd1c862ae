"""What is held on a perimeter is what is held on each of its parts, added up, and what belongs to itself alone."""

from itertools import product

import pytest

from tests.confidentiality.test_rights import REGISTER, rows_read
from tests.confidentiality.world import ROLES, World, build_world, viewer_with
from tests.factories import territory

PARTS = {
    "region": ("near", "sister", "neighbour"),
    "department": ("near", "neighbour"),
    "legal_entity": ("near", "sister"),
}


@pytest.fixture
def world(db) -> World:
    return build_world()


@pytest.mark.slow
def test_a_cascade_equals_the_sum_of_its_parts(world):
    for profile, (kind, names) in product(ROLES, PARTS.items()):
        whole = rows_read(viewer_with((profile, world.perimeter(kind))))
        apart = (rows_read(viewer_with((profile, world.entities[name].perimeter))) for name in names)
        together = set().union(*apart)
        assert together <= whole, (profile, kind)
        # A legal entity has contacts of its own, which are held from itself and from its region only.
        own = {model for model, _ in whole - together}
        assert own <= ({"Contact", "Telecom"} if kind != "department" else set()), (profile, kind)


def test_the_nation_is_the_sum_of_its_regions_and_of_the_register_of_persons(world):
    for profile in ROLES:
        whole = rows_read(viewer_with((profile, world.perimeter("nation"))))
        regions = [territory("region", code) for code in {row.region_id for row in world.entities.values()}]
        together = rows_read(viewer_with(*((profile, region) for region in regions)))
        assert together <= whole, profile
        assert {model for model, _ in whole - together} <= {model.__name__ for model in REGISTER}, profile
