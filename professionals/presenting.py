"""The professionals of an offer as its page shows them, made from disclosed data only."""

import datetime
from typing import Any

from django.utils import timezone

from confidentiality.disclosure import Disclosed
from professionals.models.professional import CODE_BY_TYPE
from structures.presenting import (
    label,
    labels,
    mark,
    present_mailboxes,
    present_telecoms,
    present_weeks,
    rows_of,
    yes_or_no,
)


def present_situations(
    situations: list[Disclosed], legal_kind: str, today: datetime.date | None = None
) -> dict[str, Any]:
    """What the page of an offer says of its professionals; `legal_kind` marks what the public does not read."""
    day = today or timezone.localdate()
    return {
        "people": [_person(situation, legal_kind, day) for situation in situations],
        "level": mark("OperationalSituation", "last_name", legal_kind),
    }


def _person(row: Disclosed, legal_kind: str, today: datetime.date) -> dict[str, Any]:
    civility = label(row.get("civility")) or label(row.get("person_civility"))
    return {
        "name": " ".join(filter(None, [civility, row.get("first_name"), row.get("last_name")])),
        "profession": label(row.get("profession")),
        "qualifications": [text for each in rows_of(row, "qualifications") if (text := _qualification(each))],
        "facts": _facts(row),
        "competences": labels(row.get("specific_competences")),
        "competences_level": mark("OperationalSituation", "specific_competences", legal_kind),
        "weeks": present_weeks(rows_of(row, "hours"), today),
        "telecoms": present_telecoms(row),
        "mailboxes": present_mailboxes(row),
    }


def _facts(row: Disclosed) -> list[dict[str, str]]:
    facts = [
        ("Mode d'exercice", label(row.get("exercise_mode"))),
        ("Secteur de conventionnement", label(row.get("convention_sector"))),
        ("Option de maîtrise des honoraires (OPTAM)", yes_or_no(row.get("controlled_fees"))),
        ("Carte Vitale acceptée", yes_or_no(row.get("vitale_card"))),
        ("Identifiant national", row.get("id_nat_ps") or ""),
    ]
    return [{"label": title, "value": value} for title, value in facts if value]


def _qualification(row: Disclosed) -> str:
    """The code of its own type, else the text of the register."""
    return next((label(row[name]) for name in CODE_BY_TYPE.values() if row.get(name)), row.get("subspecialty") or "")
