"""Inviting a colleague, opening one's account, and giving a reason."""

import datetime
from collections.abc import Iterator

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.models import Assignment, Perimeter, Role
from ror.accounts.models import User
from structures.colleagues.inviting import Offered
from structures.colleagues.models import AccessRequest
from structures.colleagues.places import Group
from structures.fields import day

MOST_ROLES = 10
LONGEST_MANDATE = datetime.timedelta(days=366)  # the portal's choice
ONESELF = "Vous ne pouvez pas vous donner un rôle. Demandez-le à une autre personne qui gère les comptes."
OUT_OF_REACH = (
    "Vous ne pouvez pas donner ce rôle ici : il faut y gérer les comptes, avec un rôle de rang supérieur. "
    "Choisissez un autre rôle ou un autre lieu."
)
NOTHING = "Choisissez au moins un rôle et le lieu où il s'exerce."
INCOMPLETE = "Choisissez à la fois un rôle et un lieu, ou laissez la ligne vide."
TWICE = "Ce rôle est déjà proposé pour ce lieu. Laissez l'une des deux lignes vide."


class ReportedForm(forms.Form):
    """A form whose refusals are listed at the top of the page, each with the field that mends it."""

    use_required_attribute = False

    def problems(self) -> list[dict[str, str]]:
        own = [{"message": message, "anchor": ""} for message in self.non_field_errors()]
        return own + [{"message": message, "anchor": field.auto_id} for field in self for message in field.errors]


class DatesMixin(forms.Form):
    """From which day to which day a role is held: at once and without end unless days are given."""

    starts_on = day("À partir du", help_text="Facultatif : dès l'acceptation si vous n'indiquez rien.")
    ends_on = day("Jusqu'au (inclus)", help_text="Facultatif : sans fin si vous n'indiquez rien.")

    def clean(self) -> dict:
        cleaned = super().clean()
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if end and end < timezone.localdate():
            self.add_error("ends_on", "Cette date est passée. Indiquez-en une à venir, ou aucune.")
        elif start and end and end < start:
            self.add_error("ends_on", "La fin doit venir après le début. Corrigez l'une des deux dates.")
        return cleaned

    def starts_at(self) -> datetime.datetime | None:
        return _midnight(self.cleaned_data.get("starts_on"))

    def ends_at(self) -> datetime.datetime | None:
        """The end of the last day."""
        last = self.cleaned_data.get("ends_on")
        return _midnight(last + datetime.timedelta(days=1)) if last else None


class InviteForm(ReportedForm, DatesMixin):
    """Whom to invite, which roles, where, when and why. Whether the address has an account is never said."""

    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Celle que la personne lit à son travail. Format attendu : nom@domaine.fr",
        error_messages={
            "required": "Indiquez l'adresse électronique de la personne.",
            "invalid": "Cette adresse n'a pas la bonne forme. Format attendu : nom@domaine.fr",
        },
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="Pourquoi cette personne a besoin de ces rôles : sa fonction, un remplacement…",
        error_messages={"required": "Dites pourquoi cette personne a besoin de ces rôles."},
    )
    field_order = ["email"]

    def __init__(self, *args, delegation: Delegation, places: list[Group], rows: int = 1, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.delegation = delegation
        kinds = {place for place, _ in _flat(places)}
        self.roles = {role.code: role for role in _roles_given(delegation, kinds)}
        self.rows = min(max(rows, 1), MOST_ROLES)
        for rank in range(self.rows):
            number = f" {rank + 1}" if self.rows > 1 else ""
            self.fields[f"role_{rank}"] = forms.ChoiceField(
                label=f"Rôle{number}",
                required=False,
                choices=[("", "Choisir un rôle"), *((role.code, role.label) for role in self.roles.values())],
            )
            self.fields[f"place_{rank}"] = forms.ChoiceField(
                label=f"Lieu{number}",
                required=False,
                choices=[("", "Choisir un lieu"), *places],
                error_messages={"invalid_choice": OUT_OF_REACH},
            )

    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"role_{rank}"], self[f"place_{rank}"]) for rank in range(self.rows)]

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if email == self.delegation.viewer.user.email:
            raise ValidationError(ONESELF)
        return email

    def clean(self) -> dict:
        cleaned = super().clean()
        found: list[tuple[Role, Perimeter]] = []
        for rank in range(self.rows):
            line = self._line(rank)
            if line in found:
                self.add_error(f"role_{rank}", TWICE)
            elif line is not None:
                found.append(line)
        if not found and not self.errors:
            self.add_error("role_0", NOTHING)
        cleaned["lines"] = found
        return cleaned

    def _line(self, rank: int) -> tuple[Role, Perimeter] | None:
        role = self.roles.get(self.cleaned_data.get(f"role_{rank}") or "")
        key = self.cleaned_data.get(f"place_{rank}")
        if f"place_{rank}" in self.errors or (role is None and not key):
            return None
        if role is None or not key:
            self.add_error(f"role_{rank}", INCOMPLETE)
            return None
        perimeter = Perimeter.objects.get(pk=key)
        if not self.delegation.may_offer(role, perimeter):
            self.add_error(f"place_{rank}", OUT_OF_REACH)
            return None
        return (role, perimeter) if self._fits(rank, role, perimeter) else None

    def _fits(self, rank: int, role: Role, perimeter: Perimeter) -> bool:
        """Whether the role is one for such a place, and dated when it has to be."""
        try:
            Assignment(role=role, perimeter=perimeter, ends_at=self.ends_at()).clean()
        except ValidationError as refusal:
            for name, texts in refusal.message_dict.items():
                self.add_error("ends_on" if name == "ends_at" else f"place_{rank}", texts)
            return False
        return True

    def offered(self) -> Offered:
        return Offered(tuple(self.cleaned_data["lines"]), self.cleaned_data["reason"], self.starts_at(), self.ends_at())


