from ror.reference.models.codes import (
    CodeSystem,
    Concept,
    Edition,
    ValueSet,
    ValueSetMember,
)
from ror.reference.models.territories import Commune, Department, FormerCommune, Region

__all__ = [
    "CodeSystem",
    "Commune",
    "Concept",
    "Department",
    "Edition",
    "FormerCommune",
    "Region",
    "ValueSet",
    "ValueSetMember",
]
