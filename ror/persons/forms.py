"""What a person is asked, and what those who describe an establishment answer."""

import re

from django import forms
from django.core.exceptions import ValidationError

from ror.persons.asking import Asked
from ror.persons.models import Kind
from ror.reference.identifiers import luhn_is_valid
from structures.colleagues.forms import ReportedForm

RPPS, ADELI = re.compile(r"[0-9]{11}"), re.compile(r"[0-9][0-9AB][0-9A-Z]{7}")
WRONG_NUMBER = (
    "Ce n'est pas un numéro RPPS (onze chiffres) ni ADELI (neuf caractères). Vérifiez-le, ou laissez la case vide."
)
SAY_WHAT = "Dites ce qui est faux, ou ce que vous demandez."


class AskForm(ReportedForm):
    """A request, with or without an account."""

    kind = forms.ChoiceField(
        label="Ce que vous demandez",
        choices=[("", "Choisir"), *Kind.choices],
        error_messages={"required": "Choisissez ce que vous demandez."},
    )
    last_name = forms.CharField(label="Nom", max_length=120, error_messages={"required": "Indiquez votre nom."})
    first_name = forms.CharField(label="Prénom", max_length=120, error_messages={"required": "Indiquez votre prénom."})
    number = forms.CharField(
        label="Numéro RPPS ou ADELI",
        required=False,
        max_length=20,
        help_text="Facultatif : si vous êtes un professionnel qui en a un.",
    )
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Pour vous répondre. Vous y recevrez un message à confirmer.",
        error_messages={
            "required": "Indiquez votre adresse électronique.",
            "invalid": "Ce n'est pas une adresse électronique. Elle ressemble à nom@exemple.fr.",
        },
    )
    place = forms.CharField(
        label="Où parle-t-on de vous ?",
        required=False,
        max_length=300,
        help_text="Facultatif : nom de l'établissement ou du service, ou adresse de la page.",
    )
    details = forms.CharField(
        label="Ce qui est faux, ou ce que vous demandez",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="N'écrivez rien sur votre santé, et ne joignez pas de pièce d'identité.",
    )

    def clean_number(self) -> str:
        number = re.sub(r"[\s.]", "", self.cleaned_data["number"]).upper()
        if not number or (RPPS.fullmatch(number) and luhn_is_valid(number)) or ADELI.fullmatch(number):
            return number
        raise ValidationError(WRONG_NUMBER)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("kind") not in (None, Kind.ACCESS) and not cleaned.get("details"):
            self.add_error("details", SAY_WHAT)
        return cleaned

    def asked(self) -> Asked:
        return Asked(**self.cleaned_data)


class KnownAskForm(AskForm):
    """The same for whoever this session knows by a national identifier: their names are those of the account."""

    number = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("last_name", "first_name"):
            self.fields[name].disabled = True


class CorrectedForm(ReportedForm):
    """Those who describe say that the datum is corrected, or why it is not."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="Précision pour le délégué à la protection des données",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Obligatoire si vous ne corrigez pas : dites pourquoi.",
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        if "hand_back" in self.data and not cleaned.get("note"):
            self.add_error("note", "Dites pourquoi la donnée n'est pas corrigée.")
        return cleaned
