"""`make_national_base` over a base that holds a few establishments already, at a small scale."""

from collections import defaultdict

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from confidentiality.levels import Level, minimum_contact_level, minimum_telecom_level
from professionals.models import Practice, Professional, Qualification
from professionals.models.professional import CODE_BY_TYPE, LABELLED
from ror.demonstration.national import AUTHOR, identity
from ror.demonstration.national.generating import classes, generate, made_by_people
from ror.demonstration.national.profiles import profiles
from ror.reference.identifiers import validate_finess, validate_rpps, validate_siren, validate_siret
from ror.reference.nomenclature import nomenclature
from structures import records
from structures.document import Document, canonical
from structures.findings import blocking
from structures.models import (
    BedCapacity,
    Contact,
    GeographicEntity,
    LegalEntity,
    Offer,
    OfferPlace,
    OfferVersion,
    SensitiveUnit,
    Tariff,
    Telecom,
)
from structures.models.capacity import AVAILABLE
from structures.models.geographic_entity import LegalKind
from structures.models.organization import TYPES
from structures.publishing import check, publish
from tests.factories import GeographicEntityFactory, UserFactory, offer_document

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("national")]

SCALE, SEED = 0.005, 7
REASON = "tests"
# What only a register or a software says of what it holds, or what a person does.
NOT_INVENTED = {
    *("Offer.confirmed_at", "Offer.origin"),
    *("LegalEntity.gone_since", "GeographicEntity.gone_since"),
    *("OfferVersion.author", "OfferVersion.reason", "Anomaly.requester"),
}


@pytest.fixture(scope="module")
def national(django_db_setup, django_db_blocker):
    """The base, made once for all the tests of this file, over three establishments that a register gave."""
    with django_db_blocker.unblock(), transaction.atomic():
        loaded = {kind: GeographicEntityFactory(**{kind: True}) for kind in ("health", "social", "outside")}
        before = {kind: columns(entity) for kind, entity in loaded.items()}
        generated = generate(SCALE, SEED)
        connection.check_constraints()
        yield {"loaded": loaded, "before": before, "generated": generated}
        connection.set_rollback(True)


@pytest.fixture
def run(capsys):
    def run(**options) -> list[str]:
        call_command("make_national_base", scale=SCALE, seed=SEED, **options)
        return capsys.readouterr().out.splitlines()

    return run


def columns(entity: GeographicEntity) -> dict:
    return GeographicEntity.objects.trusted(REASON).values().get(pk=entity.pk)


def made() -> models.QuerySet:
    """The offers that the command made."""
    versions = OfferVersion.objects.trusted(REASON).filter(author_name=AUTHOR)
    return Offer.objects.trusted(REASON).filter(pk__in=versions.values("offer")).select_related("geographic_entity")


def rows(model: type[models.Model]) -> models.QuerySet:
    return model.objects.trusted(REASON)


def test_the_volumes_are_those_of_the_scale():
    assert [rows(model).count() for model in (GeographicEntity, Offer, Contact, BedCapacity)] == [
        500,
        1_500,
        3_000,
        2_500,
    ]


def test_every_class_has_rows(national):
    assert [model for model, number in national["generated"].held.items() if not number] == []


def test_every_datum_is_said_somewhere():
    silent = [f"{model.__name__}.{name}" for model in classes() for name in unsaid(model)]
    assert set(silent) - NOT_INVENTED == set()


def unsaid(model: type[models.Model]) -> list[str]:
    """The columns of the model that are empty in every row."""
    return [column.name for column in model._meta.concrete_fields if not said(model, column)]


def said(model: type[models.Model], column: models.Field) -> bool:
    held = rows(model).exclude(**{f"{column.name}__isnull": True})
    if isinstance(column, ArrayField):
        return held.exclude(**{column.name: []}).exists()
    text = isinstance(column, (models.CharField, models.TextField))
    return (held.exclude(**{column.name: ""}) if text else held).exists()


