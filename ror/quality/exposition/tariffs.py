"""Rules of the tariffs of an establishment."""

from django.db.models import Q

from ror.quality.exposition.guards import Constraint, Function
from ror.quality.exposition.rule import ExpositionRule, rows, said_twice
from structures.models import Tariff
from structures.models.tariff import EXTRA_SERVICE, HOUSING, SINGLE_ROOM, SMR_SUPPLEMENT

TESTS = "tests/quality/test_rg_tariffs.py"
LISTED, OTHER = Q(additional_service__isnull=False), ~Q(other_additional_service="")

RULES = (
    ExpositionRule(
        "026",
        "Un établissement a un seul forfait socle par tranche d'âge, habitation, temporalité et condition.",
        (Constraint("tariff_one_housing_base"), Function("structures.rules.establishment.one_housing_base")),
        f"{TESTS}::test_rg_exp_026_one_housing_base_per_combination",
        lambda: [
            said_twice(
                rows(Tariff).filter(kind=HOUSING),
                *("geographic_entity", "under_60", "residential_type", "reception_temporality", "condition"),
            )
        ],
    ),
    ExpositionRule(
        "027",
        "Pour les autres types de tarif, un seul montant par combinaison de leurs attributs.",
        (
            Constraint("tariff_one_amount_per_combination"),
            Function("structures.rules.establishment.one_amount_per_combination"),
        ),
        f"{TESTS}::test_rg_exp_027_one_amount_per_combination",
        lambda: [
            said_twice(
                rows(Tariff).exclude(kind=HOUSING),
                *("geographic_entity", "kind", "unit", "reception_temporality", "condition", "dependency_group"),
                *("name", "management_type", "additional_service", "other_additional_service"),
            )
        ],
    ),
    ExpositionRule(
        "029",
        "Le supplément au tarif d'hébergement vaut pour une chambre simple.",
        (
            Constraint("tariff_supplement_for_single_room"),
            Function("structures.rules.establishment.supplement_for_single_room"),
        ),
        f"{TESTS}::test_rg_exp_029_a_supplement_is_for_a_single_room",
        lambda: [rows(Tariff).filter(kind=SMR_SUPPLEMENT).exclude(residential_type=SINGLE_ROOM)],
    ),
    ExpositionRule(
        "036",
        "Une prestation supplémentaire est choisie dans la liste ou nommée en texte, jamais les deux.",
        (
            Constraint("tariff_extra_service_named_once"),
            Function("structures.rules.establishment.extra_service_named_once"),
        ),
        f"{TESTS}::test_rg_exp_036_an_extra_service_has_one_name",
        lambda: [rows(Tariff).filter(Q(kind=EXTRA_SERVICE) & ((LISTED & OTHER) | (~LISTED & ~OTHER)))],
    ),
)
