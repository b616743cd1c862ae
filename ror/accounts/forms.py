"""The sign-in form, in the words of the portal."""

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """allauth's own form; a placeholder is no label, and disappears when one types."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Adresse électronique"
        self.fields["login"].help_text = "Format attendu : nom@domaine.fr"
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
