"""Model fields for codes, each tied to the value set that it may take its codes from, and for sets of communes.

`CodeField` holds one code (a foreign key to its concept), `CodeSetField` a set of codes (an array of keys),
`CommuneSetField` a set of communes (an array of INSEE codes). Forms offer and accept the current codes only; a code
closed since stays readable, and stays accepted as long as it is not changed.
`guard_codes` makes the database itself refuse what never belonged to the set.
"""

from functools import cache, partialmethod
from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute

from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, CommuneSetChoiceField
from ror.reference.guards import guard_codes, is_guarded
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import present_among

VALUE_SETS = Path(__file__).parent / "data" / "value_sets.csv"
CLOSED = "Le code « %(label)s » est fermé : choisissez-en un autre."
OUTSIDE = "Le code « %(value)s » ne fait pas partie de la liste : choisissez une des valeurs proposées."
NO_COMMUNE = "« %(value)s » n'est pas le code d'une commune actuelle : choisissez une des communes proposées."


def code_set_index(field: str, name: str) -> GinIndex:
    """The index that a `CodeSetField` or a `CommuneSetField` needs in order to be searched."""
    return GinIndex(fields=[field], name=name)


class _StoredCodes:
    """Remembers what a loaded instance holds in the database when its codes are replaced.

    Nothing is kept until a value changes, so that reading rows costs no more than with a plain field.
    """

    def __set__(self, instance, value):
        attname = self.field.attname
        held = instance.__dict__
        if not instance._state.adding and attname in held and held[attname] != value:
            stored = held.setdefault("_stored_codes", {})
            stored.setdefault(attname, held[attname])
        self._assign(instance, value)


class _CodeAttribute(_StoredCodes, ForeignKeyDeferredAttribute):
    def _assign(self, instance, value):
        ForeignKeyDeferredAttribute.__set__(self, instance, value)


class _CodeSetAttribute(_StoredCodes, DeferredAttribute):
    def _assign(self, instance, value):
        instance.__dict__[self.field.attname] = value


class _KeysMixin:
    """What every field of keys has in common: what is stored stays accepted, and the database guards the column."""

    many: bool

    def check(self, **kwargs) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_guard()]

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        model_instance.__dict__.get("_stored_codes", {}).pop(self.attname, None)
        return value

    def form_options(self, given: dict) -> dict:
        """Options of the form field. The widget follows from the field: a widget or queryset given is ignored."""
        options = {name: given[name] for name in ("initial", "disabled") if name in given}
        if self.has_default():
            options.setdefault("initial", self.get_default())
        return {
            "required": given.get("required", not self.blank),
            "label": given.get("label", _capitalised(self.verbose_name)),
            "help_text": given.get("help_text", self.help_text),
            **options,
        }

    def _stored_in(self, instance: models.Model | None) -> set[str]:
        if instance is None or instance._state.adding:
            return set()
        stored = instance.__dict__.get("_stored_codes", {})
        value = stored[self.attname] if self.attname in stored else getattr(instance, self.attname)
        return set(value or ()) if self.many else {value}

    def _check_guard(self) -> list[checks.CheckMessage]:
        model = self.model
        if not model._meta.managed or model._meta.abstract or is_guarded(model) or hasattr(model, "pgh_tracked_model"):
            return []
        return [checks.Error("codes are not guarded", hint="decorate with guard_codes", obj=self, id="reference.E002")]


