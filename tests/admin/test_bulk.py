"""Actions on many rows: what changes is shown first, refused rows say why, and only one's own rows change."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as CHOSEN

from structures.models import GeographicEntity, Offer
from tests.admin.conftest import page, role_with, signed_in
from tests.admin.forms import WHY, typed_on
from tests.factories import GeographicEntityFactory, OfferFactory, holder, published_offer, territory

CLOSED = {"closing_type": "R286:DEF", "closing_date": "2026-01-31", "reason": WHY}
LIST = "/admin/structures/offer/"


def chosen(client, action: str, *rows, **typed: str):
    """Choose rows of the list and an action, then type on its page."""
    keys = [str(row.pk) for row in rows]
    first = client.post(page(type(rows[0]), "changelist"), {"action": action, CHOSEN: keys})
    if not typed:
        return first
    return client.post(page(type(rows[0]), "changelist"), {**typed_on(first.content.decode()), CHOSEN: keys, **typed})


def confirmed(client, answer, *rows):
    keys = [str(row.pk) for row in rows]
    return client.post(page(type(rows[0]), "changelist"), {**typed_on(answer.content.decode()), CHOSEN: keys})


def test_many_offers_close_then_reopen(national, hospital):
    rows = [OfferFactory(geographic_entity=hospital) for _ in range(3)]
    asked = chosen(national, "close_row", *rows)
    assert "3 lignes choisies" in asked.content.decode()
    shown = chosen(national, "close_row", *rows, **CLOSED)
    assert "Ce qui change (3)" in shown.content.decode()
    assert not Offer.objects.exclude(closing_type=None).exists()
    assert confirmed(national, shown, *rows).status_code == 302
    assert Offer.objects.filter(closing_type="R286:DEF").count() == 3
    event = Offer.pgh_event_model.objects.filter(pgh_obj_id=rows[0].pk).latest("pgh_id")
    assert event.pgh_context.metadata["reason"] == WHY
    again = chosen(national, "reopen_row", *rows, reason=WHY)
    assert confirmed(national, again, *rows).status_code == 302
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_a_reason_is_asked(national, hospital):
    row = OfferFactory(geographic_entity=hospital)
    answer = chosen(national, "close_row", row, **{**CLOSED, "reason": " "})
    assert "Indiquez le motif." in answer.content.decode()


def test_what_is_refused_is_said_and_left(national, hospital):
    open_one, closed = OfferFactory(geographic_entity=hospital), OfferFactory(geographic_entity=hospital)
    confirmed(national, chosen(national, "close_row", closed, **CLOSED), closed)
    shown = chosen(national, "reopen_row", open_one, closed, reason=WHY)
    html = shown.content.decode()
    assert "Ce qui change (1)" in html
    assert "n&#x27;est pas fermée" in html
    confirmed(national, shown, open_one, closed)
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_what_changed_since_it_was_shown_is_shown_again(national, hospital):
    row, other = OfferFactory(geographic_entity=hospital), OfferFactory(geographic_entity=hospital)
    shown = chosen(national, "close_row", row, **CLOSED)
    answer = national.post(LIST, {**typed_on(shown.content.decode()), CHOSEN: [str(row.pk), str(other.pk)]})
    assert answer.status_code == 200
    assert "Ce qui change (2)" in answer.content.decode()
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_only_rows_of_ones_own_perimeter_change(hospital):
    """The regional role reads everywhere but corrects its own territory only."""
    elsewhere = OfferFactory(geographic_entity=GeographicEntityFactory(insee="75056"))
    role = role_with("enter_admin", "correct_record", profile="P1")
    client = signed_in(holder(role, territory("region", hospital.region_id)))
    answer = chosen(client, "close_row", elsewhere)
    assert elsewhere.identifier not in answer.content.decode()
    confirmed_anyway = client.post(
        LIST, {"action": "close_row", CHOSEN: [str(elsewhere.pk)], "bulk": "1", "confirmed": "x", **CLOSED}
    )
    assert confirmed_anyway.status_code == 302
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_whoever_only_reads_has_no_action(plain, hospital):
    row = published_offer(hospital)
    assert "close_row" not in plain.get(LIST).content.decode()
    plain.post(LIST, {"action": "close_row", CHOSEN: [str(row.pk)], "bulk": "1", **CLOSED})
    assert not Offer.objects.exclude(closing_type=None).exists()


def test_offers_are_transferred_with_their_identifier(national, hospital):
    offer, target = published_offer(hospital), GeographicEntityFactory(health=True)
    shown = chosen(national, "transfer_rows", offer, number=target.finess, reason=WHY)
    assert f"passe à {target.name}" in shown.content.decode()
    offer.refresh_from_db()
    assert offer.geographic_entity == hospital
    confirmed(national, shown, offer)
    moved = Offer.objects.get(identifier=offer.identifier)
    assert moved.geographic_entity == target


@pytest.mark.parametrize("number", ["350000000", "'; --", "zzz"])
def test_an_unknown_establishment_is_refused_in_words(national, hospital, number):
    answer = chosen(national, "transfer_rows", published_offer(hospital), number=number, reason=WHY)
    assert "Aucun établissement que vous pouvez corriger" in answer.content.decode()


def test_establishments_close_with_all_below(national, hospital):
    published_offer(hospital)
    shown = chosen(national, "close_row", hospital, **CLOSED)
    assert "1 établissement, 1 offre" in shown.content.decode()
    confirmed(national, shown, hospital)
    assert GeographicEntity.objects.get(pk=hospital.pk).closing_type_id == "R286:DEF"


def test_one_hundred_rows_at_most(national, hospital, monkeypatch):
    monkeypatch.setattr("confidentiality.admin.bulk.MOST", 1)
    rows = [OfferFactory(geographic_entity=hospital) for _ in range(2)]
    assert chosen(national, "close_row", *rows).status_code == 302
