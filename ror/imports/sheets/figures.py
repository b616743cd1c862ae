"""The sheet « Lits et places »: figures are no part of a description, and go through `structures.beds`.

A line says one figure: its place, what is counted, and how many. It has no name: what is counted tells which one it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Prefetch

from confidentiality.capacity import PERMISSION, CapacityViewer
from confidentiality.disclosure import Subject, disclose
from confidentiality.profiles import SOCIAL_FIELD, allowed_level
from confidentiality.viewer import Viewer
from ror.imports.reading import ColumnShape, SheetShape
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.layout import HINT, KEY, REMOVE, TITLES, Layout, ListPath, SheetResource
from ror.imports.sheets.lines import Described
from ror.imports.sheets.saying import NOT_YOURS, UNKNOWN_PARENT, WHICH_PARENT, Applied
from ror.imports.sheets.typed import Spot, TypedRow
from ror.reference.forms import CodeChoiceField
from structures import beds
from structures.beds import CODES, LARGEST, Figure, FigureErrors, Key
from structures.describing import counting_words as words
from structures.describing.counting import level_of
from structures.document import Document
from structures.fields import number
from structures.models import BedCapacity, CareCapacity, Offer, OfferPlace, Place
from structures.models.capacity import CURRENT, NO_ASSIGNMENT
from structures.reading import capacity_document
from structures.schema import Rows

PATH: ListPath = ("figures",)  # no list of the description has this name
REASON = "imports: the places whose figures the person reports"
TITLE = "Lits et places"
PLACE_TITLE = "Lieu"
PLACES: ListPath = ("places",)
# What an empty cell means: kept for nobody in particular, and now.
USUAL = {"temporary_assignment": NO_ASSIGNMENT, "temporality": CURRENT}
TELLING = ("nature", "status", "number")  # without them, a line counts nothing
HOW_MANY = "Indiquez un nombre entier, ou écrivez « oui » dans « Retirer » pour retirer ce chiffre."
NOT_THERE_YET = "Ce lieu n'est pas encore dans le répertoire : importez-le d'abord, puis ses lits et places."
TWICE = "Ce chiffre est déjà donné à la ligne {} : gardez-en un."
OVERTAKEN = "Ce chiffre a été compté de nouveau depuis la vérification : déposez de nouveau le fichier."


def _label(name: str) -> str:
    model = CareCapacity if name == "temporary_assignment" else BedCapacity
    return str(model._meta.get_field(name).verbose_name).capitalize()


FIGURE = Rows(
    "chiffre",
    {name: CodeChoiceField(CODES[name][0], label=_label(name)) for name in Key._fields}
    | {"number": number(_label("number"), min_value=0, max_value=LARGEST)},
)


class FigureLayout(Layout):
    @property
    def keys(self) -> tuple[ColumnShape, ...]:
        return (KEY, HINT, ColumnShape(PLACE_TITLE, mandatory=True))

    @property
    def above(self) -> ListPath:
        return PLACES


class FigureResource(SheetResource):
    """The columns of « Lits et places »."""

    def __init__(self, **kwargs) -> None:
        super().__init__(FigureLayout(PATH, TITLE, FIGURE, PLACE_TITLE), **kwargs)

    def shape(self) -> SheetShape:
        data = (replace(each.shape, mandatory=each.name in TELLING) for each in self.fields.values())
        return SheetShape(self.layout.title, (*self.layout.keys, *data, REMOVE), partial=True)

    def lines(self, viewer: Viewer, offers: list[Offer], read: list[Described]) -> Iterator[list[str]]:
        """The figures of their places that the viewer may report."""
        rooms = rooms_of(viewer, offers)
        for described in read:
            for place in described.document.get("places") or ():
                room = rooms.get(place["id"])
                for key, held in room.figures.items() if room else ():
                    said = key._asdict() | {"number": held.number}
                    data = [each.written(said[each.name]) for each in self.fields.values()]
                    yield [described.identifier, str(described.document.get("name") or ""), place["id"], *data, ""]


class Held(NamedTuple):
    """A figure that is kept: how many, and its id."""

    number: int
    pk: UUID


@dataclass(frozen=True)
class Room:
    """The figures of one place, as who reports them reads them; `rights` as `visible_to` gives them."""

    rights: int
    figures: dict[Key, Held]

    def may_read(self, key: Key) -> bool:
        return level_of(key) <= allowed_level("capacity", self.rights, social=False)


class Count(NamedTuple):
    """One figure that the file says otherwise: `shown` is how many there were, `number` how many there are (None: no
    such figure). Its problems stand at `spot`.
    """

    place: str
    key: Key
    shown: int | None
    number: int | None
    spot: Spot

    @property
    def figure(self) -> Figure:
        return Figure(**self.key._asdict(), number=self.number or 0)


@dataclass
class Counted:
    """What a file says of the figures of one offer. `counts` with `number` None are figures to remove."""

    counts: list[Count] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> list[dict[str, Any]]:
        """What is to be kept between the preview and the writing."""
        return [count._asdict() for count in self.counts]

    @classmethod
    def from_json(cls, said: Iterable[dict[str, Any]]) -> "Counted":
        return cls(
            [
                Count(each["place"], Key(*each["key"]), each["shown"], each["number"], Spot(*each["spot"]))
                for each in said
            ]
        )

    def undone(self) -> "Counted":
        """What puts these figures back as they were."""
        return Counted([count._replace(shown=count.number, number=count.shown) for count in self.counts])

    def in_words(self) -> list[dict[str, str]]:
        """Each change: which figure, how many before, how many after; nothing where there is none."""
        return [
            {
                "label": ", ".join(filter(None, (words.label(count.key, social=False), words.details(count.key)))),
                "before": "" if count.shown is None else str(count.shown),
                "after": "" if count.number is None else str(count.number),
            }
            for count in self.counts
        ]


def rooms_of(viewer: Viewer, offers: Iterable[Offer]) -> dict[str, Room]:
    """The places of these offers whose figures the viewer may report, by id, with what the viewer reads there.

    6 queries, whatever the number of offers. The journal keeps what is not public.
    """
    room = CapacityViewer(viewer)
    links = OfferPlace.objects.visible_to(room).filter(offer__in=[offer.pk for offer in offers])
    cares = CareCapacity.objects.visible_to(room).prefetch_related(
        Prefetch("beds", BedCapacity.objects.visible_to(room))
    )
    places = Place.objects.visible_to(room).permitted(room, PERMISSION).filter(pk__in=links.values("place"))
    around = OfferPlace.objects.trusted(REASON).select_related("offer__sensitive_unit")
    rows = places.select_related("geographic_entity").prefetch_related(
        Prefetch("capacities", cares), Prefetch("offer_links", around)
    )
    return {str(place.pk): Room(place.rights, dict(_figures(disclose(room, _subject(place))))) for place in rows}


def _subject(place: Place) -> Subject:
    """The figures of a place, as secret as the most secret offer that is given there."""
    offers = [link.offer for link in place.offer_links.all()]
    return Subject(
        model="Place",
        identifier=place.identifier,
        values={"capacities": [capacity_document(care) for care in place.capacities.all()]},
        rights=place.rights,
        legal_kind=place.geographic_entity.legal_kind,
        social=any(offer.activity_field_id == SOCIAL_FIELD for offer in offers),
        sensitive=any(getattr(offer, "sensitive_unit", None) is not None for offer in offers),
    )


def counted(said: Applied, rooms: dict[str, Room]) -> Counted:
    """What the file says of the figures of an offer; `rooms` are those of its places (`rooms_of`).

    A figure equal to the one that is read says nothing; a cell that is a problem of `said` is not one again. A place
    that the file adds is counted in a later file.
    """
    done, first = Counted(), dict[tuple[str, Key], int]()
    for line in said.typed.rows.get(PATH, ()):
        place = _place(said, line, done)
        key, problems = _key(line)
        done.problems += problems
        if place is None or problems:
            continue
        if (place, key) in first:
            done.problems.append(line.spot("number").problem(TWICE.format(first[place, key])))
            continue
        first[place, key] = line.number
        if place in rooms:
            _count(line, place, key, rooms[place], done)
        else:
            told = NOT_THERE_YET if place in said.added else NOT_YOURS
            done.problems.append(line.view.spot(line.number, PLACE_TITLE).problem(told))
    wrong = {(problem["sheet"], problem["cell"]) for problem in said.problems}
    done.problems = [problem for problem in done.problems if (problem["sheet"], problem["cell"]) not in wrong]
    return done


def checked(done: Counted, places: dict[str, Place]) -> None:
    """Add to its problems what `structures.beds` would refuse as things stand. Two queries for each place."""
    for key, counts in _by_place(done.counts).items():
        reported = [count for count in counts if count.number is not None]
        shown = {count.key: count.shown for count in reported}
        for remark in beds.check(places[key], [count.figure for count in reported], shown=shown):
            done.problems.append(reported[remark.index].spot.problem(remark.message))


def write(
    done: Counted, rooms: dict[str, Room], *, author: models.Model | str, channel: str, reason: str = ""
) -> list[dict[str, Any]]:
    """Keep these figures, in the transaction of the caller, which keeps nothing when problems are returned.

    `rooms` are those that the author may report today.
    """
    said = {"author": author, "channel": channel, "reason": reason}
    by_place = _by_place(done.counts)
    places = {str(each.pk): each for each in Place.objects.trusted(REASON).filter(pk__in=by_place)}
    problems: list[dict[str, Any]] = []
    for key, counts in by_place.items():
        room = rooms.get(key)
        if key not in places or room is None or not all(room.may_read(count.key) for count in counts):
            problems += (count.spot.problem(NOT_YOURS) for count in counts)
        else:
            problems += _write(places[key], room, counts, said)
    return problems


def _write(place: Place, room: Room, counts: list[Count], said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    reported = [count for count in counts if count.number is not None]
    removed = [count for count in counts if count.number is None]
    held = [room.figures.get(count.key) for count in removed]
    late = [count for count, kept in zip(removed, held, strict=True) if kept and kept.number != count.shown]
    yield from (count.spot.problem(OVERTAKEN) for count in late)
    try:
        if reported:
            shown = {count.key: count.shown for count in reported}
            kept = beds.report(place, [count.figure for count in reported], shown=shown, **said)
            yield from (count.spot.problem(OVERTAKEN) for count in reported if count.key in kept.overtaken)
        if any(held):
            beds.withdraw(place, [each.pk for each in held if each], **said)
    except FigureErrors as refusal:
        yield from (reported[error.index].spot.problem(error.message) for error in refusal.errors)


def _count(line: TypedRow, place: str, key: Key, room: Room, done: Counted) -> None:
    if not room.may_read(key):
        done.problems.append(line.view.spot(line.number, PLACE_TITLE).problem(NOT_YOURS))
        return
    held = room.figures.get(key)
    if line.removed:
        if held is not None:
            done.counts.append(Count(place, key, held.number, None, line.spot("number")))
        return
    meaning = line.view.fields["number"].meaning(line.data.get("number", ""))
    if meaning.value is None and held is None:
        return
    if meaning.message or meaning.value is None:
        done.problems.append(line.spot("number").problem(meaning.message or HOW_MANY))
    elif held is None or held.number != meaning.value:
        done.counts.append(Count(place, key, held.number if held else None, meaning.value, line.spot("number")))


def _key(line: TypedRow) -> tuple[Key, list[dict[str, Any]]]:
    """Which figure a line says, and what is wrong in it."""
    values, problems = {}, []
    for name in Key._fields:
        column: DatumField = line.view.fields[name]
        meaning = column.meaning(line.data.get(name, ""))
        values[name] = meaning.value or USUAL.get(name)
        if meaning.message:
            problems.append(line.spot(name).problem(meaning.message))
        elif name in TELLING and not values[name]:
            problems.append(line.spot(name).problem("Choisissez une des valeurs proposées."))
    return Key(**values), problems


def _place(said: Applied, line: TypedRow, done: Counted) -> str | None:
    """The id of the place that a line names; None, and a problem, when it is unclear."""
    places = [row["id"] for row in said.document.get("places") or ()]
    named = said.named.get((PLACES, line.parent), line.parent)
    if named in places:
        return named
    if not line.parent and len(places) == 1:
        return places[0]
    title = TITLES[PLACES]
    told = UNKNOWN_PARENT.format(title) if line.parent else WHICH_PARENT.format(len(places), title)
    done.problems.append(line.view.spot(line.number, PLACE_TITLE).problem(told))
    return None


def _figures(place: Document) -> Iterator[tuple[Key, Held]]:
    for capacity in place.get("capacities", ()):
        for bed in capacity["beds"]:
            if "number" in bed:
                key = Key(capacity["temporary_assignment"], *(bed[name] for name in Key._fields[1:]))
                yield key, Held(bed["number"], UUID(bed["id"]))


def _by_place(counts: list[Count]) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        found[count.place].append(count)
    return found
