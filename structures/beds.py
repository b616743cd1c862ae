"""The only way in for the figures of beds and places, whatever the channel: a phone, a file, another software.

Figures are never part of an offer's document nor of a draft (design §6). The rows that a report does not mention stay
as they are. The caller has checked that the author may report there.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.utils import timezone

from ror.history import writing
from ror.reference.nomenclature import nomenclature
from structures.closing import open_on
from structures.locking import REASON, hold_open, take_data
from structures.models import BedCapacity, CareCapacity, GeographicEntity, OfferPlace, Place
from structures.models.capacity import AVAILABLE, CLOSED, CURRENT, INSTALLED, NO_ASSIGNMENT, SUPPLEMENTARY

BY_HAND = "R335:01"
LARGEST = 99_999
LONGEST_COMMENT = 300
CLOCK_SKEW = datetime.timedelta(minutes=5)  # between the portal and the software that counts

# Each coded datum, its value set, and the only status that it goes with.
CODES: dict[str, tuple[str, str | None]] = {
    "temporary_assignment": ("J195", None),
    "nature": ("J187", None),
    "status": ("J188", None),
    "temporality": ("J189", None),
    "source": ("J193", None),
    "gender": ("J190", AVAILABLE),
    "closing_type": ("J191", CLOSED),
    "supplementary_type": ("J192", SUPPLEMENTARY),
    "crisis_type": ("J194", SUPPLEMENTARY),
}
OPTIONAL = ("gender", "closing_type", "supplementary_type", "crisis_type")
BED, PLACE = "R329:01", "R329:02"
NATURES = {BED: ("lits", ""), PLACE: ("places", "e")}  # the plural, and how what is said of it agrees


@dataclass(frozen=True)
class Figure:
    """One figure: how many beds or places, in which status, at which horizon. Codes are keys (`R330:02`).

    All but `number`, `source`, `comment` and `counted_at` says which figure it is: the same one replaces the former.
    `comment` is that of the assignment; None leaves it as it is. `counted_at` is now unless the source says when.
    """

    nature: str
    status: str
    number: int
    temporary_assignment: str = NO_ASSIGNMENT
    temporality: str = CURRENT
    source: str = BY_HAND
    gender: str | None = None
    closing_type: str | None = None
    supplementary_type: str | None = None
    crisis_type: str | None = None
    comment: str | None = None
    counted_at: datetime.datetime | None = None

    @property
    def key(self) -> "Key":
        return Key(*(getattr(self, name) for name in Key._fields))


class Key(NamedTuple):
    """What makes two figures of a place the same one."""

    temporary_assignment: str
    nature: str
    status: str
    temporality: str
    gender: str | None
    closing_type: str | None
    supplementary_type: str | None
    crisis_type: str | None


class Remark(NamedTuple):
    """What is wrong, or looks wrong: the rank of the figure in the report, its datum, what to do."""

    index: int
    field: str
    message: str


class FigureErrors(Exception):
    """A report that cannot be kept: `errors` says everything at once, and nothing was written."""

    def __init__(self, errors: list[Remark]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass(frozen=True)
class Stored:
    """A figure as it is kept: the number, and when it was counted; neither when there is no such figure any more."""

    number: int | None = None
    counted_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Report:
    """A report that was kept: how many figures are new, how many were counted again, and what looks wrong.

    `overtaken` are the figures that someone else changed since the author read them: they are not written. `numbers`
    are all those of the place after the report.
    """

    added: int
    changed: int
    warnings: list[Remark]
    overtaken: dict[Key, Stored]
    numbers: dict[Key, int]


def report(
    place: Place,
    figures: Iterable[Figure],
    *,
    author: models.Model | str,
    channel: str,
    reason: str = "",
    shown: Mapping[Key, int | None] | None = None,
) -> Report:
    """Keep these figures of `place`: each replaces the same one, or is added. Raises `FigureErrors`.

    `shown`: the number that the author read before each (None: there was none). A figure that is another one now, or
    that was counted later, is left as it is and told in `overtaken`; the others are kept.
    """
    figures = list(figures)
    with writing(author, channel, reason=reason):
        place = _locked(place)
        held = {_key_of(bed): bed for bed in _beds(place)}
        errors = list(_errors(figures, held, is_given=_is_given(place), shown=shown))
        if errors:
            raise FigureErrors(errors)
        overtaken = _overtaken(figures, held, shown or {})
        kept = [figure for figure in figures if figure.key not in overtaken and not _is_older(figure, held)]
        cares = _write_cares(place, kept)
        added, changed = _write_beds(place, kept, cares, held)
        numbers = {key: bed.number for key, bed in held.items()} | {figure.key: figure.number for figure in kept}
        return Report(added, changed, list(_warnings(figures, numbers)), overtaken, numbers)


def check(place: Place, figures: Iterable[Figure], *, shown: Mapping[Key, int | None] | None = None) -> list[Remark]:
    """What `report` would refuse in these figures as things stand, without writing anything. 2 queries."""
    held = {_key_of(bed): bed for bed in _beds(place)}
    return list(_errors(list(figures), held, is_given=_is_given(place), shown=shown))


def withdraw(place: Place, ids: Collection[UUID], *, author: models.Model | str, channel: str, reason: str = "") -> int:
    """Remove these figures of `place`, and the assignments that keep none; returns how many figures were there.

    An id that is gone, or that belongs elsewhere, is passed over.
    """
    with writing(author, channel, reason=reason):
        place = _locked(place)
        beds = BedCapacity.objects.trusted(REASON).filter(care_capacity__place=place, pk__in=list(ids))
        cares = set(beds.order_by().values_list("care_capacity", flat=True))
        count = BedCapacity.objects.trusted(REASON).filter(pk__in=beds.values("pk")).delete_rows()
        CareCapacity.objects.trusted(REASON).filter(pk__in=cares, beds=None).delete_rows()
        return count


def _locked(place: Place) -> Place:
    """The place as it is now. Two reports on one place wait for each other; a closing waits for both."""
    hold_open(GeographicEntity, [place.geographic_entity_id])
    rows = take_data(Place.objects.filter(pk=place.pk))
    if not rows:
        raise FigureErrors([Remark(0, "place", "Ce lieu n'existe plus. Rechargez la page.")])
    return rows[0]


def _beds(place: Place) -> models.QuerySet:
    return BedCapacity.objects.trusted(REASON).filter(care_capacity__place=place).select_related("care_capacity")


def _overtaken(
    figures: list[Figure], held: dict[Key, BedCapacity], shown: Mapping[Key, int | None]
) -> dict[Key, Stored]:
    """The figures that are no longer those that the author read, as they are now; not those that say the same."""
    found = {}
    for figure in figures:
        bed = held.get(figure.key)
        number = bed.number if bed else None
        if figure.key not in shown or number == figure.number:
            continue
        if number != shown[figure.key] or _is_older(figure, held):
            found[figure.key] = Stored(number, bed.counted_at if bed else None)
    return found


def _is_older(figure: Figure, held: dict[Key, BedCapacity]) -> bool:
    """Whether the figure was counted before the one that is kept."""
    bed, counted_at = held.get(figure.key), figure.counted_at
    if bed is None or counted_at is None or timezone.is_naive(counted_at):
        return False
    return counted_at < bed.counted_at


def _is_given(place: Place) -> bool:
    """Whether an offer is open today in this place."""
    return OfferPlace.objects.trusted(REASON).filter(open_on(timezone.localdate()), place=place).exists()


def _key_of(bed: BedCapacity) -> Key:
    named = {name: getattr(bed, f"{name}_id") for name in Key._fields if name != "temporary_assignment"}
    return Key(temporary_assignment=bed.care_capacity.temporary_assignment_id, **named)


def _errors(
    figures: list[Figure],
    held: dict[Key, BedCapacity],
    *,
    is_given: bool,
    shown: Mapping[Key, int | None] | None,
) -> Iterator[Remark]:
    first: dict[Key, int] = {}
    comments: dict[str, str] = {}
    for index, figure in enumerate(figures):
        stored = held.get(figure.key)
        found = [*_code_errors(figure, stored), *_count_errors(figure), *_comment_errors(figure, comments)]
        if shown is None and _is_older(figure, held):
            found.append(("counted_at", _counted_since(stored)))
        if figure.key in first:
            found.append(("number", f"Ce chiffre est déjà donné à la ligne {first[figure.key] + 1} : gardez-en un."))
        if figure.status == AVAILABLE and figure.number != 0 and not is_given:
            found.append(
                ("number", "Aucune offre de ce lieu n'est ouverte : rien ne peut y être disponible. Indiquez 0.")
            )
        first.setdefault(figure.key, index)
        yield from (Remark(index, field, message) for field, message in found)


def _code_errors(figure: Figure, stored: BedCapacity | None) -> Iterator[tuple[str, str]]:
    codes = nomenclature()
    for name, (value_set, status) in CODES.items():
        value = getattr(figure, name)
        if value is None and name in OPTIONAL:
            continue
        if status is not None and figure.status != status:
            yield name, f"Ne se donne que pour le statut « {codes.label(status)} » : retirez-le, ou changez de statut."
        elif not value:
            yield name, "Choisissez une des valeurs proposées."
        elif not codes.is_current(value_set, value) and not _keeps(stored, name, value):
            yield name, f"« {codes.label(value)} » n'est pas dans la liste : choisissez une des valeurs proposées."


def _keeps(stored: BedCapacity | None, name: str, value: str) -> bool:
    """Whether the figure already had this code, which may be closed since."""
    if stored is None:
        return False
    return name == "temporary_assignment" or getattr(stored, f"{name}_id") == value


def _count_errors(figure: Figure) -> Iterator[tuple[str, str]]:
    number, counted_at = figure.number, figure.counted_at
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= LARGEST:
        yield "number", f"Indiquez un nombre entier, de 0 à {LARGEST:_}.".replace("_", " ")
    if counted_at is None:
        return
    if timezone.is_naive(counted_at):
        yield "counted_at", "Indiquez le fuseau horaire de cette heure."
    elif counted_at > timezone.now() + CLOCK_SKEW:
        yield "counted_at", "Cette heure est dans le futur : corrigez-la."


def _counted_since(stored: BedCapacity) -> str:
    later = timezone.localtime(stored.counted_at)
    return f"Un chiffre plus récent, compté le {later:%d/%m/%Y à %H:%M}, est déjà enregistré : vérifiez le vôtre."


def _comment_errors(figure: Figure, comments: dict[str, str]) -> Iterator[tuple[str, str]]:
    if figure.comment is None:
        return
    if len(figure.comment) > LONGEST_COMMENT:
        yield "comment", f"Écrivez {LONGEST_COMMENT} caractères au plus."
    if comments.setdefault(figure.temporary_assignment, figure.comment) != figure.comment:
        yield "comment", "Un autre commentaire est déjà donné pour cette affectation : gardez-en un."


def _write_cares(place: Place, figures: list[Figure]) -> dict[str, CareCapacity]:
    """The assignments of these figures, with their comments, by code."""
    rows = CareCapacity.objects.trusted(REASON).filter(place=place)
    cares = {care.temporary_assignment_id: care for care in rows}
    missing = {figure.temporary_assignment for figure in figures} - cares.keys()
    comments = {figure.temporary_assignment: figure.comment for figure in figures if figure.comment is not None}
    changed = [care for code, care in cares.items() if comments.get(code, care.comment) != care.comment]
    for care in changed:
        care.comment = comments[care.temporary_assignment_id]
    columns = {"place": place, "geographic_entity_id": place.geographic_entity_id}
    added = [
        CareCapacity(temporary_assignment_id=code, comment=comments.get(code, ""), **columns)
        for code in sorted(missing)
    ]
    if added:
        CareCapacity.objects.trusted(REASON).bulk_create(added)
    if changed:
        CareCapacity.objects.trusted(REASON).bulk_update(changed, ["comment"])
    return cares | {care.temporary_assignment_id: care for care in added}


def _write_beds(
    place: Place, figures: list[Figure], cares: dict[str, CareCapacity], held: dict[Key, BedCapacity]
) -> tuple[int, int]:
    now = timezone.now()
    added, changed = [], []
    for figure in figures:
        bed = held.get(figure.key)
        if bed is None:
            codes = {f"{name}_id": getattr(figure, name) for name in Key._fields if name != "temporary_assignment"}
            bed = BedCapacity(
                care_capacity=cares[figure.temporary_assignment],
                geographic_entity_id=place.geographic_entity_id,
                **codes,
            )
            added.append(bed)
        else:
            changed.append(bed)
        bed.number, bed.source_id, bed.counted_at = figure.number, figure.source, figure.counted_at or now
    if added:
        BedCapacity.objects.trusted(REASON).bulk_create(added)
    if changed:
        BedCapacity.objects.trusted(REASON).bulk_update(changed, ["number", "source", "counted_at"])
    return len(added), len(changed)


def doubts(numbers: Mapping[Key, int]) -> list[str]:
    """What looks wrong in all the figures of a place: more available than installed and not closed."""
    groups = {(*key[:2], key.temporality) for key in numbers}
    said = (_doubt(numbers, *group) for group in sorted(groups))
    return [message for message in said if message]


def _warnings(figures: list[Figure], numbers: dict[Key, int]) -> Iterator[Remark]:
    """More available than installed and not closed: kept, and said, once for each assignment, nature and horizon."""
    said = set()
    for index, figure in enumerate(figures):
        group = (figure.temporary_assignment, figure.nature, figure.temporality)
        if group in said or figure.status not in (INSTALLED, AVAILABLE, CLOSED):
            continue
        said.add(group)
        message = _doubt(numbers, *group)
        if message:
            yield Remark(index, "number", message)


def _doubt(numbers: Mapping[Key, int], assignment: str, nature: str, temporality: str) -> str:
    """At each horizon, what is installed and closed there, or now when that horizon does not say."""
    group = (assignment, nature, temporality)
    available = _total(numbers, *group, AVAILABLE)
    installed, closed = (_total(numbers, *group, status, otherwise=CURRENT) for status in (INSTALLED, CLOSED))
    if available is None or installed is None or available <= installed - (closed or 0):
        return ""
    what, agreed = NATURES.get(nature, ("lits ou places", ""))
    of_them = f"{installed} installé{agreed}s dont {closed or 0} fermé{agreed}s"
    return f"{available} {what} disponibles, pour {of_them} : vérifiez."


def _total(
    numbers: Mapping[Key, int], assignment: str, nature: str, temporality: str, status: str, otherwise: str = ""
) -> int | None:
    """The sum of the figures of one status, whatever the gender or type of closing; None when there is none."""
    for horizon in (temporality, otherwise):
        found = [number for key, number in numbers.items() if key[:4] == (assignment, nature, status, horizon)]
        if found:
            return sum(found)
    return None
