"""Corrections by the national administrator: with a reason, whole or not at all, and never what is not theirs."""

import pytest

from confidentiality.models import AccessRecord
from professionals.models import OperationalSituation, Practice, Professional
from ror.history import writing
from ror.quality.models import Anomaly
from structures.models import (
    BedCapacity,
    CareCapacity,
    Contact,
    GeographicEntity,
    HousingCapacity,
    InternalOrganization,
    LegalEntity,
    Offer,
    OfferVersion,
    Place,
    SecureMailbox,
    SensitiveUnit,
    SpecificEquipment,
    Tariff,
    Telecom,
)
from structures.models.capacity import CURRENT
from tests.admin.conftest import page, role_with, signed_in, visitor
from tests.admin.forms import WHY, correct, errors_on, typed_on
from tests.admin.rows import row_of
from tests.factories import (
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    AssignmentFactory,
    GeographicEntityFactory,
    SituationFactory,
    TariffFactory,
    administrator,
    holder,
    published_offer,
    territory,
)

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

# One datum of each screen, and what is typed there.
CORRECTIONS = [
    (GeographicEntity, "usual_name", "Nom d'usage fictif"),
    (InternalOrganization, "name", "Service fictif renommé"),
    (Offer, "name", "Offre fictive renommée"),
    (Contact, "description", "Au bout du couloir"),
    (Telecom, "address", "0261910109"),
    (SecureMailbox, "address", "autre@exemple.mssante.fr"),
    (Place, "name", "Bâtiment fictif renommé"),
    (HousingCapacity, "count", "31"),
    (SpecificEquipment, "in_service", "2"),
    (CareCapacity, "comment", "Commentaire fictif"),
    (BedCapacity, "number", "19"),
    (Tariff, "amount", "61.50"),
    (OperationalSituation, "comment", "Commentaire fictif"),
    (Anomaly, "description", "Constatée par téléphone"),
]
EACH = pytest.mark.parametrize(
    ("model", "name", "value"), [pytest.param(*case, id=case[0].__name__) for case in CORRECTIONS]
)


@pytest.fixture
def made(request):
    """A row to correct, published like any other when it belongs to an offer."""
    model, hospital = request.getfixturevalue("model"), request.getfixturevalue("hospital")
    if model not in (Contact, Telecom, Place):
        return row_of(model, hospital)
    offer = published_offer(hospital)
    if model is Place:
        return Place.objects.get(offer_links__offer=offer)
    reception = Contact.objects.get(offer=offer, nature="R287:01")
    return reception if model is Contact else reception.telecoms.get()


def said_of(row) -> dict:
    """Who wrote the row last, through which channel, and why."""
    events = type(row).pgh_event_model.objects.filter(pgh_obj_id=row.pk)
    return events.select_related("pgh_context").order_by("-pgh_id").first().pgh_context.metadata


def values_of(row) -> dict:
    return type(row)._default_manager.filter(pk=row.pk).values().get()


@EACH
def test_a_correction_is_kept_with_its_reason_its_author_and_its_channel(model, name, value, made):
    author = administrator()
    before = values_of(made)[name]
    answer = correct(signed_in(author), made, **{name: value})
    assert answer.status_code == 302, errors_on(answer)
    after = values_of(made)[name]
    assert after != before
    assert str(after) == value.replace(",", ".")
    assert said_of(made) == {"author": author.pk, "author_name": str(author), "channel": "admin", "reason": WHY}


@EACH
@pytest.mark.parametrize("reason", ["", "   ", "\x00", "x" * 301])
def test_without_a_reason_that_can_be_kept_nothing_is_written(model, name, value, made, national, reason):
    before = values_of(made)
    answer = correct(national, made, reason=reason, **{name: value})
    assert answer.status_code == 200
    assert "correction_reason" in answer.context["adminform"].form.errors
    assert values_of(made) == before


def test_a_correction_of_an_offer_is_a_new_version_with_its_reason(national, offer):
    assert correct(national, offer, name="Offre fictive renommée").status_code == 302
    first, second = OfferVersion.objects.filter(offer=offer).order_by("number")
    assert (second.number, second.channel, second.reason) == (first.number + 1, "admin", WHY)
    assert second.document == {**first.document, "name": "Offre fictive renommée"}


