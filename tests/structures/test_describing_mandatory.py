"""Publishing with everything missing says each mandatory datum once, with a link to its place, for each legal kind."""

import html
import re
import uuid

import pytest

from structures.describing import drafts
from structures.models.geographic_entity import LegalKind
from tests.factories import GeographicEntityFactory, describer
from tests.structures.pages import review_url

pytestmark = pytest.mark.django_db

KINDS = {
    LegalKind.HEALTH: {"health": True},
    LegalKind.SOCIAL: {"social": True},
    LegalKind.VILLE: {"ville": True},
    LegalKind.COORDINATION: {"category_id": "R66:606", "legal_kind": LegalKind.COORDINATION},
}
SOCIAL_FIELD, EMERGENCIES, ACTIVITY = "R227:04", "R213:33", "R211:293"
A, H, C, T, P = (
    str(uuid.uuid5(uuid.NAMESPACE_OID, name)) for name in ("activity", "hours", "contact", "line", "place")
)

# The description of someone who answered nothing, or only added empty rows in the social field.
BLANK = {"sensitive": None}
EMPTY_ROWS = BLANK | {
    "activity_field": SOCIAL_FIELD,
    "care_mode": EMERGENCIES,
    "activities": [{"id": A, "activity": ACTIVITY}],
    "hours": [{"id": H}],
    "contacts": [{"id": C, "telecoms": [{"id": T}]}],
    "places": [{"id": P}],
}

# By hand from the table of mandatory data: its line, then where the page asks for it.
ALWAYS = {15: ["name"], 12: ["sensitive"], 4: ["age_min", "age_min_unit", "age_max", "age_max_unit"], 6: ["hours"]}
OF_BLANK = ALWAYS | {14: ["activity_field"], 3: ["care_mode"], 1: ["activities"], 8: ["contacts"], 7: ["places"]}
OF_EMPTY_ROWS = ALWAYS | {
    2: [f"activities.{A}.family"],
    5: ["publics"],
    6: ["hours", f"hours.{H}.slot_type", f"hours.{H}.weekday"],
    7: [f"places.{P}.commune", f"places.{P}.postcode", f"places.{P}.street_name"],
    8: [f"contacts.{C}.telecoms.{T}.channel", f"contacts.{C}.telecoms.{T}.address"],
    9: [f"contacts.{C}.nature"],
    10: [f"contacts.{C}.level", f"contacts.{C}.telecoms.{T}.level"],
    11: [f"contacts.{C}.telecoms.{T}.direct_line", f"contacts.{C}.telecoms.{T}.private_emergency_line"],
}
OF_EMERGENCIES = {18: ["orsan_answer"], 19: ["landing_zone"]}  # health establishments with mode 33


def expected(kind: str, lines: dict[int, list[str]], document: dict) -> list[str]:
    if kind == LegalKind.HEALTH and document.get("care_mode") == EMERGENCIES:
        lines = lines | OF_EMERGENCIES
    return sorted(path for paths in lines.values() for path in paths)


def refused(client, draft) -> list[tuple[str, str]]:
    """The address and the words of everything that the refusal lists as missing."""
    answer = client.post(review_url(draft))
    assert answer.status_code == 422
    alert = answer.content.decode().split("fr-alert--error")[1].split("</ul>")[0]
    return re.findall(r'<li>\s*<a href="([^"]+)"[^>]*>(.*?)</a>', alert)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("document", "lines"), [(BLANK, OF_BLANK), (EMPTY_ROWS, OF_EMPTY_ROWS)], ids=["blank", "empty rows"]
)
def test_each_mandatory_datum_is_listed_once_and_its_link_leads_to_it(client, kind, document, lines):
    entity = GeographicEntityFactory(**KINDS[kind])
    author = describer(entity)
    client.force_login(author)
    draft = drafts.start(entity, author)
    draft.document = document
    draft.save()

    listed = refused(client, draft)

    anchors = [html.unescape(link).split("#id_")[1] for link, _ in listed]
    assert sorted(anchors) == expected(kind, lines, document)
    pages = {}
    for link, words in listed:
        address, anchor = html.unescape(link).split("#")
        if address not in pages:
            pages[address] = client.get(address).content.decode()
        assert f'id="{anchor}' in pages[address], link
        assert words in pages[address] or "crise" in address, link
