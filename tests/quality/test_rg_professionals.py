"""Rules of professionals: each is broken, and seen refused."""

import pytest

from professionals.models import Practice, Professional, ProfessionalMailbox
from ror.history import writing
from tests.factories import (
    PracticeFactory,
    ProfessionalFactory,
    QualificationFactory,
    SituationFactory,
    SituationHoursFactory,
)
from tests.quality.refusals import accepted, change, refused, refused_for_its_author

pytestmark = pytest.mark.django_db


def test_rg_exp_030_a_professional_is_known_by_the_rpps_first():
    person = ProfessionalFactory(adeli="359999999", id_nat_ps="0000000000")
    assert person.id_nat_ps == f"8{person.rpps}"
    assert ProfessionalFactory(rpps=None, adeli="359999998").id_nat_ps == "0359999998"
    with refused("frozen column"):
        change(person, id_nat_ps="0359999999")
    with refused("id_nat_ps"):
        ProfessionalFactory(rpps=None, adeli="")


def test_an_rpps_number_has_a_right_key():
    with refused("professional_rpps_key"):
        ProfessionalFactory(rpps="90000000002")


@pytest.mark.parametrize("channel", ["form", "admin", "import", "restore"])
def test_rg_exp_031_only_the_register_writes_its_data(channel):
    practice = QualificationFactory().practice
    person = practice.professional
    writes = [
        lambda: Practice.objects.filter(pk=practice.pk).update(last_name="Autre"),
        lambda: Professional.objects.filter(pk=person.pk).update(civility="R81:M"),
        lambda: practice.qualifications.update(specialty="R38:SM02"),
        lambda: ProfessionalMailbox.objects.create(professional=person, address="a@exemple.mssante.fr"),
        lambda: practice.qualifications.all().delete(),
    ]
    for write in writes:
        with refused_for_its_author("only the register writes"), writing("tests", channel):
            write()


def test_what_the_portal_says_of_a_professional_is_not_the_registers():
    situation = SituationFactory()
    with accepted(), writing("tests", "form"):
        type(situation).objects.filter(pk=situation.pk).update(comment="Sur rendez-vous")


def test_rg_exp_049_a_professional_has_three_types_of_slots():
    situation = SituationFactory()
    with refused("situationhours_slot_type_of_a_person"):
        SituationHoursFactory(situation=situation, slot_type_id="R252:01")
    with accepted():
        for slot_type in ("R252:03", "R252:06", "R252:07"):
            SituationHoursFactory(situation=situation, slot_type_id=slot_type)


def test_a_practice_exercises_one_specialty():
    practice = PracticeFactory()
    QualificationFactory(practice=practice)
    with refused("qualification_one_specialty_exercised"):
        QualificationFactory(practice=practice, specialty_id="R38:SM02")


def test_a_qualification_holds_the_code_of_its_type():
    with refused("qualification_code_of_its_type"):
        QualificationFactory(type_id="R04:C")