def test_a_row_below_an_offer_corrected_on_its_own_page_makes_a_version_of_the_offer(national, offer):
    telecom = Telecom.objects.get(contact__offer=offer, address=PUBLIC_PHONE)
    assert correct(national, telecom, address="0261910109").status_code == 302
    document = OfferVersion.objects.filter(offer=offer).latest("number").document
    assert "0261910109" in str(document["contacts"])


def test_a_page_sent_back_as_it_was_changes_nothing(national, offer):
    assert correct(national, offer).status_code == 302
    assert OfferVersion.objects.filter(offer=offer).count() == 1


def test_rows_of_a_list_are_added_changed_and_removed_in_one_correction(national, offer):
    answer = correct(
        national,
        offer,
        **{
            "hours-TOTAL_FORMS": "6",
            "hours-0-opens_at": "08:00",
            "hours-4-DELETE": "on",
            "hours-5-slot_type": "R252:01",
            "hours-5-weekday": "6",
            "hours-5-opens_at": "10:00",
            "hours-5-closes_at": "12:00",
        },
    )
    assert answer.status_code == 302, errors_on(answer)
    slots = sorted((slot.weekday, slot.opens_at.hour) for slot in offer.hours.all())
    assert slots == [(1, 8), (2, 9), (3, 9), (4, 9), (6, 10)]


# What the rules, the constraints and the database refuse.


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"age_min": "125"}, "L'âge maximal est inférieur à l'âge minimal : corrigez l'un des deux."),
        ({"publics": ""}, "Choisissez au moins un public pris en charge."),
        ({"activities-0-DELETE": "on"}, "Ajoutez au moins une activité opérationnelle."),
        ({"activities-0-family": ""}, "Choisissez la famille de cette activité."),
        ({"hours-0-closes_at": ""}, "Indiquez les deux heures, ou aucune."),
        ({"age_max": "2000"}, "Un âge ne dépasse pas 1 500 : vérifiez le nombre et l'unité."),
    ],
)
def test_what_breaks_a_rule_is_said_and_nothing_is_written(national, offer, changes, sentence):
    answer = correct(national, offer, name="Offre fictive renommée", **changes)
    assert answer.status_code == 200
    assert any(sentence in said for said in errors_on(answer)), errors_on(answer)
    assert "Offre fictive renommée" in answer.content.decode()  # what was typed is still there
    offer.refresh_from_db()
    assert offer.name != "Offre fictive renommée"
    assert OfferVersion.objects.filter(offer=offer).count() == 1


def test_a_rule_refuses_on_the_page_of_a_row_below_as_well(national, offer):
    telecom = Telecom.objects.get(contact__offer=offer, address=PUBLIC_PHONE)
    answer = correct(national, telecom, address="pas un numéro")
    assert answer.status_code == 200
    (said,) = errors_on(answer)
    assert said.startswith("Contact : « pas un numéro » n'est pas un numéro de téléphone")
    contact = Contact.objects.get(offer=offer, nature="R287:01")
    answer = correct(national, contact, **{"telecoms-0-DELETE": "on"})
    assert any("Ajoutez un moyen de joindre ce contact." in said for said in errors_on(answer))
    telecom.refresh_from_db()
    assert telecom.address == PUBLIC_PHONE


def test_a_rule_of_the_establishment_refuses_its_tariffs(national, hospital):
    tariff = TariffFactory(geographic_entity=hospital)
    answer = correct(national, tariff, amount="-1")
    assert any("Un montant n'est pas négatif" in said for said in errors_on(answer))
    answer = correct(national, hospital, usual_name="Nom d'usage fictif", **{"tariffs-0-amount": "-1"})
    assert answer.status_code == 200
    hospital.refresh_from_db()
    assert hospital.usual_name == ""


def test_what_only_the_database_refuses_is_said_in_plain_words(national, hospital):
    bed = row_of(BedCapacity, hospital)
    with writing("tests", "command"):
        other = BedCapacity.objects.create(
            care_capacity_id=bed.care_capacity_id,
            geographic_entity=hospital,
            nature_id=bed.nature_id,
            status_id="R330:02",
            temporality_id=bed.temporality_id,
            source_id=bed.source_id,
            number=1,
        )
    answer = correct(national, other, status=bed.status_id)
    assert errors_on(answer) == ["Ce chiffre figure déjà pour ce lieu : corrigez la ligne existante."]


