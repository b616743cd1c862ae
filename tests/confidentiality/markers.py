"""Unique markers: what is planted in each datum, and how it is recognised in an answer."""

import datetime
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from django.utils import timezone

from ror.reference.models import CodeSystem, Commune, Concept, ValueSetMember
from ror.reference.nomenclature import renew

PUBLIC = None  # the reading of what everyone reads
FIRST_FIGURE = 7001  # far from ages, years and keys of rows
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
# Every way in which an answer may write what is planted; what is found is looked up among the markers.
WRITTEN = tuple(
    re.compile(shape)
    for shape in (
        r"zq[0-9]{4}",  # words
        r"(?<![0-9a-z])[0-9]{4,15}(?![0-9a-z])",  # ages, postcodes, identifiers
        r"(?<![0-9])[0-9]{2}[/-][0-9]{5}(?![0-9])",  # identifiers of offers, also in addresses
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4}|(?<![0-9])[0-9]{1,2}(?:er)? [a-zûé]+ [0-9]{4}",  # days
        r"(?<![0-9:])[0-9]{2}:[0-9]{2}(?!:?[0-9])",  # hours
        r"-?[0-9]{1,2}[.,][0-9]{6}",  # coordinates
    )
)
PHONE = re.compile(r"(?:\+?33\s?|0)6[\s.\-]?39[\s.\-]?98[\s.\-]?([0-9]{2})[\s.\-]?([0-9]{2})")
GROUPED = re.compile("(?<=[0-9])[\u00a0\u202f](?=[0-9]{3}(?![0-9]))")  # « 7 001 » is 7001
# The key of a row is drawn by lot: four of its figures may happen to be those of a marker.
DRAWN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A closed list of choices says nothing of the one that was made.
NOT_CHOSEN = (
    re.compile(r"<option(?![^>]*\bselected\b)[^>]*>.*?</option>", re.DOTALL),
    re.compile(
        r"<input(?=[^>]*type=\"(?:radio|checkbox)\")(?![^>]*\bchecked\b)[^>]*>\s*(?:<label.*?</label>)?", re.DOTALL
    ),
    re.compile(r"<nav[^>]*id=\"changelist-filter\".*?</nav>", re.DOTALL),
)


@dataclass(frozen=True)
class Marker:
    """What was planted in one datum; its name is « subject/datum ».

    `data` are the lines of the policy that it covers, `reading` the line of `expected.csv` that says which profiles
    read it (None: everyone). `is_code` markers are labels of codes, which lists of choices show to everyone.
    """

    name: str
    data: frozenset[tuple[str, str]]
    reading: str | None
    is_code: bool = False

    @property
    def subject(self) -> str:
        return self.name.partition("/")[0]


