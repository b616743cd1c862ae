"""Internal organisations: created, renamed, moved, never out of their establishment nor below a narrower one."""

import datetime

import pytest
from django.db import connection

from confidentiality.viewer import Viewer
from structures.closing import DEFINITIVE, close
from structures.models import InternalOrganization, Offer
from structures.models.organization import POLE, SERVICE, UNIT
from structures.organizations import OrganizationError, create, describe
from tests.factories import GeographicEntityFactory, InternalOrganizationFactory, OfferFactory, holder

BY = {"author": "tests", "channel": "form"}
TODAY = datetime.date.today()

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def pole(hospital):
    return create(hospital, type=POLE, name="Pôle fictif", **BY)


def fields(refusal):
    return [problem.field for problem in refusal.value.problems]


def test_an_organisation_has_its_identifier_and_its_perimeter_at_once(hospital, pole):
    service = create(hospital, type=SERVICE, name="  Service \n fictif ", parent=pole, opening_date=TODAY, **BY)
    assert pole.identifier.startswith("53/")
    assert service.name == "Service fictif"
    assert service.perimeter.parent_id == pole.perimeter_id
    assert service.perimeter.code == service.identifier
    event = InternalOrganization.pgh_event_models["insert"].objects.get(pgh_obj=service.pk)
    assert event.pgh_context.metadata["channel"] == "form"


def test_everything_wrong_is_said_at_once_and_nothing_is_written(hospital):
    unit = InternalOrganizationFactory(geographic_entity=hospital, type_id=UNIT)
    with pytest.raises(OrganizationError) as refusal:
        create(hospital, type=SERVICE, name=" ", parent=unit, comment="x" * 2_001, **BY)
    assert fields(refusal) == ["name", "comment", "parent"]
    assert InternalOrganization.objects.count() == 1


@pytest.mark.parametrize("code", ["R207:9", "R213:28", "", None])
def test_a_type_that_is_none_is_refused(hospital, code):
    with pytest.raises(OrganizationError) as refusal:
        create(hospital, type=code, name="Service", **BY)
    assert fields(refusal) == ["type"]


@pytest.mark.parametrize(("above", "type"), [(SERVICE, SERVICE), (UNIT, SERVICE), (POLE, POLE)])
def test_nothing_hangs_on_what_is_not_wider(hospital, above, type):
    parent = InternalOrganizationFactory(geographic_entity=hospital, type_id=above)
    with pytest.raises(OrganizationError) as refusal:
        create(hospital, type=type, name="Service", parent=parent, **BY)
    assert fields(refusal) == ["parent"]


def test_an_organisation_of_another_establishment_is_no_parent(hospital, pole):
    stranger = InternalOrganizationFactory()
    with pytest.raises(OrganizationError, match="du même établissement"):
        create(hospital, type=SERVICE, name="Service", parent=stranger, **BY)
    service = create(hospital, type=SERVICE, name="Service", parent=pole, **BY)
    with pytest.raises(OrganizationError, match="du même établissement"):
        describe(service, {"parent": stranger}, **BY)


def test_nothing_opens_below_something_closed(hospital, pole):
    service = create(hospital, type=SERVICE, name="Service", **BY)
    close(pole, DEFINITIVE, TODAY, **BY)
    for write in (
        lambda: create(hospital, type=SERVICE, name="Service", parent=pole, **BY),
        lambda: describe(service, {"parent": pole}, **BY),
    ):
        with pytest.raises(OrganizationError, match="est fermée"):
            write()
    close(hospital, DEFINITIVE, TODAY, **BY)
    with pytest.raises(OrganizationError, match="établissement est fermé"):
        create(hospital, type=POLE, name="Pôle", **BY)
    assert describe(pole, {"name": "Ancien pôle"}, **BY).name == "Ancien pôle"
    connection.check_constraints()


def test_what_is_not_given_stays(hospital, pole):
    service = create(hospital, type=SERVICE, name="Service", parent=pole, comment="à relire", **BY)
    after = describe(service, {"name": "Service renommé"}, **BY)
    assert (after.name, after.parent_id, after.comment) == ("Service renommé", pole.pk, "à relire")
    assert after.identifier == service.identifier
    with pytest.raises(ValueError, match="closing_date"):
        describe(service, {"closing_date": TODAY}, **BY)


def test_rights_follow_an_organisation_that_moves(hospital, pole):
    other = create(hospital, type=POLE, name="Autre pôle", **BY)
    service = create(hospital, type=SERVICE, name="Service", parent=pole, **BY)
    offer = OfferFactory(internal_organization=service)
    users = [holder("describer", row.perimeter) for row in (pole, other)]
    assert [_describes(user, offer) for user in users] == [True, False]
    moved = describe(service, {"parent": other}, **BY)
    assert moved.perimeter.parent_id == other.perimeter_id
    assert [_describes(user, offer) for user in users] == [False, True]
    assert describe(service, {"parent": None}, **BY).perimeter.parent_id is None


def _describes(user, offer):
    viewer = Viewer(user)
    return Offer.objects.visible_to(viewer).permitted(viewer, "describe_offer").filter(pk=offer.pk).exists()


def test_a_type_stays_wider_than_those_below_and_narrower_than_the_one_above(hospital, pole):
    service = create(hospital, type=SERVICE, name="Service", parent=pole, **BY)
    create(hospital, type=UNIT, name="Unité", parent=service, **BY)
    with pytest.raises(OrganizationError) as refusal:
        describe(service, {"type": UNIT}, **BY)
    assert fields(refusal) == ["type"]
    with pytest.raises(OrganizationError) as refusal:
        describe(service, {"type": POLE}, **BY)
    assert fields(refusal) == ["parent"]
    assert describe(service, {"type": POLE, "parent": None}, **BY).type_id == POLE


def test_an_organisation_never_hangs_on_itself_nor_below(hospital, pole):
    service = create(hospital, type=SERVICE, name="Service", parent=pole, **BY)
    for parent in (pole, service):
        with pytest.raises(OrganizationError):
            describe(pole, {"parent": parent}, **BY)


def test_it_does_not_open_after_it_closes(hospital, pole):
    close(pole, DEFINITIVE, TODAY, **BY)
    with pytest.raises(OrganizationError) as refusal:
        describe(pole, {"opening_date": TODAY + datetime.timedelta(days=1)}, **BY)
    assert fields(refusal) == ["opening_date"]
