"""The data of the demonstration: enough of them, right by every rule, and impossible to take for real ones."""

import gzip
import re

import pytest

from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from ror.phones import is_phone
from ror.reference.identifiers import validate_finess, validate_siren, validate_siret
from ror.reference.models import Commune
from structures import records
from structures.describing.drafts import examined
from structures.describing.models import Draft
from structures.document import canonical
from structures.findings import blocking
from structures.models import (
    Contact,
    CrisisAnswer,
    GeographicEntity,
    LegalEntity,
    Offer,
    OfferVersion,
    Place,
    Telecom,
)
from structures.models.geographic_entity import LegalKind
from structures.publishing import check

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

EMERGENCY_MODE = "R213:33"
PHONES, MAILS, SITE = {"R200:1", "R200:2", "R200:8"}, {"R200:3", "R200:9"}, "R200:4"
# Numbers that Arcep keeps for works of fiction.
FICTION = re.compile(r"(019900|026191|035301|046571|053649|063998)[0-9]{4}")
MARKED = re.compile(r"\bfictifs?\b|\bfictives?\b")


def account(name: str) -> Viewer:
    return Viewer(User.objects.get(email=f"{name}@demo.example.org"))


def test_a_departement_of_establishments_and_offers():
    assert GeographicEntity.objects.count() >= 60
    assert Offer.objects.count() >= 200
    assert set(GeographicEntity.objects.values_list("department", "region")) == {("35", "53")}
    assert GeographicEntity.objects.values("category").distinct().count() >= 30
    assert set(GeographicEntity.objects.values_list("legal_kind", flat=True)) == set(LegalKind.values)


def test_establishments_stand_in_real_communes():
    for entity in GeographicEntity.objects.select_related("commune"):
        assert entity.commune.kind == Commune.Kind.COMMUNE
        assert entity.postcode in entity.commune.postcodes


@pytest.mark.parametrize(("model", "field"), [(GeographicEntity, "name"), (LegalEntity, "legal_name"), (Offer, "name")])
def test_every_name_says_that_it_is_fictitious(model, field):
    assert [name for name in model.objects.values_list(field, flat=True) if not MARKED.search(name)] == []


def test_drafts_say_so_too():
    assert [draft for draft in Draft.objects.all() if not MARKED.search(draft.document["name"])] == []


def test_identifiers_are_right():
    for finess in numbers("finess"):
        validate_finess(finess)
    for entity in LegalEntity.objects.exclude(siren=""):
        validate_siren(entity.siren)
    for entity in GeographicEntity.objects.exclude(siret=""):
        validate_siret(entity.siret)


def test_national_identifiers_follow_from_the_register():
    for entity in GeographicEntity.objects.all():
        assert entity.id_nat_struct == (f"1{entity.finess}" if entity.finess else f"3{entity.siret}")
        assert entity.perimeter.code == entity.id_nat_struct
    for entity in LegalEntity.objects.all():
        assert entity.id_nat_struct == (f"1{entity.finess}" if entity.finess else f"2{entity.siren}")


def test_no_number_belongs_to_a_real_structure(shared_data):
    with gzip.open(shared_data / "finess" / "national-cs1100507-20210108.csv.gz", "rb") as register:
        text = register.read()
    assert [number for number in numbers("finess") if f";{number};".encode() in text] == []


def numbers(field: str) -> list[str]:
    """The numbers of both kinds of entities."""
    return [
        number
        for model in (LegalEntity, GeographicEntity)
        for number in model.objects.exclude(**{field: None}).values_list(field, flat=True)
    ]


def test_phones_ring_nowhere():
    phones = list(Telecom.objects.filter(channel__in=PHONES).values_list("address", flat=True))
    phones += GeographicEntity.objects.values_list("register_phone", flat=True)
    assert [phone for phone in phones if not (FICTION.fullmatch(phone) and is_phone(phone))] == []


def test_mails_and_sites_lead_nowhere():
    addresses = Telecom.objects.exclude(channel__in=PHONES).values_list("channel", "address")
    assert {channel for channel, _ in addresses} == {*MAILS, SITE}
    for channel, address in addresses:
        host = address.rsplit("@", 1)[-1] if channel in MAILS else re.fullmatch(r"https://([^/]+)/", address)[1]
        assert host == "example.org" or host.endswith(".example.org")


