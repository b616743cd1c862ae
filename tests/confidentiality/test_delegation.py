"""Whoever manages accounts gives nothing to themself, whatever its rank."""

import pytest

from confidentiality.delegation import Delegation
from confidentiality.models import Role
from confidentiality.viewer import Viewer
from tests.factories import GeographicEntityFactory, UserFactory, administrator, referent, territory


@pytest.mark.parametrize("role", ["describer", "bed_manager"])
def test_a_role_below_ones_own_is_given_to_others_and_never_to_oneself(db, role):
    entity = GeographicEntityFactory()
    given = Role.objects.get(code=role)
    for manager in (referent(entity.legal_entity), administrator()):
        delegation = Delegation(Viewer(manager))
        assert delegation.may_give(UserFactory(), given, entity.perimeter)
        assert not delegation.may_give(manager, given, entity.perimeter)


def test_a_role_of_ones_own_rank_or_above_is_given_to_nobody(db):
    entity = GeographicEntityFactory()
    delegation = Delegation(Viewer(referent(entity.legal_entity)))
    for role in ("referent", "national_administrator"):
        assert not delegation.may_give(UserFactory(), Role.objects.get(code=role), entity.perimeter)
    assert not Delegation(Viewer(administrator())).may_give(
        UserFactory(), Role.objects.get(code="national_administrator"), territory("nation")
    )
