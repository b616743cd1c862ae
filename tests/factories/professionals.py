"""Invented professionals, as the register gives them, and their situations in offers."""

import factory

from confidentiality.levels import Level
from professionals.models import (
    OperationalSituation,
    Practice,
    Professional,
    Qualification,
    SituationHours,
    SituationTelecom,
)
from ror.reference.identifiers import luhn_is_valid
from tests.factories.offers import PUBLIC_PHONE, OfferFactory
from tests.factories.structures import RereadFactory


class ProfessionalFactory(RereadFactory):
    """A person with an RPPS number. Also `ProfessionalFactory(rpps=None, adeli="359999999")`."""

    class Meta:
        model = Professional

    rpps = factory.Sequence(lambda rank: rpps_number(rank))
    civility_id = "R81:MME"


class PracticeFactory(RereadFactory):
    """A person who practises medicine. Usage: `PracticeFactory(professional=person, profession_id="G15:60")`."""

    class Meta:
        model = Practice

    professional = factory.SubFactory(ProfessionalFactory)
    profession_id = "G15:10"
    civility_id = "R11:DR"
    last_name = factory.Sequence(lambda rank: f"Exemple {rank}")
    first_name = "Dominique"


class QualificationFactory(RereadFactory):
    """The ordinal specialty of a practice. Usage: `QualificationFactory(practice=practice)`."""

    class Meta:
        model = Qualification

    practice = factory.SubFactory(PracticeFactory)
    type_id = "R04:S"
    specialty_id = "R38:SM01"


class SituationFactory(RereadFactory):
    """Someone who practises, employed, in an offer. Usage: `SituationFactory(offer=offer, practice=practice)`."""

    class Meta:
        model = OperationalSituation

    offer = factory.SubFactory(OfferFactory)
    geographic_entity = factory.SelfAttribute("offer.geographic_entity")
    practice = factory.SubFactory(PracticeFactory)
    exercise_mode_id = "R23:S"


class SituationHoursFactory(RereadFactory):
    """With appointment, on Mondays from 9 to 12. Usage: `SituationHoursFactory(situation=situation, weekday=2)`."""

    class Meta:
        model = SituationHours

    situation = factory.SubFactory(SituationFactory)
    slot_type_id = "R252:07"
    weekday = 1
    opens_at = "09:00"
    closes_at = "12:00"


class SituationTelecomFactory(RereadFactory):
    """A phone of the professional in the offer, at level 2. Usage: `SituationTelecomFactory(situation=situation)`."""

    class Meta:
        model = SituationTelecom

    situation = factory.SubFactory(SituationFactory)
    channel_id = "R200:2"
    address = PUBLIC_PHONE
    direct_line = False
    private_emergency_line = False
    level = Level.PROFESSIONAL


def rpps_number(rank: int) -> str:
    """An RPPS number with a right key. It starts with 9, as none that the register gave does."""
    first = f"9{rank % 1_000_000_000:09}"
    return next(first + key for key in "0123456789" if luhn_is_valid(first + key))
