"""Nomenclatures in the administration: to read, with what each set holds and since when; never to change by hand."""

import datetime

from django.utils import timezone

from ror.reference.models import CodeSystem, Concept, ValueSet, ValueSetMember
from tests.admin.conftest import page

SET = "J20"  # fields of activity


def test_a_value_set_shows_its_codes_and_which_are_in_force(national):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    system = CodeSystem.objects.get(pk="R227")
    for code, dates in (("ESSAI1", {"valid_to": yesterday}), ("ESSAI2", {"valid_from": datetime.date(2999, 1, 1)})):
        concept = Concept.objects.create(key=f"R227:{code}", system=system, code=code, label=f"Fictif {code}", **dates)
        ValueSetMember.objects.create(value_set_id=SET, concept=concept, position=999)
    html = national.get(page(ValueSet, "change", SET)).content.decode()
    assert "Médico-social (MS)" in html
    rows = {line.split("</a>")[0].rsplit(">", 1)[-1]: line for line in html.split("<tr>") if "R227:" in line}
    assert "en vigueur" in rows["R227:04"]
    assert "retiré" in rows["R227:ESSAI1"]
    assert "à venir" in rows["R227:ESSAI2"]


def test_a_nomenclature_says_that_it_is_read_only_and_is(national):
    for model, key in ((CodeSystem, "R227"), (ValueSet, SET), (Concept, "R227:04")):
        address = page(model, "change", key)
        answer = national.get(address)
        assert "jamais à la main" in answer.content.decode()
        assert 'name="_save"' not in answer.content.decode()
        assert national.post(address, {"label": "Autre", "name": "Autre"}).status_code == 403
