"""A version as an establishment will see it: every step, with the answers of the model, and nothing saved."""

import csv
from functools import cache
from pathlib import Path

from django.utils import timezone

import structures
from structures import rules
from structures.describing.entry_models.demands import demands_in
from structures.describing.entry_models.model import EntryModel
from structures.describing.entry_models.starting import beginning
from structures.describing.questions import Group, Surroundings, group_of
from structures.describing.steps import STEPS
from structures.document import Document, new_id
from structures.models.geographic_entity import LegalKind
from structures.schema import OFFER


def steps_of(model: EntryModel) -> list[tuple[str, Group]]:
    """The title and the questions of each step, for an establishment of the first category of the model."""
    category = model.categories[0] if model.categories else None
    facts = rules.Facts(
        legal_kind=_legal_kinds().get(category, LegalKind.OUTSIDE),
        category=category,
        orsan_answered=True,
        landing_zone_answered=True,
        today=timezone.localdate(),
        demands=tuple(demands_in(model)),
    )
    document = beginning(facts.legal_kind, _empty_place(), model)
    around = Surroundings(facts, model=model.read())
    return [(step.title, group_of(step, document, [], around)) for step in STEPS]


def _empty_place() -> Document:
    place = OFFER.rows["places"]
    return {"id": new_id()} | dict.fromkeys(place.fields) | {name: [] for name in place.rows}


@cache
def _legal_kinds() -> dict[str, str]:
    """Legal kind by category of establishment, from the bundled table."""
    table = Path(structures.__file__).parent / "data" / "establishment_categories.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return {line["concept"]: line["legal_kind"] for line in csv.DictReader(lines)}
