"""Form fields for codes and communes. Their cleaned values are keys: « R213:28 », « 35238 »."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError

from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import INSEE_CODE, WHOLE, CommuneNotFound, present_among, resolve_commune
from ror.reference.widgets import (
    FIELD_BY_SIZE_LIMIT,
    SEPARATOR,
    TYPED_MARK,
    CodeSetWidget,
    CodesWidget,
    CodeWidget,
    CommuneSetWidget,
    CommuneWidget,
    proposals,
)

LONGEST_TEXT = 300
MOST_COMMUNES = 5_000
WRONG_AT_ONCE = 10
REQUIRED = "Indiquez une valeur."
CLOSED = "Le code « %(label)s » est fermé : choisissez une autre valeur."
UNKNOWN = "« %(text)s » ne figure pas dans la liste. Saisissez quelques lettres du libellé, ou le code."
NEAR = "« %(text)s » ne figure pas dans la liste. Valeurs proches : %(proposals)s."
AMBIGUOUS = "« %(text)s » désigne plusieurs valeurs. Précisez laquelle : %(proposals)s."
TOO_LONG = "Ce texte est trop long : choisissez une des valeurs proposées."
COMMUNE_UNKNOWN = "« %(text)s » n'est pas une commune connue. Saisissez son nom, ou son code postal et son nom."
COMMUNE_NEAR = "« %(text)s » n'est pas une commune connue. Communes proches : %(proposals)s."
COMMUNE_AMBIGUOUS = "« %(text)s » désigne plusieurs communes. Précisez laquelle : %(proposals)s."
COMMUNES_TOO_MANY = "Cette liste a plus de 5 000 communes : retirez-en."
COMMUNES_TO_COME = "Corrigez d'abord ces communes ; restent à vérifier ensuite : %(count)s."


class _CodesField(forms.Field):
    """What the fields of one code and of several share: the value set, and the codes already stored."""

    def __init__(self, value_set: str, *, required: bool = False, **kwargs):
        """The widget follows from the size of the value set, so a widget given here is ignored."""
        self.value_set = value_set
        self.kept: tuple[str, ...] = ()
        kwargs["widget"] = self.widget_class(value_set)
        super().__init__(required=required, **kwargs)

    @property
    def codes_widget(self) -> CodesWidget:
        """The widget that knows the value set; the admin wraps it in one of its own."""
        return getattr(self.widget, "widget", self.widget)

    def get_bound_field(self, form, field_name):
        """What the form started from stays acceptable, even when it was closed since."""
        self.keep(form.get_initial_for_field(self, field_name))
        return super().get_bound_field(form, field_name)

    def keep(self, stored: str | Iterable[str] | None) -> None:
        """Accept these codes although closed: they are the stored value. Codes never known are not kept."""
        keys = [stored] if isinstance(stored, str) else list(stored or ())
        codes = nomenclature()
        self.kept = tuple(key for key in keys if codes.is_known(self.value_set, key) or codes.concept(key) is not None)
        self.codes_widget.kept = self.kept

    def key_of(self, text: str) -> str:
        """The key of the one code that `text` names; raises a ValidationError that proposes the nearest ones."""
        if len(text) > LONGEST_TEXT:
            raise ValidationError(TOO_LONG, code="too_long")
        for key in self.kept:
            if text in (key, self.codes_widget.text_of(key)):
                return key
        codes = nomenclature()
        found = codes.find(self.value_set, text)
        if len(found) == 1:
            return found[0]
        if found:
            named = [f"{codes.label(key)} ({codes.code(key)})" for key in found]
            raise _refusal(AMBIGUOUS, "ambiguous", text, named)
        if codes.is_known(self.value_set, text):
            raise ValidationError(CLOSED, code="closed", params={"label": codes.label(text)})
        near = proposals(self.value_set, text)
        raise _refusal(NEAR if near else UNKNOWN, "invalid", text, near)


class CodeChoiceField(_CodesField):
    """One current code of a value set. Cleans to its key, or "" when nothing was chosen."""

    widget_class = CodeWidget
    default_error_messages = {"required": REQUIRED}

    def to_python(self, value):
        text = str(value).strip() if value is not None else ""
        return self.key_of(text) if text else ""

    def has_changed(self, initial, data):
        if self.disabled:
            return False
        try:
            return (initial or "") != self.to_python(data)
        except ValidationError:
            return True


class SetChoiceField(forms.Field):
    """What the fields of several values share: each cleans to a list of keys, whose order means nothing."""

    template_name = "reference/code_set_field.html"
    default_error_messages = {"required": REQUIRED}

    def has_changed(self, initial, data):
        if self.disabled:
            return False
        try:
            return set(initial or ()) != set(self.to_python(data))
        except ValidationError:
            return True


class CodeSetChoiceField(SetChoiceField, _CodesField):
    """Any number of current codes of a value set. Cleans to the list of their keys, in the order given, each once."""

    widget_class = CodeSetWidget

    def to_python(self, value):
        keys: dict[str, None] = {}
        errors = []
        for text in self._texts(value):
            try:
                keys[self.key_of(text)] = None
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return list(keys)

    def _texts(self, value) -> list[str]:
        """What was ticked and what was typed; several values typed at once are separated by a semicolon."""
        texts = [value] if isinstance(value, str) else list(value or ())
        codes = nomenclature()
        found = []
        for text in texts:
            whole = text in self.kept or codes.find(self.value_set, text)
            found += [text] if whole else text.split(SEPARATOR)
        return [text.strip() for text in found if text.strip()]


class CommuneField(forms.Field):
    """A commune, by its INSEE code, its name, or its postcode and name. Cleans to its INSEE code, or ""."""

    widget = CommuneWidget
    default_error_messages = {"required": "Indiquez la commune."}

    def __init__(self, *, required: bool = False, **kwargs):
        super().__init__(required=required, **kwargs)

    def to_python(self, value):
        text = str(value).strip() if value is not None else ""
        return _commune_named(text) if text else ""

    def has_changed(self, initial, data):
        if self.disabled:
            return False
        try:
            return (initial or "") != self.to_python(data)
        except ValidationError:
            return True


class StoredCommuneField(CommuneField):
    """The same over data that already hold INSEE codes: five figures that are the code of a commune mean that commune.

    Typed alone they would be refused when they are also the postcode of other communes (35360 is Vitré by its code).
    """

    def to_python(self, value):
        if isinstance(value, str) and INSEE_CODE.fullmatch(value) and _is_present(value):
            return value
        return super().to_python(value)


class CommuneSetChoiceField(SetChoiceField):
    """Any number of communes. Cleans to the list of their INSEE codes, in the order of the codes, each once.

    Five figures given alone mean the commune of that code, as in `StoredCommuneField`; typed in the field to add others
    they are refused when they are also a postcode. A code of the past gives the commune of today. A list of codes costs
    one query, each commune written otherwise a few.
    """

    widget = CommuneSetWidget
    default_error_messages = {"required": "Indiquez au moins une commune."}

    def __init__(self, *, required: bool = False, **kwargs):
        super().__init__(required=required, **kwargs)

    def to_python(self, value):
        texts = self._texts(value)
        if len(texts) > MOST_COMMUNES:
            raise ValidationError(COMMUNES_TOO_MANY, code="too_many")
        known = present_among(text.upper() for text in texts)
        names = [text for text in texts if text.upper() not in known]
        return sorted({*known.values(), *_communes_named(names)})

    def _texts(self, value) -> list[str]:
        """What was ticked and what was typed, each once; several communes typed at once are separated by semicolons."""
        given = value if isinstance(value, (list, tuple, set)) else [value]
        texts = (text.strip() for item in given if item is not None for text in str(item).split(SEPARATOR))
        return list(dict.fromkeys(filter(None, texts)))


def _communes_named(texts: list[str]) -> list[str]:
    """The code of each text; raises what is wrong with the first texts that name no commune, a few at a time.

    Each name costs queries, those that propose the nearest names most of all.
    """
    found, errors = [], []
    for position, text in enumerate(texts, 1):
        try:
            found.append(_commune_named(text.removesuffix(TYPED_MARK)))
        except ValidationError as error:
            errors.append(error)
        if len(errors) == WRONG_AT_ONCE and position < len(texts):
            errors.append(ValidationError(COMMUNES_TO_COME, params={"count": len(texts) - position}))
            break
    if errors:
        raise ValidationError(errors)
    return found


def _commune_named(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValidationError(TOO_LONG, code="too_long")
    try:
        return resolve_commune(text)
    except CommuneNotFound as error:
        message = COMMUNE_AMBIGUOUS if error.ambiguous else COMMUNE_NEAR if error.proposals else COMMUNE_UNKNOWN
        raise _refusal(message, "invalid", text, error.proposals) from error


def _is_present(code: str) -> bool:
    return Commune.objects.filter(pk=code, kind__in=WHOLE).exists()


def _refusal(message: str, code: str, text: str, named: Iterable[str]) -> ValidationError:
    # No-break spaces, so that no line ends on an opening guillemet.
    listed = " ; ".join(f"«\u00a0{name}\u00a0»" for name in list(named)[:5])
    return ValidationError(message, code=code, params={"text": text, "proposals": listed})


__all__ = [
    "FIELD_BY_SIZE_LIMIT",
    "CodeChoiceField",
    "CodeSetChoiceField",
    "CommuneField",
    "CommuneSetChoiceField",
    "SetChoiceField",
    "StoredCommuneField",
]
