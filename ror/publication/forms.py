"""The public search form. Its criteria are level 1 data only: nothing else can be searched on."""

import re

from django import forms
from django.core.exceptions import ValidationError

from ror.publication.search import Criteria, with_districts
from ror.reference.forms import CodeChoiceField, CommuneField
from ror.reference.search import EMPTY_WORDS
from ror.reference.text import normalise

LONGEST_QUERY = 100
MOST_WORDS = 8
SHORTEST_WORD = 3  # shorter ones are not found by the index, and would name half of the country
FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")


class SearchForm(forms.Form):
    """Name, commune, activity: at least one of them makes a search."""

    q = forms.CharField(
        label="Nom",
        required=False,
        max_length=LONGEST_QUERY,
        help_text="Établissement ou offre ; ou numéro FINESS.",
    )
    commune = CommuneField(label="Commune", help_text="Son nom, ou son code postal et son nom.")
    activite = CodeChoiceField("J17", label="Activité", help_text="Quelques lettres : pédiatrie, répit, dialyse…")
    hors_perimetre = forms.BooleanField(label="Chercher aussi parmi les structures hors périmètre ROR", required=False)

    def clean(self) -> dict:
        cleaned = super().clean()
        text = cleaned.get("q") or ""
        narrowed = cleaned.get("commune") or cleaned.get("activite")
        if text and not self.errors and not narrowed and not any(len(word) >= SHORTEST_WORD for word in _words(text)):
            self.add_error("q", ValidationError("Écrivez au moins trois lettres ou chiffres à la suite."))
        return cleaned

    def criteria(self) -> Criteria | None:
        """What to search for; None when the form says nothing, or something that cannot be understood."""
        if not self.is_valid():
            return None
        found = self.cleaned_data
        finess = _finess(found["q"])
        criteria = Criteria(
            words=() if finess else tuple(_words(found["q"])[:MOST_WORDS]),
            finess=finess,
            communes=with_districts(found["commune"]),
            activity=found["activite"],
            outside=found["hors_perimetre"],
        )
        return None if criteria.is_empty else criteria


def _words(text: str) -> list[str]:
    """The words of a name, without those that one writes and another leaves out (de, la, d'…)."""
    words = normalise(text).split()
    return [word for word in words if word not in EMPTY_WORDS] or words


def _finess(text: str) -> str:
    """The FINESS number that `text` is, if it is one."""
    plain = "".join(text.split()).upper()
    return plain if FINESS.fullmatch(plain) else ""
