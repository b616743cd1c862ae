"""The portraits: the establishments that the demonstration describes in full, one of each sector at least.

`data/portraits/<slug>.json` says what the tables do not: the contacts of the legal entity, the words and tariffs of the
establishment, its internal organisations, its places, what its offers say more than their line of `offers.csv`, its
professionals and its closings.
"""

import json
from dataclasses import dataclass, field
from functools import cache

from ror.demonstration.rows import Said
from ror.demonstration.tables import DATA

FOLDER = DATA / "portraits"


@dataclass(frozen=True)
class Portrait:
    """What one file says. Places, organisations and offers are named by keys of the file's own.

    An offer says data of `structures.schema.OFFER`, or names: the pattern of its `hours`, its `organization`, its
    `places`.
    """

    legal_entity_contacts: list[Said] = field(default_factory=list)
    establishment: Said = field(default_factory=dict)
    organizations: list[Said] = field(default_factory=list)
    places: dict[str, Said] = field(default_factory=dict)
    offers: dict[str, Said] = field(default_factory=dict)
    professionals: list[Said] = field(default_factory=list)
    closings: list[Said] = field(default_factory=list)
    anomalies: list[Said] = field(default_factory=list)


@cache
def portraits() -> dict[str, Portrait]:
    """Every portrait by the slug of its establishment."""
    return {path.stem: Portrait(**json.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.json"))}


def portrait_of(slug: str) -> Portrait:
    """The portrait of an establishment; an empty one when the tables say all there is to say."""
    return portraits().get(slug, Portrait())