def test_an_organisation_hangs_on_a_wider_one_of_its_own_establishment_only(national, hospital):
    service = row_of(InternalOrganization, hospital)
    elsewhere = row_of(InternalOrganization, GeographicEntityFactory(health=True)).parent
    answer = correct(national, service, parent=str(elsewhere.pk))
    assert "parent" in answer.context["adminform"].form.errors
    assert elsewhere.name not in national.get(page(InternalOrganization, "change", service.pk)).content.decode()


# What is never corrected.


@pytest.mark.parametrize(
    ("model", "forged"),
    [
        (
            GeographicEntity,
            {"name": "x", "finess": "000000000", "id_nat_struct": "1", "legal_kind": "I-4", "closing_type": "R286:DEF"},
        ),
        (Offer, {"identifier": "x", "activity_field": "R227:01", "care_mode": "R213:28", "version": "9"}),
        (Offer, {"geographic_entity": "1", "published_at_0": "2020-01-01", "closing_type": "R286:DEF"}),
        (InternalOrganization, {"identifier": "x", "geographic_entity": "1", "closing_type": "R286:DEF"}),
        (OperationalSituation, {"identifier": "x", "practice": "1", "offer": "1"}),
        (LegalEntity, {"legal_name": "x", "finess": "000000000", "siren": "1", "closing_date": "2020-01-01"}),
        (BedCapacity, {"level": "1"}),
        (Anomaly, {"geographic_entity": "1", "level": "2", "requester": "1"}),
    ],
)
def test_identity_and_what_is_given_once_cannot_be_forged(national, hospital, model, forged):
    row = row_of(model, hospital)
    before = values_of(row)
    assert correct(national, row, **forged).status_code == 302
    after = values_of(row)
    assert {name for name in before if after[name] != before[name]} <= {"updated_at"}


@pytest.mark.parametrize("model", [Professional, Practice, OfferVersion])
def test_registers_and_versions_are_never_written(national, hospital, model):
    row = row_of(model, hospital)
    html = national.get(page(model, "change", row.pk)).content.decode()
    assert "_save" not in html
    assert "correction_reason" not in html
    assert national.post(page(model, "change", row.pk), {"correction_reason": WHY}).status_code == 403


# Two people at once.


def test_a_page_opened_before_someone_else_wrote_is_refused_and_says_so(national, offer):
    address = page(Offer, "change", offer.pk)
    typed = typed_on(national.get(address).content.decode())
    assert correct(national, offer, comment="Écrit entre-temps").status_code == 302
    answer = national.post(address, {**typed, "correction_reason": WHY, "name": "Offre fictive renommée"})
    assert answer.status_code == 200
    assert any("a été modifiée entre-temps" in said for said in errors_on(answer))
    offer.refresh_from_db()
    assert (offer.name, offer.comment) == ("Hébergement permanent fictif", "Écrit entre-temps")


def test_a_row_of_a_list_written_by_someone_else_is_refused_too(national, hospital):
    care = row_of(CareCapacity, hospital)
    address = page(CareCapacity, "change", care.pk)
    typed = typed_on(national.get(address).content.decode())
    assert correct(national, care.beds.get(), number="18").status_code == 302
    answer = national.post(address, {**typed, "correction_reason": WHY, "beds-0-number": "5"})
    assert answer.status_code == 200
    assert any("Cette ligne a été modifiée entre-temps" in said for said in errors_on(answer))
    assert care.beds.get().number == 18


def test_a_row_of_a_list_removed_by_someone_else_is_refused_too(national, hospital):
    care = row_of(CareCapacity, hospital, 2)
    address = page(CareCapacity, "change", care.pk)
    typed = typed_on(national.get(address).content.decode())
    with writing("tests", "command"):
        BedCapacity.objects.filter(pk=typed["beds-0-id"]).delete_rows()
    answer = national.post(address, {**typed, "correction_reason": WHY, "beds-0-number": "5", "beds-1-number": "6"})
    assert answer.status_code == 200
    assert care.beds.count() == 1


# Rights.


