"""Load what the demonstration lacks, in one transaction; what is there already is left as people made it."""

from dataclasses import dataclass

from ror.demonstration import (
    accounts,
    anomalies,
    beds,
    closings,
    descriptions,
    drafts,
    establishments,
    offers,
    organizations,
    people,
)
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
        descriptions.describe_all(entities, author=AUTHOR, channel=CHANNEL)
        trees = organizations.create_all(entities, author=AUTHOR, channel=CHANNEL)
        published = offers.publish_all(entities, trees, author=AUTHOR, channel=CHANNEL)
        beds.report_all(published, author=AUTHOR, channel=CHANNEL)
        people.attach_all(published, author=AUTHOR, channel=CHANNEL)
        closings.close_all(entities, trees, published, author=AUTHOR, channel=CHANNEL)
        anomalies.add_all(published)
        opened = accounts.add_missing()
        started = drafts.add(entities, [each.offer for each in published])
    return Loaded(len(entities), len(published), len(started), len(opened))
