"""Professional > practice > operational situation in an offer."""

from professionals.models.professional import Practice, Professional, ProfessionalMailbox, Qualification
from professionals.models.situation import (
    OperationalSituation,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)

__all__ = [
    "OperationalSituation",
    "Practice",
    "Professional",
    "ProfessionalMailbox",
    "Qualification",
    "SituationExpertise",
    "SituationHours",
    "SituationTelecom",
]
