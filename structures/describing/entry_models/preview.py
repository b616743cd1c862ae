"""A version as an establishment will see it: every step, with the answers of the model, and nothing saved."""

import csv
from functools import cache
from pathlib import Path

from django.utils import timezone

import structures
from structures import rules
from structures.describing.entry_models.demands import demands_in
from structures.describing.entry_models.model import EntryModel
from structures.describing.entry_models.starting import fill
from structures.describing.questions import Group, Surroundings, group_of
from structures.describing.steps import STEPS
from structures.document import Document, new_id
from structures.models.geographic_entity import LegalKind
from structures.schema import OFFER


def steps_of(model: EntryModel) -> list[tuple[str, Group]]:
    """The title and the questions of each step, for an establishment of the first category of the model."""
    document = _blank()
    fill(document, model)
    around = Surroundings(_facts(model), model=model.read())
    return [(step.title, group_of(step, document, [], around)) for step in STEPS]


def _blank() -> Document:
    document: Document = dict.fromkeys(OFFER.fields) | {name: [] for name in OFFER.rows}
    place = {"id": new_id()} | dict.fromkeys(OFFER.rows["places"].fields)
    return document | {"places": [place | {name: [] for name in OFFER.rows["places"].rows}]}


def _facts(model: EntryModel) -> rules.Facts:
    category = model.categories[0] if model.categories else None
    return rules.Facts(
        legal_kind=_legal_kinds().get(category, LegalKind.OUTSIDE),
        category=category,
        orsan_answered=True,
        landing_zone_answered=True,
        today=timezone.localdate(),
        demands=tuple(demands_in(model)),
    )


@cache
def _legal_kinds() -> dict[str, str]:
    """Legal kind by category of establishment, from the bundled table."""
    table = Path(structures.__file__).parent / "data" / "establishment_categories.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return {line["concept"]: line["legal_kind"] for line in csv.DictReader(lines)}
