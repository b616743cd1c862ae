"""The generated base says every attribute of the official model, and breaks none of its rules."""

from io import StringIO

import pytest
from django.core.management import call_command

from ror.demonstration.national.generating import generate

SCALE, SEED = 0.01, 1


@pytest.mark.slow
@pytest.mark.django_db
def test_a_generated_base_fills_every_attribute_and_breaks_no_rule():
    generate(SCALE, SEED)
    said = StringIO()
    call_command("model_coverage", "--base", stdout=said)
    call_command("check_rules", stdout=said)
    assert "manquants=0" in said.getvalue()
    assert said.getvalue().splitlines()[-1].endswith("manquements=0")
