"""`manage.py check_rules`: each rule counts who breaks it, once nothing in the database refuses any more."""

import datetime
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, models

from ror.history import writing
from ror.quality.exposition import NOT_RULES, RULES, ExpositionRule
from ror.quality.exposition.guards import Catalogue, Constraint, Everywhere, Function, NotNull, Trigger, fallen
from ror.quality.management.commands.check_rules import is_a_test
from structures.models import Offer, OpeningHours
from structures.models.hours import SlotQuerySet
from tests.factories import (
    AUTHOR,
    CHANNEL,
    BedCapacityFactory,
    ContactFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    LegalEntityFactory,
    OfferFactory,
    OpeningHoursFactory,
    ProfessionalFactory,
    SituationHoursFactory,
    TariffFactory,
    TelecomFactory,
    published_offer,
)
from tests.quality.refusals import change

pytestmark = pytest.mark.django_db

IN_THE_TEXT = {f"{number:03}" for number in range(2, 50)} - {"012", "019", "021", "022", "028"}
LAST_MONTH = datetime.date.today() - datetime.timedelta(days=30)
PAST = {"weekday": None, "period_start": LAST_MONTH, "period_end": LAST_MONTH}
PLANTED: dict[str, Callable[[], None]] = {}


def breaks(number: str) -> Callable:
    """Declare what plants a breach of one rule."""

    def declare(plant: Callable[[], None]) -> Callable[[], None]:
        PLANTED[number] = plant
        return plant

    return declare


