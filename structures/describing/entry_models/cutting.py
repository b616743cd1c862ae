"""A question cut to what its model offers: a short list, and « Un autre code » for the rest of the nomenclature."""

from collections.abc import Iterable
from typing import Any

from django import forms

from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from ror.reference.widgets import (
    ADDED_SUFFIX,
    LONGEST_CODES,
    NEAR_SUFFIX,
    OTHER_SUFFIX,
    SEPARATOR,
    CodeSetWidget,
    CodesWidget,
    CodeWidget,
    proposals,
)


class _Offered(CodesWidget):
    """A widget that shows the codes of its model, and those chosen outside of it."""

    offered: tuple[str, ...] = ()
    about = ""  # the question, for those who hear the page

    @property
    def is_long(self) -> bool:
        return False

    def choices_with(self, chosen: Iterable[str]) -> list[dict]:
        """The offered codes in force, then what is chosen outside of them: the stored value is always shown."""
        chosen = list(chosen)
        current = nomenclature().members(self.value_set)
        keys = [key for key in self.offered if key in current]
        keys += [key for key in chosen if key not in keys and self.is_code(key)]
        return [{"key": key, "text": self.text_of(key), "chosen": key in chosen} for key in keys]

    def search_for_others(self, context: dict, added_suffix: str, chosen: list[str]) -> dict:
        """What the field « Un autre code » needs: where it asks, and what was typed there and names no code."""
        widget = context["widget"]
        typed = [text for text in chosen if text and not self.is_code(text)]
        widget["text"] = f"{SEPARATOR} ".join(typed)
        widget["proposals"] = [near for text in typed for near in proposals(self.value_set, text)]
        widget["near_name"] = widget["name"] + NEAR_SUFFIX
        widget["added_name"] = widget["name"] + added_suffix
        widget["address"] = self.search_address()
        widget["longest"] = LONGEST_CODES
        widget["about"] = self.about
        widget["others"] = len(nomenclature().members(self.value_set)) > len(self.offered)
        return context


class OfferedCodeWidget(_Offered, CodeWidget):
    """One code among those of the model, or another one."""

    select_template = "describing/offered_code.html"

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        return self.search_for_others(context, OTHER_SUFFIX, [value or ""])


class OfferedCodeSetWidget(_Offered, CodeSetWidget):
    """Several codes among those of the model, and others."""

    select_template = "describing/offered_code_set.html"

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        return self.search_for_others(context, ADDED_SUFFIX, list(value or ()))


def cut(datum: forms.Field, codes: tuple[str, ...]) -> forms.Field:
    """The same question with a short list; the question itself when the model offers all its codes."""
    widgets = {CodeChoiceField: OfferedCodeWidget, CodeSetChoiceField: OfferedCodeSetWidget}
    widget_class = widgets.get(type(datum))
    if not codes or widget_class is None:
        return datum
    question = type(datum)(datum.value_set, label=datum.label, help_text=datum.help_text)
    question.widget = widget_class(datum.value_set)
    question.widget.offered, question.widget.about = codes, datum.label
    return question
