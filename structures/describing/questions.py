"""A step as the page shows it: each question with its value as typed, what is wrong, and why it is asked."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from django import forms
from django.forms.boundfield import BoundField

from ror.reference.forms import CommuneField
from ror.reference.models import Commune
from ror.reference.territories import commune_text, communes_of
from ror.reference.widgets import CodesWidget, Suggestion
from structures import rules
from structures.describing.entry_models.content import Content, without_ids
from structures.describing.entry_models.cutting import cut
from structures.describing.entry_models.starting import is_default
from structures.describing.forms import show_as_typed
from structures.describing.layout import More, asks_more, help_of, kinds_with, makes_no_sense, more_of
from structures.describing.steps import Step, html_name, list_path
from structures.document import Document, join
from structures.fields import EMPTY, ChoiceField, DecimalField
from structures.findings import Effect, Finding
from structures.schema import ESTABLISHMENT, Rows

FIGURES = re.compile(r"-?[0-9]+\.[0-9]+")
FROM_MODEL = "Prérempli par le modèle de saisie : vérifiez."
NO_ORGANIZATION = "Aucune : l'offre dépend de l'établissement"


@dataclass(frozen=True)
class Surroundings:
    """What a page needs to know besides the document.

    `organizations` are the open internal organisations that may be chosen, by identifier; `fixed` the data that may
    not change any more, and are shown without a field. `model` is what the entry model of the draft says, if any.
    """

    facts: rules.Facts
    organizations: dict[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    model: Content | None = None
    suggested: Mapping[str, tuple[Suggestion, ...]] = field(default_factory=dict)  # likely codes, by value set


@dataclass(frozen=True)
class Question:
    """One field of the page."""

    bound: BoundField
    path: str
    value: object
    messages: list[Finding]
    basis: str | None  # on which text the question is mandatory, None when it is not
    fixed: str = ""  # what a datum that may not change any more says
    kinds: str = ""  # the types of tariff that the datum is for

    @property
    def blocking(self) -> bool:
        return any(message.effect is Effect.BLOCKS for message in self.messages)

    @property
    def grouped(self) -> bool:
        """Whether the widget is a group of boxes, which needs a legend instead of a label."""
        return bool(getattr(self.bound.field.widget, "use_fieldset", False))

    @property
    def speaks(self) -> bool:
        """Whether there is something to see: a value, a remark."""
        return self.value not in EMPTY or bool(self.messages)

    @property
    def widget(self) -> str:
        classes = [self.bound.field.widget.attrs.get("class", "")]
        if isinstance(self.bound.field.widget, forms.Select) and not self.grouped:
            classes.append("fr-select")
        elif not self.grouped:
            classes.append("fr-input")
        attrs = {"class": " ".join(filter(None, classes))}
        described = [f"{self.bound.auto_id}-help"] if self.bound.help_text or self.basis else []
        if self.messages:
            described.append(f"{self.bound.auto_id}-messages")
        if described:
            attrs["aria-describedby"] = " ".join(described)
        if self.blocking:
            attrs["aria-invalid"] = "true"
        return self.bound.as_widget(attrs=attrs)


@dataclass(frozen=True)
class Group:
    """The questions of one row, the lists of rows below it, and what of them stands under « Plus de précisions »."""

    path: str
    title: str
    questions: list[Question]
    lists: list["RowList"]
    more_questions: list[Question]
    more_lists: list["RowList"]
    about: str
    asks_more: bool
    focused: bool = False
    messages: list[Finding] = field(default_factory=list)  # of the row as a whole

    @property
    def identifier(self) -> str:
        """The id of the row."""
        return self.path.rsplit(".", 1)[-1]

    @property
    def has_more(self) -> bool:
        return bool(self.more_questions or self.more_lists)

    @property
    def more_open(self) -> bool:
        return self.asks_more or any(part.speaks for part in (*self.more_questions, *self.more_lists))


@dataclass(frozen=True)
class RowList:
    """A list of rows of the page, with what is said of the list as a whole."""

    path: str
    label: str
    groups: list[Group]
    messages: list[Finding]

    @property
    def speaks(self) -> bool:
        return bool(self.groups or self.messages)

    @property
    def title(self) -> str:
        return self.label.capitalize()


@dataclass(frozen=True)
class _Page:
    """What building the groups of one page shares."""

    step: Step
    document: Document
    around: Surroundings
    messages: dict[str, list[Finding]]
    bases: dict[str, str]
    communes: dict[str, Commune]
    focus: str | None


def group_of(
    step: Step, document: Document, found: list[Finding], around: Surroundings, focus: str | None = None
) -> Group:
    """The page of `step`: `found` are the findings to show, on whatever step; `focus` the row that was just added."""
    messages: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        messages[finding.path].append(finding)
    part = step.part(document)
    kind = rules.ESTABLISHMENT if step.root is ESTABLISHMENT else rules.OFFER
    bases = mandatory(document, around.facts, step.root, kind)
    communes = communes_of(_communes_in(step.schema, part))
    page = _Page(step, document, around, messages, bases, communes, focus)
    return _group(page, step.schema, part, "", step.title)


def mandatory(document: Document, facts: rules.Facts, root: Rows, kind: str) -> dict[str, str]:
    """Paths of the data that block publication when they are missing here, each with its basis.

    Found by asking the rule book about the same description emptied of its answers, so that the marks on the page can
    never say something else than the refusal at publication.
    """
    bases: dict[str, str] = {}
    for keep in (0, 1):
        emptied = _emptied(root, document, keep, top=True)
        emptied |= {name: document.get(name) for name in ("activity_field", "care_mode") if keep and name in emptied}
        for finding in rules.findings(emptied, facts, kind):
            if finding.effect is Effect.BLOCKS:
                bases.setdefault(finding.path, finding.basis)
    return bases


def _emptied(schema: Rows, row: Document, keep: int, *, top: bool = False) -> Document:
    """The row without its answers but the first `keep` ones of each child row."""
    result: Document = {"id": row["id"]} if "id" in row else {}
    for position, name in enumerate(schema.fields):
        result[name] = row.get(name) if position < keep and not top else None
    for name, child in schema.rows.items():
        result[name] = [_emptied(child, below, keep) for below in row.get(name) or []]
    return result


def _communes_in(schema: Rows, row: Document) -> Iterator[str]:
    """The communes that the fields of one commune hold."""
    for name, datum in schema.fields.items():
        if isinstance(datum, CommuneField) and row.get(name):
            yield str(row[name])
    for name, child in schema.rows.items():
        yield from chain.from_iterable(_communes_in(child, below) for below in row.get(name) or [])


def _group(page: _Page, schema: Rows, row: Document, path: str, title: str) -> Group:
    questions = [_question(page, datum, name, row.get(name), path) for name, datum in schema.fields.items()]
    shown = [question for question in questions if question.speaks or not _left_out(page, question.path)]
    lists = [_row_list(page, child, name, row, path, title) for name, child in schema.rows.items()]
    lists = [each for each in lists if each.speaks or not _left_out(page, each.path)]
    apart = more_of(page.step.root, page.step.slug, list_path(path))
    more_questions = [question for question in shown if _is_apart(page, apart, question.path)]
    more_lists = [each for each in lists if _is_apart(page, apart, each.path)]
    named = [str(question.bound.label) for question in more_questions] + [each.title for each in more_lists]
    return Group(
        path=path,
        title=title,
        questions=[question for question in shown if question not in more_questions],
        lists=[each for each in lists if each not in more_lists],
        more_questions=more_questions,
        more_lists=more_lists,
        about=", ".join(map(_uncapitalised, named)) if page.around.model else apart.about,
        asks_more=asks_more(page.step.root, list_path(path), row),
        focused=path != "" and path == page.focus,
        messages=page.messages.get(path, []) if path else [],
    )


def _uncapitalised(label: str) -> str:
    """« Niveaux d'expertise » within a sentence."""
    return label[:1].lower() + label[1:]


