"""`disclose` by itself: what it shows of a document, whoever chose the rows."""

import pytest

from confidentiality.disclosure import Subject, disclose
from confidentiality.profiles import BIT, PROFILES
from confidentiality.viewer import Viewer
from tests.confidentiality.expected import expected_reading
from tests.confidentiality.world import LEVELS

CONTACTS = [{"id": str(level), "name": f"niveau {level}", "level": level, "telecoms": []} for level in LEVELS]


def subject(profile: str, **changes) -> Subject:
    values = {"name": "Offre fictive", "specific_acts": ["R210:0001"], "contacts": CONTACTS}
    return Subject("Offer", "53/1", values, BIT[profile] | BIT["P0"], "I-1", **changes)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("social", "field"), [(True, "04"), (False, "autre")])
def test_each_profile_is_shown_the_levels_that_it_reads(profile, social, field):
    table = expected_reading()
    shown = disclose(Viewer.public(), subject(profile, social=social))
    readable = [level for level in LEVELS if table[profile, f"contact niveau {level}, champ {field}"]]
    assert shown["name"] == "Offre fictive"
    assert [row["level"] for row in shown["contacts"]] == readable
    assert ("specific_acts" in shown) is table[profile, f"description niveau 2, champ {field}"]


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_at_all_is_shown_of_a_sensitive_unit_to_who_may_not_know_it(profile):
    shown = disclose(Viewer.public(), subject(profile, sensitive=True))
    assert bool(shown) is expected_reading()[profile, "unité sensible"]
