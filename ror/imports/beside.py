"""What a file says beside the descriptions, figures and professionals: compared, kept and written by ways of their own.

Nothing of it is ever a draft, nor waits for a review. A file without these sheets costs nothing here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from confidentiality.viewer import Viewer
from ror.imports.models import ImportJob
from ror.imports.sheets import BESIDE, Applied, figures, people
from structures.models import Offer, Place

REASON = "imports: the places whose figures the file says"
FIGURES, PEOPLE = figures.PATH[0], people.PATH[0]
MANDATE = (
    "Les lits et places et les professionnels sont dits par l'établissement lui-même : vous préparez ses "
    "descriptions, sans rien publier. Ôtez cette ligne, ou reprenez les valeurs exportées."
)
Kept = list[tuple[str, dict[str, Any]]]  # which sheet, what one of its lines says


@dataclass
class Beside:
    """What a file says of one offer beside its description, and all that is wrong there."""

    counted: figures.Counted = field(default_factory=figures.Counted)
    practising: people.Practising = field(default_factory=people.Practising)

    @property
    def problems(self) -> list[dict[str, Any]]:
        return [*self.counted.problems, *self.practising.problems]

    @property
    def differs(self) -> bool:
        return bool(self.counted.counts or self.practising.changes)

    def to_json(self) -> Kept:
        """What is to be kept between the preview and the writing: the lines of a sheet with a problem all wait."""
        counted = [] if self.counted.problems else self.counted.to_json()
        practising = [] if self.practising.problems else self.practising.to_json()
        return [*((FIGURES, each) for each in counted), *((PEOPLE, each) for each in practising)]

    @classmethod
    def from_json(cls, kept: Kept) -> "Beside":
        return cls(
            figures.Counted.from_json(said for sheet, said in kept if sheet == FIGURES),
            people.Practising.from_json(said for sheet, said in kept if sheet == PEOPLE),
        )


def compare(viewer: Viewer, some: Sequence[tuple[Applied, Offer | None]], published: Iterable[int]) -> list[Beside]:
    """What the file says beside each of these descriptions. `published` are the keys of the establishments for which
    the owner of the import publishes: elsewhere, nothing is said of these sheets.
    """
    offers = [offer for said, offer in some if offer is not None]
    rooms = figures.rooms_of(viewer, offers) if _says(some, figures.PATH) else {}
    practices, known = {}, {}
    if _says(some, people.PATH):
        practices = people.practices_of(said for said, _ in some)
        known = people.situations_of(viewer, offers)
    own = set(published)
    found = [_said(said, offer, rooms, known, practices) for said, offer in some]
    for (said, offer), each in zip(some, found, strict=True):
        if offer is not None and offer.geographic_entity_id not in own:
            _refuse(said, each)
    _check([each.counted for each in found if each.counted.counts])
    return found


def is_said(paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether one of these lists is that of a sheet that stands beside the description."""
    return not BESIDE.keys().isdisjoint(paths)


def write(job: ImportJob, viewer: Viewer, kept: Mapping[Offer, Kept]) -> list[dict[str, Any]]:
    """Write what was kept for these offers, in the transaction of the caller, which keeps nothing when problems are
    returned.
    """
    said = {offer: Beside.from_json(each) for offer, each in kept.items() if each}
    counting = [offer for offer, each in said.items() if each.counted.counts]
    practising = [offer for offer, each in said.items() if each.practising.changes]
    rooms = figures.rooms_of(viewer, counting) if counting else {}
    known = people.situations_of(viewer, practising) if practising else {}
    by = {"author": job.owner, "channel": job.channel}
    problems: list[dict[str, Any]] = []
    for offer, each in said.items():
        problems += figures.write(each.counted, rooms, **by, reason=job.reason)
        problems += people.write(each.practising, offer, known.get(offer.identifier, []), **by)
    return problems


def undo(job: ImportJob, viewer: Viewer, offer: Offer, kept: Kept, reason: str) -> list[dict[str, Any]]:
    """Put back what stood in this offer before these lines were written: all of it, or nothing when problems are
    returned. Who left the offer is not put back: what it said of them is gone.
    """
    said = Beside.from_json(kept)
    rooms = figures.rooms_of(viewer, [offer]) if said.counted.counts else {}
    known = people.situations_of(viewer, [offer]).get(offer.identifier, []) if said.practising.changes else []
    back, problems = people.undone(said.practising, offer, known)
    by = {"author": job.owner, "channel": job.channel}
    with transaction.atomic():
        if not problems:
            problems += figures.write(said.counted.undone(), rooms, **by, reason=reason)
            problems += people.write(back, offer, known, **by)
        transaction.set_rollback(bool(problems))
    return problems


def in_words(viewer: Viewer, kept: Mapping[Offer, Kept]) -> dict[int, list[dict[str, str]]]:
    """What was kept for these offers, in words, as far as `viewer` may still read it, by key of the offer."""
    said = {offer: Beside.from_json(each) for offer, each in kept.items() if each}
    rooms = figures.rooms_of(viewer, said) if any(each.counted.counts for each in said.values()) else {}
    known = people.situations_of(viewer, said) if any(each.practising.changes for each in said.values()) else {}
    found = {}
    for offer, each in said.items():
        counts = [count for count in each.counted.counts if _is_read(rooms.get(count.place), count)]
        names = {situation.identifier for situation in known.get(offer.identifier, ())}
        changes = [change for change in each.practising.changes if not change.identifier or change.identifier in names]
        found[offer.pk] = figures.Counted(counts).in_words() + people.Practising(changes).in_words()
    return found


def _is_read(room: figures.Room | None, count: figures.Count) -> bool:
    return room is not None and room.may_read(count.key)


def _says(some: Sequence[tuple[Applied, Offer | None]], path: tuple[str, ...]) -> bool:
    return any(path in said.typed.rows for said, _ in some)


def _said(
    said: Applied,
    offer: Offer | None,
    rooms: dict[str, figures.Room],
    known: dict[str, list[people.Situation]],
    practices: dict[str, Any],
) -> Beside:
    here = known.get(offer.identifier, []) if offer else []
    return Beside(figures.counted(said, rooms), people.practising(said, offer, here, practices))


def _refuse(said: Applied, each: Beside) -> None:
    """Under a mandate nothing is said of these sheets; what they say as it was exported is not refused."""
    if each.counted.counts or each.counted.problems:
        each.counted = figures.Counted(problems=[_first(said, figures.PATH)])
    if each.practising.changes or each.practising.problems:
        each.practising = people.Practising(problems=[_first(said, people.PATH)])


def _first(said: Applied, path: tuple[str, ...]) -> dict[str, Any]:
    return said.typed.rows[path][0].spot().problem(MANDATE)


def _check(some: Sequence[figures.Counted]) -> None:
    """What would be refused as things stand: two queries for each place whose figures change."""
    wanted = {count.place for counted in some for count in counted.counts}
    places = {str(place.pk): place for place in Place.objects.trusted(REASON).filter(pk__in=wanted)} if wanted else {}
    for counted in some:
        figures.checked(counted, places)
