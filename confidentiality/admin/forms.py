"""Forms of the administration."""

from django import forms

from confidentiality.hiding import is_governed


class RorModelForm(forms.ModelForm):
    """A form whose choices are those of the viewer, on GET and on POST alike.

    Django's models look a foreign key up a second time, among every row: a choice of a governed model has been
    checked by its form field, among the rows that the viewer may choose, and is not looked up again.
    """

    def _get_validation_exclusions(self) -> set[str]:
        chosen = {
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.ModelChoiceField) and is_governed(field.queryset.model)
        }
        return super()._get_validation_exclusions() | chosen
