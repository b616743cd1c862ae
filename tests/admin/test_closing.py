"""Closing and reopening from the administration: shown first, confirmed next, with a reason."""

import pytest

from structures.models import BedCapacity, GeographicEntity, InternalOrganization, LegalEntity, Offer
from structures.models.capacity import AVAILABLE
from tests.admin.conftest import SENSITIVE_NAME, page, role_with, signed_in
from tests.admin.forms import WHY, typed_on
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    InternalOrganizationFactory,
    OfferFactory,
    PlaceFactory,
    holder,
    published_offer,
    territory,
)

CLOSED = {"closing_type": "R286:DEF", "closing_date": "2026-01-31", "reason": WHY}


@pytest.fixture
def below(hospital):
    """An organisation with one offer, and its available beds."""
    offer = OfferFactory(internal_organization=InternalOrganizationFactory(geographic_entity=hospital))
    beds = BedCapacityFactory(
        care_capacity=CareCapacityFactory(place=PlaceFactory(offer=offer)), status_id=AVAILABLE, number=5
    )
    return offer, beds


def things(hospital, offer) -> dict:
    return {
        LegalEntity: hospital.legal_entity,
        GeographicEntity: hospital,
        InternalOrganization: offer.internal_organization,
        Offer: offer,
    }


def seen_first(client, address: str, **typed: str):
    """Send the form a first time; the page that shows what would be done."""
    answer = client.post(address, typed)
    assert answer.status_code == 200
    return answer


def confirmed(client, address: str, **typed: str):
    shown = seen_first(client, address, **typed)
    return client.post(address, typed_on(shown.content.decode()))


@pytest.mark.slow
@pytest.mark.parametrize("model", [LegalEntity, GeographicEntity, InternalOrganization, Offer])
def test_what_closes_is_shown_first_then_closed_with_all_below_then_reopened(national, hospital, below, model):
    offer, beds = below
    row = things(hospital, offer)[model]
    address = page(model, "close", row.pk)
    assert address in national.get(page(model, "change", row.pk)).content.decode()
    html = seen_first(national, address, **CLOSED).content.decode()
    assert "1 offre" in html
    assert offer.name in html
    assert "1 chiffre de lits ou places remis à zéro" in html
    offer.refresh_from_db()
    assert offer.closing_type_id is None, "nothing is written before it is confirmed"
    answer = confirmed(national, address, **CLOSED)
    assert (answer.status_code, answer.url) == (302, page(model, "change", row.pk))
    for stored in (row, offer, beds):
        stored.refresh_from_db()
    assert (row.closing_type_id, str(row.closing_date)) == ("R286:DEF", "2026-01-31")
    assert offer.closing_type_id == "R286:DEF"
    assert beds.number == 0
    event = model.pgh_event_model.objects.filter(pgh_obj_id=row.pk).latest("pgh_id")
    assert (event.pgh_context.metadata["channel"], event.pgh_context.metadata["reason"]) == ("admin", WHY)
    reopening = page(model, "reopen", row.pk)
    assert reopening in national.get(page(model, "change", row.pk)).content.decode()
    assert confirmed(national, reopening, reason=WHY).status_code == 302
    row.refresh_from_db()
    offer.refresh_from_db()
    assert (row.closing_type_id, offer.closing_type_id) == (None, None)


@pytest.mark.parametrize("name", ["closing_type", "closing_date", "reason"])
def test_nothing_closes_without_a_type_a_day_and_a_reason(national, offer, name):
    answer = national.post(page(Offer, "close", offer.pk), {**CLOSED, name: "  "})
    assert answer.status_code == 200
    assert answer.context["form"].errors[name]
    assert answer.context["preview"] is None


def test_only_what_was_shown_is_confirmed(national, offer):
    address = page(Offer, "close", offer.pk)
    typed = typed_on(seen_first(national, address, **CLOSED).content.decode())
    answer = national.post(address, {**typed, "closing_date": "2026-02-28"})
    assert answer.status_code == 200
    assert "Rien n'est encore enregistré" in answer.content.decode()
    offer.refresh_from_db()
    assert offer.closing_type_id is None


def test_what_stands_in_the_way_of_a_closing_is_said(national, offer):
    answer = national.post(page(Offer, "close", offer.pk), {**CLOSED, "reopening_date": "2026-03-01"})
    assert answer.context["form"].non_field_errors()
    answer = national.post(page(Offer, "reopen", offer.pk), {"reason": WHY})
    assert answer.context["form"].non_field_errors()
    assert BedCapacity.objects.count() == 0


def test_an_offer_does_not_reopen_below_what_stays_closed(national, hospital, below):
    offer, _ = below
    assert confirmed(national, page(GeographicEntity, "close", hospital.pk), **CLOSED).status_code == 302
    answer = national.post(page(Offer, "reopen", offer.pk), {"reason": WHY})
    assert any("Rouvrez" in said for said in answer.context["form"].non_field_errors())


def test_the_page_names_no_sensitive_unit_to_those_who_may_not_know_it(hospital, offer, sensitive_offer):
    user = holder(role_with("enter_admin", "correct_record"), territory("nation"))
    html = seen_first(signed_in(user), page(GeographicEntity, "close", hospital.pk), **CLOSED).content.decode()
    assert offer.name in html
    assert SENSITIVE_NAME not in html
    assert sensitive_offer.identifier not in html
    assert "1 offre" in html
    assert "2 offres" not in html


def test_a_row_that_does_not_exist_is_said_so(national):
    for name in ("close", "reopen"):
        assert national.get(page(Offer, name, 10**9)).status_code == 302
        assert national.get(page(Offer, name, "a_00b")).status_code == 302


def test_a_closed_offer_gets_no_new_contact_without_a_sentence(national, hospital):
    offer = published_offer(hospital)
    assert confirmed(national, page(Offer, "close", offer.pk), **CLOSED).status_code == 302
    html = national.get(page(Offer, "change", offer.pk)).content.decode()
    assert "Modifier la fermeture" in html
    assert "Rouvrir" in html
