"""Which models have rows that do not exist for everyone."""

from django.db import models

from confidentiality import policy
from confidentiality.governed import GovernedModel
from confidentiality.levels import Level


def is_governed(model: type[models.Model]) -> bool:
    return issubclass(model, GovernedModel)


def hides_rows(model: type[models.Model]) -> bool:
    """Whether some rows of the model do not exist for some people."""
    if not is_governed(model):
        return False
    restricted = max(policy.least_levels(model.__name__).values()) > Level.PUBLIC
    return restricted or model.level_field is not None or model.sensitive_rows() is not None