def _row_list(page: _Page, schema: Rows, name: str, row: Document, path: str, title: str) -> RowList:
    full = join(path, name)
    groups = [
        _group(
            page,
            schema,
            below,
            f"{full}.{below['id']}",
            f"{schema.label.capitalize()} {position}" + (f", {title}" if path else ""),
        )
        for position, below in enumerate(row.get(name) or [], start=1)
    ]
    label = f"{schema.label} ({title})" if path else schema.label
    return RowList(full, label, groups, page.messages.get(full, []))


def _left_out(page: _Page, path: str) -> bool:
    """Whether an empty datum is not asked: it makes no sense here, or the model does without and no rule wants it."""
    model = page.around.model
    if model is not None and path not in page.bases and not model.asks(without_ids(path)):
        return True
    return _senseless(page, path)


def _is_apart(page: _Page, apart: More, path: str) -> bool:
    """Whether the datum stands under « Plus de précisions »: where the model says, else where it always does."""
    said = page.around.model.apart(without_ids(path)) if page.around.model else None
    return _name(path) in apart.names if said is None else said


def _senseless(page: _Page, path: str) -> bool:
    """A choice without anything to choose from makes no sense either."""
    if path == "internal_organization" and not page.around.organizations:
        return True
    return makes_no_sense(page.step.root, path, page.document, page.around.facts)