def test_without_the_right_to_correct_everything_is_read_only(offer):
    client = signed_in(visitor("P1"))
    html = client.get(page(Offer, "change", offer.pk)).content.decode()
    assert "_save" not in html
    assert "correction_reason" not in html
    assert "Ajouter un contact" not in html
    assert page(Offer, "close", offer.pk) not in html
    posted = {"name": "x", "correction_reason": WHY}
    assert client.post(page(Offer, "change", offer.pk), posted).status_code == 403
    assert client.get(page(Offer, "close", offer.pk)).status_code == 403
    assert client.get(page(Contact, "add"), {"offer": offer.pk}).status_code == 403


def test_outside_the_perimeter_of_the_right_the_answer_is_the_usual_one(offer):
    elsewhere = published_offer(GeographicEntityFactory(insee="22113", health=True))
    user = holder(role_with("enter_admin", "correct_record", profile="P1"), territory("department", "35"))
    client = signed_in(user)
    assert correct(client, offer, name="Offre fictive renommée").status_code == 302
    posted = {"name": "x", "correction_reason": WHY}
    for name in ("change", "close", "reopen"):
        address = page(Offer, name, elsewhere.pk)
        unknown = page(Offer, name, elsewhere.pk + 1_000_000)
        for ask in (client.get, lambda path: client.post(path, posted)):
            assert (ask(address).status_code, ask(address).url) == (ask(unknown).status_code, ask(unknown).url)
    AssignmentFactory(user=user, role=role_with("enter_admin", profile="P1"), perimeter=territory("nation"))
    client = signed_in(user)
    assert "_save" not in client.get(page(Offer, "change", elsewhere.pk)).content.decode()
    for name in ("change", "close", "reopen"):
        assert client.post(page(Offer, name, elsewhere.pk), posted).status_code == 403
    elsewhere.refresh_from_db()
    assert elsewhere.name == "Hébergement permanent fictif"


def test_someone_who_corrects_without_reading_level_3_leaves_it_as_it_is(offer):
    client = signed_in(visitor("P0", None, "correct_record"))
    html = client.get(page(Offer, "change", offer.pk)).content.decode()
    assert EMERGENCY_PHONE not in html
    assert "Unité sensible" not in html
    assert correct(client, offer, name="Offre fictive renommée").status_code == 302
    contact = Contact.objects.get(offer=offer, level=3)
    forged = {"contacts-0-id": str(contact.pk), "contacts-0-DELETE": "on"}
    assert correct(client, offer, **forged).status_code == 200
    assert contact.telecoms.get().address == EMERGENCY_PHONE


def test_a_row_of_another_page_cannot_be_forged_into_a_list(national, offer, hospital):
    other = published_offer(hospital, name="Autre offre fictive")
    stolen = Contact.objects.filter(offer=other).order_by("pk").first()
    answer = correct(national, offer, **{"contacts-0-id": str(stolen.pk), "contacts-0-description": "x"})
    assert answer.status_code == 200
    stolen.refresh_from_db()
    assert (stolen.offer_id, stolen.description) == (other.pk, "")


# Rows added below another one.


def test_a_contact_is_added_below_an_offer_with_a_way_to_reach_it(national, offer):
    address = f"{page(Contact, 'add')}?offer={offer.pk}"
    typed = typed_on(national.get(address).content.decode())
    contact = {"correction_reason": WHY, "nature": "R287:02", "level": "1"}
    alone = national.post(address, {**typed, **contact})
    assert any("Ajoutez un moyen de joindre ce contact." in said for said in errors_on(alone))
    telecom = {"telecoms-0-channel": "R200:2", "telecoms-0-address": PUBLIC_PHONE, "telecoms-0-level": "1"}
    answer = national.post(
        address,
        {**typed, **contact, "telecoms-TOTAL_FORMS": "1", **telecom, **NOT_DIRECT},
    )
    assert answer.status_code == 302, errors_on(answer)
    added = Contact.objects.get(offer=offer, nature="R287:02")
    assert (added.geographic_entity_id, added.telecoms.get().geographic_entity_id) == (offer.geographic_entity_id,) * 2
    assert said_of(added)["reason"] == WHY
    assert OfferVersion.objects.filter(offer=offer).count() == 2


