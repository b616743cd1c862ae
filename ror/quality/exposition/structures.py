"""Rules of legal and geographic entities: their identifiers, their territories, their contacts."""

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Concat, Length

from confidentiality.levels import ALERT_NATURES, Level
from ror.quality.exposition.guards import Constraint, Trigger
from ror.quality.exposition.rule import ExpositionRule, Sql, rows
from structures.models import Contact, GeographicEntity, LegalEntity

TESTS = "tests/quality/test_rg_structures.py"
RANK_IDENTIFIER = Case(
    When(Q(rank_length=14), then=Concat(Value("4"), "office_rank")),
    default=Concat(Value("0"), "office_rank"),
    output_field=CharField(),
)
STRANGE_TERRITORIES = """
    SELECT DISTINCT territory.code FROM structures_geographicentity, unnest(health_territories) AS territory (code)
    WHERE NOT EXISTS (
        SELECT FROM reference_valuesetmember AS member
        WHERE member.value_set_id = 'J249' AND member.concept_id = territory.code
    )
"""


def not_by_finess(model):
    """The entities known by a FINESS number, without practice rank, whose national identifier is not 1 and FINESS."""
    known = rows(model).filter(office_rank="", finess__isnull=False)
    return [known.exclude(id_nat_struct=Concat(Value("1"), F("finess")))]


def not_by_rank(model):
    """The entities with a practice rank whose national identifier is not 4 and RPPS-rang, or 0 and ADELI-rang."""
    ranked = rows(model).exclude(office_rank="").annotate(rank_length=Length("office_rank"))
    return [ranked.exclude(id_nat_struct=RANK_IDENTIFIER)]


RULES = (
    ExpositionRule(
        "004",
        "L'identifiant national d'une entité juridique vient du numéro FINESS d'abord.",
        (Trigger(LegalEntity, "national_identifier"), Trigger(LegalEntity, "frozen")),
        f"{TESTS}::test_rg_exp_004_a_legal_entity_is_known_by_its_finess_first",
        lambda: not_by_finess(LegalEntity),
    ),
    ExpositionRule(
        "005",
        "L'identifiant national d'une entité géographique vient du numéro FINESS d'abord.",
        (Trigger(GeographicEntity, "national_identifier"), Trigger(GeographicEntity, "frozen")),
        f"{TESTS}::test_rg_exp_005_a_geographic_entity_is_known_by_its_finess_first",
        lambda: not_by_finess(GeographicEntity),
    ),
    ExpositionRule(
        "006",
        "Les contacts d'un établissement peuvent comprendre le directeur et la cellule d'alerte.",
        (Constraint("contact_of_one_owner"), Constraint("contact_alert_nature_not_public")),
        f"{TESTS}::test_rg_exp_006_an_establishment_has_its_director_and_its_alert_cell",
        lambda: [rows(Contact).filter(nature__in=ALERT_NATURES, level=Level.PUBLIC)],
    ),
    ExpositionRule(
        "030 (territoires)",
        "Un territoire de santé d'un établissement est de type « territoire de santé ».",
        (Trigger(GeographicEntity, "guard_codes_insert"), Trigger(GeographicEntity, "guard_codes_update")),
        f"{TESTS}::test_rg_exp_030_a_health_territory_is_one",
        lambda: [Sql(STRANGE_TERRITORIES)],
    ),
    ExpositionRule(
        "037",
        "Le rang de cabinet, s'il est connu, identifie l'entité juridique.",
        (Trigger(LegalEntity, "national_identifier"), Constraint("legalentity_office_rank_shape")),
        f"{TESTS}::test_rg_exp_037_a_rank_identifies_a_legal_entity",
        lambda: not_by_rank(LegalEntity),
    ),
    ExpositionRule(
        "038",
        "Le rang de cabinet, s'il est connu, identifie l'entité géographique.",
        (Trigger(GeographicEntity, "national_identifier"), Constraint("geographicentity_office_rank_shape")),
        f"{TESTS}::test_rg_exp_038_a_rank_identifies_a_geographic_entity",
        lambda: not_by_rank(GeographicEntity),
    ),
)
