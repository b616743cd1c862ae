"""Rows whose data are restricted in some legal kinds only: there, those who read level 1 do not know that they exist.

The case is that of the four attributes of expertise (arrêté du 26 décembre 2023, article 2, 2°), played here by the
activities of an offer.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from confidentiality import policy
from confidentiality.hiding import hides_rows
from confidentiality.viewer import Viewer
from ror.history import writing
from structures.models import GeographicEntity, Offer, OfferActivity
from structures.reading import read_offer
from tests.confidentiality.policy_caches import forget_policy
from tests.factories import AssignmentFactory, GeographicEntityFactory, UserFactory, published_offer, territory

EXPERTISE = {"I-1": 2, "I-2": 1, "I-3": 2, "I-4": 1}
KIND = "geographic_entity__legal_kind"


@pytest.fixture
def expertise(monkeypatch) -> Iterator[None]:
    """The activities of an offer are data of the kind of expertise."""
    lines = {
        key: replace(line, levels=EXPERTISE) if line.model == "OfferActivity" else line
        for key, line in policy.policy().items()
    }
    monkeypatch.setattr(policy, "policy", lambda: lines)
    forget_policy()
    yield
    forget_policy()


@pytest.fixture
def offers(db) -> dict[str, Offer]:
    """One published offer for each legal kind, and one whose kind is no longer known."""
    made = {kind: published_offer(GeographicEntityFactory(health=True)) for kind in (*policy.KINDS, "")}
    with writing("tests", "command"):
        for kind, offer in made.items():
            GeographicEntity.objects.filter(pk=offer.geographic_entity_id).update(legal_kind=kind)
    return made


def professional(kind: str, code: str) -> Viewer:
    """Someone who reads level 2 on a territory."""
    user = UserFactory()
    AssignmentFactory(user=user, role="health_professional", perimeter=territory(kind, code))
    return Viewer(user)


def kinds_read(viewer: Viewer) -> set[str]:
    return set(OfferActivity.objects.visible_to(viewer).values_list(KIND, flat=True))


def test_a_row_exists_where_its_least_level_is_read(expertise, offers, monkeypatch):
    monkeypatch.setattr(OfferActivity, "kind_lookup", KIND)
    assert kinds_read(Viewer.public()) == {"I-2", "I-4"}
    assert OfferActivity.objects.visible_to(Viewer.public()).count() == 2
    assert kinds_read(professional("region", "53")) == set(offers)
    assert kinds_read(professional("region", "28")) == {"I-2", "I-4"}


def test_the_rows_read_are_those_that_are_disclosed(expertise, offers, monkeypatch):
    monkeypatch.setattr(OfferActivity, "kind_lookup", KIND)
    for viewer in (Viewer.public(), professional("department", "35"), professional("department", "22")):
        disclosed = {kind for kind, offer in offers.items() if read_offer(viewer, offer.slug)["activities"]}
        assert disclosed == kinds_read(viewer)


def test_without_a_way_to_the_kind_every_row_takes_the_strictest_level(expertise, offers):
    assert kinds_read(Viewer.public()) == set()
    assert kinds_read(professional("region", "53")) == set(offers)


def test_a_kind_that_a_row_does_not_lead_to_is_unknown(expertise, offers, monkeypatch):
    """A way that is NULL, as that of a contact that hangs on no establishment."""
    monkeypatch.setattr(OfferActivity, "kind_lookup", "offer__draft__geographic_entity__legal_kind")
    assert kinds_read(Viewer.public()) == set()
    assert kinds_read(professional("region", "53")) == set(offers)


def test_one_level_for_all_kinds_asks_nothing_of_the_kind(offers, monkeypatch):
    monkeypatch.setattr(OfferActivity, "kind_lookup", "offer__draft__geographic_entity__legal_kind")
    assert kinds_read(Viewer.public()) == set(offers)
    assert "draft" not in str(OfferActivity.objects.visible_to(Viewer.public()).query)


def test_such_a_model_hides_rows(expertise):
    assert hides_rows(OfferActivity)


def test_the_least_level_of_a_model_is_said_for_each_kind(expertise):
    assert policy.least_levels("OfferActivity") == EXPERTISE
    assert policy.least_levels("CrisisAnswer") == dict.fromkeys(policy.KINDS, 3)
    assert policy.least_levels("Contact") == dict.fromkeys(policy.KINDS, 1), "the row says more"
    assert policy.least_levels("Imaginary") == dict.fromkeys(policy.KINDS, 3), "what is not classified is not shown"
