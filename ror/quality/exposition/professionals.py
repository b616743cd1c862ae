"""Rules of professionals: who they are is the word of the register."""

from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from pghistory.core import event_models

from professionals.models import Practice, Professional, ProfessionalMailbox, Qualification, SituationHours
from professionals.models.situation import SLOT_TYPES
from ror.history import REGISTER_CHANNELS
from ror.quality.exposition.guards import Constraint, Trigger
from ror.quality.exposition.rule import ExpositionRule, rows

TESTS = "tests/quality/test_rg_professionals.py"
REGISTER_ROWS = (Professional, ProfessionalMailbox, Practice, Qualification)


def written_by_others():
    """What the history knows of writes that the register did not make."""
    return [
        rows(model).exclude(pgh_context__metadata__channel__in=REGISTER_CHANNELS)
        for model in event_models()
        if model.pgh_tracked_model in REGISTER_ROWS
    ]


RULES = (
    ExpositionRule(
        "030 (professionnels)",
        "L'identifiant national d'un professionnel vient du numéro RPPS d'abord, de l'ADELI sinon.",
        (Trigger(Professional, "national_identifier"), Trigger(Professional, "frozen")),
        f"{TESTS}::test_rg_exp_030_a_professional_is_known_by_the_rpps_first",
        lambda: [
            rows(Professional).filter(rpps__isnull=False).exclude(id_nat_ps=Concat(Value("8"), F("rpps"))),
            rows(Professional).filter(Q(rpps=None)).exclude(id_nat_ps=Concat(Value("0"), F("adeli"))),
        ],
    ),
    ExpositionRule(
        "031",
        "Les données du RPPS et d'ADELI ne se modifient pas dans le ROR.",
        tuple(Trigger(model, "register_only") for model in REGISTER_ROWS),
        f"{TESTS}::test_rg_exp_031_only_the_register_writes_its_data",
        written_by_others,
    ),
    ExpositionRule(
        "049",
        "Les plages d'un professionnel sont de garde, sans rendez-vous ou sur rendez-vous.",
        (Constraint("situationhours_slot_type_of_a_person"),),
        f"{TESTS}::test_rg_exp_049_a_professional_has_three_types_of_slots",
        lambda: [rows(SituationHours).exclude(slot_type__in=SLOT_TYPES)],
    ),
)
