"""System checks: a datum that nobody classified does not start."""

from django.apps import apps
from django.core.checks import Error, register

from confidentiality import policy
from confidentiality.governed import GovernedEvent, GovernedModel
from confidentiality.levels import Level
from confidentiality.viewer import KINDS, NATION, Governance, lookups_to

LEVELS = set(Level.values)


@register("confidentiality")
def every_datum_is_classified(app_configs, **kwargs) -> list[Error]:
    """Each field and relation of a governed model has its line in the policy, and each line its field."""
    expected = {(model.__name__, name) for model in governed_models() for name in data_names(model)}
    declared = set(policy.policy())
    errors = [
        Error(
            f"{model}.{name} has no line in the confidentiality policy.",
            hint="Add it to confidentiality/data/policy.csv with its level by legal kind and its basis.",
            id="confidentiality.E001",
        )
        for model, name in sorted(expected - declared)
    ]
    errors += [
        Error(f"The policy classifies {model}.{name}, which does not exist.", id="confidentiality.E002")
        for model, name in sorted(declared - expected)
    ]
    errors += [
        Error(f"{line.name}: basis « {line.basis} » is not one of those allowed.", id="confidentiality.E003")
        for line in policy.policy().values()
        if line.basis not in policy.BASES
    ]
    return errors


@register("confidentiality")
def every_line_says_what_profiles_understand(app_configs, **kwargs) -> list[Error]:
    """A category misspelt would fall under the general line of each profile, which may be the more open one."""
    errors = [
        Error(f"{line.name}: category « {line.category} » is not one of those allowed.", id="confidentiality.E005")
        for line in policy.policy().values()
        if line.category not in policy.CATEGORIES
    ]
    errors += [
        Error(f"{line.name}: one level between 1 and 3 is expected for each legal kind.", id="confidentiality.E006")
        for line in policy.policy().values()
        if not line.stored and not (set(policy.KINDS) == set(line.levels) and set(line.levels.values()) <= LEVELS)
    ]
    return errors


@register("confidentiality")
def restricted_origins_are_automatic(app_configs, **kwargs) -> list[Error]:
    """Manual entry is level 1 by the letter of article 2: no setting moves it."""
    return [
        Error(
            f"ROR_RESTRICTED_ORIGINS : « {origin} » n'est pas une origine que l'on peut restreindre.",
            hint=f"Indiquez, séparées par des virgules : {', '.join(policy.AUTOMATIC_ORIGINS)}.",
            id="confidentiality.E007",
        )
        for origin in sorted(policy.restricted_origins() - set(policy.AUTOMATIC_ORIGINS))
    ]


@register("confidentiality")
def every_governed_model_says_who_governs_it(app_configs, **kwargs) -> list[Error]:
    """A governed model without governance would be readable by nobody, or by chance."""
    return [
        Error(f"{model.__name__} does not say which perimeters govern it.", obj=model, id="confidentiality.E004")
        for model in governed_models()
        if not _governed(model.governance)
    ]


def _governed(governance: Governance) -> bool:
    """Either by the nation alone (`NATIONAL_ONLY`), or by at least one lookup for each kind named."""
    if set(governance) == {NATION}:
        return not governance[NATION]
    return bool(governance) and all(kind in KINDS and lookups_to(kind, governance) for kind in governance)


def governed_models() -> list[type[GovernedModel]]:
    return [model for model in apps.get_models() if issubclass(model, GovernedModel)]


def data_names(model: type[GovernedModel]) -> list[str]:
    """Fields and relations of the model, history events apart (they are governed by their own manager)."""
    return [
        relation.name
        for relation in model._meta.get_fields()
        if not (relation.auto_created and not relation.concrete and issubclass(relation.related_model, GovernedEvent))
    ]
