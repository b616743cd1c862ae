"""Offers attached to another internal organisation of their establishment, many at once."""

from structures.models import Offer, OfferVersion
from tests.admin.forms import WHY
from tests.admin.test_bulk import chosen, confirmed
from tests.factories import GeographicEntityFactory, InternalOrganizationFactory, published_offer


def test_offers_are_attached_elsewhere_then_to_none(national, hospital):
    unit = InternalOrganizationFactory(geographic_entity=hospital)
    offers = [published_offer(hospital) for _ in range(2)]
    shown = chosen(national, "reassign_rows", *offers, number=unit.identifier, reason=WHY)
    assert f"rattachée à {unit.name}" in shown.content.decode()
    assert not Offer.objects.exclude(internal_organization=None).exists()
    assert confirmed(national, shown, *offers).status_code == 302
    assert Offer.objects.filter(internal_organization=unit).count() == 2
    assert OfferVersion.objects.filter(number=2, reason=WHY).count() == 2
    assert offers[0].place_links.get().place.internal_organization == unit
    confirmed(national, chosen(national, "reassign_rows", *offers, number="", reason=WHY), *offers)
    assert not Offer.objects.exclude(internal_organization=None).exists()


def test_an_organisation_of_another_establishment_is_refused_and_an_unknown_one_too(national, hospital):
    offer = published_offer(hospital)
    elsewhere = InternalOrganizationFactory(geographic_entity=GeographicEntityFactory())
    html = chosen(national, "reassign_rows", offer, number=elsewhere.identifier, reason=WHY).content.decode()
    assert "est d&#x27;un autre établissement" in html
    html = chosen(national, "reassign_rows", offer, number="00/0", reason=WHY).content.decode()
    assert "Aucune organisation interne que vous pouvez corriger" in html
