"""Rules of contacts and of the ways of reaching them."""

from django.db.models import F, Q

from confidentiality.levels import Level
from professionals.models import SituationTelecom
from ror.quality.exposition.guards import Constraint, Default, Function, NotNull, Trigger
from ror.quality.exposition.rule import ExpositionRule, rows
from structures.models import Contact, SensitiveUnit, Telecom

TESTS = "tests/quality/test_rg_contacts.py"
PERSON = ~Q(name="") | Q(function__isnull=False)

RULES = (
    ExpositionRule(
        "013",
        "Chaque niveau d'organisation interne a ses propres contacts.",
        (Constraint("contact_of_one_owner"),),
        f"{TESTS}::test_rg_exp_013_each_organisation_has_its_own_contacts",
        lambda: [
            rows(Contact)
            .filter(internal_organization__isnull=False)
            .exclude(geographic_entity=F("internal_organization__geographic_entity"))
        ],
    ),
    ExpositionRule(
        "032",
        "Un contact est au niveau 2 (restreint) tant que personne n'en choisit un autre.",
        (
            NotNull(Contact, ("level",)),
            Default(Contact, "level", Level.PROFESSIONAL),
            Constraint("contact_level_known"),
            Function("structures.rules.contacts.levels"),
        ),
        f"{TESTS}::test_rg_exp_032_a_contact_is_at_level_2_by_default",
        lambda: [rows(Contact).exclude(level__in=Level.values)],
    ),
    ExpositionRule(
        "033",
        "Un moyen de contact est au niveau 2 (restreint) tant que personne n'en choisit un autre.",
        (
            NotNull(Telecom, ("level",)),
            Default(Telecom, "level", Level.PROFESSIONAL),
            Default(SituationTelecom, "level", Level.PROFESSIONAL),
            Constraint("telecom_level_known"),
            Constraint("situationtelecom_level_known"),
        ),
        f"{TESTS}::test_rg_exp_033_a_telecom_is_at_level_2_by_default",
        lambda: [rows(model).exclude(level__in=Level.values) for model in (Telecom, SituationTelecom)],
    ),
    ExpositionRule(
        "034",
        "Un moyen de contact n'est jamais plus ouvert que son contact.",
        (
            Trigger(Telecom, "never_more_open_than_contact"),
            Trigger(Contact, "keeps_telecoms_closed"),
            Function("structures.rules.contacts.levels"),
        ),
        f"{TESTS}::test_rg_exp_034_a_telecom_is_never_more_open_than_its_contact",
        lambda: [rows(Telecom).filter(level__lt=F("contact__level"))],
    ),
    ExpositionRule(
        "039",
        "Les contacts d'une unité sensible sont au niveau 3.",
        (
            Trigger(SensitiveUnit, "contacts_at_crisis_level"),
            *(
                Trigger(model, name)
                for model in (Contact, Telecom)
                for name in ("crisis_level_insert", "crisis_level_update")
            ),
            Function("structures.storing.columns_said"),
        ),
        f"{TESTS}::test_rg_exp_039_a_sensitive_unit_has_every_contact_at_level_3",
        lambda: [
            rows(Contact).filter(offer__sensitive_unit__isnull=False, level__lt=Level.CRISIS),
            rows(Telecom).filter(contact__offer__sensitive_unit__isnull=False, level__lt=Level.CRISIS),
        ],
    ),
    ExpositionRule(
        "040",
        "Un contact qui a une nature n'a ni nom ni fonction.",
        (
            Constraint("contact_nature_or_function_and_name"),
            Function("structures.rules.contacts.nature_or_person"),
        ),
        f"{TESTS}::test_rg_exp_040_a_nature_excludes_a_person",
        lambda: [rows(Contact).filter(PERSON, nature__isnull=False)],
    ),
    ExpositionRule(
        "041",
        "Un contact qui a une fonction a un nom, et pas de nature.",
        (
            Constraint("contact_nature_or_function_and_name"),
            Function("structures.rules.contacts.nature_or_person"),
        ),
        f"{TESTS}::test_rg_exp_041_a_function_needs_a_name",
        lambda: [rows(Contact).filter(nature=None).filter(Q(function=None) | Q(name=""))],
    ),
)