NOT_DIRECT = {"telecoms-0-direct_line": "false", "telecoms-0-private_emergency_line": "false"}


@pytest.mark.parametrize("owner", [LegalEntity, GeographicEntity, InternalOrganization])
def test_a_contact_is_added_below_each_structure(national, hospital, owner):
    row = row_of(owner, hospital)
    name = {LegalEntity: "legal_entity", GeographicEntity: "geographic_entity"}.get(owner, "internal_organization")
    address = f"{page(Contact, 'add')}?{name}={row.pk}"
    assert address in national.get(page(owner, "change", row.pk)).content.decode()
    typed = typed_on(national.get(address).content.decode())
    telecom = {"telecoms-0-channel": "R200:2", "telecoms-0-address": PUBLIC_PHONE, "telecoms-0-level": "1"}
    said = {"correction_reason": WHY, "nature": "R287:02", "level": "1", "telecoms-TOTAL_FORMS": "1"}
    answer = national.post(address, {**typed, **said, **telecom, **NOT_DIRECT})
    assert answer.status_code == 302, errors_on(answer)
    added = Contact.objects.get(nature="R287:02")
    assert getattr(added, f"{name}_id") == row.pk


def test_a_place_is_added_to_an_offer(national, offer):
    address = f"{page(Place, 'add')}?offer={offer.pk}"
    assert address in national.get(page(Offer, "change", offer.pk)).content.decode()
    typed = typed_on(national.get(address).content.decode())
    place = {"name": "Annexe fictive", "street_name": "des Essais", "postcode": "35000", "commune": "35238"}
    answer = national.post(address, {**typed, **place, "correction_reason": WHY})
    assert answer.status_code == 302, errors_on(answer)
    added = Place.objects.get(name="Annexe fictive")
    assert (added.geographic_entity_id, added.offer_links.get().offer_id) == (offer.geographic_entity_id, offer.pk)
    assert len(OfferVersion.objects.filter(offer=offer).latest("number").document["places"]) == 2
    incomplete = national.post(address, {**typed, "name": "Autre annexe", "commune": "35238", "correction_reason": WHY})
    assert any("Indiquez le code postal." in said for said in errors_on(incomplete)), errors_on(incomplete)
    assert not Place.objects.filter(name="Autre annexe").exists()


def test_equipment_and_capacities_are_added_below_their_place(national, offer):
    place = Place.objects.get(offer_links__offer=offer)
    answer = correct(
        national,
        place,
        **{
            "equipment-TOTAL_FORMS": "1",
            "equipment-0-equipment_type": "R212:003",
            "equipment-0-in_service": "1",
            "housing-TOTAL_FORMS": "1",
            "housing-0-residential_type": "R242:02",
            "housing-0-count": "12",
            "capacities-TOTAL_FORMS": "1",
            "capacities-0-temporary_assignment": "R337:02",
        },
    )
    assert answer.status_code == 302, errors_on(answer)
    rows = [getattr(place, name).get() for name in ("equipment", "housing", "capacities")]
    assert {row.geographic_entity_id for row in rows} == {place.geographic_entity_id}
    (stored,) = OfferVersion.objects.filter(offer=offer).latest("number").document["places"]
    assert (len(stored["equipment"]), len(stored["housing"])) == (1, 1)
    figure = {"beds-0-nature": "R329:01", "beds-0-status": "R330:01", "beds-0-number": "7", "beds-0-source": "R335:01"}
    care = place.capacities.get()
    answer = correct(national, care, **{"beds-TOTAL_FORMS": "1", "beds-0-temporality": CURRENT, **figure})
    assert answer.status_code == 302, errors_on(answer)
    bed = care.beds.get()
    assert (bed.number, said_of(bed)["reason"]) == (7, WHY)
    assert bed.counted_at is not None


def test_a_professional_of_the_register_is_added_to_an_offer(national, offer):
    practice = SituationFactory().practice
    address = f"{page(OperationalSituation, 'add')}?offer={offer.pk}"
    typed = typed_on(national.get(address).content.decode())
    answer = national.post(
        address, {**typed, "practice": practice.pk, "exercise_mode": "R23:S", "correction_reason": WHY}
    )
    assert answer.status_code == 302, errors_on(answer)
    assert said_of(OperationalSituation.objects.get(offer=offer))["reason"] == WHY