def _question(page: _Page, datum: forms.Field, name: str, value, path: str) -> Question:
    full, html = join(path, name), html_name(path, name)
    found = page.messages.get(full, [])
    form = type("StepForm", (forms.Form,), {html: _asked(page, datum, full, value)})(
        initial={html: _shown(page, datum, value)}, auto_id="id_%s", use_required_attribute=False
    )
    bound = form[html]
    if isinstance(bound.field.widget, CodesWidget):
        bound.field.widget.suggested = page.around.suggested.get(bound.field.widget.value_set, ())
    said = _said_by_model(page.around.model, without_ids(full), value)
    bound.help_text = " ".join(filter(None, (bound.help_text, help_of(page.step.root, full), said)))
    if any(finding.rule == "format" for finding in found):
        show_as_typed(bound.field.widget)
    question = Question(bound, full, value, found, page.bases.get(full))
    if full in page.around.fixed and not found:
        return replace(question, fixed=bound.field.widget.text_of(str(value)))
    kinds = kinds_with(name) if list_path(path) == "tariffs" and page.step.root is ESTABLISHMENT else []
    return replace(question, kinds=" ".join(kinds))


def _asked(page: _Page, datum: forms.Field, path: str, value) -> forms.Field:
    """The field of the page: the organisation is chosen among those of the establishment."""
    if path != "internal_organization":
        entry = page.around.model.entry(without_ids(path)) if page.around.model else None
        return cut(datum, entry.codes) if entry else datum
    choices = dict(page.around.organizations)
    if value not in EMPTY:
        choices.setdefault(str(value), f"{value} (fermée, ou d'un autre établissement)")
    return ChoiceField(
        label="Organisation interne",
        choices=list(choices.items()),
        empty_label=NO_ORGANIZATION,
        help_text="Le pôle, le service ou l'unité qui réalise l'offre.",
    )


def _said_by_model(model: Content | None, path: str, value) -> str:
    """The help of the model, and that the answer is still its own."""
    entry = model.entry(path) if model else None
    return " ".join(filter(None, (entry.help if entry else "", FROM_MODEL if is_default(model, path, value) else "")))


def _shown(page: _Page, datum: forms.Field, value):
    """A commune already stored by its name (no query per place), a number with a comma; what was typed as it was."""
    if isinstance(datum, DecimalField) and FIGURES.fullmatch(str(value)):
        return str(value).replace(".", ",")
    commune = page.communes.get(str(value)) if isinstance(datum, CommuneField) else None
    return commune_text(commune) if commune else value


def _name(path: str) -> str:
    return path.rsplit(".", 1)[-1]
