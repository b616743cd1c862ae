"""A figure that a unit did not give yet."""

from django import forms

from ror.reference.nomenclature import nomenclature
from structures.beds import CODES, OPTIONAL, Key
from structures.describing.counted import may_read
from structures.models import BedCapacity, CareCapacity, Place
from structures.models.capacity import CURRENT, NO_ASSIGNMENT, SUPPLEMENTARY

NAMES = ("nature", "status", "gender", "closing_type", "supplementary_type", "crisis_type", "temporality")
LAST = "temporary_assignment"
CRISIS_ONLY = ("supplementary_type", "crisis_type")
HELP = {
    "gender": "Pour des lits ou places disponibles.",
    "closing_type": "Pour des lits ou places fermés.",
    "supplementary_type": "Pour des lits ou places supplémentaires.",
    "crisis_type": "Pour des lits ou places supplémentaires.",
}


class FigureForm(forms.Form):
    """What is counted, and how many. The codes of crisis are shown to those who read the figures of crisis there."""

    use_required_attribute = False

    def __init__(self, place: Place, data=None) -> None:
        super().__init__(data, prefix="new")
        reads_crisis = may_read(place, Key(NO_ASSIGNMENT, "", SUPPLEMENTARY, CURRENT, None, None, None, None))
        for name in (*NAMES, LAST):
            if reads_crisis or name not in CRISIS_ONLY:
                self.fields[name] = _choice(name, with_crisis=reads_crisis)
        self.fields["number"] = forms.IntegerField(
            label="Nombre",
            min_value=0,
            widget=forms.TextInput(
                {"class": "fr-input", "inputmode": "numeric", "maxlength": 5, "autocomplete": "off"}
            ),
            error_messages={"required": "Indiquez combien.", "invalid": "Indiquez un nombre entier."},
        )

    @property
    def key(self) -> Key:
        """The figure that was chosen; only when the form is valid."""
        return Key(**{name: self.cleaned_data.get(name) or None for name in Key._fields})


def _choice(name: str, *, with_crisis: bool) -> forms.ChoiceField:
    value_set, _ = CODES[name]
    choices = list(nomenclature().members(value_set).items())
    if not with_crisis:
        choices = [(key, label) for key, label in choices if key != SUPPLEMENTARY]
    model = CareCapacity if name == LAST else BedCapacity
    optional = name in OPTIONAL
    return forms.ChoiceField(
        label=model._meta.get_field(name).verbose_name.capitalize(),
        choices=[("", "Sans objet"), *choices] if optional else choices,
        required=not optional,
        initial={"temporality": CURRENT, LAST: NO_ASSIGNMENT}.get(name),
        help_text=HELP.get(name, ""),
        widget=forms.Select({"class": "fr-select"}),
    )
