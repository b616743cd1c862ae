"""Which changes of a description wait for a review, whatever the channel.

A region asks for it or not. What never waits: the figures of beds, closings and the data of registers, which no
document of an offer holds; the sensitive flag and any move to a stricter level, which are published at once even when
the rest waits; an offer of a sensitive unit, of which nobody in the region knows. A correction by the administration,
with its reason kept in the version, is an exception that the history shows.
"""

import copy
from collections.abc import Iterator, Sequence

from confidentiality.viewer import Viewer
from structures.describing.reviewing.models import RegionSettings
from structures.document import Document, value_at, walk
from structures.merging import same_row
from structures.models import GeographicEntity
from structures.publishing import Proposal, guard

REASON = "review: what the region of an offer asks for"
FREE_CHANNELS = frozenset({"register", "demonstration"})
FLAG = ("sensitive", "sensitive_motive")


class ReviewNeeded(Exception):
    """This change waits for a review: submit it (`moves.submit`, or `moves.propose` for other channels)."""


@guard
def refuse_unreviewed(proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, Exception]]:
    """`ReviewNeeded` for each change that waits and that no review has decided. One query, or none."""
    bound = [each for each in proposals if not _is_free(each)]
    if not bound:
        return
    rules = RegionSettings.objects.trusted(REASON).filter(region__in={each.entity.region_id for each in bound})
    asking = {each.region_id for each in rules if each.review}
    for proposal in bound:
        if proposal.entity.region_id in asking and waits(proposal.before, proposal.after):
            yield proposal, ReviewNeeded()


def _is_free(proposal: Proposal) -> bool:
    if proposal.approval is not None or proposal.channel in FREE_CHANNELS:
        return True
    return proposal.channel == "admin" and bool(proposal.reason)


def rules_of(entity: GeographicEntity) -> RegionSettings | None:
    """The rules of the region of `entity`, if it has set any."""
    return RegionSettings.objects.trusted(REASON).filter(region=entity.region_id).first()


def asked_in(entity: GeographicEntity) -> RegionSettings | None:
    """The rules of the region of `entity` when they ask for reviews."""
    rules = rules_of(entity)
    return rules if rules is not None and rules.review else None


def charter_of(viewer: Viewer, entity: GeographicEntity) -> str:
    """What the region of `entity` says to those who describe and review there; nothing when it says nothing."""
    rules = RegionSettings.objects.visible_to(viewer).filter(region=entity.region_id).first()
    return rules.charter if rules else ""


def waits(before: Document | None, after: Document) -> bool:
    """Whether something of the change from `before` (None: never published) may have to wait."""
    if after.get("sensitive") is True:
        return False
    return before is None or not same_row(at_once(before, after), after)


def at_once(before: Document, after: Document) -> Document:
    """`before`, with only what never waits of the change to `after`: the sensitive flag, the stricter levels."""
    urgent = copy.deepcopy(before)
    if (before.get("sensitive") is True) != (after.get("sensitive") is True):
        urgent |= {name: after.get(name) for name in FLAG}
    for path, schema, row in walk(after):
        known = value_at(urgent, path) if path else None
        if known is not None and "level" in schema.fields and _is_stricter(known.get("level"), row.get("level")):
            known["level"] = row["level"]
    return urgent


def _is_stricter(than: object, level: object) -> bool:
    return isinstance(level, int) and isinstance(than, int) and level > than
