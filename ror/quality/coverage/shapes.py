"""Whether the columns of a line are what the dictionary says of its row: type, value set, cardinality, obligation."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED

from ror.quality.coverage.lines import DERIVED, FIXED, REGISTER, Attribute, Line, NoSuchColumn, field_of
from ror.reference.fields import CodeField, CodeSetField, CommuneSetField
from ror.reference.models import Commune, Region

SOURCES = ("", REGISTER, DERIVED, FIXED)
PARTS = "parts"  # the columns say it together: only their existence is checked
SHAPE_BY_TYPE = {
    **dict.fromkeys(("Identifier", "string", "canonical", "uri", "id", "HumanName", "code / string"), "text"),
    **dict.fromkeys(("CodeableConcept", "Coding", "code", "DivisionTerritoriale"), "code"),
    **dict.fromkeys(("Quantity", "Quantity (valeur + UCUM)", "Quantity UCUM"), "quantity"),
    **dict.fromkeys(("dateTime", "instant"), "moment"),
    **dict.fromkeys(("decimal", "decimal ×2", "CoordonneeGeographique", "Money"), "decimal"),
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "integer": "integer",
    "Metadonnee": PARTS,
}
# Value sets whose codes are not kept as concepts: territories have tables of their own, levels and units are choices.
TERRITORIES = {"J124": Commune, "J237": Region}
CHOICES = {"J222", "J37"}

Check = Callable[[Field, Attribute], bool]


def problems_of(line: Line) -> list[str]:
    """What is wrong with a line, in French; nothing when it is right."""
    if not line.modelled:
        return [] if line.note else ["écarté sans raison"]
    try:
        fields = [field_of(column) for column in line.columns]
    except NoSuchColumn as error:
        return [f"« {error} » n'existe pas dans les modèles"]
    return [*_source_problems(line), *_shape_problems(line, fields), *_obligation_problems(line, fields)]


def shape_of(line: Line) -> str:
    """The shape that the columns must have: the line's own, else that of the dictionary's type."""
    if line.shape:
        return line.shape
    attribute = line.attribute
    shape = SHAPE_BY_TYPE.get(attribute.type, "rows")
    return "code" if attribute.value_sets and shape == "text" else shape


def _source_problems(line: Line) -> Iterator[str]:
    if line.source not in SOURCES:
        yield f"source inconnue « {line.source} »"
    if line.shape and line.shape not in (PARTS, *CHECKS):
        yield f"forme inconnue « {line.shape} »"


def _shape_problems(line: Line, fields: list[Field]) -> Iterator[str]:
    shape = shape_of(line)
    if shape == PARTS:
        return
    if shape == "quantity":
        if not _is_quantity(fields):
            yield "un nombre et son unité sont attendus"
        return
    for column, field in zip(line.columns, fields, strict=True):
        if not CHECKS[shape](_stored(field), line.attribute):
            yield f"{column} n'a pas le type attendu ({line.attribute.type}, {line.attribute.nomenclature or shape})"


def _obligation_problems(line: Line, fields: list[Field]) -> Iterator[str]:
    """A value that the model demands is demanded by the column, by the rule named, or a note says why it is not."""
    if line.required_by and not _exists(line.required_by, fields):
        yield f"la contrainte ou la règle « {line.required_by} » n'existe pas"
    if line.required_by or line.note:
        return
    if line.attribute.required:
        demanded = fields[:1] if shape_of(line) == "rows" else fields
        if any(map(_may_be_empty, demanded)):
            yield "obligatoire au modèle, facultatif en base sans que rien le dise"
    elif line.attribute.cardinality.startswith("0") and len(fields) == 1 and _must_be_typed(fields[0]):
        yield "facultatif au modèle, obligatoire en base sans que rien le dise"


def _is_text(field: Field, attribute: Attribute) -> bool:
    if attribute.many and isinstance(field, ArrayField):
        field = field.base_field
    return isinstance(field, (models.CharField, models.TextField))


def _is_code(field: Field, attribute: Attribute) -> bool:
    if isinstance(field, (CodeField, CodeSetField)):
        return field.value_set in attribute.value_sets and field.many == attribute.many
    if isinstance(field, CommuneSetField):
        return attribute.many and "J124" in attribute.value_sets
    if isinstance(field, models.ForeignKey):
        return any(TERRITORIES.get(name) is field.related_model for name in attribute.value_sets)
    return bool(field.choices) and bool(attribute.value_sets & CHOICES)


def _is_quantity(fields: list[Field]) -> bool:
    number, *unit = fields
    return isinstance(number, (models.IntegerField, models.DecimalField)) and len(unit) == 1 and bool(unit[0].choices)


def _is_date(field: Field, attribute: Attribute) -> bool:
    return isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField)


def _is_row(field: Field, attribute: Attribute) -> bool:
    if attribute.many:
        return field.one_to_many or field.many_to_many or isinstance(field, (CodeSetField, CommuneSetField))
    return bool(field.is_relation)


CHECKS: dict[str, Check] = {
    "text": _is_text,
    "code": _is_code,
    "boolean": lambda field, attribute: isinstance(field, models.BooleanField),
    "date": _is_date,
    "moment": lambda field, attribute: isinstance(field, models.DateTimeField),
    "time": lambda field, attribute: isinstance(field, models.TimeField),
    "integer": lambda field, attribute: isinstance(field, models.IntegerField),
    "decimal": lambda field, attribute: isinstance(field, models.DecimalField),
    "quantity": lambda field, attribute: True,  # two columns together: see `_is_quantity`
    "rows": _is_row,
}


def _stored(field: Field) -> Field:
    """What a computed column holds."""
    return field.output_field if isinstance(field, models.GeneratedField) else field


def _may_be_empty(field: Field) -> bool:
    if not field.concrete:
        return True  # nothing in a column demands a row below
    given = field.has_default() or field.db_default is not NOT_PROVIDED or not field.editable
    return field.null or (field.blank and not given)


def _must_be_typed(field: Field) -> bool:
    return field.concrete and field.editable and not (field.null or field.blank or field.has_default())


def _exists(name: str, fields: Iterable[Field]) -> bool:
    """Whether `name` is a constraint or trigger of the models, or the dotted path of a function."""
    for field in fields:
        options = field.model._meta
        named = [*options.constraints, *getattr(options, "triggers", [])]
        if any(item.name == name for item in named):
            return True
    module, _, function = name.rpartition(".")
    if not module:
        return False
    try:
        return callable(getattr(import_module(module), function, None))
    except ImportError:
        return False
