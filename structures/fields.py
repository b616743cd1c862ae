"""The kinds of question that a document asks: how a datum is read on every channel, and what is said when it is wrong.

Requiredness is not said here: it belongs to the rules (`structures.rules`).
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ror.reference.forms import SetChoiceField

MOST_TEXTS = 50
EMPTY = (None, "", [])


class YesNoWidget(forms.RadioSelect):
    template_name = "structures/yes_no.html"


class YesNoField(forms.Field):
    """A question that must be answered by oui or non: no answer is neither."""

    answers = {"true": True, "oui": True, "1": True, "false": False, "non": False, "0": False}

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("widget", YesNoWidget(choices=[("true", "Oui"), ("false", "Non")]))
        super().__init__(required=False, **kwargs)

    def to_python(self, value) -> bool | None:
        if value in EMPTY:
            return None
        answer = self.answers.get(str(value).strip().lower())
        if answer is None:
            raise ValidationError("Répondez par oui ou par non.")
        return answer

    def prepare_value(self, value):
        return {True: "true", False: "false"}.get(value, value)


class ChoiceField(forms.TypedChoiceField):
    """A short list of choices; an unknown value is named in the message."""

    default_error_messages = {"invalid_choice": "« %(value)s » n'est pas proposé ici. Choisissez dans la liste."}

    def __init__(self, *, choices, coerce=str, empty_label: str = "Choisir", **kwargs) -> None:
        super().__init__(
            choices=[("", empty_label), *choices], coerce=coerce, empty_value=None, required=False, **kwargs
        )


class IdField(forms.UUIDField):
    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)


def text(label: str, length: int, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=False, **kwargs)


def number(label: str, **kwargs) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        error_messages={"invalid": "Écrivez un nombre entier, en chiffres."},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        **kwargs,
    )


def day(label: str, **kwargs) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"],
        error_messages={"invalid": "Écrivez une date, par exemple 31/12/2026."},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        **kwargs,
    )


def hour(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh"],
        error_messages={"invalid": "Écrivez une heure, par exemple 08:30."},
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )


def decimal(label: str, *, digits: int = 9, places: int = 2, **kwargs) -> forms.DecimalField:
    return DecimalField(
        label=label,
        required=False,
        max_digits=digits,
        decimal_places=places,
        error_messages={"invalid": "Écrivez un nombre, par exemple 12,50."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        **kwargs,
    )


class DecimalField(forms.DecimalField):
    """A number with a comma or a point, kept as the text of its figures."""

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str):
            value = value.strip().replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
        return super().to_python(value)

    def clean(self, value: Any) -> str | None:
        cleaned = super().clean(value)
        return None if cleaned is None else str(cleaned.quantize(Decimal(1).scaleb(-self.decimal_places)))


class TextListWidget(forms.Textarea):
    """One text per line."""

    def format_value(self, value: Any) -> str:
        return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else super().format_value(value) or ""

    def value_from_datadict(self, data, files, name) -> list[str]:
        return str(data.get(name) or "").splitlines()


class TextListField(forms.Field):
    """A few short texts, one per line, each once."""

    many = True
    widget = TextListWidget

    def __init__(self, *, label: str, max_length: int, **kwargs) -> None:
        super().__init__(label=label, required=False, **kwargs)
        self.max_length = max_length

    def to_python(self, value: Any) -> list[str]:
        items = value.splitlines() if isinstance(value, str) else list(value or ())
        texts = list(dict.fromkeys(text for item in items if (text := str(item).strip())))
        if any(len(text) > self.max_length for text in texts):
            raise ValidationError(f"Une ligne dépasse {self.max_length} caractères : raccourcissez-la.")
        if len(texts) > MOST_TEXTS:
            raise ValidationError(f"Cette liste a plus de {MOST_TEXTS} lignes : retirez-en.")
        return texts


class MailboxField(forms.EmailField):
    """A mailbox of the secure messaging service."""

    default_error_messages = {"invalid": "Écrivez une adresse de messagerie sécurisée, par exemple nom@domaine.fr."}


def is_many(datum: forms.Field) -> bool:
    """Whether the datum is a list of values."""
    return getattr(datum, "many", False) or isinstance(datum, SetChoiceField)
