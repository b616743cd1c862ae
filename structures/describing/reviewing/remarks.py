"""What reviewers say of some data: chosen on their page, shown at these data in the form."""

from typing import Any

from django.urls import reverse

from structures.describing.models import Draft
from structures.describing.reviewing.models import State, Submission
from structures.describing.reviewing.rounds import rounds_of
from structures.describing.steps import STEPS, step_of
from structures.describing.wording import Words
from structures.findings import Effect, Finding
from structures.schema import OFFER

LONGEST = 500
RULE = "review"
UNKNOWN_TO_REVIEWERS = frozenset({"sensitive", "sensitive_motive"})


def last_round(draft_key: Any) -> Submission | None:
    """The latest round of a draft, without what it froze."""
    rows = rounds_of(draft_key).select_related("submitted_by", "decided_by").defer("document", "base")
    return rows.order_by("-round").first()


def findings_on(draft: Draft) -> list[Finding]:
    """What the reviewer said, at each datum concerned, until the draft is submitted again."""
    last = last_round(draft.pk)
    if last is None or last.state != State.RETURNED:
        return []
    return [
        Finding(_shown_at(remark["path"]), f"Relecture : {remark['text']}", "", Effect.WARNS, RULE)
        for remark in last.remarks
    ]


def in_words(remarks: list[dict[str, str]], draft_key: Any = None) -> list[dict[str, str]]:
    """Each remark with the name of its datum and, for those who describe, the address where it is mended."""
    words = Words([])
    return [
        {
            "label": words.label_of(remark["path"]) or "Offre",
            "text": remark["text"],
            "url": _address(draft_key, remark["path"]) if draft_key else "",
        }
        for remark in remarks
    ]


def other_data() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every datum and list of the form that a reviewer may name, by step."""
    return [
        (
            step.title,
            [
                *(
                    (name, str(datum.label))
                    for name, datum in step.schema.fields.items()
                    if name not in UNKNOWN_TO_REVIEWERS
                ),
                *((name, f"{rows.label.capitalize()} (toute la liste)") for name, rows in step.schema.rows.items()),
            ],
        )
        for step in STEPS
    ]


def nameable() -> set[str]:
    return {path for _, choices in other_data() for path, _ in choices}


def _address(draft_key: Any, path: str) -> str:
    return f"{reverse('describing:step', args=[draft_key, step_of(path).slug])}#id_{_shown_at(path)}"


def _shown_at(path: str) -> str:
    """Where the form can show it: what is said of a whole row stands at its first datum."""
    schema, parts = OFFER, path.split(".")
    while len(parts) > 1 and parts[0] in schema.rows:
        schema, parts = schema.rows[parts[0]], parts[2:]
    return path if parts else f"{path}.{next(iter(schema.fields))}"
