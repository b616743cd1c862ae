"""The crisis questions of a health establishment."""

from django import forms

from structures.fields import YesNoField
from structures.models import CrisisAnswer


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