def test_every_code_is_in_force():
    codes = nomenclature()
    strange = [
        (f"{model.__name__}.{column.name}", key)
        for model in classes()
        for column in model._meta.concrete_fields
        if hasattr(column, "value_set")
        for key in keys(model, column)
        if not codes.is_current(column.value_set, key)
    ]
    assert strange == []


def keys(model: type[models.Model], column: models.Field) -> set[str]:
    values = rows(model).order_by().values_list(column.attname, flat=True).distinct()
    return {key for value in values if value for key in (value if column.many else [value])}


def test_what_is_published_would_be_published_today():
    for offer in made()[::4]:
        document = stored(offer)
        clean, found = canonical(document)
        assert clean == document
        assert blocking(found + check(clean, offer.geographic_entity)) == []


def test_versions_say_what_the_rows_say():
    for offer in one_of_each():
        assert by_id(stored(offer)) == by_id(records.read_document(offer))


def stored(offer: Offer) -> Document:
    return rows(OfferVersion).get(offer=offer, number=1).document


def by_id(document: Document) -> Document:
    """The document with its activities in one order: they have none of their own."""
    return document | {"activities": sorted(document["activities"], key=lambda row: row["id"])}


def one_of_each() -> list[Offer]:
    """One offer of each activity field, mode of care and state."""
    kinds = {(offer.activity_field_id, offer.care_mode_id, offer.closing_type_id): offer for offer in made()}
    return [*kinds.values()]


def test_every_version_is_the_first_of_its_offer():
    assert rows(OfferVersion).filter(author_name=AUTHOR).exclude(number=1, channel="demonstration").count() == 0
    assert made().exclude(version=1).count() == 0


def test_contacts_are_never_too_open():
    for contact in rows(Contact).select_related("offer__sensitive_unit", "geographic_entity"):
        entity = contact.geographic_entity
        assert contact.level >= minimum_contact_level(
            nature=contact.nature_id,
            names_person=bool(contact.name),
            ville=entity is not None and entity.legal_kind == LegalKind.VILLE,
            sensitive=is_sensitive(contact.offer),
        )


def test_telecoms_are_never_too_open():
    for telecom in rows(Telecom).exclude(contact=None).select_related("contact__offer__sensitive_unit"):
        assert telecom.level >= minimum_telecom_level(
            channel=telecom.channel_id,
            direct_line=telecom.direct_line,
            private_emergency_line=telecom.private_emergency_line,
            contact_level=telecom.contact.level,
            sensitive=is_sensitive(telecom.contact.offer),
        )


def is_sensitive(offer: Offer | None) -> bool:
    return offer is not None and hasattr(offer, "sensitive_unit")


def test_sensitive_units_keep_everything_at_level_three():
    sensitive = rows(SensitiveUnit).values("offer")
    contacts = rows(Contact).filter(offer__in=sensitive)
    assert contacts.exists()
    assert set(contacts.values_list("level", "telecoms__level")) == {(Level.CRISIS, Level.CRISIS)}
    places = rows(OfferPlace).filter(offer__in=sensitive)
    assert not rows(OfferPlace).filter(place__in=places.values("place")).exclude(offer__in=sensitive).exists()


def test_every_contact_can_be_reached():
    assert not rows(Contact).filter(telecoms=None).exists()


def test_a_closed_offer_has_nothing_available():
    closed = rows(Offer).exclude(closing_type=None)
    assert set(closed.values_list("closing_type", flat=True)) == {"R286:PRO", "R286:DEF"}
    assert closed.filter(closing_type="R286:PRO", reopening_date=None).count() == 0
    places = rows(OfferPlace).filter(offer__in=closed).values("place")
    beds = rows(BedCapacity).filter(care_capacity__place__in=places)
    assert beds.exists()
    assert not beds.filter(status=AVAILABLE, number__gt=0).exists()


def test_nothing_is_described_below_what_is_closed():
    closed = rows(GeographicEntity).exclude(closing_type=None)
    assert closed.exists()
    assert not rows(Offer).filter(geographic_entity__in=closed).exists()


