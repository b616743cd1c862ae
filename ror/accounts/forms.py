"""The forms of sign-in and of one's own account, in the words of the portal."""

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

NEW_PASSWORD = "12 caractères au moins. Quatre mots choisis au hasard font un bon mot de passe."
CODE = "Les 6 chiffres de votre application, ou l'un de vos codes de secours."
TRUST = "Ne plus me demander de code sur cet appareil pendant 30 jours"


def _say(form: forms.Form, **labels: str) -> None:
    """Labels of the portal; a placeholder is no label, and disappears when one types."""
    for name, label in labels.items():
        form.fields[name].label = label
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""
    form.use_required_attribute = False


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, login="Adresse électronique")
        self.fields["login"].help_text = "Format attendu : nom@domaine.fr"
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ForgottenPasswordForm(ResetPasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, email="Adresse électronique")
        self.fields["email"].help_text = "Celle de votre compte. Format attendu : nom@domaine.fr"


class NewPasswordForm(ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password1="Nouveau mot de passe", password2="Le même mot de passe, une seconde fois")
        self.fields["password1"].help_text = NEW_PASSWORD


class OwnPasswordForm(ChangePasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(
            self,
            oldpassword="Mot de passe actuel",
            password1="Nouveau mot de passe",
            password2="Le même mot de passe, une seconde fois",
        )
        self.fields["password1"].help_text = NEW_PASSWORD


class CodeForm(AuthenticateForm):
    """The code asked at sign-in, and whether this device is one's own."""

    trust = forms.BooleanField(label=TRUST, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code="Code")
        self.fields["code"].help_text = CODE


class LaterCodeForm(ReauthenticateForm):
    """The code asked later, by a page that needs it."""

    trust = forms.BooleanField(label=TRUST, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code="Code")
        self.fields["code"].help_text = CODE


class FirstCodeForm(ActivateTOTPForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code="Code affiché par l'application")
        self.fields["code"].help_text = "6 chiffres."
