"""The policy as administrators read it, on a page and as a spreadsheet: every datum, its levels, its basis."""

import csv
import io

import pytest
from django.urls import reverse

from confidentiality import policy

pytestmark = pytest.mark.django_db


def test_the_page_says_every_datum_with_its_basis_and_claims_no_conformity(plain):
    page = plain.get(reverse("admin:policy")).content.decode()
    assert page.count('<th scope="row">') == len(policy.policy())
    assert "Équipement spécifique" in page
    assert "conforme au décret" not in page.lower()
    assert reverse("admin:policy") in plain.get(reverse("admin:index")).content.decode()


def test_the_spreadsheet_has_one_line_per_datum(plain):
    answer = plain.get(reverse("admin:policy_csv"))
    text = answer.content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [line["nom technique"] for line in lines] == [line.name for line in policy.policy().values()]
    landing = next(line for line in lines if line["nom technique"] == "CrisisAnswer.landing_zone")
    assert {landing[kind] for kind in policy.KINDS} == {"3"}
    assert {line["base"] for line in lines} <= set(policy.BASES)


@pytest.mark.parametrize("person", ["nobody", "stranger"])
@pytest.mark.parametrize("name", ["admin:policy", "admin:policy_csv"])
def test_it_is_for_those_who_enter_the_administration(request, person, name):
    assert request.getfixturevalue(person).get(reverse(name)).status_code == 302
