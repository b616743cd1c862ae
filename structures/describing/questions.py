"""A step as the page shows it: each question with its value as typed, what is wrong, and why it is asked."""

from collections import defaultdict
from dataclasses import dataclass, field

from django import forms
from django.forms.boundfield import BoundField

from structures import rules
from structures.describing.steps import Step, html_name
from structures.document import Document, join
from structures.findings import Effect, Finding
from structures.schema import OFFER, Rows


@dataclass(frozen=True)
class Question:
    """One field of the page."""

    bound: BoundField
    path: str
    messages: list[Finding]
    basis: str | None  # on which text the question is mandatory, None when it is not

    @property
    def blocking(self) -> bool:
        return any(message.effect is Effect.BLOCKS for message in self.messages)

    @property
    def grouped(self) -> bool:
        """Whether the widget is a group of boxes, which needs a legend instead of a label."""
        return bool(getattr(self.bound.field.widget, "use_fieldset", False))

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
    """The questions of one row, and the lists of rows below it."""

    path: str
    title: str
    questions: list[Question]
    lists: list["RowList"] = field(default_factory=list)

    @property
    def identifier(self) -> str:
        """The id of the row."""
        return self.path.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class RowList:
    """A list of rows of the page, with what is said of the list as a whole."""

    path: str
    label: str
    groups: list[Group]
    messages: list[Finding]


def group_of(step: Step, document: Document, found: list[Finding], facts: rules.Facts) -> Group:
    """The page of `step`: `found` are the findings to show, on whatever step."""
    messages: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        messages[finding.path].append(finding)
    return _group(step.schema, step.part(document), "", step.title, messages, mandatory(document, facts))


def mandatory(document: Document, facts: rules.Facts) -> dict[str, str]:
    """Paths of the data that block publication when they are missing here, each with its basis.

    Found by asking the rule book about the same description emptied of its answers, so that the marks on the page can
    never say something else than the refusal at publication.
    """
    bases: dict[str, str] = {}
    for keep in (0, 1):
        emptied = _emptied(OFFER, document, keep)
        emptied |= {name: document.get(name) for name in ("activity_field", "care_mode") if keep}
        for finding in rules.findings(emptied, facts):
            if finding.effect is Effect.BLOCKS:
                bases.setdefault(finding.path, finding.basis)
    return bases


def _emptied(schema: Rows, row: Document, keep: int) -> Document:
    """The row without its answers but the first `keep` ones of each child row."""
    result: Document = {"id": row["id"]} if "id" in row else {}
    for position, name in enumerate(schema.fields):
        kept = schema is not OFFER and position < keep
        result[name] = row.get(name) if kept else None
    for name, child in schema.rows.items():
        result[name] = [_emptied(child, below, keep) for below in row.get(name) or []]
    return result


def _group(
    schema: Rows, row: Document, path: str, title: str, messages: dict[str, list[Finding]], bases: dict[str, str]
) -> Group:
    questions = [_question(datum, name, row.get(name), path, messages, bases) for name, datum in schema.fields.items()]
    lists = [
        RowList(
            join(path, name),
            f"{child.label} ({title})" if path else child.label,
            [
                _group(
                    child,
                    below,
                    join(path, f"{name}.{below['id']}"),
                    f"{child.label.capitalize()} {position}" + (f", {title}" if path else ""),
                    messages,
                    bases,
                )
                for position, below in enumerate(row.get(name) or [], start=1)
            ],
            messages.get(join(path, name), []),
        )
        for name, child in schema.rows.items()
    ]
    return Group(path, title, questions, lists)


def _question(
    datum: forms.Field, name: str, value, path: str, messages: dict[str, list[Finding]], bases: dict[str, str]
) -> Question:
    full = join(path, name)
    found = messages.get(full, [])
    html = html_name(path, name)
    form = type("StepForm", (forms.Form,), {html: datum})(
        initial={html: value}, auto_id="id_%s", use_required_attribute=False
    )
    bound = form[html]
    if any(finding.rule == "format" for finding in found) and bound.field.widget.attrs.get("type"):
        bound.field.widget.attrs["type"] = "text"  # a date or time that the browser would refuse to show as typed
    return Question(bound, full, found, bases.get(full))