class AskForm(ReportedForm):
    """The role that someone asks for, and why."""

    role = forms.ChoiceField(label="Rôle", error_messages={"required": "Choisissez un rôle."})
    place = forms.ChoiceField(label="Lieu", error_messages={"required": "Choisissez un lieu."})
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="Votre fonction, et pourquoi vous en avez besoin.",
        error_messages={"required": "Dites pourquoi vous avez besoin de ce rôle."},
    )

    def __init__(self, *args, roles: list[Role], places: list[tuple[int, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.roles = {role.code: role for role in roles}
        self.fields["role"].choices = [("", "Choisir un rôle"), *((role.code, role.label) for role in roles)]
        self.fields["place"].choices = places

    def clean(self) -> dict:
        cleaned = super().clean()
        role, perimeter = self.asked()
        if role and perimeter and perimeter.kind not in role.perimeter_kinds:
            self.add_error("place", "Ce rôle ne se donne pas sur ce lieu. Choisissez l'établissement entier.")
        return cleaned

    def asked(self) -> tuple[Role | None, Perimeter | None]:
        place = self.cleaned_data.get("place")
        return self.roles.get(self.cleaned_data.get("role")), Perimeter.objects.get(pk=place) if place else None


class ApproveForm(ReportedForm, DatesMixin):
    """From when and until when what is asked is given."""

    def __init__(self, *args, asked: AccessRequest | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked

    def clean(self) -> dict:
        cleaned = super().clean()
        try:
            Assignment(role=self.asked.role, perimeter=self.asked.perimeter, ends_at=self.ends_at()).clean()
        except ValidationError as refusal:
            for name, texts in refusal.message_dict.items():
                self.add_error("ends_on" if name == "ends_at" else None, texts)
        return cleaned


class MandateForm(ReportedForm, DatesMixin):
    """To whom of the regional team, over what, until when: a mandate always has an end."""

    place = forms.TypedChoiceField(
        label="Lieu", coerce=int, error_messages={"required": "Choisissez un lieu.", "invalid_choice": OUT_OF_REACH}
    )
    person = forms.TypedChoiceField(
        label="Personne de l'équipe régionale",
        coerce=int,
        error_messages={"required": "Choisissez une personne.", "invalid_choice": "Choisissez dans la liste."},
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="Ce que l'équipe régionale préparera pour vous.",
        error_messages={"required": "Dites ce que l'équipe régionale préparera pour vous."},
    )
    field_order = ["place", "person", "starts_on", "ends_on", "reason"]

    def __init__(self, *args, places: list[Group], people: list[tuple[int, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "Choisir un lieu"), *places]
        self.fields["person"].choices = [("", "Choisir une personne"), *people]
        self.fields["ends_on"].help_text = "Un an au plus. Vous pourrez y mettre fin à tout moment."

    def clean(self) -> dict:
        cleaned = super().clean()
        last = timezone.localdate() + LONGEST_MANDATE
        if not cleaned.get("ends_on") and "ends_on" not in self.errors:
            self.add_error("ends_on", "Indiquez jusqu'à quand le mandat dure.")
        elif cleaned.get("ends_on") and cleaned["ends_on"] > last:
            self.add_error("ends_on", "Un mandat dure un an au plus. Indiquez une date plus proche.")
        return cleaned


class RefuseForm(ReportedForm):
    """Why not: shown to the person who asked."""

    answer = forms.CharField(
        label="Réponse",
        max_length=300,
        help_text="La personne lira cette réponse.",
        error_messages={"required": "Dites à la personne pourquoi sa demande est refusée."},
    )


class OpenAccountForm(ReportedForm):
    """The account of someone invited: their name, and a password of their own."""

    first_name = forms.CharField(label="Prénom", max_length=150, error_messages={"required": "Indiquez votre prénom."})
    last_name = forms.CharField(label="Nom", max_length=150, error_messages={"required": "Indiquez votre nom."})
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        help_text="12 caractères au moins. Quatre mots choisis au hasard font un bon mot de passe.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )
    again = forms.CharField(
        label="Le même mot de passe, une seconde fois",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Écrivez une seconde fois le mot de passe."},
    )

    def __init__(self, *args, email: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"

    def clean(self) -> dict:
        cleaned = super().clean()
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", "Les deux mots de passe ne sont pas les mêmes. Écrivez-les de nouveau.")
        elif password:
            names = {name: cleaned.get(name, "") for name in ("first_name", "last_name")}
            try:
                validate_password(password, User(email=self.email, **names))
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return cleaned


class ReasonForm(ReportedForm):
    """Why a role ends; kept in the history."""

    reason = forms.CharField(
        label="Motif", max_length=300, required=False, help_text="Facultatif : gardé dans l'historique."
    )


def _roles_given(delegation: Delegation, places: set[int]) -> Iterator[Role]:
    """The roles that the viewer may give on one of these places, at least by their kind."""
    kinds = set(Perimeter.objects.filter(pk__in=places).order_by().values_list("kind", flat=True).distinct())
    return (role for role in delegation.roles() if kinds & set(role.perimeter_kinds))


def _flat(places: list[Group]) -> Iterator[tuple[int, str]]:
    for _, options in places:
        yield from options


def _midnight(date: datetime.date | None) -> datetime.datetime | None:
    return timezone.make_aware(datetime.datetime.combine(date, datetime.time())) if date else None
