"""What the data-protection officer fills in, one small form per thing to do."""

from django import forms
from django.core.exceptions import ValidationError

from ror.persons import blanking
from ror.persons.candidates import MOST, Found
from ror.persons.models import IdentityMeans
from ror.persons.scope import Scope, find_scope
from structures.models import GeographicEntity

REASON = "the officer names an establishment by its number"
UNKNOWN_PLACE = "Aucun établissement n'a ce numéro. Vérifiez-le : numéro FINESS, ou identifiant national."
UNKNOWN_SCOPE = (
    "Rien n'a ce numéro. Indiquez le numéro FINESS d'un établissement, ou le numéro RPPS d'un professionnel."
)
NO_CONTACT = "Aucun contact ne porte ce nom."
CUT = (
    f"Il y en a plus de {MOST} : seuls les {MOST} premiers sont montrés, d'abord ceux déjà reconnus. Si la personne "
    "n'y est pas, transmettez la demande à son établissement (seuls ses contacts seront montrés), ou demandez-lui d'en "
    "faire une autre avec son numéro RPPS."
)
# The data on persons of which an old value may have to be erased.
DATA = {
    "Contact.name": "Nom d'un contact",
    "Contact.description": "Précision d'un contact",
    "Telecom.address": "Numéro ou adresse d'un contact",
    "Telecom.usage": "Utilisation d'un numéro ou d'une adresse",
    "SituationTelecom.address": "Numéro ou adresse d'un professionnel dans une offre",
    "OperationalSituation.comment": "Commentaire sur un professionnel dans une offre",
    "Practice.last_name": "Nom d'exercice",
    "Practice.first_name": "Prénom d'exercice",
    "ProfessionalMailbox.address": "Boîte de messagerie sécurisée d'un professionnel",
    "SecureMailbox.address": "Boîte de messagerie sécurisée d'une offre",
    "autre": "Autre donnée sur une personne",
}


class OfficerForm(forms.Form):
    """Every form says which state of the request it answers."""

    use_required_attribute = False
    button = "Enregistrer"

    revision = forms.IntegerField(widget=forms.HiddenInput)


class IdentityForm(OfficerForm):
    title, button = "Vérifier l'identité", "L'identité est vérifiée"

    means = forms.ChoiceField(
        label="Comment",
        choices=[("", "Choisir"), *(choice for choice in IdentityMeans.choices if choice[0] != IdentityMeans.ACCOUNT)],
        error_messages={"required": "Dites comment l'identité a été vérifiée."},
    )
    note = forms.CharField(
        label="Précision",
        required=False,
        max_length=500,
        help_text="Ne recopiez aucun numéro de pièce d'identité.",
    )


class MatchForm(OfficerForm):
    """`professionals` and `contacts` are those found for the request."""

    title, button = "Reconnaître la personne dans le répertoire", "Enregistrer le rapprochement"

    professional = forms.ChoiceField(label="Professionnel", required=False, widget=forms.RadioSelect)
    contacts = forms.MultipleChoiceField(label="Contacts", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, professionals: Found, contacts: Found, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["professional"].choices = [("", "Aucun"), *_choices(professionals)]
        self.fields["professional"].help_text = CUT if professionals.cut else ""
        self.fields["contacts"].choices = _choices(contacts)
        self.fields["contacts"].initial = [each.key for each in contacts.candidates if each.matched]
        self.fields["contacts"].help_text = CUT if contacts.cut else "" if contacts.candidates else NO_CONTACT


def _choices(found: Found) -> list[tuple[str, str]]:
    return [(each.key, each.label) for each in found.candidates]


class LinkForm(OfficerForm):
    title, button = "Lien personnel", "Ouvrir un lien personnel et l'envoyer"


class RevokeForm(OfficerForm):
    title, button = "Fermer le lien personnel", "Fermer le lien"


class RegisterForm(OfficerForm):
    title, button = "Orienter vers le registre (RPPS)", "Orienter et prévenir la personne"


class DescriberForm(OfficerForm):
    title, button = "Transmettre à l'établissement", "Transmettre"

    establishment = forms.CharField(
        label="Numéro de l'établissement",
        max_length=32,
        error_messages={"required": "Indiquez le numéro FINESS ou l'identifiant national de l'établissement."},
    )
    note = forms.CharField(label="Précision", required=False, max_length=500)

    def clean_establishment(self) -> GeographicEntity:
        number = self.cleaned_data["establishment"].strip().upper()
        rows = GeographicEntity.objects.trusted(REASON).select_related("legal_entity")
        found = rows.filter(id_nat_struct=number).first() or rows.filter(finess=number).first()
        if found is None:
            raise ValidationError(UNKNOWN_PLACE)
        return found


class KeepForm(OfficerForm):
    title, button = "S'en charger soi-même", "Je m'en charge"

    note = forms.CharField(label="Précision", required=False, max_length=500)


class CorrectedForm(OfficerForm):
    title, button = "La fiche est corrigée", "Accepter la demande"

    note = forms.CharField(label="Précision", required=False, max_length=500)


class AnswerForm(OfficerForm):
    answer = forms.CharField(
        label="Réponse à la personne",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Écrivez la réponse que la personne lira."},
    )


class FinishForm(AnswerForm):
    title, button = "Terminer", "Terminer et prévenir la personne"


class RefuseForm(AnswerForm):
    title, button = "Refuser", "Refuser et prévenir la personne"


class BlankForm(forms.Form):
    """Old values to erase from the copies. Nothing is done before what it would do has been shown."""

    use_required_attribute = False

    datum = forms.ChoiceField(
        label="Donnée",
        choices=[("", "Choisir"), *DATA.items()],
        error_messages={"required": "Choisissez la donnée qui a été corrigée."},
    )
    place = forms.CharField(
        label="Établissement ou professionnel",
        max_length=32,
        help_text="Numéro FINESS ou identifiant national de l'établissement, numéro RPPS ou ADELI du professionnel.",
        error_messages={"required": "Dites où la donnée se trouvait."},
    )
    values = forms.CharField(
        label="Anciennes valeurs, une par ligne",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="Exactement comme elles étaient écrites. Elles ne sont gardées nulle part.",
        error_messages={"required": "Indiquez l'ancienne valeur à effacer."},
    )
    reason = forms.CharField(label="Motif", max_length=300, error_messages={"required": "Indiquez le motif."})
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_place(self) -> Scope:
        found = find_scope(self.cleaned_data["place"])
        if found is None:
            raise ValidationError(UNKNOWN_SCOPE)
        return found

    def clean_values(self) -> list[str]:
        values = self.cleaned_data["values"].splitlines()
        try:
            blanking.Pattern(values)
        except blanking.NotBlanked as error:
            raise ValidationError(str(error)) from error
        return values
