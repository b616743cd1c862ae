"""Load what the demonstration lacks, in one transaction; what is there already is left as people made it."""

from dataclasses import dataclass

from ror.demonstration import accounts, drafts, establishments, offers
from ror.history import writing

AUTHOR, CHANNEL = "load_demonstration", "demonstration"


@dataclass(frozen=True)
class Loaded:
    """How many of each were added; zeros when everything was there."""

    establishments: int
    offers: int
    drafts: int
    accounts: int


def load() -> Loaded:
    """Add the establishments and accounts that are missing, each establishment with its offers. Idempotent."""
    with writing(AUTHOR, CHANNEL):
        entities = establishments.add_missing()
        published = offers.publish_all(entities, author=AUTHOR, channel=CHANNEL)
        opened = accounts.add_missing()
        started = drafts.add(entities, published)
    return Loaded(len(entities), len(published), len(started), len(opened))
