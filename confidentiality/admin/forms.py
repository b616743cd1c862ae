"""Forms of the administration: their choices, and what is checked before the database would refuse it."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.forms.models import InlineForeignKeyField, construct_instance

from confidentiality.admin.refusals import sentence
from confidentiality.hiding import is_governed

REASON = "admin: uniqueness is checked among every row, and the answer names none"


class RorModelForm(forms.ModelForm):
    """A form whose choices are those of the viewer, on GET and on POST alike.

    Django's models look a foreign key up a second time, among every row: a choice of a governed model has been
    checked by its form field, among the rows that the viewer may choose, and is not looked up again. The constraints of
    a governed model are all checked, columns that the form does not show included, and said in plain words.

    `columns` are what a new row takes from the page where it is added.
    """

    columns: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            for name, value in self.columns.items():
                setattr(self.instance, name, value)

    def _get_validation_exclusions(self) -> set[str]:
        chosen = {
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.ModelChoiceField) and is_governed(field.queryset.model)
        }
        return super()._get_validation_exclusions() | chosen

    def _post_clean(self) -> None:
        """Django's own, but for what it would look up among rows that nobody was cleared for."""
        if not is_governed(self._meta.model):
            super()._post_clean()
            return
        exclude = self._get_validation_exclusions()
        exclude |= {name for name, field in self.fields.items() if isinstance(field, InlineForeignKeyField)}
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self._update_errors(error)
        if self.has_changed():
            self._check_constraints()

    def _check_constraints(self) -> None:
        wrong = set(self._errors or ()) | set(self._without_key())
        for model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(_Trusted(model), self.instance, exclude=wrong, using=DEFAULT_DB_ALIAS)
                except ValidationError:
                    self.add_error(None, sentence(constraint.name))

    def _without_key(self) -> Iterator[str]:
        """The link to a parent that is being added on the same page: it has a key once saved, just before this row."""
        for name, field in self.fields.items():
            if isinstance(field, InlineForeignKeyField) and field.parent_instance._state.adding:
                yield name


class _Trusted:
    """What a constraint needs to know of a model, where rows are looked up for the portal's own work."""

    def __init__(self, model: type[models.Model]) -> None:
        self._meta = model._meta
        self._default_manager = model._default_manager.trusted(REASON)
