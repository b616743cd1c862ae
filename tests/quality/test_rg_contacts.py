"""Rules of contacts: each is broken, and seen refused."""

import pytest

from confidentiality.levels import Level
from ror.history import writing
from structures.models import Contact, SensitiveUnit, Telecom
from tests.factories import (
    AUTHOR,
    CHANNEL,
    ContactFactory,
    InternalOrganizationFactory,
    SituationTelecomFactory,
    TelecomFactory,
    contact_row,
    published_offer,
    telecom_row,
)
from tests.quality.refusals import accepted, change, refused, rules_that_refuse

pytestmark = pytest.mark.django_db

PERSON = {"nature": None, "function": "R251:03", "name": "Camille Exemple"}


def test_rg_exp_013_each_organisation_has_its_own_contacts():
    pole = InternalOrganizationFactory()
    with accepted():
        contact = ContactFactory(offer=None, internal_organization=pole)
    with refused("contact_of_one_owner"):
        ContactFactory(internal_organization=pole)
    with refused("contact_of_one_owner"):
        change(contact, legal_entity=pole.geographic_entity.legal_entity)


def test_rg_exp_032_a_contact_is_at_level_2_by_default():
    assert Contact().level == Level.PROFESSIONAL
    with refused("contact_level_known"):
        ContactFactory(level=4)
    assert "10" in rules_that_refuse(contacts=[contact_row(level=None)])


def test_rg_exp_033_a_telecom_is_at_level_2_by_default():
    assert Telecom().level == Level.PROFESSIONAL
    with refused("telecom_level_known"):
        TelecomFactory(level=4)
    with refused("situationtelecom_level_known"):
        SituationTelecomFactory(level=0)
    assert "10" in rules_that_refuse(contacts=[contact_row(telecoms=[telecom_row(level=None)])])


def test_rg_exp_034_a_telecom_is_never_more_open_than_its_contact():
    contact = ContactFactory(level=Level.PUBLIC)
    telecom = TelecomFactory(contact=contact, level=Level.PUBLIC)
    with refused("more open than its contact"):
        change(contact, level=Level.PROFESSIONAL)
    with accepted():
        change(telecom, level=Level.CRISIS)
        change(contact, level=Level.CRISIS)
    with refused("more open than its contact"):
        change(telecom, level=Level.PROFESSIONAL)
    with refused("more open than its contact"):
        TelecomFactory(contact=contact, level=Level.PROFESSIONAL)
    assert "10" in rules_that_refuse(contacts=[contact_row(level=Level.PROFESSIONAL)])


def test_rg_exp_039_a_sensitive_unit_has_every_contact_at_level_3():
    offer = published_offer(sensitive=True)
    assert set(Contact.objects.filter(offer=offer).values_list("level", flat=True)) == {Level.CRISIS}
    assert set(Telecom.objects.filter(contact__offer=offer).values_list("level", flat=True)) == {Level.CRISIS}
    with refused("sensitive unit is below level 3"):
        change(
            Telecom.objects.filter(contact__offer=offer, private_emergency_line=False).first(), level=Level.PROFESSIONAL
        )
    with refused("sensitive unit is below level 3"):
        ContactFactory(offer=offer, level=Level.PROFESSIONAL)
    ordinary = TelecomFactory().contact.offer
    with refused("sensitive unit is below level 3"), writing(AUTHOR, CHANNEL):
        SensitiveUnit.objects.create(offer=ordinary)


def test_rg_exp_040_a_nature_excludes_a_person():
    contact = ContactFactory()
    with refused("contact_nature_or_function_and_name"):
        change(contact, name="Camille Exemple")
    with refused("contact_nature_or_function_and_name"):
        change(contact, function="R251:03")
    both = contact_row(**{**PERSON, "nature": "R287:01"}, level=2, telecoms=[telecom_row(level=2)])
    assert "9" in rules_that_refuse(contacts=[both])


def test_rg_exp_041_a_function_needs_a_name():
    with refused("contact_nature_or_function_and_name"):
        ContactFactory(nature_id=None, function_id="R251:03", name="")
    with refused("contact_nature_or_function_and_name"):
        ContactFactory(nature_id=None, name="Camille Exemple")
    nameless = contact_row(**{**PERSON, "name": None}, level=2, telecoms=[telecom_row(level=2)])
    assert "9" in rules_that_refuse(contacts=[nameless])