class _CodesMixin(_KeysMixin):
    """What one code and a set of codes have in common."""

    value_set: str

    def check(self, **kwargs) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_value_set()]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["value_set"] = self.value_set
        return name, path, args, kwargs

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if f"get_{name}_display" not in cls.__dict__:
            setattr(cls, f"get_{name}_display", partialmethod(_labels_of if self.many else _label_of, field=self))

    def refuse_other_codes(self, keys: list[str], model_instance: models.Model | None) -> None:
        """Raise a ValidationError for each code that is neither current nor already stored. No query."""
        codes = nomenclature()
        kept = self._stored_in(model_instance)
        errors = []
        for key in keys:
            if key in kept or codes.is_current(self.value_set, key):
                continue
            message = CLOSED if codes.is_known(self.value_set, key) else OUTSIDE
            params = {"value": key, "label": codes.label(key)}
            errors.append(ValidationError(message, code="invalid", params=params))
        if errors:
            raise ValidationError(errors)

    def _check_value_set(self) -> list[checks.CheckMessage]:
        if self.value_set in _known_value_sets():
            return []
        return [checks.Error(f"unknown value set {self.value_set!r}", obj=self, id="reference.E001")]


class CodeField(_CodesMixin, models.ForeignKey):
    """One code of a value set. `<name>_id` is its key, `get_<name>_display()` its label, without a query."""

    descriptor_class = _CodeAttribute
    many = False

    def __init__(self, to=None, on_delete=models.PROTECT, *, value_set: str, **kwargs):
        """`to` and `on_delete` are accepted for migrations and history models, which build fields back from them."""
        self.value_set = value_set
        kwargs.setdefault("related_name", "+")
        super().__init__(to or "reference.Concept", on_delete, **kwargs)

    def db_type(self, connection) -> str:
        # Spelled so because Django gives every column of type "text" a second index, for LIKE, useless on keys.
        return "pg_catalog.text"

    def validate(self, value, model_instance):
        # Not ForeignKey's own, which would query the concept: the map knows it.
        models.Field.validate(self, value, model_instance)
        if value not in self.empty_values:
            self.refuse_other_codes([value], model_instance)

    def formfield(self, **kwargs):
        return CodeChoiceField(self.value_set, **self.form_options(kwargs))

    def save_form_data(self, instance, data):
        setattr(instance, self.attname, data or None)


class CodeSetField(_CodesMixin, ArrayField):
    """A set of codes of a value set: an array of keys, in the order chosen. See `code_set_index`."""

    descriptor_class = _CodeSetAttribute
    many = True

    def __init__(self, base_field=None, *, value_set: str, **kwargs):
        self.value_set = value_set
        kwargs.setdefault("default", list)
        super().__init__(base_field or models.TextField(), **kwargs)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        self.refuse_other_codes(value or [], model_instance)

    def formfield(self, **kwargs):
        return CodeSetChoiceField(self.value_set, **self.form_options(kwargs))


class CommuneSetField(_KeysMixin, ArrayField):
    """A set of communes: an array of INSEE codes. See `code_set_index`, and `communes_of` for their names."""

    descriptor_class = _CodeSetAttribute
    many = True
    holds_communes = True

    def __init__(self, base_field=None, **kwargs):
        kwargs.setdefault("default", list)
        super().__init__(base_field or models.TextField(), **kwargs)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        kept = self._stored_in(model_instance)
        given = [code for code in value or [] if code not in kept]
        today = present_among(given)
        errors = [
            ValidationError(NO_COMMUNE, code="invalid", params={"value": code})
            for code in given
            if today.get(code) != code
        ]
        if errors:
            raise ValidationError(errors)

    def formfield(self, **kwargs):
        return CommuneSetChoiceField(**self.form_options(kwargs))


def _label_of(instance: models.Model, field: CodeField) -> str:
    key = getattr(instance, field.attname)
    return nomenclature().label(key) if key else ""


def _labels_of(instance: models.Model, field: CodeSetField) -> list[str]:
    codes = nomenclature()
    return [codes.label(key) for key in getattr(instance, field.attname) or ()]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _known_value_sets() -> frozenset[str]:
    lines = VALUE_SETS.read_text(encoding="utf-8").splitlines()
    return frozenset(line.partition(",")[0] for line in lines[1:])


__all__ = ["CodeField", "CodeSetField", "CommuneSetField", "code_set_index", "guard_codes"]
