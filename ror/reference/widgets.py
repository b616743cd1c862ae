"""Widgets that offer the codes of a value set: a list when it is short, a search field when it is long.

The search fields work without script: one types a code or a label, and the form answers with the nearest labels. With
`code-search.js` they become comboboxes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.urls import reverse

from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import INSEE_CODE, commune_text, communes_of

FIELD_BY_SIZE_LIMIT = 30
ADDED_SUFFIX = "-ajout"
NEAR_SUFFIX = "-proche"  # what is picked among the nearest values, in place of what was typed
OTHER_SUFFIX = "-autre"  # what is searched beyond the codes that an entry model offers
SEPARATOR = ";"
PROPOSALS = 5
LONGEST_CODES = 300  # characters typed at once
LONGEST_COMMUNES = 20_000  # a home-care service may paste the names of 200 communes
# Follows five figures that were typed, not chosen: they may be a postcode, so that nobody guesses.
TYPED_MARK = " ?"


@dataclass(frozen=True)
class Suggestion:
    """A likely code, and why it is: « déjà utilisé ici »."""

    key: str
    why: str


class SearchWidget(forms.Widget):
    """A widget that may become a combobox."""

    class Media:
        css = {"all": ["reference/code-search.css"]}
        js = ["reference/code-search.js"]


class CodesWidget(SearchWidget):
    """What the widgets of one code and of several share.

    `kept` are stored codes, offered even when closed; `suggested` are likely codes, which the page sets: offered before
    anything is typed, and found first.
    """

    select_template: str
    search_template: str

    def __init__(self, value_set: str, attrs=None):
        super().__init__(attrs)
        self.value_set = value_set
        self.kept: tuple[str, ...] = ()
        self.suggested: tuple[Suggestion, ...] = ()

    @property
    def is_long(self) -> bool:
        """Whether the value set is too long for a list."""
        return len(nomenclature().members(self.value_set)) > FIELD_BY_SIZE_LIMIT

    @property
    def template_name(self) -> str:
        return self.search_template if self.is_long else self.select_template

    def text_of(self, key: str) -> str:
        """How a code is named in this widget; a closed one says so."""
        codes = nomenclature()
        if codes.is_current(self.value_set, key):
            return codes.display(self.value_set, key)
        return f"{codes.label(key)} (code fermé)"

    def is_code(self, value: str) -> bool:
        return value in self.kept or nomenclature().is_current(self.value_set, value)

    def search_address(self) -> str:
        return reverse("reference:code_search", args=[self.value_set])

    def offer(self, widget: dict, *chosen: str) -> None:
        """Put in the widget's context the suggested codes that may be chosen and are not yet."""
        offered = [
            {"key": likely.key, "label": self.text_of(likely.key), "hint": likely.why}
            for likely in self.suggested
            if likely.key not in chosen and nomenclature().is_current(self.value_set, likely.key)
        ]
        widget["suggestions"] = offered
        widget["suggested_json"] = json.dumps(offered, ensure_ascii=False)

    def choices_with(self, chosen: Iterable[str]) -> list[dict]:
        """The current codes, then the kept ones that are closed, each with whether it is chosen."""
        chosen = set(chosen)
        members = nomenclature().members(self.value_set)
        keys = [*members, *(key for key in self.kept if key not in members)]
        return [{"key": key, "text": self.text_of(key), "chosen": key in chosen} for key in keys]


class CodeWidget(CodesWidget):
    """One code: a select, or beyond `FIELD_BY_SIZE_LIMIT` codes a text field that takes a code or a label."""

    select_template = "reference/code_select.html"
    search_template = "reference/code_search.html"

    @property
    def group_class(self) -> str:
        return "fr-input-group" if self.is_long else "fr-select-group"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        value = value or ""
        widget = context["widget"]
        if not self.is_long:
            widget["choices"] = self.choices_with([value])
            return context
        known = self.is_code(value)
        widget["text"] = self.text_of(value) if known else value
        widget["proposals"] = [] if known else proposals(self.value_set, value)
        widget["near_name"] = name + NEAR_SUFFIX
        self.offer(widget, value)
        widget["address"] = self.search_address()
        return context

    def value_from_datadict(self, data, files, name):
        picked = data.get(name + NEAR_SUFFIX) or data.get(name + OTHER_SUFFIX, "").strip()
        return picked or super().value_from_datadict(data, files, name)