@pytest.mark.parametrize("forged", ["0", "abc", "", "9" * 40, "1 OR 1=1", "%00"])
def test_a_parent_that_does_not_exist_adds_nothing(national, offer, forged):
    for model, name in ((Contact, "offer"), (Place, "offer"), (Contact, "geographic_entity")):
        address = f"{page(model, 'add')}?{name}={forged}"
        assert national.get(address).status_code == 403
        assert national.post(address, {"nature": "R287:02", "level": "1", "correction_reason": WHY}).status_code == 403


def test_a_parent_outside_the_perimeter_or_unknown_adds_nothing(offer, hospital):
    sensitive = published_offer(hospital, name="Unité sensible fictive", sensitive=True, sensitive_motive="fictif")
    elsewhere = published_offer(GeographicEntityFactory(insee="22113", health=True))
    user = holder(role_with("enter_admin", "correct_record"), territory("department", "35"))
    client = signed_in(user)
    for parent, status in ((offer, 200), (sensitive, 403), (elsewhere, 403)):
        assert client.get(page(Contact, "add"), {"offer": parent.pk}).status_code == status
        posted = {"nature": "R287:02", "level": "1", "correction_reason": WHY}
        assert client.post(f"{page(Contact, 'add')}?offer={parent.pk}", posted).status_code == status
    assert not Contact.objects.filter(nature="R287:02").exists()


# Sensitive units.


def test_flagging_a_sensitive_unit_closes_every_level_below(national, offer):
    answer = correct(national, offer, **{"sensitive_unit-TOTAL_FORMS": "1", "sensitive_unit-0-motive": "motif fictif"})
    assert answer.status_code == 302, errors_on(answer)
    assert SensitiveUnit.objects.get(offer=offer).motive == "motif fictif"
    assert set(Contact.objects.filter(offer=offer).values_list("level", flat=True)) == {3}
    assert set(Telecom.objects.filter(contact__offer=offer).values_list("level", flat=True)) == {3}
    document = OfferVersion.objects.filter(offer=offer).latest("number").document
    assert (document["sensitive"], document["sensitive_motive"]) == (True, "motif fictif")
    contact = Contact.objects.filter(offer=offer).first()
    answer = correct(national, contact, level="1", **{"telecoms-0-level": "1"})
    assert any("Dans une unité sensible" in said or "niveau" in said.lower() for said in errors_on(answer))
    assert set(Contact.objects.filter(offer=offer).values_list("level", flat=True)) == {3}


def test_no_motive_flags_nothing(national, offer):
    answer = correct(national, offer, **{"sensitive_unit-TOTAL_FORMS": "1"})
    assert answer.status_code == 302
    assert not SensitiveUnit.objects.filter(offer=offer).exists()


def test_taking_the_flag_off_is_confirmed_beside_it(national, sensitive_offer):
    off = {"sensitive_unit-0-DELETE": "on"}
    answer = correct(national, sensitive_offer, **off)
    assert answer.status_code == 200
    assert "deviendra visible du grand public" in answer.content.decode()
    assert SensitiveUnit.objects.filter(offer=sensitive_offer).exists()
    answer = correct(national, sensitive_offer, **off, **{"sensitive_unit-0-confirmed": "on"})
    assert answer.status_code == 302, errors_on(answer)
    assert not SensitiveUnit.objects.filter(offer=sensitive_offer).exists()
    assert set(Contact.objects.filter(offer=sensitive_offer).values_list("level", flat=True)) == {3}


# What the history page tells.


def test_the_history_tells_what_was_done_to_those_who_may_do_it_only(national, plain, sensitive_offer):
    off = {"sensitive_unit-0-DELETE": "on", "sensitive_unit-0-confirmed": "on"}
    assert correct(national, sensitive_offer, **off).status_code == 302
    address = page(Offer, "history", sensitive_offer.pk)
    told = plain.get(address).content.decode()
    assert "sensible" not in told.replace(sensitive_offer.name, "")
    assert "unité sensible" in national.get(address).content.decode()
    assert f"Offer {sensitive_offer.identifier}" in AccessRecord.objects.first().level_3