@dataclass
class Markers:
    """Every marker of one test, by each way in which an answer may write it."""

    planted: list[Marker] = field(default_factory=list)
    by_text: dict[str, Marker] = field(default_factory=dict)
    by_wording: dict[Marker, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _ages: Iterator[int] = field(default_factory=lambda: count(1001))
    _figures: Iterator[int] = field(default_factory=lambda: count(FIRST_FIGURE))
    _hours: Iterator[int] = field(default_factory=count)
    _places: Iterator[int] = field(default_factory=count)

    def __iter__(self) -> Iterator[Marker]:
        return iter(self.planted)

    def __len__(self) -> int:
        return len(self.planted)

    # Planting.

    def text(self, name: str, *data: str, reading: str | None = PUBLIC, is_code: bool = False) -> str:
        """A new word, found nowhere else."""
        return self._add(f"zq{next(self._numbers):04}", name, data, reading, is_code=is_code)

    def code(self, value_set: str, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """The key of a new code of the value set, whose label and code are a new word."""
        token = self.text(name, *data, reading=reading, is_code=True)
        member = ValueSetMember.objects.filter(value_set=value_set).select_related("concept").first()
        system = CodeSystem.objects.get(pk=member.concept.system_id)
        concept = Concept.objects.create(key=f"{system.pk}:{token}", system=system, code=token, label=token)
        ValueSetMember.objects.create(value_set_id=value_set, concept=concept, position=9000)
        renew()
        return concept.pk

    def commune(self, name: str, *data: str, reading: str | None = PUBLIC) -> Commune:
        """A new commune of the department 35, whose name is a new word."""
        token = self.text(name, *data, reading=reading, is_code=True)
        return Commune.objects.create(code=f"3A{next(self._places):03}", name=token, department_id="35")

    def phone(self, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """A number kept for works of fiction."""
        return self._add(f"063998{next(self._numbers):04}", name, data, reading)

    def number(self, value: str, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """A number of four figures or more, that the test makes sure is unique; or an identifier « 53/90001 »."""
        return self._add(value, name, data, reading, value.replace("/", "-"))

    def age(self, name: str, *data: str, reading: str | None = PUBLIC) -> int:
        """An age of four figures, each greater than the one before."""
        return int(self.number(str(next(self._ages)), name, *data, reading=reading))

    def figure(self, name: str, *data: str, reading: str | None = PUBLIC) -> int:
        """A count or an amount of four figures."""
        return int(self.number(str(next(self._figures)), name, *data, reading=reading))

    def postcode(self, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """Five figures that no commune has."""
        return self.number(f"99{next(self._places):03}", name, *data, reading=reading)

    def latitude(self, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """Somewhere near Rennes, to the sixth decimal."""
        return self.coordinate(f"48.{123_457 + next(self._places)}", name, *data, reading=reading)

    def longitude(self, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        return self.coordinate(f"-1.{765_432 + next(self._places)}", name, *data, reading=reading)

    def coordinate(self, value: str, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        return self._add(value, name, data, reading, value.replace(".", ","))

    def day(self, name: str, *data: str, reading: str | None = PUBLIC) -> datetime.date:
        """A day of the years 2031 and after, found nowhere else."""
        day = datetime.date(2031, 1, 1) + datetime.timedelta(days=next(self._numbers))
        first = "1er" if day.day == 1 else str(day.day)
        words = (f"{number} {MONTHS[day.month - 1]} {day.year}" for number in {first, str(day.day)})
        self._add(day.isoformat(), name, data, reading, f"{day:%d/%m/%Y}", *words)
        return day

    def hour(self, name: str, *data: str, reading: str | None = PUBLIC) -> str:
        """A time of day hours away from now, so that no date of the page can be taken for it."""
        rank = next(self._hours)
        value = f"{(timezone.localtime().hour + 6 + rank // 60 % 6) % 24:02}:{rank % 60:02}"
        return self._add(value, name, data, reading)

    def wording(self, words: str, name: str, *data: str, reading: str | None) -> None:
        """Words that the portal itself shows for a value of a closed list."""
        self.planted.append(Marker(name, _data(data), reading, is_code=True))
        self.by_wording[self.planted[-1]] = words.lower()

    def _add(
        self, text: str, name: str, data: tuple[str, ...], reading: str | None, *others: str, is_code: bool = False
    ) -> str:
        marker = Marker(name, _data(data), reading, is_code)
        self.planted.append(marker)
        for way in {text, *others}:
            if way in self.by_text:
                raise ValueError(f"{way} is planted twice: {name}, {self.by_text[way].name}")
            self.by_text[way] = marker
        return text

    # Searching.

    def found_in(self, text: str, *, reference: bool = False) -> set[Marker]:
        """All the markers that an answer shows. `reference`: the answer lists public codes, which say nothing."""
        found = self._written_in(text)
        codes = {marker for marker in found if marker.is_code}
        if not codes:
            return found
        return found - codes if reference else found - codes | codes & self._written_in(without_choices(text))

    def _written_in(self, text: str) -> set[Marker]:
        plain = DRAWN.sub(" ", GROUPED.sub("", html.unescape(text).lower()))
        written = {way for shape in WRITTEN for way in shape.findall(plain)}
        written |= {f"063998{first}{second}" for first, second in PHONE.findall(plain)}
        found = {self.by_text[way] for way in written & self.by_text.keys()}
        return found | {marker for marker, words in self.by_wording.items() if words in plain}


def without_choices(text: str) -> str:
    """The answer without the choices that a list offers and that nobody made."""
    for pattern in NOT_CHOSEN:
        text = pattern.sub("", text)
    return text


def _data(names: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """« Offer.name » as the policy's own keys."""
    return frozenset(tuple(name.split(".")) for name in names)
