"""Rules of closings, from the legal entity down to the offer and its beds."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from ror.quality.exposition.guards import Constraint, Function, Trigger
from ror.quality.exposition.rule import ExpositionRule, rows
from structures.models import BedCapacity, GeographicEntity, InternalOrganization, LegalEntity, Offer, OfferPlace
from structures.models.base import CODES_WITH_REOPENING
from structures.models.capacity import AVAILABLE

DEFINITIVE, PROVISIONAL = "R286:DEF", "R286:PRO"
TESTS = "tests/quality/test_rg_closings.py"
CLOSED = (LegalEntity, GeographicEntity, InternalOrganization, Offer)
REOPENING = (InternalOrganization, Offer)
OPEN_BELOW_CLOSED = (
    (GeographicEntity, "legal_entity"),
    (InternalOrganization, "geographic_entity"),
    (InternalOrganization, "parent"),
    (Offer, "geographic_entity"),
    (Offer, "internal_organization"),
)


def open_today():
    """The offers that are open in the place of a figure of beds."""
    in_force = Q(offer__closing_date=None) | Q(offer__closing_date__gt=timezone.localdate())
    return rows(OfferPlace).filter(in_force, place=OuterRef("care_capacity__place"))


RULES = (
    ExpositionRule(
        "003",
        "Une fermeture définitive est de type DEF.",
        (
            *(Trigger(model, "guard_codes_update") for model in CLOSED),
            Function("structures.closing.Terms.at"),
        ),
        f"{TESTS}::test_rg_exp_003_a_definitive_closing_is_of_type_def",
        lambda: [
            rows(model).filter(closing_type__isnull=False).exclude(closing_type__in=[DEFINITIVE, PROVISIONAL])
            for model in REOPENING
        ],
    ),
    ExpositionRule(
        "043",
        "Une date de fermeture va avec un type de fermeture, et l'un n'est jamais sans l'autre.",
        tuple(Constraint(f"{model._meta.model_name}_closing_type_with_date") for model in CLOSED),
        f"{TESTS}::test_rg_exp_043_a_closing_date_goes_with_a_type",
        lambda: [
            rows(model).filter(
                Q(closing_type=None, closing_date__isnull=False) | Q(closing_type__isnull=False, closing_date=None)
            )
            for model in CLOSED
        ],
    ),
    ExpositionRule(
        "044",
        "Une fermeture s'étend à tout ce qui est dessous, avec le même type et les mêmes dates.",
        (
            *(Trigger(model, "closes_below") for model in (LegalEntity, GeographicEntity, InternalOrganization)),
            *(Trigger(model, "closes_offers") for model in (GeographicEntity, InternalOrganization)),
            *(Trigger(model, "only_below_open") for model in (GeographicEntity, InternalOrganization, Offer)),
            Trigger(InternalOrganization, "only_below_open_parent"),
            Trigger(Offer, "only_below_open_organization"),
            Function("structures.closing.close"),
        ),
        f"{TESTS}::test_rg_exp_044_nothing_stays_open_below_what_is_closed",
        lambda: [
            rows(model).filter(**{"closing_type": None, f"{above}__closing_type__isnull": False})
            for model, above in OPEN_BELOW_CLOSED
        ],
    ),
    ExpositionRule(
        "045",
        "Une date de réouverture ne se donne que pour une fermeture provisoire.",
        tuple(Constraint(f"{model._meta.model_name}_reopening_only_after_temporary_closing") for model in REOPENING),
        f"{TESTS}::test_rg_exp_045_only_a_temporary_closing_has_a_reopening_date",
        lambda: [
            rows(model).filter(
                Q(reopening_date__isnull=False, closing_type__isnull=False)
                & (~Q(closing_type__in=CODES_WITH_REOPENING) | Q(reopening_date__lt=F("closing_date")))
            )
            for model in REOPENING
        ],
    ),
    ExpositionRule(
        "046",
        "À la réouverture, le type et les dates de fermeture et de réouverture sont vidés.",
        (
            *(Constraint(f"{model._meta.model_name}_reopening_only_after_temporary_closing") for model in REOPENING),
            *(Constraint(f"{model._meta.model_name}_closing_type_with_date") for model in REOPENING),
            Function("structures.closing.reopen"),
        ),
        f"{TESTS}::test_rg_exp_046_what_reopens_keeps_nothing_of_its_closing",
        lambda: [
            *(rows(model).filter(closing_type=None, closing_date__isnull=False) for model in CLOSED),
            *(rows(model).filter(closing_type=None, reopening_date__isnull=False) for model in REOPENING),
        ],
    ),
    ExpositionRule(
        "047",
        "Une offre fermée n'a aucun lit ni aucune place disponible.",
        (
            Trigger(Offer, "no_bed_available_when_closed"),
            Trigger(BedCapacity, "none_available_when_closed"),
            Function("structures.closing.close_what_is_due"),
        ),
        f"{TESTS}::test_rg_exp_047_a_closed_offer_has_no_available_bed",
        lambda: [rows(BedCapacity).filter(status=AVAILABLE, number__gt=0).exclude(Exists(open_today()))],
    ),
)