def force(row: models.Model, without: str = "", **columns) -> None:
    """Write columns of one row as no road of the portal can: without triggers, nor the constraint named."""
    table, key = row._meta.db_table, row._meta.pk.column
    settings = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if without.endswith("_at"):
            cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{without}" DROP NOT NULL')
        elif without:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {without}")
            cursor.execute(f"DROP INDEX IF EXISTS {without}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f'UPDATE {table} SET {settings} WHERE "{key}" = %s', [*columns.values(), row.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


breaks("002")(lambda: OfferFactory())  # neither activity nor place
breaks("003")(lambda: force(OfferFactory(), closing_type_id="R286:ERR", closing_date=LAST_MONTH))
breaks("004")(lambda: force(LegalEntityFactory(), id_nat_struct="2732829320"))
breaks("005")(lambda: force(GeographicEntityFactory(), id_nat_struct="373282932000074"))
breaks("006")(lambda: force(ContactFactory(), "contact_alert_nature_not_public", nature_id="R287:08"))
breaks("008")(lambda: OfferFactory(publics=[]))
breaks("009")(lambda: force(OfferFactory(), intervention_communes=["35"]))
breaks("010")(lambda: force(published_offer(), activity_field_id="R227:01"))
breaks("011")(lambda: force(published_offer(), care_mode_id="R213:47"))
breaks("014")(lambda: force(OpeningHoursFactory(), "openinghours_weekday_or_period", weekday=None))
breaks("015")(lambda: force(OpeningHoursFactory(), "openinghours_weekday_in_week", weekday=8))
breaks("016")(lambda: force(OpeningHoursFactory(), "openinghours_period_ends_after_start", period_end=LAST_MONTH))
breaks("020")(lambda: force(OfferFactory(), "updated_at", updated_at=None))
breaks("023")(lambda: force(OfferFactory(), updated_at=LAST_MONTH))
breaks("029")(
    lambda: force(TariffFactory(single_room=True), "tariff_supplement_for_single_room", residential_type_id="R242:03")
)
breaks("030 (professionnels)")(lambda: force(ProfessionalFactory(), id_nat_ps="0359999999"))
breaks("030 (territoires)")(lambda: force(GeographicEntityFactory(), health_territories=["R30:53"]))
breaks("032")(lambda: force(ContactFactory(), "contact_level_known", level=4))
breaks("033")(lambda: force(TelecomFactory(), "telecom_level_known", level=4))
breaks("034")(lambda: force(TelecomFactory(contact__level=2, level=2), level=1))
breaks("036")(
    lambda: force(
        TariffFactory(extra_service=True), "tariff_extra_service_named_once", other_additional_service="Coiffure"
    )
)
breaks("037")(lambda: force(LegalEntityFactory(), office_rank="35999999901"))
breaks("038")(lambda: force(GeographicEntityFactory(), office_rank="90000000010011"))
breaks("039")(lambda: force(published_offer(sensitive=True).contacts.first(), level=2))
breaks("040")(lambda: force(ContactFactory(), "contact_nature_or_function_and_name", name="Camille Exemple"))
breaks("041")(lambda: force(ContactFactory(), "contact_nature_or_function_and_name", nature_id=None))
breaks("042")(lambda: force(OfferFactory(), identifier="53/0"))
breaks("043")(lambda: force(OfferFactory(), "offer_closing_type_with_date", closing_date=LAST_MONTH))
breaks("044")(lambda: force(OfferFactory().geographic_entity, closing_type_id="R286:DEF", closing_date=LAST_MONTH))
breaks("046")(lambda: force(OfferFactory(), "offer_reopening_only_after_temporary_closing", reopening_date=LAST_MONTH))
breaks("048")(lambda: force(OfferFactory(), "offer_age_units_known", age_min_unit="h"))
breaks("049")(lambda: force(SituationHoursFactory(), "situationhours_slot_type_of_a_person", slot_type_id="R252:01"))


@breaks("007")
def an_activity_without_family():
    force(published_offer().activities.first(), family_id=None)


@breaks("013")
def a_contact_that_is_not_of_the_establishment_of_its_organisation():
    contact = ContactFactory(offer=None, internal_organization=InternalOrganizationFactory())
    force(contact, geographic_entity_id=GeographicEntityFactory().pk)


@breaks("024")
def a_change_that_left_the_date():
    offer = OfferFactory()
    change(offer, comment="changé")
    force(offer, updated_at=LAST_MONTH)


@breaks("025")
def a_deletion_that_left_the_date_above():
    slot = OpeningHoursFactory()
    with writing(AUTHOR, CHANNEL):
        OpeningHours.objects.filter(pk=slot.pk).delete_rows()
    force(slot.offer, updated_at=LAST_MONTH)


@breaks("026")
def the_same_housing_base_twice():
    tariff = TariffFactory()
    other = TariffFactory(geographic_entity=tariff.geographic_entity, under_60=True)
    force(other, "tariff_one_housing_base", under_60=False)


@breaks("027")
def the_same_tariff_twice():
    tariff = TariffFactory(meals=True)
    other = TariffFactory(meals=True, geographic_entity=tariff.geographic_entity, name="Repas du soir livré")
    force(other, "tariff_one_amount_per_combination", name=tariff.name)


@breaks("031")
def a_write_of_the_register_signed_otherwise():
    ProfessionalFactory()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("""UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{channel}', '"form"')""")
        cursor.execute("SET LOCAL session_replication_role = origin")


@breaks("035")
def an_offer_sensitive_without_anyone_having_said_so():
    published_offer(sensitive=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("""UPDATE structures_offerversion SET document = jsonb_set(document, '{sensitive}', 'false')""")
        cursor.execute("SET LOCAL session_replication_role = origin")


@breaks("045")
def a_definitive_closing_with_a_reopening():
    closed = {"closing_type_id": "R286:DEF", "closing_date": LAST_MONTH, "reopening_date": LAST_MONTH}
    force(OfferFactory(), "offer_reopening_only_after_temporary_closing", **closed)


@breaks("047")
def a_bed_available_in_a_closed_offer():
    BedCapacityFactory(status_id="R330:02", number=1)
    force(Offer.objects.get(), closing_type_id="R286:DEF", closing_date=LAST_MONTH)


def rule_of(number: str) -> ExpositionRule:
    return next(rule for rule in RULES if rule.number == number)


@pytest.mark.parametrize("number", sorted(PLANTED))
def test_a_planted_breach_is_counted(number):
    rule = rule_of(number)
    assert rule.count() == 0
    PLANTED[number]()
    assert rule.count() > 0


def test_what_would_be_sent_of_the_past_is_counted(monkeypatch):
    OpeningHoursFactory(**PAST)
    monkeypatch.setattr(SlotQuerySet, "not_past", lambda rows, day: rows)
    assert rule_of("018").count() == 1


def test_what_would_not_be_sent_of_today_is_counted(monkeypatch):
    OpeningHoursFactory()
    monkeypatch.setattr(SlotQuerySet, "not_past", lambda rows, day: rows.none())
    assert rule_of("017").count() == 1


def test_every_breach_can_be_counted():
    assert {rule.number for rule in RULES} == set(PLANTED) | {"017", "018"}


def test_every_number_of_the_text_is_there_and_no_other():
    assert {rule.number[:3] for rule in RULES} == IN_THE_TEXT
    assert len(RULES) == len({rule.number for rule in RULES})
    assert not IN_THE_TEXT & set(NOT_RULES)


def run() -> tuple[list[str], int]:
    out = StringIO()
    try:
        call_command("check_rules", stdout=out)
    except SystemExit as end:
        return out.getvalue().splitlines(), end.code
    return out.getvalue().splitlines(), 0


def test_the_command_finds_what_holds_each_rule_its_test_and_no_breach():
    published_offer()
    lines, code = run()
    assert code == 0, "\n".join(lines)
    assert lines[-1] == f"règles={len(RULES)} manquements=0"
    assert sum(line.startswith("RG_EXP_") for line in lines) == len(RULES) + len(NOT_RULES)
    assert all(f"test {rule.test}" in line for rule, line in zip(RULES, lines, strict=False))


def test_the_command_fails_on_a_breach():
    OfferFactory(publics=[])
    lines, code = run()
    assert code == 1
    assert any(line.startswith("RG_EXP_008") and line.endswith("manquements=1") for line in lines)


def test_the_command_says_what_is_not_found_any_more():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE structures_offer DROP CONSTRAINT offer_age_units_known")
    lines, code = run()
    assert code == 1
    assert [line for line in lines if "INTROUVABLE" in line] == [
        next(line for line in lines if line.endswith("INTROUVABLE : contrainte offer_age_units_known"))
    ]


@pytest.mark.parametrize(
    "guard",
    [
        Constraint("offer_age_units"),
        Trigger(Offer, "freezing"),
        NotNull(Offer, ("name", "offer_type")),
        Function("structures.rules.offer.nothing"),
        Function("nowhere.at.all"),
        Everywhere("partout", (Trigger(Offer, "frozen"), Trigger(Offer, "freezing"))),
        Everywhere("nulle part", ()),
    ],
)
def test_what_does_not_stand_is_named(guard):
    assert len(fallen(guard, Catalogue.read())) == 1


def test_a_disabled_trigger_does_not_stand():
    guard = Trigger(Offer, "frozen")
    assert fallen(guard, Catalogue.read()) == []
    name = next(trigger for trigger in Offer._meta.triggers if trigger.name == "frozen").get_pgid(Offer)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE structures_offer DISABLE TRIGGER {name}")
    assert fallen(guard, Catalogue.read()) == ["déclencheur Offer.frozen"]


@pytest.mark.parametrize(
    "node", ["tests/quality/test_breaches.py::test_of_nothing", "tests/quality/nowhere.py::test_a_disabled_trigger"]
)
def test_a_test_that_does_not_exist_is_not_found(node):
    assert not is_a_test(node)