def test_nobody_is_named_after_a_real_person():
    names = set(Contact.objects.exclude(name="").values_list("name", flat=True))
    assert len(names) > 1
    last_names = {"Exemple", "Fictif", "Modèle", "Spécimen", "Échantillon", "Essai", "Imaginaire", "Personnage"}
    assert {name.split()[-1] for name in names} <= last_names


def test_no_offer_breaks_a_rule():
    for offer in Offer.objects.open().select_related("geographic_entity"):
        document, formats = canonical(records.read_document(offer))
        assert blocking(formats + check(document, offer.geographic_entity)) == [], offer.name


def test_each_offer_was_published_once_by_the_command():
    versions = OfferVersion.objects.values_list("number", "author_name", "channel")
    assert set(versions) == {(1, "load_demonstration", "demonstration")}
    assert OfferVersion.objects.count() == Offer.objects.count()


def test_contacts_are_at_the_three_levels():
    assert set(Contact.objects.values_list("level", flat=True)) == set(Level.values)
    assert set(Telecom.objects.values_list("level", flat=True)) == set(Level.values)
    private = Telecom.objects.filter(private_emergency_line=True)
    assert private.exists()
    assert set(private.values_list("level", flat=True)) == {Level.CRISIS}


def test_each_viewer_reads_contacts_up_to_its_level():
    levels = [
        set(Telecom.objects.visible_to(viewer).values_list("level", flat=True))
        for viewer in (Viewer.public(), account("professionnel"), account("regulation"))
    ]
    assert levels == [{1}, {1, 2}, {1, 2, 3}]


def test_every_offer_but_the_sensitive_one_can_be_called_by_the_public():
    silent = Offer.objects.exclude(contacts__telecoms__level=Level.PUBLIC, contacts__level=Level.PUBLIC)
    assert [offer.name for offer in silent] == ["Unité de médecine pénitentiaire (offre fictive)"]


def test_one_unit_is_sensitive_and_known_to_few():
    sensitive = Offer.objects.filter(sensitive_unit__isnull=False)
    assert sensitive.count() == 1
    assert [sensitive.visible_to(viewer).count() for viewer in (Viewer.public(), account("professionnel"))] == [0, 0]
    knowing = [account("regulation"), account("gestionnaire.hopital"), account("referent")]
    assert [sensitive.visible_to(viewer).count() for viewer in knowing] == [1, 1, 1]
    assert sensitive.visible_to(account("gestionnaire.ehpad")).count() == 0


def test_the_place_of_the_sensitive_unit_is_its_own():
    places = Place.objects.filter(offer_links__offer__sensitive_unit__isnull=False)
    assert places.get().offer_links.count() == 1


def test_establishments_with_emergencies_answered_the_crisis_questions():
    answered = CrisisAnswer.objects.exclude(orsan_answer="").filter(landing_zone__isnull=False)
    with_emergencies = GeographicEntity.objects.filter(offers__care_mode=EMERGENCY_MODE)
    assert with_emergencies.exists()
    assert not with_emergencies.exclude(crisis_answer__in=answered).exists()
    assert CrisisAnswer.objects.filter(geographic_entity__legal_kind=LegalKind.HEALTH).count() == (
        CrisisAnswer.objects.count()
    )


def test_some_establishments_are_outside_the_perimeter():
    outside = GeographicEntity.objects.filter(in_perimeter=False)
    assert outside.exists()
    assert not outside.exclude(legal_kind=LegalKind.OUTSIDE).exists()
    assert not Offer.objects.filter(geographic_entity__in=outside).exists()


def test_a_new_offer_is_being_described_with_mistakes_to_mend():
    draft = Draft.objects.get(offer=None)
    formats = {finding.path.rsplit(".", 1)[-1] for finding in examined(draft)[1] if finding.rule == "format"}
    assert formats == {"age_min", "closes_at"}
    assert any("02 61 91" in finding.message for finding in examined(draft)[1])
    assert draft.document["age_min"] == "soixante"


def test_a_published_offer_is_being_changed():
    draft = Draft.objects.exclude(offer=None).get()
    assert blocking(examined(draft)[1]) == []
    assert draft.document["name"] != draft.offer.name


def test_drafts_belong_to_the_describer_of_the_nursing_home():
    assert Draft.objects.visible_to(account("gestionnaire.ehpad")).count() == 2
    assert Draft.objects.visible_to(account("gestionnaire.hopital")).count() == 0
