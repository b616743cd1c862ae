"""The hand-written table beside the dictionary: for each row, its place in the portal or why it has none.

`data/coverage.csv` names each place as `Model.field`, several of them separated by commas. `shape` is given only where
the type of the dictionary does not say what the columns are; `source` says who gives the value (nobody's form when it
is the register or the base; once only when it is fixed); `required_by` names what demands the value when the column
itself may be empty; `mandatory` gives the lines of the table of mandatory data; `note` explains, in French, a
difference or a refusal.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from ror import reference

DATA = Path(__file__).parents[1] / "data"
DICTIONARY = Path(reference.__file__).parent / "data" / "dictionary.csv"
ROOMS = ("structures", "professionals", "quality", "describing")
LEFT_OUT = "écarté"
REGISTER, DERIVED, FIXED = "register", "derived", "fixed"
VALUE_SET = re.compile(r"\bJ\d+\b")


@dataclass(frozen=True)
class Attribute:
    """One row of the official dictionary."""

    owner: str
    name: str
    fhir_path: str
    type: str
    cardinality: str
    required: bool
    nomenclature: str

    @property
    def many(self) -> bool:
        return self.cardinality.endswith("*")

    @property
    def value_sets(self) -> set[str]:
        """The value sets (J…) that the row names."""
        return set(VALUE_SET.findall(self.nomenclature.replace("_", " ")))

    def __str__(self) -> str:
        return f"{self.owner} ; {self.name}"


@dataclass(frozen=True)
class Line:
    """What the portal makes of one row."""

    attribute: Attribute
    columns: tuple[str, ...]
    shape: str = ""
    source: str = ""
    required_by: str = ""
    mandatory: tuple[int, ...] = ()
    note: str = ""

    @property
    def modelled(self) -> bool:
        return bool(self.columns)

    @property
    def typed(self) -> bool:
        """Whether somebody types the value in the portal."""
        return self.modelled and not self.source


class NoSuchColumn(LookupError):
    """The table names a model or a field that does not exist."""


def read_lines() -> tuple[list[Line], list[Attribute], list[str]]:
    """The lines in the order of the dictionary, the rows of it without a line, and the lines that are no row of it."""
    told = _told()
    attributes = list(_attributes())
    lines = [_line(row, told.pop((row.owner, row.name))) for row in attributes if (row.owner, row.name) in told]
    met = {line.attribute for line in lines}
    return lines, [row for row in attributes if row not in met], [" ; ".join(key) for key in told]


def field_of(column: str) -> models.Field:
    """The field or relation that `Model.field` names. Raises NoSuchColumn."""
    model_name, _, name = column.partition(".")
    try:
        return model_called(model_name)._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise NoSuchColumn(column) from error


def model_called(name: str) -> type[models.Model]:
    """The model of the directory with that name. Raises NoSuchColumn."""
    for room in ROOMS:
        try:
            return apps.get_model(room, name)
        except LookupError:
            continue
    raise NoSuchColumn(name)


def _attributes() -> Iterator[Attribute]:
    for row in _rows(DICTIONARY, ","):
        yield Attribute(
            owner=row["class"],
            name=row["attribute_fr"],
            fhir_path=row["fhir_path"],
            type=row["type"],
            cardinality=row["cardinality"],
            required=row["required(yes/no)"] == "yes",
            nomenclature=row["nomenclature(JDV/TRE name)"],
        )


def _told() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["class"], row["attribute"]): row for row in _rows(DATA / "coverage.csv", ";")}


def _line(attribute: Attribute, told: dict[str, str]) -> Line:
    place = told["portal"]
    return Line(
        attribute=attribute,
        columns=() if place == LEFT_OUT else tuple(column.strip() for column in place.split(",") if column.strip()),
        shape=told["shape"],
        source=told["source"],
        required_by=told["required_by"],
        mandatory=tuple(int(number) for number in told["mandatory"].split()),
        note=told["note"],
    )


def _rows(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))