def test_hospitals_have_a_tree_of_organisations():
    hospital = rows(GeographicEntity).filter(category="R66:101", organizations__isnull=False).first()
    types = {organization.type_id for organization in hospital.organizations.trusted(REASON)}
    assert types == set(TYPES)
    assert hospital.offers.trusted(REASON).exclude(internal_organization=None).exists()


def test_some_places_serve_two_offers():
    places: dict = defaultdict(set)
    for place, offer in rows(OfferPlace).values_list("place", "offer"):
        places[place].add(offer)
    assert max(map(len, places.values())) > 1


def test_home_care_names_its_communes():
    services = made().filter(care_mode="R213:49", geographic_entity__category="R66:354")
    assert services.exists()
    assert not services.filter(intervention_communes=[]).exists()


def test_all_kinds_of_tariffs_and_qualifications_appear():
    assert keys(Tariff, Tariff._meta.get_field("kind")) == {*nomenclature().members("J36")}
    types = keys(Qualification, Qualification._meta.get_field("type"))
    assert types == {*CODE_BY_TYPE, *LABELLED}


def test_invented_numbers_are_right_and_in_nobodys_range():
    entities = rows(GeographicEntity).filter(siret__startswith="001")
    assert len(entities) > len(profiles())
    for entity in entities:
        validate_siret(entity.siret)
        if entity.finess:
            validate_finess(entity.finess)
            assert entity.finess.startswith(identity.FINESS)
    for legal in rows(LegalEntity).filter(siren__startswith="001"):
        validate_siren(legal.siren)
    for person in rows(Professional).exclude(rpps=None):
        validate_rpps(person.rpps)
        assert person.rpps.startswith(identity.RPPS)


def test_names_say_that_they_are_invented():
    invented = rows(GeographicEntity).filter(siret__startswith="001")
    assert not invented.exclude(name__contains="fictif").exists()
    assert not made().exclude(name__endswith=" (offre fictive)").exists()
    assert not rows(Practice).exclude(last_name__startswith="Exemple-").exists()


def test_the_word_of_the_register_is_not_touched(national):
    for kind, entity in national["loaded"].items():
        assert columns(entity) == national["before"][kind]


def test_what_was_loaded_is_described_inside_the_perimeter(national):
    described = {kind: entity.offers.trusted(REASON).exists() for kind, entity in national["loaded"].items()}
    assert described == {"health": True, "social": True, "outside": False}


def test_a_second_run_adds_nothing():
    again = generate(SCALE, SEED)
    assert again.added.total() == 0


def test_a_wider_scale_adds_what_is_missing():
    wider = generate(2 * SCALE, SEED)
    connection.check_constraints()
    assert (wider.held[GeographicEntity], wider.held[Offer]) == (1_000, 3_000)


def test_the_same_seed_makes_the_same_base():
    assert added_documents() == added_documents()


def added_documents() -> list[Document]:
    """What a wider run adds, taken back at once; only the numbers that the database gives may differ."""
    known = [*made().values_list("pk", flat=True)]
    with transaction.atomic():
        generate(1.2 * SCALE, SEED)
        documents = [stored(offer) | {"internal_organization": ""} for offer in made().exclude(pk__in=known)]
        transaction.set_rollback(True)
    return sorted(documents, key=lambda document: document["activities"][0]["id"])


def test_the_command_says_how_many_rows_there_are(run):
    printed = run()
    assert "offres : 1\u202f500" in printed
    assert len(printed) == len(classes()) + 2
    assert printed[-1].startswith("durée : ")


def test_it_keeps_away_from_what_people_wrote(run):
    assert not made_by_people()
    UserFactory()
    with pytest.raises(CommandError, match="--yes"):
        run()
    assert run(yes=True)


def test_an_offer_that_somebody_published_keeps_it_away_too(run, national):
    publish(offer_document(), entity=national["loaded"]["social"], author="une personne", channel="form")
    with pytest.raises(CommandError, match="--yes"):
        run()


@pytest.mark.parametrize("typed", ["0", "2", "-1", "beaucoup"])
def test_a_scale_is_a_part_of_the_country(typed):
    with pytest.raises(CommandError, match="part du pays"):
        call_command("make_national_base", "--scale", typed)
