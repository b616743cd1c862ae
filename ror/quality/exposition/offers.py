"""Rules of offers: their field and mode, their patients, their hours, their zone, their identifier."""

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from confidentiality.profiles import SOCIAL_FIELD
from professionals.models import SituationHours
from ror.quality.exposition.guards import Constraint, Function, NotNull, Trigger
from ror.quality.exposition.rule import ExpositionRule, Sql, rows
from structures.models import Offer, OfferActivity, OfferVersion, OpeningHours
from structures.models.offer import AgeUnit

TESTS = "tests/quality/test_rg_offers.py"
SLOTS = (OpeningHours, SituationHours)
STRANGE_COMMUNES = """
    SELECT DISTINCT zone.code FROM structures_offer, unnest(intervention_communes) AS zone (code)
    WHERE NOT EXISTS (SELECT FROM reference_commune AS commune WHERE commune.code = zone.code)
"""
CHANGED_IDENTIFIERS = """
    SELECT DISTINCT offer.id FROM structures_offergovernedevent AS event
    JOIN structures_offer AS offer ON offer.id = event.pgh_obj_id
    WHERE event.identifier <> offer.identifier
"""


def published_otherwise(name: str):
    """The published versions that say something else than the offer does."""
    said = rows(OfferVersion).annotate(said=KeyTextTransform(name, "document"))
    return [said.exclude(said=F(f"offer__{name}_id"))]


def sensitivity_said_otherwise():
    """The latest versions of offers that call sensitive what is not, or the reverse."""
    latest = rows(OfferVersion).filter(number=F("offer__version"))
    return [
        latest.filter(document__sensitive=True, offer__sensitive_unit=None),
        latest.filter(document__sensitive=False, offer__sensitive_unit__isnull=False),
    ]


def current(model):
    """The slots of now or later, as the rule says it."""
    return rows(model).filter(Q(period_end=None) | Q(period_end__gte=timezone.localdate()))


def read(model):
    """The slots that are read, shown and sent."""
    return rows(model).not_past(timezone.localdate())


RULES = (
    ExpositionRule(
        "007",
        "En médico-social, chaque activité a sa famille.",
        (Function("structures.rules.offer.family_in_social_field"),),
        f"{TESTS}::test_rg_exp_007_a_social_activity_has_a_family",
        lambda: [rows(OfferActivity).filter(offer__activity_field=SOCIAL_FIELD, family=None)],
    ),
    ExpositionRule(
        "008",
        "En médico-social, l'offre dit au moins un public pris en charge.",
        (Function("structures.rules.offer.publics_in_social_field"),),
        f"{TESTS}::test_rg_exp_008_a_social_offer_says_its_publics",
        lambda: [rows(Offer).filter(activity_field=SOCIAL_FIELD, publics=[])],
    ),
    ExpositionRule(
        "009",
        "La zone d'intervention est faite de communes.",
        (Trigger(Offer, "guard_codes_insert"), Trigger(Offer, "guard_codes_update")),
        f"{TESTS}::test_rg_exp_009_a_zone_is_made_of_communes",
        lambda: [Sql(STRANGE_COMMUNES)],
    ),
    ExpositionRule(
        "010",
        "Une offre a un seul champ d'activité, qui ne change jamais.",
        (
            NotNull(Offer, ("activity_field",)),
            Trigger(Offer, "frozen"),
            Function("structures.rules.offer.one_activity_field"),
        ),
        f"{TESTS}::test_rg_exp_010_the_activity_field_never_changes",
        lambda: published_otherwise("activity_field"),
    ),
    ExpositionRule(
        "011",
        "Une offre a un seul mode de prise en charge, qui ne change jamais : en changer, c'est une autre offre.",
        (
            NotNull(Offer, ("care_mode",)),
            Trigger(Offer, "frozen"),
            Function("structures.rules.offer.one_care_mode"),
        ),
        f"{TESTS}::test_rg_exp_011_the_care_mode_never_changes",
        lambda: published_otherwise("care_mode"),
    ),
    ExpositionRule(
        "014",
        "Un horaire a un jour de la semaine ou une période.",
        tuple(Constraint(f"{model._meta.model_name}_weekday_or_period") for model in SLOTS),
        f"{TESTS}::test_rg_exp_014_a_slot_has_a_weekday_or_a_period",
        lambda: [rows(model).filter(weekday=None, period_start=None) for model in SLOTS],
    ),
    ExpositionRule(
        "015",
        "Un horaire donné pour un jour de la semaine vaut chaque semaine, sans fin.",
        (
            *(Constraint(f"{model._meta.model_name}_weekday_in_week") for model in SLOTS),
            Function("structures.models.hours.SlotQuerySet.not_past"),
        ),
        f"{TESTS}::test_rg_exp_015_a_weekday_slot_holds_every_week",
        lambda: [rows(model).exclude(weekday=None).exclude(weekday__range=(1, 7)) for model in SLOTS],
    ),
    ExpositionRule(
        "016",
        "Cet horaire vaut jusqu'à ce qu'un autre le remplace : une fin ne se dit qu'avec un début.",
        (
            *(Constraint(f"{model._meta.model_name}_period_ends_after_start") for model in SLOTS),
            Function("structures.rules.offer.hours"),
        ),
        f"{TESTS}::test_rg_exp_016_an_end_needs_a_start",
        lambda: [
            *(rows(model).filter(period_start=None, period_end__isnull=False) for model in SLOTS),
            *(rows(model).filter(period_end__lt=F("period_start")) for model in SLOTS),
        ],
    ),
    ExpositionRule(
        "017",
        "Les périodes en cours et à venir sont transmises.",
        (Function("structures.models.hours.SlotQuerySet.not_past"),),
        f"{TESTS}::test_rg_exp_017_current_and_coming_periods_are_read",
        lambda: [current(model).exclude(Exists(read(model).filter(pk=OuterRef("pk")))) for model in SLOTS],
    ),
    ExpositionRule(
        "018",
        "Une période passée n'est jamais transmise.",
        (Function("structures.models.hours.SlotQuerySet.not_past"),),
        f"{TESTS}::test_rg_exp_018_past_periods_are_not_read",
        lambda: [read(model).filter(period_end__lt=timezone.localdate()) for model in SLOTS],
    ),
    ExpositionRule(
        "035",
        "Une offre n'est pas une unité sensible tant que personne ne l'a dit.",
        (Function("structures.rules.offer.sensitive_answered"),),
        f"{TESTS}::test_rg_exp_035_no_offer_is_sensitive_by_itself",
        sensitivity_said_otherwise,
    ),
    ExpositionRule(
        "042",
        "L'identifiant d'une offre reste le même quand elle change d'établissement.",
        (Trigger(Offer, "identifier"), Trigger(Offer, "frozen"), Function("structures.transferring.transfer")),
        f"{TESTS}::test_rg_exp_042_an_offer_keeps_its_identifier_when_it_moves",
        lambda: [Sql(CHANGED_IDENTIFIERS)],
    ),
    ExpositionRule(
        "048",
        "Un âge s'exprime en années, mois, semaines ou jours.",
        (Constraint("offer_age_units_known"),),
        f"{TESTS}::test_rg_exp_048_an_age_has_one_of_four_units",
        lambda: [rows(Offer).exclude(age_min_unit__in=AgeUnit.values, age_max_unit__in=AgeUnit.values)],
    ),
)
