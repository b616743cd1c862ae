"""The crisis questions of a health establishment, and the closing of an offer."""

from collections.abc import Iterable

from django import forms
from django.utils import timezone

from ror.reference.forms import CodeChoiceField
from structures.closing import OFFER_TYPES
from structures.fields import YesNoField, day
from structures.models import CrisisAnswer, Offer


def show_as_typed(widget: forms.Widget) -> None:
    """Make a text field of one where the browser would refuse to show what was typed as a date or a time."""
    if getattr(widget, "input_type", "") in ("date", "time"):
        widget.input_type = "text"


class CrisisForm(forms.ModelForm):
    """ORSAN and landing zone (level 3, arrêté, article 2, 1°)."""

    orsan_answer = forms.ChoiceField(
        label="Désignation ORSAN de l'établissement",
        choices=CrisisAnswer.Orsan.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une réponse ; « À confirmer par l'ARS » en est une."},
    )
    landing_zone = YesNoField(label="Un hélicoptère peut-il se poser sur le site ?")

    class Meta:
        model = CrisisAnswer
        fields = ["orsan_answer", "landing_zone"]

    def clean_landing_zone(self) -> bool:
        answer = self.cleaned_data["landing_zone"]
        if answer is None:
            raise forms.ValidationError("Répondez par oui ou par non.")
        return answer

    def save(self, commit: bool = True) -> CrisisAnswer:
        """The official code follows the answer; two of the answers have none."""
        self.instance.orsan_level_id = CrisisAnswer.ORSAN_CODES.get(self.cleaned_data["orsan_answer"])
        return super().save(commit)


class _Decision(forms.Form):
    """A form whose refusals are listed at the top of the page, each with the field that mends it."""

    use_required_attribute = False

    def refused(self, problems: Iterable[str]) -> "_Decision":
        """The same form, with what the record itself refused."""
        for problem in problems:
            self.add_error(None, problem)
        return self

    def problems(self) -> list[dict[str, str]]:
        """Each error with the id of its field, empty when it is of the whole.

        A date that the browser would refuse to show as typed becomes a text field.
        """
        for name in self.errors.keys() & self.fields.keys():
            show_as_typed(self.fields[name].widget)
        own = [{"message": message, "anchor": ""} for message in self.non_field_errors()]
        return own + [{"message": message, "anchor": field.auto_id} for field in self for message in field.errors]


class ClosingForm(_Decision):
    """Closing of an offer: RG_EXP_043 and 045 are checked by `structures.closing`."""

    closing_type = CodeChoiceField(OFFER_TYPES, label="Type de fermeture")
    closing_date = day("Date de fermeture", help_text="Une date à venir annonce la fermeture.")
    reopening_date = day("Réouverture prévue le", help_text="Facultatif, pour une fermeture provisoire seulement.")
    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=300,
        help_text="Facultatif : gardé dans l'historique, jamais affiché au grand public.",
    )
    confirmed = forms.BooleanField(
        label="Je confirme la fermeture de cette offre",
        error_messages={"required": "Cochez la case pour confirmer la fermeture."},
    )

    @classmethod
    def of(cls, offer: Offer) -> "ClosingForm":
        """The closing as it is, to change it; today for an open offer."""
        return cls(
            initial={
                "closing_type": offer.closing_type_id,
                "closing_date": offer.closing_date or timezone.localdate(),
                "reopening_date": offer.reopening_date,
            }
        )


class ReopeningForm(_Decision):
    """Reopening of an offer."""

    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=300,
        help_text="Facultatif : gardé dans l'historique, jamais affiché au grand public.",
    )