class SetWidget(SearchWidget):
    """What the widgets of several values share: check boxes of what is chosen, and a field to add others."""

    use_fieldset = True

    def value_from_datadict(self, data, files, name):
        ticked = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        if isinstance(ticked, str):
            ticked = [ticked]
        near = data.getlist(name + NEAR_SUFFIX) if hasattr(data, "getlist") else []
        typed = [] if near else self.added((data.get(name + ADDED_SUFFIX) or "").strip())
        return [*ticked, *near, *typed]

    def added(self, typed: str) -> list[str]:
        """The texts that were typed in the field to add others."""
        return [typed] if typed else []

    def value_omitted_from_data(self, data, files, name):
        return False  # nothing ticked is an answer too

    def id_for_label(self, id_):
        return ""


class CodeSetWidget(SetWidget, CodesWidget):
    """Several codes: check boxes, or beyond the limit check boxes of what is chosen and a field to add others."""

    select_template = "reference/code_checkboxes.html"
    search_template = "reference/set_search.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        values = list(value or ())
        widget = context["widget"]
        if not self.is_long:
            widget["choices"] = self.choices_with(values)
            return context
        typed = [text for text in values if not self.is_code(text)]
        widget["choices"] = [
            {"key": key, "text": self.text_of(key), "chosen": True} for key in values if self.is_code(key)
        ]
        widget["added_name"] = name + ADDED_SUFFIX
        widget["text"] = f"{SEPARATOR} ".join(typed)
        widget["proposals"] = [near for text in typed for near in proposals(self.value_set, text)]
        widget["near_name"] = name + NEAR_SUFFIX
        self.offer(widget, *values)
        widget["address"] = self.search_address()
        widget["hint"] = "Un libellé ou un code"
        widget["longest"] = LONGEST_CODES
        return context


class CommuneWidget(SearchWidget):
    """One commune: a text field that takes a name, a postcode and a name, or an INSEE code."""

    template_name = "reference/commune_search.html"
    group_class = "fr-input-group"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["text"] = _commune_named(value or "")
        context["widget"]["address"] = reverse("reference:commune_search")
        return context


class CommuneSetWidget(SetWidget):
    """Several communes: check boxes of those chosen, in alphabetical order, and a field to add others."""

    template_name = "reference/set_search.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        values = [str(text) for text in value or ()]
        chosen = communes_of(values)
        widget = context["widget"]
        widget["choices"] = [
            {"key": code, "text": commune_text(commune), "chosen": True} for code, commune in chosen.items()
        ]
        widget["added_name"] = name + ADDED_SUFFIX
        widget["text"] = f"{SEPARATOR} ".join(text for text in values if text not in chosen)
        widget["address"] = reverse("reference:commune_search")
        widget["hint"] = "Un nom, ou un code postal et un nom"
        widget["longest"] = LONGEST_COMMUNES
        return context

    def added(self, typed: str) -> list[str]:
        texts = [text.strip() for text in typed.split(SEPARATOR)]
        return [text + TYPED_MARK if INSEE_CODE.fullmatch(text.upper()) else text for text in texts if text]


def proposals(value_set: str, text: str, limit: int = PROPOSALS) -> list[str]:
    """The nearest codes to what was typed, each named so that typing it again is understood."""
    if not text:
        return []
    codes = nomenclature()
    return [codes.display(value_set, key) for key in codes.search(value_set, text, limit)]


def _commune_named(value: str) -> str:
    """The text of a stored code; what was typed stays as it was."""
    if not INSEE_CODE.fullmatch(value):
        return value
    commune = Commune.objects.filter(pk=value).first()
    return commune_text(commune) if commune is not None else value
