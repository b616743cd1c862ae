"""A professional in an offer and an anomaly of it, with a marker in each datum."""

from professionals.models import OperationalSituation, ProfessionalMailbox, SituationExpertise
from professionals.models.professional import CODE_BY_TYPE
from ror.quality.models import Anomaly
from structures.models import Offer
from tests.confidentiality.planted_documents import CONTACT, DESCRIPTION, Describing
from tests.confidentiality.planted_structures import written
from tests.factories import (
    AnomalyFactory,
    PracticeFactory,
    ProfessionalFactory,
    QualificationFactory,
    SituationFactory,
    SituationHoursFactory,
    SituationTelecomFactory,
    UserFactory,
)

PERSON, WORDS_OF_ANOMALY = "personne", "texte d'anomalie"
# The value set of the code of each type of savoir-faire (model.md).
SETS = {
    "specialty": "J210",
    "competence": "J232",
    "exclusive_competence": "J211",
    "particular_orientation": "J212",
    "capacity": "J213",
    "pac_qualification": "J214",
    "non_qualifying_desc": "J215",
    "complementary_right": "J216",
}


def plant_professional(describing: Describing, offer: Offer) -> None:
    """Someone who practises in the offer, outside ville: level 2."""
    read = describing.of(PERSON, 2)

    def text(datum: str) -> str:
        return describing.text(datum, "", read)

    def code(value_set: str, datum: str) -> str:
        return describing.code(value_set, datum, "", read)

    number = f"359{len(describing.markers):06}"
    describing.markers.number(number, *describing.names("Professional.adeli"), reading=read)
    person = ProfessionalFactory(adeli=number, civility_id=code("J207", "Professional.civility"))
    describing.markers.number(person.rpps, *describing.names("Professional.rpps"), reading=read)
    describing.markers.number(person.id_nat_ps, *describing.names("Professional.id_nat_ps"), reading=read)
    written(ProfessionalMailbox, professional=person, address=f"{text('ProfessionalMailbox.address')}@example.org")
    practice = PracticeFactory(
        professional=person,
        profession_id=code("J229", "Practice.profession"),
        civility_id=code("J208", "Practice.civility"),
        last_name=text("Practice.last_name"),
        first_name=text("Practice.first_name"),
    )
    for kind, field in CODE_BY_TYPE.items():
        held = {f"{name}_id": None for name in SETS} | {f"{field}_id": code(SETS[field], f"Qualification.{field}")}
        QualificationFactory(practice=practice, type_id=kind, **held)
    QualificationFactory(
        practice=practice, type_id="R04:SST", specialty_id=None, subspecialty=text("Qualification.subspecialty")
    )
    situation = SituationFactory(
        offer=offer,
        practice=practice,
        exercise_mode_id=code("J217", "OperationalSituation.exercise_mode"),
        convention_sector_id=code("J218", "OperationalSituation.convention_sector"),
        comment=text("OperationalSituation.comment"),
    )
    competences = [code("J33", "SituationExpertise.specific_competences")]
    written(SituationExpertise, situation=situation, specific_competences=competences)
    SituationHoursFactory(situation=situation, **describing.slot("SituationHours", read))
    plant_telecom(describing, situation)


def plant_telecom(describing: Describing, situation: OperationalSituation) -> None:
    read = describing.of(CONTACT, 2)
    SituationTelecomFactory(
        situation=situation,
        channel_id=describing.code("J225", "SituationTelecom.channel", "", read),
        address=f"{describing.text('SituationTelecom.address', '', read)}.example.org",
        usage=describing.text("SituationTelecom.usage", "", read),
    )


def plant_anomaly(describing: Describing, offer: Offer, reporters: str) -> Anomaly:
    """An anomaly of the offer; `reporters` says who reads the name of the one who reported it."""
    read = describing.of(DESCRIPTION, 2)
    words = describing.reading or WORDS_OF_ANOMALY
    requester = UserFactory(first_name=describing.text("Anomaly.requester", "", reporters))
    return AnomalyFactory(
        offer=offer,
        requester=requester,
        theme_id=describing.code("J241", "Anomaly.theme", "", read),
        status_id=describing.code("J244", "Anomaly.status", "", read),
        proposed_action_id=describing.code("J242", "Anomaly.proposed_action", "", read),
        deadline=describing.day("Anomaly.deadline", "", read),
        **{name: describing.text(f"Anomaly.{name}", "", read) for name in ("rule", "element_path", "source_system")},
        **{
            name: describing.text(f"Anomaly.{name}", "", words)
            for name in ("description", "wrong_value", "proposed_value")
        },
    )
